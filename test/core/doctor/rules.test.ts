import assert from 'node:assert/strict'
import { filesVerdict, type PlacedFile } from '../../../src/core/doctor/machine.ts'
import { autoProcessingVerdict, foreignNotes, foreignVerdict, isOurs } from '../../../src/core/doctor/returns.ts'
import { registrationsVerdict } from '../../../src/core/doctor/setup.ts'
import {
  clockVerdict,
  limitVerdict,
  loopKeyVerdict,
  masonhubTokenVerdict,
  reachVerdict,
  scopesVerdict,
} from '../../../src/core/doctor/vendors.ts'
import { Fault } from '../../../src/core/errors/fault.ts'
import type { PlainCode } from '../../../src/core/errors/fault-codes.ts'
import { defaultPolicy } from '../../../src/core/merchants/policy.ts'
import { claimNote } from '../../../src/core/refunds/claim-note.ts'
import { tokenEnd } from '../../../src/masonhub/account/token.ts'
import { aReturn } from '../build.ts'

const fault = (code: PlainCode) => new Fault(`it said ${code}`, { code })
const probe = { fastest: null, failure: null, ahead: null, left: null, turnedAway: 0 } as const
const [refused, forbidden, out] = [fault('LOOP_UNAUTHORIZED'), fault('LOOP_FORBIDDEN'), fault('LOOP_SERVER_ERROR')]

describe('what is held against a vendor', () => {
  it('one answer is reach enough, and a refusal is an answer', () => {
    assert.equal(reachVerdict('loop', [out, out, null], probe, 'acme').status, 'ok')
    assert.equal(reachVerdict('loop', [out, refused, out], probe, 'acme').status, 'ok')
    assert.equal(reachVerdict('loop', [out, out, out], probe, 'acme').exit, 7)
    // A problem of this machine proves nothing about a vendor, and is not the vendor's fault.
    assert.equal(reachVerdict('loop', [fault('JOURNAL_BUSY')], probe, 'acme').exit, 1)
  })

  it('each blocking check has its own remedy', () => {
    const remedies = (['dns', 'tls', 'slow', 'refused'] as const).map(
      (failure) => reachVerdict('loop', [out], { ...probe, failure }, 'acme').remedy,
    )
    assert.equal(new Set(remedies).size, 4)
    assert.match(remedies[0] ?? '', /Check DNS/)
    assert.match(remedies[1] ?? '', /breaks TLS/)
  })

  it('a key that opens nothing is a wrong key; one that opens something lacks scopes', () => {
    const none = { returns: refused, developerTools: refused, destinations: refused }
    assert.equal(loopKeyVerdict(none, 'acme').exit, 4)
    const two = { returns: null, developerTools: refused, destinations: refused }
    assert.equal(loopKeyVerdict(two, 'acme').status, 'ok')
    assert.match(scopesVerdict(two).message, /lacks Destinations \(Read\) and Developer Tools; it has Returns/)
    // Loop answers 403 only to a key that it knows.
    const all = { returns: forbidden, developerTools: forbidden, destinations: forbidden }
    assert.equal(loopKeyVerdict(all, 'acme').status, 'ok')
    assert.match(scopesVerdict(all).message, /lacks Returns, Destinations \(Read\) and Developer Tools\./)
    // Two refusals and no answer: doctor says neither "wrong key" nor "accepted".
    const unclear = loopKeyVerdict({ returns: out, developerTools: refused, destinations: refused }, 'acme')
    assert.deepEqual([unclear.status, unclear.exit], ['fail', 7])
    assert.doesNotMatch(unclear.message, /refuses|accepted/)
  })

  it('F19: closed returns that were not read are not called in order', () => {
    const one = (rmas: [] | null) => ({
      loopReturn: aReturn({ state: 'closed' }),
      rmas,
      processedByUs: false,
      flaggedAt: null,
    })
    assert.match(
      autoProcessingVerdict([one([]), one(null), one(null)]).message,
      /^3 closed returns; none of the 1 checked/,
    )
    assert.match(autoProcessingVerdict([one([])]).message, /^1 closed return, none/)
  })

  it('MasonHub has accepted slug and token only when it says so', () => {
    assert.equal(masonhubTokenVerdict(null, 'acme').status, 'ok')
    const odd = new Fault('it said 422', { code: 'MASONHUB_REFUSED' })
    assert.deepEqual(
      [refused, odd, out].map((fault) => masonhubTokenVerdict(fault, 'acme').status),
      ['fail', 'fail', 'fail'],
    )
  })

  it('a question that got no answer is reported for that scope, as a vendor that is down', () => {
    const verdict = scopesVerdict({ returns: out, developerTools: null, destinations: null })
    assert.equal(verdict.status, 'fail')
    assert.equal(verdict.exit, 7)
    assert.match(verdict.message, /No usable answer about Returns: it said LOOP_SERVER_ERROR/)
  })

  it('F40: clocks a minute apart are fine, five minutes are not, in either direction', () => {
    const of = (ahead: number | null) => clockVerdict('loop', { ahead }).status
    assert.deepEqual([null, 0, 60_000, -60_000, 61_000, -61_000, 301_000, -301_000].map(of), [
      'ok',
      'ok',
      'ok',
      'ok',
      'warn',
      'warn',
      'fail',
      'fail',
    ])
    assert.match(clockVerdict('loop', { ahead: -120_000 }).message, /2 min behind/)
  })

  it('F44: a fifth of the limit left is fine; a request turned away is not, whatever is left', () => {
    const of = (remaining: number, turnedAway = 0) =>
      limitVerdict('loop', { left: { remaining, limit: 300 }, turnedAway })
    assert.deepEqual([of(60).status, of(59).status, of(300, 1).status], ['ok', 'warn', 'warn'])
    assert.equal(
      limitVerdict('masonhub', { left: null, turnedAway: 0 }).message,
      'MasonHub does not report what is left.',
    )
  })
})

