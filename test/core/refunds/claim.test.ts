import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  blockerIn,
  blockerText,
  type ClaimStep,
  mayClaim,
  mostClaims,
  nextClaimStep,
  readsAt,
  type Sighting,
  sightingOf,
  type TimelineNote,
} from '../../../src/core/refunds/claim.ts'
import {
  claimNote,
  claimsIn,
  flagTagsIn,
  installationsIn,
  isProcessMark,
} from '../../../src/core/refunds/claim-note.ts'
import { noteTag, noteText } from '../../../src/core/refunds/flag-note.ts'

const installation = '0749a8ca-1111-4222-8333-444455556666'
const other = 'fedcba98-1111-4222-8333-444455556666'
const [mine, theirs, old] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string]
const note = (content: string, noteId = '1', createdAt: string | null = null): TimelineNote => ({
  noteId,
  content,
  createdAt,
})
const claimOf = (nonce: string, of = installation) => note(claimNote(nonce, of))
const processBody = (id: string) => `mhloop: ${id}\nclaim: ${theirs}\nmasonhub_rma: 7\neffect: 12ab34cd56ef7890`
const kindOf = (notes: TimelineNote[], givenUp: string[] = []) => {
  const sighting = sightingOf(notes, mine, new Set(givenUp))
  return sighting.kind === 'blocked' ? sighting.by.kind : sighting.kind
}

const nonces = fc.stringMatching(/^[0-9a-f]{32}$/)
const installations = fc.uuid()
/** Changes that a store, a proxy or a person may make to a note without harm in mind. */
const mangled = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('upper', 'lower', 'as is'),
      fc.array(fc.nat(text.length)),
      fc.constantFrom(' ', '\n', '\t', '​', ' '),
    )
    .map(([letters, places, space]) => {
      const cased = letters === 'upper' ? text.toUpperCase() : letters === 'lower' ? text.toLowerCase() : text
      return places
        .toSorted((one, two) => two - one)
        .reduce((sofar, place) => sofar.slice(0, place) + space + sofar.slice(place), cased)
    })

