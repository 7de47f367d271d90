import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../../core/fault.ts'
import type { Journal } from '../../journal/journal.ts'
import { day, shifted } from '../merchant-context.ts'

/** A message that nobody could read names no return; what it says of a shopper is kept for so long (F64). */
const keptFor = 30 * day
const every = 3_600_000

export type Expiring = {
  journal: Pick<Journal, 'events'>
  now(): Date
  signal: AbortSignal
  /** How the job waits for its next round; tests bring their own. */
  pause?: ((milliseconds: number, signal: AbortSignal) => Promise<void>) | undefined
  log(entry: { level: 'info' | 'error'; event: string; detail: string }): void
}

/** A job of its own, whatever the others meet, and also where nothing is polled (H17). Ends with the signal. */
export async function expireBodies(expiring: Expiring): Promise<void> {
  const { signal, pause = untilAborted } = expiring
  while (!signal.aborted) {
    await expireOnce(expiring)
    await pause(every, signal)
  }
}

async function untilAborted(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, null, { signal }).catch(() => undefined)
}

/** Empties what is old enough. A journal that can't be written is told, and is no reason to stop: it is tried again. */
export async function expireOnce({ journal, now, log }: Omit<Expiring, 'signal' | 'pause'>): Promise<void> {
  try {
    const count = await journal.events.forgetBodies(shifted(now().toISOString(), -keptFor))
    if (count > 0) log({ level: 'info', event: 'message bodies expired', detail: `${count}` })
  } catch (error) {
    const why = error instanceof Fault ? `${error.code}: ${error.message}` : 'INTERNAL'
    log({ level: 'error', event: 'expiry failed', detail: why })
  }
}
