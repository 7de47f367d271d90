import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type Program, type ServeWorker, startServing } from './serve-processes.ts'
import type { Shop } from './shop.ts'

/** Number of disturbances by kind. */
export type Counts = { killed: number; frozen: number; added: number; stopped: number }

/**
 * Keeps this many workers running, and kills, freezes and adds some at any time. It records the output of a worker that
 * ended without being disturbed.
 */
export function createTrouble(shop: Shop, program: Program, size: number) {
  const processes = new Set<ServeWorker>()
  const counts: Counts = { killed: 0, frozen: 0, added: 0, stopped: 0 }
  const complaints: string[] = []
  const expected = new WeakSet<ServeWorker>()
  const { random } = shop

  /** A worker that starts while the database is away may give up; it is started again, as a supervisor would. */
  async function started(): Promise<ServeWorker> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await startServing(program, shop.environment)
      } catch (error) {
        if (tries === 3 || !String(error).includes('JOURNAL_UNREACHABLE')) throw error
      }
    }
  }

  async function add(): Promise<void> {
    const worker = await started()
    processes.add(worker)
    shop.reverseProxy.workers.add(worker.url)
    worker.process.once('exit', (code, signal) => {
      processes.delete(worker)
      shop.reverseProxy.workers.delete(worker.url)
      if (!expected.has(worker)) complaints.push(`a worker ended by itself with ${code ?? signal}: ${worker.said()}`)
    })
  }

  async function kill(worker: ServeWorker): Promise<void> {
    expected.add(worker)
    counts.killed += 1
    worker.process.kill('SIGKILL')
    await once(worker.process, 'exit')
    await pause(random.next() * 1_000)
    await add()
  }

  async function freeze(worker: ServeWorker, signal: AbortSignal): Promise<void> {
    counts.frozen += 1
    worker.isFrozen = true
    worker.process.kill('SIGSTOP')
    // Every other time longer than its leases.
    const long = random.chance(0.5) ? 2_000 + random.next() * 6_000 : 18_000 + random.next() * 8_000
    await pause(long, null, { signal }).catch(() => undefined)
    worker.isFrozen = false
    worker.process.kill('SIGCONT')
  }

  async function stop(worker: ServeWorker): Promise<void> {
    expected.add(worker)
    counts.stopped += 1
    worker.process.kill('SIGTERM')
    const [code] = await once(worker.process, 'exit')
    if (code !== 0) complaints.push(`a worker that was told to stop ended with ${code}: ${worker.said()}`)
  }

  async function trouble(signal: AbortSignal): Promise<void> {
    const awake = [...processes].filter((worker) => !worker.isFrozen && !expected.has(worker))
    const victim = awake[random.below(Math.max(1, awake.length))]
    if (victim === undefined) return
    const roll = random.next()
    if (roll < 0.5) await kill(victim)
    else if (roll < 0.8) await freeze(victim, signal)
    else if (processes.size > size) await stop(victim)
    else {
      counts.added += 1
      await add()
    }
  }

  return {
    counts,
    complaints,
    begin: () => Promise.all(Array.from({ length: size }, add)),
    /** Disturbs the workers, two at a time, until the signal aborts. */
    async run(every: number, signal: AbortSignal): Promise<void> {
      const one = async () => {
        while (!signal.aborted) {
          await pause(every * (0.5 + random.next()), null, { signal }).catch(() => undefined)
          if (!signal.aborted) await trouble(signal)
        }
      }
      await Promise.all([one(), one()])
    },
    /** Stops all workers, as an operator would. */
    async end(): Promise<void> {
      await Promise.all([...processes].map(stop))
    },
    abandon(): void {
      for (const worker of processes) {
        expected.add(worker)
        worker.process.kill('SIGKILL')
      }
    },
  }
}
