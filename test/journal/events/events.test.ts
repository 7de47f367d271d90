import assert from 'node:assert/strict'
import { type Journal, type JournalEvent, workerLease } from '../../../src/journal/journal.ts'
import { at, event, minutes, type Opened, onEachEngine, returnIds } from '../fresh.ts'

onEachEngine('events in the journal', ({ freshJournal }) => {
  let opened: Opened
  let events: Journal['events']
  beforeEach(async () => {
    opened = await freshJournal()
    events = opened.journal.events
  })
  afterEach(() => opened.dispose())

  const due = async (now = at, merchant = 'acme') =>
    (await events.take(merchant, 'w1', now, 100)).map(({ digest }) => digest).join(' ')
  const only = async (): Promise<JournalEvent> => {
    const [first, ...others] = await events.find({})
    assert.ok(first && others.length === 0)
    return first
  }

  it('are stored once per merchant, source and digest, and keep what they said (F26, F27)', async () => {
    const first = event({ receivedAt: '2026-03-01T14:00:00+02:00' })
    assert.deepEqual(await events.storeMany([first]), [true])
    assert.deepEqual(await events.storeMany([{ ...first, topic: 'return.closed', receivedAt: minutes(1) }]), [false])
    const stored = await only()
    const more = { eventId: stored.eventId, tries: 0, nextTryAt: null, settledAt: null, receivedAt: at }
    assert.deepEqual(stored, { ...first, ...more })
    assert.deepEqual(await events.get(stored.eventId), stored)
    assert.equal(await events.get('nobody'), null)
    const others = [event({ source: 'masonhub' }), event({ merchant: 'other' }), event({ digest: 'e2' })]
    assert.deepEqual(await events.storeMany(others), [true, true, true], 'no cross talk (F22)')
    assert.equal(await due(at, 'other'), 'e1')
  })

  it('say of each in one call whether it was new, also of two equal ones', async () => {
    await events.storeMany([event({ digest: 'b' })])
    const digests = ['a', 'b', 'a', 'c']
    assert.deepEqual(await events.storeMany(digests.map((digest) => event({ digest }))), [true, false, false, true])
    assert.deepEqual(await events.storeMany([]), [])
    assert.equal((await events.find({})).length, 3)
  })

  it('are stored all or none, in one transaction (F26)', async () => {
    const thousands = returnIds(1_200).map((digest) => event({ digest }))
    const broken = { ...event({ digest: 'broken' }), receivedAt: 'N/A' }
    await assert.rejects(events.storeMany([...thousands, broken]), { code: 'JOURNAL_BAD_TIME' })
    assert.deepEqual(await events.find({}), [])
    const isNew = await events.storeMany([...thousands, event({ digest: '7' })])
    assert.deepEqual([isNew.filter(Boolean).length, isNew.at(-1)], [1_200, false])
    assert.equal((await opened.journal.health()).counts.events, 1_200)
  })

  it('are due oldest first, until they are settled, and not before their next try (F47)', async () => {
    await events.storeMany([
      event({ digest: 'late', receivedAt: minutes(2) }),
      event({ digest: 'early', receivedAt: minutes(1) }),
      event({ digest: 'early-too', receivedAt: minutes(1) }),
      event({ digest: 'parked', state: 'quarantined', reason: 'UNMATCHED' }),
    ])
    assert.equal(await due(), 'early early-too late')
    assert.deepEqual(
      (await events.take('acme', 'w1', at, 2)).map(({ digest }) => digest),
      ['early', 'early-too'],
    )
    const [early, second, late] = await events.take('acme', 'w1', at, 3)
    assert.ok(early && second && late)
    await events.settleMany(
      [
        { eventId: early.eventId, state: 'new', tries: 1, nextTryAt: minutes(10), reason: 'LOOP_DOWN' },
        { eventId: second.eventId, state: 'done', tries: 1, nextTryAt: null, reason: null },
        { eventId: late.eventId, state: 'quarantined', tries: 6, nextTryAt: null, reason: 'POISON' },
      ],
      minutes(5),
    )
    assert.equal(await due(minutes(9)), '')
    assert.equal(await due(minutes(10)), 'early')
    const summaryOf = (found: JournalEvent | null) => found && [found.state, found.tries, found.reason, found.settledAt]
    assert.deepEqual(summaryOf(await events.get(early.eventId)), ['new', 1, 'LOOP_DOWN', null])
    assert.deepEqual(summaryOf(await events.get(second.eventId)), ['done', 1, null, minutes(5)])
    assert.deepEqual(summaryOf(await events.get(late.eventId)), ['quarantined', 6, 'POISON', minutes(5)])
  })

  it('C5 do not wait for hours when they were put off before the clock was set back', async () => {
    await events.storeMany([event({ digest: 'a' })])
    const [a] = await events.take('acme', 'w1', at, 1)
    assert.ok(a)
    const later = { eventId: a.eventId, state: 'new' as const, tries: 1, nextTryAt: minutes(61), reason: 'LOOP_DOWN' }
    await events.settleMany([later], minutes(60))
    assert.equal(await due(minutes(60)), '')
    assert.equal(await due(minutes(0)), 'a')
  })

  it('are taken by one worker at a time, return by return, while that worker lives', async () => {
    let now = at
    const { journal, dispose } = await freshJournal({ now: () => new Date(now) })
    const store = (digest: string, returnId: string) => journal.events.storeMany([event({ digest, returnId })])
    const take = async (worker: string, limit = 10) =>
      (await journal.events.take('acme', worker, at, limit)).map(({ digest }) => digest).join(' ')
    const { subject } = workerLease('w1')
    await journal.leases.acquire('', subject, 'w1', 60_000)
    for (const [digest, returnId] of [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ] as const)
      await store(digest, returnId)
    assert.equal(await take('w1', 2), 'a b')
    await store('d', '1')
    assert.equal(await take('w2'), 'c', 'return 1 is being looked at')
    assert.equal(await take('w1'), 'a b c d', 'it has its own again; nobody has seen w2 live')
    await journal.events.giveBack('acme', 'w1')
    assert.equal(await take('w2', 1), 'a')
    assert.equal(await take('w1'), 'a b c d')
    now = minutes(1)
    assert.equal(await take('w2'), 'a b c d', 'w1 has died or is frozen')
    await dispose()
  })

  it('settle by the hundred, and the last word about one holds', async () => {
    await events.storeMany(returnIds(1_200).map((digest) => event({ digest })))
    const all = await events.take('acme', 'w1', at, 2_000)
    const done = all.map(({ eventId }) => ({
      eventId,
      state: 'done' as const,
      tries: 1,
      nextTryAt: null,
      reason: null,
    }))
    const [first] = done
    assert.ok(first)
    await events.settleMany([...done, { ...first, state: 'quarantined', tries: 2 }], at)
    await events.settleMany([], at)
    assert.equal(await due(), '')
    assert.deepEqual((await events.get(first.eventId))?.state, 'quarantined')
    assert.equal((await events.find({ states: ['done'] })).length, 1_199)
  })

  it('are replayed as if they had just come', async () => {
    await events.storeMany(['a', 'b', 'c'].map((digest) => event({ digest })))
    const [a, b] = await events.take('acme', 'w1', at, 3)
    assert.ok(a && b)
    await events.settleMany(
      [
        { eventId: a.eventId, state: 'quarantined', tries: 6, nextTryAt: null, reason: 'POISON' },
        { eventId: b.eventId, state: 'new', tries: 2, nextTryAt: minutes(60), reason: 'LOOP_DOWN' },
      ],
      minutes(1),
    )
    assert.equal(await events.replay([a.eventId, b.eventId, 'nobody']), 2)
    assert.deepEqual([await events.get(a.eventId), await events.get(b.eventId)], [a, b])
    assert.equal(await due(), 'a b c')
    assert.equal(await events.replay([]), 0)
    assert.deepEqual(await events.storeMany([event({ digest: 'c' })]), [false], 'it is still the same one')
  })

  it('are found by what an operator asks for', async () => {
    await events.storeMany([
      event({ digest: 'a', returnId: '1', receivedAt: minutes(1) }),
      event({ digest: 'b', returnId: '2', receivedAt: minutes(2), source: 'masonhub' }),
      event({ digest: 'c', returnId: null, receivedAt: minutes(3), state: 'quarantined', reason: 'NOT_JSON' }),
      event({ digest: 'd', returnId: '1', receivedAt: minutes(4), merchant: 'other' }),
    ])
    const found = async (filter: Parameters<typeof events.find>[0]) =>
      (await events.find(filter)).map(({ digest }) => digest).join('')
    assert.equal(await found({}), 'abcd')
    assert.equal(await found({ newestFirst: true, limit: 2 }), 'dc')
    assert.equal(await found({ merchant: 'acme' }), 'abc')
    assert.equal(await found({ merchant: 'acme', returnId: '1' }), 'a')
    assert.equal(await found({ source: 'masonhub' }), 'b')
    assert.equal(await found({ states: ['quarantined', 'done'] }), 'c')
    assert.equal(await found({ states: [] }), '')
    assert.equal(await found({ since: minutes(2), until: minutes(3) }), 'bc')
  })

  it('say since when the oldest of them waits', async () => {
    assert.equal(await events.oldestNew(), null)
    await events.storeMany([
      event({ digest: 'a', receivedAt: minutes(3) }),
      event({ digest: 'b', receivedAt: minutes(2), merchant: 'other' }),
      event({ digest: 'c', receivedAt: minutes(1), state: 'quarantined' }),
    ])
    assert.deepEqual([await events.oldestNew(), await events.oldestNew('acme')], [minutes(2), minutes(3)])
    assert.equal(await events.oldestNew('nobody'), null)
  })

  it('H2: of known returns, and of others by who sent them, are taken apart', async () => {
    const link = { returnId: '1', customerIdentifier: '1', orderName: null, returnUpdatedAt: null }
    await opened.journal.links.see('acme', [link], at)
    await opened.journal.links.see('other', [{ ...link, returnId: '2' }], at)
    await events.storeMany([
      event({ digest: 'made-up', returnId: '2', source: 'masonhub', receivedAt: minutes(-9) }),
      event({ digest: 'fresh', returnId: '3', receivedAt: minutes(-8) }),
      event({ digest: 'known', returnId: '1', source: 'masonhub' }),
      event({ digest: 'known-too', returnId: '1' }),
    ])
    const taken = async (only: Parameters<typeof events.take>[4]) =>
      (await events.take('acme', 'w1', at, 100, only)).map(({ digest }) => digest).join(' ')
    assert.equal(await taken('known'), 'known known-too')
    assert.equal(await taken({ unknownOf: 'loop' }), 'fresh')
    assert.equal(await taken({ unknownOf: 'masonhub' }), 'made-up')
    assert.equal(await taken(undefined), 'made-up fresh known known-too')
    assert.deepEqual(await events.take('acme', 'w1', at, 0, 'known'), [])
    assert.equal(await events.oldestNew('acme'), minutes(-8), 'what may be made up may wait')
  })

  it('forget the bodies of old ones, and nothing else (F64)', async () => {
    const shared = { state: 'quarantined' as const, reason: 'NOT_JSON', body: '{"customer":"ann@example.com"' }
    await events.storeMany([
      event({ ...shared, digest: 'old' }),
      event({ ...shared, digest: 'young', receivedAt: minutes(2) }),
      event({ digest: 'empty' }),
    ])
    assert.equal(await events.forgetBodies(minutes(2)), 1)
    assert.equal(await events.forgetBodies(minutes(2)), 0)
    const bodies = (await events.find({})).map(({ digest, body, state }) => [digest, body, state])
    assert.deepEqual(bodies, [
      ['old', '', 'quarantined'],
      ['empty', '', 'new'],
      ['young', shared.body, 'quarantined'],
    ])
  })
})
