import { setTimeout as sleep } from 'node:timers/promises'

/** Waits this many milliseconds, or until the signal aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, null, { signal }).catch(() => undefined)
}
