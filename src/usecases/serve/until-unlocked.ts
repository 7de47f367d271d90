import { Fault } from '../../core/errors/fault.ts'
import { pause } from '../../core/time/pause.ts'
import type { ReceiverOptions } from '../../receiver/receiver.ts'

/** Milliseconds, after the twenty seconds that each try already waits for the lock. */
const every = 1_000

/**
 * Runs `work` again until no other process holds the lock on the profiles. A lock passes, even that of a process that
 * was stopped or lost its machine; a service that ended because of it would stay down until somebody starts it (G5).
 */
export async function untilUnlocked<T>(
  work: () => Promise<T>,
  { signal, log, wait = () => pause(every, signal) }: Waiting,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'CONFIG_LOCKED' || signal.aborted) throw error
      if (tries === 1)
        log({
          level: 'warn',
          event: 'waiting for the lock on the profiles',
          detail: `${error.code}: ${error.message} ${error.hint}`,
        })
    }
    await wait()
  }
}

type Waiting = { signal: AbortSignal; log: ReceiverOptions['log']; wait?: () => Promise<void> }
