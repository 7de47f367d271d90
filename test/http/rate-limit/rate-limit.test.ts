import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Rate } from '../../../src/core/rate-limit/grant-permits.ts'
import type { RateLimitStore } from '../../../src/core/rate-limit/rate-limit-store.ts'
import { createRateLimiter, sharedRateLimiter } from '../../../src/http/rate-limit/rate-limit.ts'
import { createSharedLimiter } from '../../../src/http/rate-limit/shared-limiter.ts'
import { virtualTime } from '../server.ts'

type Timer = { at: number; wake: () => void }

/** Time that jumps to the next timer, and may jump further, as for a frozen process (F9). */
function scheduledTime() {
  let now = 5000
  const timers: Timer[] = []
  return {
    clock: () => now,
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const timer = { at: now + milliseconds, wake: resolve }
        timers.push(timer)
        signal?.addEventListener('abort', () => resolve())
      }),
    timers,
    async pass(milliseconds: number) {
      now += milliseconds
      for (const timer of timers.splice(0)) {
        if (timer.at <= now) timer.wake()
        else timers.push(timer)
      }
      for (let i = 0; i < 50; i += 1) await Promise.resolve()
    },
  }
}

function mostInWindow(times: number[], window: number): number {
  return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + window).length))
}

type Step = { ask?: number; pass?: number; pause?: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ ask: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ pass: fc.integer({ min: 1, max: 90_000 }) }),
  fc.record({ pass: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ pause: fc.integer({ min: 1, max: 20_000 }) }),
)

/** The times at which permits were given while a plan of requests, waits and pauses ran. */
async function permitsGranted(rate: Rate, plan: readonly Step[]): Promise<number[]> {
  const time = scheduledTime()
  const limiter = createRateLimiter({ ...rate, ...time })
  const granted: number[] = []
  for (const { ask = 0, pass = 0, pause = 0 } of plan) {
    for (let i = 0; i < ask; i += 1) void limiter.acquire().then(() => granted.push(time.clock()))
    if (pause > 0) limiter.pause(pause)
    await time.pass(pass)
  }
  return granted
}

