import assert from 'node:assert/strict'
import type { Journal, NewEvent } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { type RunOptions, runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { until } from '../until.ts'
import { assertObeysSchema } from './schemas.ts'

const now = new Date('2026-11-20T12:00:00.000Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString()
/** A body that would move the cursor and reverse text on a terminal, and that contains a shopper's address. */
const hostile = '{"customer":"canary@example.com\u001b[2J\u202e"}\r\n'

describe('event', () => {
  const folder = temporaryFolder()
  const env = {
    MHLOOP_LOOP_API_KEY: 'loop-key-0123456789',
    MHLOOP_MASONHUB_TOKEN: 'masonhub-token-0123456789',
    MHLOOP_MASONHUB_SLUG: 'demo',
  }
  const run = (argv: string, options: RunOptions = {}) =>
    runMhloop(`event ${argv}`, { configDir: folder(), dataDir: `${folder()}/data`, now: () => now, env, ...options })

  async function withJournal<T>(work: (journal: Journal) => Promise<T>): Promise<T> {
    const journal = await openJournal(undefined, { dataDir: `${folder()}/data` })
    try {
      return await work(journal)
    } finally {
      await journal.close()
    }
  }

  let count = 0
  function event(changes: Partial<NewEvent> = {}): NewEvent {
    count += 1
    return {
      merchant: 'env',
      source: 'loop',
      digest: `digest ${count}`,
      topic: 'return.created',
      returnId: '99904598',
      body: '',
      state: 'new',
      reason: null,
      receivedAt: hoursAgo(1),
      ...changes,
    }
  }
  /** Stores the events; returns their ids in the same order. */
  function stored(...events: NewEvent[]): Promise<string[]> {
    return withJournal(async (journal) => {
      await journal.events.storeMany(events)
      const found = await journal.events.find({})
      return events.map(({ digest }) => found.find((one) => one.digest === digest)?.eventId ?? '')
    })
  }
  const settled = (eventId: string, state: 'done' | 'quarantined', reason: string | null = null) =>
    withJournal((journal) =>
      journal.events.settleMany([{ eventId, state, tries: 6, nextTryAt: null, reason }], hoursAgo(0)),
    )
  const get = (eventId: string) => withJournal((journal) => journal.events.get(eventId))

  describe('list', () => {
    it('lists the newest first, of the chosen merchant only, and no body', async () => {
      const [older, newer] = await stored(
        event({ receivedAt: hoursAgo(3) }),
        event({ source: 'masonhub', topic: 'received', receivedAt: hoursAgo(2) }),
        event({ merchant: 'other' }),
      )
      const { exit, json } = await run('list --json')
      assert.equal(exit, 0)
      assertObeysSchema(json())
      const { events, more } = json().data
      assert.deepEqual(
        events.map((one: { eventId: string }) => one.eventId),
        [newer, older],
      )
      assert.deepEqual([more, 'body' in events[0], events[0].topic], [false, false, 'received'])
      assert.equal((await run('list --all-merchants --json')).json().data.events.length, 3)
    })

    it('filters by state, return, source and window', async () => {
      const [first, second, third] = await stored(
        event({ receivedAt: hoursAgo(50) }),
        event({ source: 'masonhub', topic: 'received', returnId: '4711', receivedAt: hoursAgo(5) }),
        event({ state: 'quarantined', reason: 'UNREADABLE', topic: null, returnId: null, body: hostile }),
      )
      const listed = async (flags: string) =>
        (await run(`list ${flags} --json`)).json().data.events.map((one: { eventId: string }) => one.eventId)
      assert.deepEqual(await listed('--state quarantined'), [third])
      assert.deepEqual(await listed('--state quarantined --state new'), [third, second, first])
      assert.deepEqual(await listed('--return 4711'), [second])
      assert.deepEqual(await listed('--return https://admin.loopreturns.com/returns/99904598'), [first])
      assert.deepEqual(await listed('--source loop'), [third, first])
      assert.deepEqual(await listed('--since 1d'), [third, second])
      assert.deepEqual(await listed('--until 1d'), [first])
    })

    it('--return takes an order name that the journal knows; another ends with 5', async () => {
      const [eventId] = await stored(event())
      await withJournal((journal) =>
        journal.links.see(
          'env',
          [{ returnId: '99904598', customerIdentifier: '99904598', orderName: '#1001', returnUpdatedAt: null }],
          hoursAgo(1),
        ),
      )
      const { json } = await run('list --return 1001 --json')
      assert.equal(json().data.events[0].eventId, eventId)
      const unknown = await run('list --return #1002 --json')
      assertObeysSchema(unknown.json())
      assert.deepEqual([unknown.exit, unknown.json().error.code], [5, 'RETURN_NOT_FOUND'])
    })

    it('says when there are more than --limit', async () => {
      await stored(event(), event(), event())
      const { json } = await run('list --limit 2 --json')
      assert.deepEqual([json().data.events.length, json().data.more], [2, true])
      assert.match(json().warnings.join(), /To see more/)
    })

    it('as a table that keeps its ids on 80 columns, as NDJSON, and nothing when there is nothing', async () => {
      const none = await run('list')
      assert.deepEqual([none.exit, none.stdout], [0, ''])
      const [eventId] = await stored(event({ returnId: '1234567890123456' }))
      const table = await run('list', { tty: true })
      assert.match(table.stdout, new RegExp(`${eventId} +return\\.created +1234567890123456 +new`))
      for (const line of table.stdout.split('\n')) assert.ok(line.length <= 80, line)
      assert.equal(JSON.parse((await run('list --format ndjson')).stdout).eventId, eventId)
    })

    for (const flags of ['--state lost', '--since yesterday', '--limit 0', '--source shopify']) {
      it(`refuses ${flags}, exit 2`, async () => assert.equal((await run(`list ${flags}`)).exit, 2))
    }
  })

  describe('show', () => {
    it('shows every field, and what happened to its return since it came', async () => {
      const [eventId] = await stored(event())
      await withJournal((journal) =>
        journal.history.append(
          [hoursAgo(2), hoursAgo(0.5)].map((at, index) => ({
            at,
            merchant: 'env',
            returnId: '99904598',
            actor: 'worker@here',
            what: 'seen',
            kind: null,
            effectId: null,
            message: `message ${index}`,
          })),
        ),
      )
      const { exit, json } = await run(`show ${eventId} --json`)
      assert.equal(exit, 0)
      assertObeysSchema(json())
      const { data, merchant } = json()
      assert.deepEqual([merchant, data.returnId, data.state, data.hasBody], ['env', '99904598', 'new', false])
      assert.deepEqual(
        data.since.map(({ message }: { message: string }) => message),
        ['message 1'],
      )
      const human = await run(`show ${eventId}`)
      assert.match(human.stdout, /Its return since \(1, UTC\)/)
      assert.doesNotMatch(human.stdout, /message 0/)
    })

    it('shows a body only when it is asked for, whole, and safe for a terminal (F55)', async () => {
      const body = `${hostile}${'x'.repeat(5_000)}end`
      const [eventId] = await stored(event({ state: 'quarantined', reason: 'UNREADABLE', returnId: null, body }))
      for (const flags of ['', '--json']) {
        const { stdout } = await run(`show ${eventId} ${flags}`)
        assert.doesNotMatch(stdout, /canary/)
      }
      const { stdout } = await run(`show ${eventId} --body`)
      assert.match(stdout, /canary@example\.com.*x{5000}end/s)
      assert.doesNotMatch(stdout, /\u001b|\u202e|\r/)
      const json = await run(`show ${eventId} --body --json`)
      assertObeysSchema(json.json())
      assert.equal(json.json().data.body, body)
      assert.doesNotMatch(json.stdout, /\u001b|\u202e/)
    })

    it('says so when there is no body', async () => {
      const [eventId] = await stored(event())
      const { exit, stderr } = await run(`show ${eventId} --body`)
      assert.equal(exit, 0)
      assert.match(stderr, /Its body is not kept/)
    })

    it('an unknown id ends with 5', async () => {
      const { exit, json } = await run('show 0123456789abcdef --json')
      assert.deepEqual([exit, json().error.code], [5, 'EVENT_NOT_FOUND'])
    })
  })

  describe('replay', () => {
    it('makes events new again by id, asks first, and notes it in the history of the return', async () => {
      const [eventId = ''] = await stored(event())
      await settled(eventId, 'quarantined', 'LOOP_UNREADABLE')
      assert.equal((await run(`replay ${eventId}`)).exit, 9)
      assert.equal((await run(`replay ${eventId}`, { tty: true, answers: [false] })).exit, 9)
      assert.equal((await get(eventId))?.state, 'quarantined')
      const { exit, json } = await run(`replay ${eventId} --yes --json`)
      assert.equal(exit, 0)
      assertObeysSchema(json())
      assert.deepEqual([json().data.replayed, json().data.eventIds], [1, [eventId]])
      const again = await get(eventId)
      assert.deepEqual([again?.state, again?.tries, again?.reason], ['new', 0, null])
      const [entry] = await withJournal((journal) => journal.history.of('env', '99904598'))
      assert.equal(entry?.what, 'replayed')
    })

    it('by filter says how many and of what, and leaves out what is new already or names no return', async () => {
      const [one = '', two = '', unread = '', fresh = '', other = ''] = await stored(
        event(),
        event({ topic: 'received', source: 'masonhub' }),
        event({ state: 'quarantined', reason: 'UNREADABLE', topic: null, returnId: null, body: hostile }),
        event(),
        event({ merchant: 'other' }),
      )
      for (const eventId of [one, two, other]) await settled(eventId, 'done')
      const test = 'mhloop-smoke-20261125T172300-3f9c1a-full'
      const [tested = ''] = await stored(event({ source: 'masonhub', state: 'done', reason: 'SMOKE', returnId: test }))
      const dry = await run('replay --since 1d --dry-run --json')
      assert.equal(dry.json().data.replayed, 0)
      assert.equal((await get(one))?.state, 'done')
      const answered = await run('replay --since 1d', { tty: true, answers: [true] })
      assert.equal(answered.exit, 3)
      assert.match(answered.stdout, /Queued again: 2 messages \(1 return\.created, 1 received\)/)
      assert.deepEqual(
        dry.json().data.skipped.sort((a: { reason: string }, b: { reason: string }) => (a.reason < b.reason ? -1 : 1)),
        [
          { eventId: fresh, reason: 'NEW_ALREADY' },
          { eventId: unread, reason: 'NO_RETURN' },
          { eventId: tested, reason: 'NO_RETURN' },
        ],
      )
      assert.deepEqual([(await get(two))?.state, (await get(other))?.state], ['new', 'done'])
    })

    it('--state quarantined takes these only', async () => {
      const [done = '', bad = ''] = await stored(event(), event())
      await settled(done, 'done')
      await settled(bad, 'quarantined', 'INTERNAL')
      const { json } = await run('replay --state quarantined --yes --json')
      assert.deepEqual(json().data.eventIds, [bad])
    })

    it('changes nothing when one of several ids is unknown, exit 5', async () => {
      const [eventId = ''] = await stored(event())
      await settled(eventId, 'done')
      const { exit, json } = await run(`replay ${eventId} 0123456789abcdef --yes --json`)
      assert.deepEqual([exit, json().error.code], [5, 'EVENT_NOT_FOUND'])
      assert.equal((await get(eventId))?.state, 'done')
    })

    it('F66 -m with ids takes only that merchant’s messages, exit 5', async () => {
      const [eventId = ''] = await stored(event())
      const unknown = await run(`replay ${eventId} -m nosuch --yes --json`)
      assert.deepEqual([unknown.exit, unknown.json().error.code], [5, 'MERCHANT_UNKNOWN'])
      const own = await run(`replay ${eventId} --dry-run --json`)
      assert.deepEqual(own.json().data.matched, 1)
    })
    it('reads ids from stdin', async () => {
      const [one = '', two = ''] = await stored(event(), event())
      for (const eventId of [one, two]) await settled(eventId, 'done')
      const { json } = await run('replay - --yes --json', { stdin: `${one}\n${two}\n` })
      assert.equal(json().data.replayed, 2)
    })

    it('wants ids or a filter, not neither and not both, exit 2', async () => {
      assert.equal((await run('replay --yes')).exit, 2)
      assert.equal((await run('replay 0123456789abcdef --since 1d --yes')).exit, 2)
    })
  })

  describe('tail', () => {
    it('prints what comes, once, in NDJSON in a pipe, and ends with 0 at Ctrl-C', async () => {
      await stored(event({ receivedAt: hoursAgo(2) }))
      const interrupt = Promise.withResolvers<void>()
      // Each round reads the clock twice, so the number of readings shows the progress.
      let readings = 0
      const clock = () => {
        readings += 1
        return now
      }
      const rounds = async (count: number) => {
        const before = readings
        await until(() => readings > before + 2 * count)
      }
      const tail = run('tail --since 3h', { interruptAfter: interrupt.promise, now: clock })
      await rounds(1)
      const later = await stored(
        event({ receivedAt: new Date(now.getTime() + 60_000).toISOString() }),
        event({ receivedAt: new Date(now.getTime() + 60_000).toISOString(), source: 'masonhub', topic: 'received' }),
      )
      await rounds(1)
      interrupt.resolve()
      const { exit, stdout } = await tail
      assert.equal(exit, 0)
      const lines = stdout.trim().split('\n')
      const ids = lines.map((line) => JSON.parse(line).eventId)
      assert.equal(lines.length, 3)
      assert.deepEqual(ids.slice(1), later)
    })

    it('has no one document: --json ends with 2', async () => {
      const { exit, json } = await run('tail --json')
      assertObeysSchema(json())
      assert.equal(exit, 2)
    })
  })
})
