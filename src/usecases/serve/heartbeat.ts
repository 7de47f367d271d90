import { untilAborted } from '../../core/concurrency/until-aborted.ts'
import { atMost } from '../../core/time/at-most.ts'
import { pause as pauseReally } from '../../core/time/pause.ts'
import { type Journal, workerLease } from '../../journal/journal.ts'

export type Beating = {
  leases: Journal['leases']
  /** Identifies this process among those that share the journal. */
  worker: string
  signal: AbortSignal
  /** Waits for the next beat; tests bring their own. */
  pause?: ((milliseconds: number, signal: AbortSignal) => Promise<void>) | undefined
}

/** `stopped` resolves once the signal has aborted and the lease is released; `trouble`: why the last beat failed. */
export type Heart = { stopped: Promise<void>; trouble(): unknown }

/** Milliseconds. While other workers see this lease, they leave the events that this worker has taken to it. */
const livesFor = 15_000
const beatsEvery = 5_000
/** Milliseconds. The lease also expires by itself. */
const releasedWithin = 2_000

/** Tells the other processes again and again that this one is alive, until the signal aborts. */
export function startBeating({ leases, worker, signal, pause = pauseReally }: Beating): Heart {
  const { subject, owner } = workerLease(worker)
  let trouble: unknown = null
  const beat = async () => {
    try {
      await leases.acquire('', subject, owner, livesFor)
      trouble = null
    } catch (error) {
      trouble = error
    }
  }
  const beating = async () => {
    while (!signal.aborted) {
      await untilAborted(signal, beat())
      await pause(beatsEvery, signal)
    }
    await atMost(releasedWithin, leases.release('', subject, owner))
  }
  return { stopped: beating(), trouble: () => trouble }
}
