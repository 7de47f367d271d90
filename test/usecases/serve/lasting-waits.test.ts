/**
 * What `serve` does for months must not use more and more memory (H32): thousands of rounds run here without waiting.
 */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { setImmediate as nextRound } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Journal } from '../../../src/journal/journal.ts'
import type { MerchantContext } from '../../../src/usecases/merchant-context.ts'
import { startBeating } from '../../../src/usecases/serve/heartbeat.ts'
import { createMerchantWorker } from '../../../src/usecases/serve/merchant-worker.ts'
import { newWorkerState } from '../../../src/usecases/serve/worker-options.ts'
import { until } from '../../until.ts'

const rounds = 500

describe('serve: waiting leaves nothing behind (H32)', () => {
  it('the jobs of a merchant pause thousands of times without keeping any of their pauses', async () => {
    const stopping = new AbortController()
    const { signal } = stopping
    /** The result of each pause: it stays in memory as long as anything holds on to the pause. */
    const results: WeakRef<object>[] = []
    const sleep = async () => {
      await nextRound()
      const result = {}
      results.push(new WeakRef(result))
      return result as never
    }
    // Another process runs the jobs, so this one asks for the lease after each pause; its inbox is empty.
    const leases: Partial<Journal['leases']> = { acquire: async () => false }
    const journal = { leases, events: { take: async () => [] } }
    const clock = { now: () => new Date('2026-11-02T09:00:00.000Z') }
    const context = { signal, merchant: { name: 'acme' }, journal, clock, sleep } as unknown as MerchantContext
    const worker = createMerchantWorker(context, {
      resolve: true,
      poll: true,
      worker: 'one',
      every: { pull: 1e6, poll: 1e6, settle: 1e6, rescan: 1e6 },
      state: newWorkerState('acme'),
      random: () => 0.5,
      log: () => undefined,
    })
    const running = worker.run()
    await until(() => results.length > rounds)
    const listeners = getEventListeners(signal, 'abort').length
    const retained = await countRetained(results.slice(0, rounds))
    stopping.abort()
    await running
    assert.ok(retained < rounds / 10, `${retained} of ${rounds} pauses are still held`)
    assert.ok(listeners < 10, `${listeners} listeners on the signal`)
    assert.deepEqual(getEventListeners(signal, 'abort'), [])
  })

  it('a process says thousands of times that it lives without adding a listener each time', async () => {
    const stopping = new AbortController()
    const { signal } = stopping
    let beats = 0
    const leases: Journal['leases'] = {
      async acquire() {
        beats += 1
        return true
      },
      release: async () => undefined,
    }
    const heart = startBeating({ leases, worker: 'one', signal, pause: async () => await nextRound() })
    await until(() => beats > rounds)
    const listeners = getEventListeners(signal, 'abort').length
    stopping.abort()
    await heart.stopped
    assert.ok(listeners < 10, `${listeners} listeners on the signal`)
  })
})

async function countRetained(results: readonly WeakRef<object>[]): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await nextRound()
  collect()
  return results.filter((one) => one.deref() !== undefined).length
}