describe('rate limiter (F44)', () => {
  for (const rate of [{ perMinute: 45 }, { perSecond: 40 / 60, burst: 5 }]) {
    it(`never gives more than its limit in any 60 s, however callers come and time jumps: ${JSON.stringify(rate)}`, () =>
      fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (plan) => {
          assert.ok(mostInWindow(await permitsGranted(rate, plan), 60_000) <= 45)
        }),
        { numRuns: 60 },
      ))
  }

  it("stays below 300 in any minute with the rate used for Loop's keys", async () => {
    const { clock, sleep } = virtualTime()
    const limiter = createRateLimiter({ perMinute: 255, clock, sleep })
    const granted: number[] = []
    for (let i = 0; i < 1000; i += 1) {
      await limiter.acquire()
      granted.push(clock())
    }
    const most = mostInWindow(granted, 60_000)
    assert.ok(most <= 255 && most >= 250, String(most))
  })

  it('gives a whole minute at once to the first caller, so that a single command never waits', async () => {
    const { clock, sleep } = virtualTime()
    const limiter = createRateLimiter({ perMinute: 255, clock, sleep })
    const start = clock()
    for (let i = 0; i < 255; i += 1) await limiter.acquire()
    assert.equal(clock(), start)
    await limiter.acquire()
    assert.equal(clock() - start, 60_000)
  })

  it('serves in the order of asking', async () => {
    const { clock, sleep } = virtualTime()
    const limiter = createRateLimiter({ perSecond: 2, burst: 1, clock, sleep })
    const order: number[] = []
    await Promise.all([1, 2, 3, 4].map((name) => limiter.acquire().then(() => order.push(name))))
    assert.deepEqual(order, [1, 2, 3, 4])
  })

  it('makes those who wait already wait through a pause', async () => {
    const time = scheduledTime()
    const limiter = createRateLimiter({ perSecond: 1, burst: 1, ...time })
    await limiter.acquire()
    const second = limiter.acquire().then(() => time.clock())
    limiter.pause(10_000)
    await time.pass(1000)
    await time.pass(9000)
    assert.equal(await second, 15_000)
  })

  it('refuses a permit beyond the deadline at once, and counts nothing for it', async () => {
    const { clock, sleep } = virtualTime()
    const limiter = createRateLimiter({ perSecond: 1, burst: 1, clock, sleep })
    const start = clock()
    assert.equal(await limiter.acquire(), 'go')
    assert.equal(await limiter.acquire({ deadline: start + 500 }), 'too-late')
    assert.equal(clock(), start)
    assert.equal(await limiter.acquire(), 'go')
    assert.equal(clock(), start + 1000)
  })

  it('dismisses waiters whose permit a pause moves beyond their deadline', async () => {
    const time = scheduledTime()
    const limiter = createRateLimiter({ perSecond: 1, burst: 1, ...time })
    await limiter.acquire()
    const waiting = limiter.acquire({ deadline: time.clock() + 5000 })
    limiter.pause(60_000)
    assert.equal(await waiting, 'too-late')
  })

  it('lets a waiter go when its caller aborts, and leaves no timer behind', async () => {
    const controller = new AbortController()
    const limiter = createRateLimiter({ perMinute: 1 })
    await limiter.acquire()
    const waiting = limiter.acquire({ signal: controller.signal })
    controller.abort()
    assert.equal(await waiting, 'aborted')
    assert.equal(await limiter.acquire({ signal: AbortSignal.abort() }), 'aborted')
  })

  it('is shared by everyone who uses the same credential', () => {
    const rate = { perMinute: 255 }
    assert.equal(sharedRateLimiter('key-a', rate), sharedRateLimiter('key-a', rate))
    assert.notEqual(sharedRateLimiter('key-a', rate), sharedRateLimiter('key-b', rate))
  })

  it('F44 with a store, a changed rate applies at once: the store counts for all, so each rate has its own limiter', async () => {
    const rates: Rate[] = []
    const store: RateLimitStore = {
      lifetime: 2_000,
      take: async (_, rate) => {
        rates.push(rate)
        return { permits: 1, wait: 0 }
      },
      pause: async () => undefined,
    }
    const before = sharedRateLimiter('key-c', { perMinute: 255 }, store)
    assert.equal(await before.acquire(), 'go')
    const after = sharedRateLimiter('key-c', { perMinute: 60 }, store)
    assert.equal(await after.acquire(), 'go')
    assert.deepEqual(rates, [{ perMinute: 255 }, { perMinute: 60 }])
    assert.equal(sharedRateLimiter('key-c', { perMinute: 60 }, store), after)
  })

  it('F44 without a store, one limiter counts for the whole process, whatever rates are given', () => {
    assert.equal(sharedRateLimiter('key-d', { perMinute: 255 }), sharedRateLimiter('key-d', { perMinute: 60 }))
  })

  it("a refund does not wait for as long as an ordinary caller, whose share of the store's permits is used up", async () => {
    const time = scheduledTime()
    const start = time.clock()
    const store: RateLimitStore = {
      lifetime: 2_000,
      take: async (_credential, _rate, { urgent }) => {
        const wait = start + (urgent ? 30_000 : 60_000) - time.clock()
        return wait > 0 ? { permits: 0, wait } : { permits: 1, wait: 0 }
      },
      pause: async () => undefined,
    }
    const limiter = createSharedLimiter(store, 'key-e', { perMinute: 255 }, time)
    const went: [string, number][] = []
    const ask = (name: string, urgent: boolean) =>
      limiter.acquire({ urgent }).then(() => went.push([name, time.clock() - start]))
    void ask('read', false)
    await time.pass(1_000)
    void ask('refund', true)
    for (let second = 0; second < 60; second += 1) await time.pass(1_000)
    assert.deepEqual(went[0], ['refund', 30_000])
    assert.ok(went[1]?.[0] === 'read' && went[1][1] >= 60_000, String(went[1]))
  })

  it('refuses a rate of nothing', () => {
    assert.throws(() => createRateLimiter({ perMinute: 0 }), RangeError)
    assert.throws(() => createRateLimiter({ perSecond: 1, burst: 0 }), RangeError)
  })
})