describe('the claim in a note (G1)', () => {
  it('is one line of ASCII that Loop takes, without quotes or angle brackets, and says what it is for', () => {
    const text = claimNote(mine, installation)
    assert.match(text, /^[ -~]+$/)
    assert.doesNotMatch(text, /["'<>&]/)
    assert.ok(text.length <= 254, String(text.length))
    assert.match(text, /please do not process it by hand/)
    assert.deepEqual(claimsIn(text), [{ nonce: mine, installation }])
  })

  it('is read back whatever case, white space or line breaks have come into it', () => {
    fc.assert(
      fc.property(
        fc
          .tuple(nonces, installations)
          .chain(([nonce, id]) => fc.tuple(fc.constant(nonce), fc.constant(id), mangled(claimNote(nonce, id)))),
        ([nonce, id, text]) => {
          assert.deepEqual(claimsIn(text), [{ nonce, installation: id }])
        },
      ),
    )
  })

  it('is read the same whatever reason a person gives for forcing it, and stays one line that Loop takes (G11)', () => {
    const pieces = fc.constantFrom(
      ...[
        'mhloop',
        'MHLOOP',
        'ｍｈｌｏｏｐ',
        'mhl\u00adoop',
        'mhl oop',
        'claim',
        'cl-aim',
        'of',
        ' ',
        '-',
        ':',
        '=',
        '[',
        ']',
        '"',
      ],
      ...['\n', '\r\n', '\u2028', '\u001b[31m', '\u202e', 'é', '漢字', '\ud800', '😀', '<b>', '&#45;', 'abcdef', '0'],
      ...[theirs, mine, other, installation, `[mhloop ${'a'.repeat(8)}]`, claimNote(theirs, other), processBody(other)],
    )
    const written = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
    )
    const readOf = (text: string) => [claimsIn(text), flagTagsIn(text), installationsIn(text), isProcessMark(text)]
    fc.assert(
      fc.property(nonces, installations, written, (nonce, id, reason) => {
        const text = claimNote(nonce, id, { forcedBecause: reason })
        assert.ok(text.startsWith(`${claimNote(nonce, id)} Why it was forced`), text)
        assert.match(text, /^[ -~]+$/)
        assert.doesNotMatch(text, /["'<>&]/)
        assert.ok(text.length <= 254, String(text.length))
        assert.deepEqual(readOf(text), readOf(claimNote(nonce, id)))
        const seen = sightingOf([note(text)], nonce, new Set())
        assert.equal(seen.kind, 'alone')
      }),
      { numRuns: 2_000 },
    )
  })

  it('contains a reason in the given words, cut where there is no room, or says where it is (G11)', () => {
    const noteFor = (reason: string) =>
      claimNote(mine, installation, { forcedBecause: reason }).slice(claimNote(mine, installation).length)
    assert.equal(noteFor('Señora R. sent\na video'), ' Why it was forced: Senora R. sent a video')
    assert.match(noteFor('a very long story '.repeat(20)), /^ Why it was forced: a very long story .*\.\.\.$/)
    for (const reason of ['mhloop claims nothing', '漢字', `mhloop: ${other}`])
      assert.equal(noteFor(reason), ' Why it was forced stands in its history.', reason)
    assert.equal(noteFor('mhloop was wrong'), ' Why it was forced: mhloop was wrong')
  })

  it('is found though its nonce can’t be read: cut, lengthened, or with a letter that is no digit', () => {
    for (const text of [
      claimNote(mine.slice(1), installation),
      claimNote(`${mine}a`, installation),
      claimNote(mine.replace('a', 'x'), installation),
      '[mhloop-claim]',
      'MHLOOP CLAIM',
      'mhloop&#45;claim',
      'mhloop&ndash;claim of somebody',
    ])
      assert.deepEqual(
        claimsIn(text).map(({ nonce }) => nonce),
        [null],
        text,
      )
  })

  it('is never taken for the note of a flag, nor that for a claim or a refund, whatever the reasons say', () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[0-9a-f]{16}$/), nonces, (message, effectId, nonce) => {
        const flag = noteText([{ code: 'MISSING', message }], null, noteTag(effectId))
        fc.pre(!/mhloop/i.test(message.normalize('NFKC')))
        assert.deepEqual(flagTagsIn(flag), [effectId.slice(0, 8)])
        assert.deepEqual([claimsIn(flag), isProcessMark(flag)], [[], false])
        assert.deepEqual(flagTagsIn(claimNote(nonce, installation)), [])
        assert.equal(isProcessMark(claimNote(nonce, installation)), false)
      }),
    )
  })

  it('is read from the body of a refund, however Loop prints that', () => {
    for (const text of [
      processBody(other),
      `MHLOOP = ${other}`,
      `{"mhloop":"${other}","masonhub_rma":"7"}`,
      `<b>mhloop</b> <i>${other}</i>`,
      `mhloop\n${other}`,
      `effect: 1\nmhloop | ${other.toUpperCase()}`,
    ]) {
      assert.ok(isProcessMark(text), text)
      assert.deepEqual(claimsIn(text), [], text)
    }
    for (const text of ['', 'mhloop has flagged it', `RMA ${other}`, 'Warehouse receipt: 1 missing. [mhloop 12ab34cd]'])
      assert.equal(isProcessMark(text), false, text)
  })
})

