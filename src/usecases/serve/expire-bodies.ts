import { Fault } from '../../core/errors/fault.ts'
import { pause as pauseReally } from '../../core/time/pause.ts'
import type { Journal } from '../../journal/journal.ts'
import { day, shifted } from '../merchant-context.ts'

/** Milliseconds. An unreadable message names no return, so what it says of a shopper is kept only this long (F64). */
const retention = 30 * day
const every = 3_600_000

export type Expiring = {
  journal: Pick<Journal, 'events'>
  now(): Date
  signal: AbortSignal
  /** Waits for the next run; tests bring their own. */
  pause?: ((milliseconds: number, signal: AbortSignal) => Promise<void>) | undefined
  log(entry: { level: 'info' | 'error'; event: string; detail: string }): void
}

/** Runs by itself, independent of other jobs and without polling, too (H17). Ends with the signal. */
export async function expireBodies(expiring: Expiring): Promise<void> {
  const { signal, pause = pauseReally } = expiring
  while (!signal.aborted) {
    await expireOnce(expiring)
    await pause(every, signal)
  }
}

/** Empties bodies that are old enough. If the journal can't be written, that is logged and tried again. */
export async function expireOnce({ journal, now, log }: Omit<Expiring, 'signal' | 'pause'>): Promise<void> {
  try {
    const count = await journal.events.forgetBodies(shifted(now().toISOString(), -retention))
    if (count > 0) log({ level: 'info', event: 'message bodies expired', detail: `${count}` })
  } catch (error) {
    const why = error instanceof Fault ? `${error.code}: ${error.message}` : 'INTERNAL'
    log({ level: 'error', event: 'expiry failed', detail: why })
  }
}
