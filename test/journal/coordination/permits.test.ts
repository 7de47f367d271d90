import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  grant,
  noPermits,
  type PermitState,
  pauseBegun,
  permitLifetime,
  type Rate,
} from '../../../src/core/rate-limit/grant-permits.ts'
import { createSharedLimiter } from '../../../src/http/rate-limit/shared-limiter.ts'
import { at, onEachEngine } from '../fresh.ts'

/** A process that takes permits and uses each of them at once, late, at the last moment, or never. */
type Step = { after: number; needed: number; ahead: number; urgent: boolean; late: number; pause: number }
const step: fc.Arbitrary<Step> = fc.record({
  after: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 70_000 })),
  needed: fc.integer({ min: 1, max: 30 }),
  ahead: fc.integer({ min: 0, max: 30 }),
  urgent: fc.boolean(),
  late: fc.double({ min: 0, max: 1, noNaN: true }),
  pause: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 20_000 })),
})

function run(rate: Rate, steps: readonly Step[]) {
  let now = 1_000_000
  let state: PermitState = noPermits
  const used: { at: number; urgent: boolean }[] = []
  const pauses: [number, number][] = []
  for (const { after, pause, late, ...request } of steps) {
    now += after
    const granted = grant(state, rate, request, now)
    if (pauses.some(([from, to]) => now >= from && now < to)) assert.equal(granted.permits, 0, 'within a pause')
    if (granted.permits === 0 && state.pausedUntil <= now) {
      assert.ok(granted.wait > 0)
      const soon = grant(state, rate, request, now + granted.wait - 1)
      if (!('perMinute' in rate)) assert.equal(soon.permits, 0, 'it said too long a wait')
      assert.ok(grant(state, rate, request, now + granted.wait + 1).permits > 0, 'it said too short a wait')
    }
    state = granted.state
    for (let permit = 0; permit < granted.permits; permit += 1)
      used.push({ at: now + late * permitLifetime, urgent: request.urgent })
    if (pause > 0) {
      state = pauseBegun(state, now + pause)
      pauses.push([now, now + pause])
    }
  }
  return used
}

function most(used: readonly { at: number }[], window: number): number {
  const times = used.map((one) => one.at).sort((one, other) => one - other)
  let first = 0
  return times.reduce((worst, time, index) => {
    while ((times[first] ?? 0) <= time - window) first += 1
    return Math.max(worst, index - first + 1)
  }, 0)
}

describe('the permits of a rate limit (F44)', () => {
  const steps = fc.array(step, { maxLength: 120 })

  it('never gives more than the limit to any window of 60 s, however late its permits are used', () => {
    fc.assert(fc.property(steps, (plan) => assert.ok(most(run({ perMinute: 45 }, plan), 60_000) <= 45)))
  })

  it('never gives more than a steady rate and its burst, nor the time that a permit may be kept', () => {
    const [perSecond, burst] = [4, 4]
    fc.assert(
      fc.property(steps, (plan) => {
        for (const window of [1_000, 10_000, 60_000]) {
          const limit = burst + (perSecond * (window + permitLifetime)) / 1000
          assert.ok(most(run({ perSecond, burst }, plan), window) <= limit + 1)
        }
      }),
    )
  })

  it('keeps a share for automatic refunds', () => {
    const rate = { perMinute: 255 }
    const request = { needed: 300, ahead: 0, urgent: false }
    const first = grant(noPermits, rate, request, 0)
    assert.equal(first.permits, 242)
    assert.equal(grant(first.state, rate, request, 1).permits, 0)
    const urgent = grant(first.state, rate, { ...request, urgent: true }, 1)
    assert.equal(urgent.permits, 13)
    assert.equal(grant(urgent.state, rate, { ...request, urgent: true }, 2).permits, 0)
  })

  it('gives more than was asked for only while the limit is far', () => {
    const rate = { perMinute: 100 }
    const request = { needed: 5, ahead: 10, urgent: false }
    const first = grant(noPermits, rate, request, 0)
    const counts = [first.permits]
    let { state } = first
    for (let permit = 0; permit < 3; permit += 1) {
      const next = grant(state, rate, request, 0)
      counts.push(next.permits)
      state = next.state
    }
    assert.deepEqual(counts, [15, 15, 15, 5])
  })

  it('is not blocked for ever by a clock that was far ahead (C5)', () => {
    for (const rate of [{ perMinute: 2 }, { perSecond: 1, burst: 1 }]) {
      const request = { needed: 5, ahead: 0, urgent: true }
      const { state } = grant(noPermits, rate, request, 1_000_000_000)
      const back = grant(state, rate, request, 0)
      assert.ok(back.permits === 0 ? back.wait <= 70_000 : true)
      assert.ok(grant(back.state, rate, request, 70_000).permits > 0)
    }
  })
})

onEachEngine('permits that processes share', ({ freshJournal }) => {
  const rate = { perMinute: 100 }
  const request = { needed: 30, ahead: 0, urgent: false }

  it('are taken from one book, by however many at once, and apart by credential (F44)', async () => {
    const { journal, dispose } = await freshJournal()
    const taken = await Promise.all(Array.from({ length: 12 }, () => journal.permits.take('a', rate, request)))
    assert.equal(
      taken.reduce((sum, { permits }) => sum + permits, 0),
      95,
    )
    assert.ok(taken.every(({ permits, wait }) => permits > 0 || wait > 50_000))
    assert.equal((await journal.permits.take('b', rate, request)).permits, 30)
    await dispose()
  })

  it('are held back from all when a vendor makes one wait', async () => {
    let now = Date.parse(at)
    const { journal, dispose } = await freshJournal({ now: () => new Date(now) })
    await journal.permits.pause('a', 30_000)
    await journal.permits.pause('a', 10_000)
    assert.deepEqual(await journal.permits.take('a', rate, request), { permits: 0, wait: 30_000 })
    now += 30_000
    assert.equal((await journal.permits.take('a', rate, request)).permits, 30)
    await dispose()
  })

  it('keep two limiters together within the limit, and let refunds through first', async () => {
    let now = Date.parse(at)
    const { journal, dispose } = await freshJournal({ now: () => new Date(now) })
    const sleep = async (milliseconds: number) => {
      now += milliseconds
    }
    const limiters = [1, 2].map(() => createSharedLimiter(journal.permits, 'a', rate, { clock: () => now, sleep }))
    const used: { at: number }[] = []
    const ask = async (limiter: (typeof limiters)[number], count: number, urgent = false) => {
      for (let permit = 0; permit < count; permit += 1) {
        assert.equal(await limiter.acquire({ urgent }), 'go')
        used.push({ at: now })
        now += 20
      }
    }
    await Promise.all(limiters.map((limiter) => ask(limiter, 150)))
    assert.equal(used.length, 300)
    assert.ok(most(used, 60_000) <= 95, String(most(used, 60_000)))
    const [one] = limiters
    assert.ok(one)
    const order: string[] = []
    const waiting = Array.from({ length: 40 }, () => one.acquire().then(() => order.push('read')))
    waiting.push(one.acquire({ urgent: true }).then(() => order.push('refund')))
    await Promise.all(waiting)
    assert.ok(order.indexOf('refund') <= 30, String(order.indexOf('refund')))
    await dispose()
  })

  it('are unknown while the journal can not be asked: no request goes', async () => {
    const { journal, dispose } = await freshJournal()
    const trouble = new Error('the journal is gone')
    const take = async () => {
      throw trouble
    }
    const limiter = createSharedLimiter({ ...journal.permits, take }, 'a', rate)
    assert.deepEqual(await limiter.acquire(), { trouble })
    await dispose()
  })
})