describe('who may pay, by what Loop’s timeline shows (G1)', () => {
  it('is the one whose own claim shows, and nothing else', () => {
    assert.equal(kindOf([claimOf(mine)]), 'alone')
    assert.equal(kindOf([note('Please hurry.'), claimOf(mine), note('Warehouse receipt: [mhloop 12ab34cd]')]), 'alone')
    assert.equal(kindOf([claimOf(mine), claimOf(old)], [old]), 'alone', 'what this journal has given up')
  })

  it('is not proven as long as the own claim does not show: neither an empty list nor a failed reading proves it', () => {
    assert.equal(kindOf([]), 'unseen')
    assert.equal(kindOf([note('Please hurry.')]), 'unseen')
    assert.equal(sightingOf(null, mine, new Set()).kind, 'unseen')
    assert.equal(kindOf([claimOf(old)], [old]), 'unseen')
  })

  it('is not given beside another claim, whatever its id, age, place or installation', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.string(),
        fc.option(fc.string()),
        fc.constantFrom(installation, other),
        (first, id, at, of) => {
          const foreign = note(claimNote(theirs, of), id, at)
          const notes = first ? [foreign, claimOf(mine)] : [claimOf(mine), foreign]
          assert.equal(kindOf(notes), 'claim')
        },
      ),
    )
  })

  it('is not given beside a claim that can’t be read, a refund of any mhloop, or the own claim twice', () => {
    assert.equal(kindOf([claimOf(mine), note('[mhloop-claim ?]')]), 'illegible claim')
    assert.equal(kindOf([claimOf(mine), note(processBody(other))]), 'process')
    assert.equal(kindOf([claimOf(mine), note(processBody(installation))]), 'process', 'a forgotten one of our own')
    assert.equal(kindOf([claimOf(mine), claimOf(mine)]), 'own claim twice')
  })

  it('is parked even before the own claim shows', () => {
    assert.equal(kindOf([claimOf(theirs)]), 'claim')
    assert.equal(blockerIn([claimOf(theirs)], null, new Set())?.kind, 'claim')
    assert.equal(blockerIn([claimOf(old)], null, new Set([old])), null)
    assert.equal(blockerIn([claimOf(mine)], null, new Set())?.kind, 'claim', 'of this installation, and not given up')
  })

  it('stays nobody: what blocks in one list blocks in every longer one', () => {
    const anyNote = fc.oneof(
      fc.string().map((text) => note(text)),
      fc.constantFrom(mine, theirs, old).map((nonce) => claimOf(nonce)),
      fc.constantFrom(installation, other).map((id) => note(processBody(id))),
      fc.constant(note('[mhloop-claim of somebody]')),
    )
    fc.assert(
      fc.property(fc.array(anyNote, { maxLength: 5 }), fc.array(anyNote, { maxLength: 5 }), (some, more) => {
        if (blockerIn(some, mine, new Set([old])) === null) return
        assert.notEqual(blockerIn([...some, ...more], mine, new Set([old])), null)
        assert.notEqual(blockerIn([...more, ...some], mine, new Set([old])), null)
      }),
    )
  })

  it('of two that both read whole lists, is one at most, whatever each has read before the other wrote', () => {
    const both = [claimOf(mine), claimOf(theirs)]
    fc.assert(
      fc.property(fc.shuffledSubarray(both), fc.shuffledSubarray(both), fc.boolean(), (one, two, mineFirst) => {
        // Each answer is an earlier state of the list: its first notes, in the order of their arrival.
        const order = mineFirst ? both : both.toReversed()
        const seen = (by: TimelineNote[]) => order.slice(0, by.length)
        const won = (notes: TimelineNote[], nonce: string) => sightingOf(notes, nonce, new Set()).kind === 'alone'
        assert.ok(!(won(seen(one), mine) && won(seen(two), theirs)))
      }),
    )
  })
})