describe('what is held against the set-up', () => {
  it('lost messages are failures, doubled ones are warnings, and the worse one is reported', () => {
    const of = (...why: string[]) =>
      registrationsVerdict({
        outstanding: why.map((one) => ({ what: 'x', why: one })),
        good: 1,
        others: [],
        remedy: 'r',
      })
    assert.deepEqual([of().status, of('duplicate').status, of('duplicate', 'inactive').status], ['ok', 'warn', 'fail'])
    assert.doesNotMatch(of('duplicate', 'inactive').message, /more than once/)
  })

  it('F62: what others can read or change, and how to correct it', () => {
    const file: PlacedFile = { path: "/it's here", kind: 'file', owner: 'us', mode: 0o600, secret: true }
    const of = (changes: Partial<PlacedFile>) => filesVerdict([file, { ...file, ...changes }], '/config')
    assert.equal(of({}).status, 'ok')
    assert.equal(of({ mode: 0o644, secret: false }).status, 'ok')
    assert.match(of({ mode: 0o660, secret: false }).message, /writable by other users/)
    assert.equal(of({ mode: 0o640 }).remedy, "chmod 600 '/it'\\''s here'")
    assert.equal(of({ kind: 'folder', mode: 0o777, secret: false }).remedy, "chmod 700 '/it'\\''s here'")
    assert.match(of({ kind: 'link' }).message, /symbolic link/)
    assert.match(of({ owner: 'somebody else' }).message, /another user/)
    assert.equal(of({ mode: null }).status, 'ok')
  })

  it("MasonHub's token says when it ends; anything else says nothing", () => {
    const jwt = (claims: unknown) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`
    assert.equal(tokenEnd(jwt({ exp: 1_800_000_000 })), '2027-01-15T08:00:00.000Z')
    for (const token of [
      '',
      'abc',
      'a.b.c',
      jwt({}),
      jwt({ exp: 'soon' }),
      jwt({ exp: -1 }),
      jwt(null),
      jwt({ exp: 9e15 }),
    ])
      assert.equal(tokenEnd(token), null, token)
  })
})

describe('what is held against returns', () => {
  it('only those for our destinations since the cut-off are ours', () => {
    const mine = aReturn({ destinationId: '501', createdAt: '2026-11-20T00:00:00.000Z' })
    const of = (policy: Partial<typeof defaultPolicy>) => isOurs(mine, { ...defaultPolicy, ...policy })
    assert.ok(of({}))
    assert.ok(of({ destinations: ['501'] }))
    assert.ok(!of({ destinations: ['502'] }))
    // Loop does not say of each return where it goes.
    assert.ok(isOurs({ ...mine, destinationId: null }, { ...defaultPolicy, destinations: ['502'] }))
    assert.ok(!of({ cutoff: '2026-11-21T00:00:00.000Z' }))
    assert.ok(of({ cutoff: '2026-11-20T00:00:00.000Z' }))
  })

  it('F12: a note is foreign by a tag or an installation that this journal does not know', () => {
    const ours = '11111111-2222-4333-8444-555555555555'
    const [known, unknown] = ['a'.repeat(32), 'b'.repeat(32)] as const
    const of = (...notes: string[]) =>
      foreignNotes({ returnId: '1', notes, ownEffects: ['abcd1234ffff0000'], ownClaims: [known] }, ours).length
    assert.equal(of('Please hurry', 'Warehouse receipt: x. [mhloop abcd1234]', `mhloop: ${ours}\nmasonhub_rma: 7`), 0)
    assert.equal(of('Warehouse receipt: x. [mhloop ffff0000]'), 1)
    assert.equal(of('{"mhloop":"99999999-2222-4333-8444-555555555555"}'), 1)
    assert.equal(of('mhloop is nice', '[mhloop]'), 0)
    assert.equal(of(claimNote(known, ours)), 0)
    assert.equal(of(claimNote(unknown, '99999999-2222-4333-8444-555555555555')), 1)
    assert.equal(of(claimNote(unknown, ours)), 1, 'G1: of a copy of this journal')
    assert.equal(of('[mhloop-claim]'), 1, 'G1: whoever that is')
  })

  it('G1: a return that another mhloop has claimed is reported as left to a person only while it is open', () => {
    const theirs = claimNote('b'.repeat(32), '99999999-2222-4333-8444-555555555555')
    const flag = 'Warehouse receipt: x. [mhloop ffff0000]'
    const verdictOf = (...returns: [returnId: string, isOpen: boolean, note: string][]) => {
      const noted = returns.map(([returnId, isOpen, note]) => {
        return { returnId, isOpen, notes: [note], ownEffects: [], ownClaims: [] }
      })
      const about = { installationId: '11111111-2222-4333-8444-555555555555', works: true }
      return foreignVerdict(noted, about, 'acme').message
    }
    assert.equal(verdictOf(['1', false, theirs]), 'Another mhloop, with another journal, has worked on 1.')
    assert.equal(verdictOf(['1', true, flag]), 'Another mhloop, with another journal, has worked on 1.')
    assert.match(
      verdictOf(['1', true, theirs], ['2', false, theirs]),
      /worked on 1, 2\. Claimed and still open is 1: .*person/,
    )
    assert.match(verdictOf(['1', true, theirs], ['2', true, theirs]), /Claimed and still open are 1, 2: /)
  })
})
