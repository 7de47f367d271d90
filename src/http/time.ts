import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds that never jump back: the machine's clock may (failures.md, C5). */
export type Clock = () => number

/** Resolves after the milliseconds, or earlier when the signal aborts; never rejects. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>

export const monotonic: Clock = () => performance.now()

export const sleepReally: Sleep = async (milliseconds, signal) => {
  await delay(Math.max(0, milliseconds), undefined, signal ? { signal } : {}).catch(() => undefined)
}