describe('what a run does with a reading (G1)', () => {
  const alone: Sighting = { kind: 'alone' }
  const unseen: Sighting = { kind: 'unseen' }
  const blocked: Sighting = { kind: 'blocked', by: { kind: 'claim', note: claimOf(theirs), installation: other } }
  const step = (sighting: Sighting, at: Partial<Parameters<typeof nextClaimStep>[1]> = {}): ClaimStep =>
    nextClaimStep(sighting, { reads: 1, settle: 0, settling: false, ...at })

  it('reads at 0, 0.5, 1, 2 and 4 seconds, and then gives up', () => {
    const pauses: number[] = []
    let reads = 1
    for (let next = step(unseen); next.kind === 'read'; next = step(unseen, { reads })) {
      pauses.push(next.after)
      reads += 1
    }
    assert.deepEqual(pauses, [500, 500, 1_000, 2_000])
    assert.equal(step(unseen, { reads }).kind, 'unseen')
    assert.equal(reads, readsAt.length)
  })

  it('waits from the moment at which it saw its claim, if the merchant wants that, and then that reading decides', () => {
    assert.deepEqual(step(alone, { settle: 3_000 }), { kind: 'read', after: 3_000, settling: true })
    assert.deepEqual(step(alone, { settle: 3_000, settling: true }), { kind: 'won' })
    assert.deepEqual(step(blocked, { settle: 3_000, settling: true }).kind, 'lost')
    assert.deepEqual(step(unseen, { settle: 3_000, settling: true }), { kind: 'unseen' })
  })

  it('pays only alone, loses to whatever blocks, and always ends', () => {
    const sightings = fc.constantFrom(alone, unseen, blocked)
    fc.assert(
      fc.property(
        sightings,
        fc.integer({ min: 1, max: 20 }),
        fc.nat(5_000),
        fc.boolean(),
        (sighting, reads, settle, settling) => {
          const next = nextClaimStep(sighting, { reads, settle, settling })
          if (next.kind === 'won') assert.equal(sighting.kind, 'alone')
          assert.equal(next.kind === 'lost', sighting.kind === 'blocked')
          if (next.kind === 'read') assert.ok(next.settling || reads < readsAt.length)
          if (settling) assert.notEqual(next.kind, 'read')
        },
      ),
    )
  })
})

describe('how often a return is claimed (G1)', () => {
  const at = '2026-03-01T12:00:00.000Z'
  const later = (minutes: number) => new Date(Date.parse(at) + minutes * 60_000).toISOString()
  const past = (claims: number, posted = true) => Array.from({ length: claims }, () => ({ givenUpAt: at, posted }))

  it('is at once the first time, and after what surely never reached Loop', () => {
    assert.deepEqual(mayClaim([], at), { kind: 'claim', readsFirst: false })
    assert.deepEqual(mayClaim(past(50, false), at), { kind: 'claim', readsFirst: false })
  })

  it('is after a reading, and a minute, then two, four and eight minutes later', () => {
    for (const [claims, minutes] of [
      [1, 1],
      [2, 2],
      [3, 4],
      [4, 8],
    ] as const) {
      assert.deepEqual(mayClaim(past(claims), later(minutes - 0.01)), { kind: 'later', notBefore: later(minutes) })
      assert.deepEqual(mayClaim(past(claims), later(minutes)), { kind: 'claim', readsFirst: true })
    }
  })

  it(`is ${mostClaims} times, and never again`, () => {
    assert.deepEqual(mayClaim(past(mostClaims), later(1e6)), { kind: 'exhausted', claims: mostClaims })
    assert.deepEqual(mayClaim([...past(mostClaims - 1), ...past(9, false)], later(9)), {
      kind: 'claim',
      readsFirst: true,
    })
  })
})

describe('the explanation of what blocks a refund (G1)', () => {
  it('names the installation, the time and the note, and nothing that a person wrote there', () => {
    const noteFor = (by: TimelineNote) => {
      const found = blockerIn([by], mine, new Set())
      assert.ok(found)
      return blockerText(found, installation)
    }
    const at = '2026-11-30T06:27:09Z'
    assert.equal(
      noteFor(note(`Mrs Smith, 1 Road: ${claimNote(theirs, other)}`, '9', at)),
      `installation fedcba98… claimed it at ${at} (note 9 on Loop's timeline)`,
    )
    assert.match(
      noteFor(note(processBody(other), '9')),
      /^installation fedcba98… has already requested it from Loop \(note 9/,
    )
    assert.match(noteFor(note(claimNote(theirs, installation))), /^this installation, or a copy of its journal,/)
    assert.match(noteFor(note('Mrs Smith [mhloop-claim]')), /^there is an illegible claim/)
    assert.doesNotMatch(noteFor(note('Mrs Smith [mhloop-claim]')), /Smith/)
  })
})
