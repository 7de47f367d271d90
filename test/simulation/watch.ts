/** What must hold at the very moment when money could move, held against the truth and what the journal has committed. */
import type { HttpRequest } from '../../src/http/transport.ts'
import type { Loop, LoopReturn, LoopVersion } from './loop.ts'
import type { MasonHub } from './masonhub.ts'
import { allAvailable } from './oracle.ts'
import type { Scenario } from './scenario.ts'
import type { RefundRow, Stores } from './store.ts'
import type { World } from './world.ts'

/**
 * A refund rests on a reading of the last minute (src/usecases/resolve/resolve.ts), which saw what was true up to 25 s
 * (Loop) or two minutes (MasonHub) before it.
 */
const readWithin = { loop: 60_000 + 26_000, masonhub: 60_000 + 120_000 }

export type Watch = {
  /** The journal has committed that a refund may be sent. */
  refundClaimed(returnId: string): void
  /** A refund is on its way to Loop. */
  refundLeaves(returnId: string): void
  /** An operator forces this one. */
  force(returnId: string): void
  readonly forced: ReadonlySet<string>
}

type Watched = {
  world: World
  loop: Loop
  masonhub: MasonHub
  stores: () => Stores
  scenario: Scenario
}

export function createWatch({ world, loop, masonhub, stores, scenario: { policy } }: Watched): Watch {
  const forced = new Set<string>()
  const left = new Set<string>()

  function wrongClaim(record: LoopReturn, row: RefundRow): string | null {
    const { limits, cutoff, refunds } = policy
    const { inHour, inDay, pauses, byHand } = stores().refundsAround(row.sent_at ?? '')
    // The claim itself is among those that were sent.
    if (pauses > 0) return 'while refunds were paused'
    if (inHour > limits.refundsPerHour || inDay > limits.refundsPerDay)
      return `as the ${inHour}. in an hour, and ${inDay}. in a day`
    if (row.by_hand === 1) return null
    if (!refunds) return 'with refunds off'
    if (byHand < limits.firstByHand) return `with ${byHand} by hand before`
    if (limits.largestRefund !== null && Number(record.amount) > Number(limits.largestRefund))
      return `with ${record.amount}`
    return cutoff !== null && record.createdAt < Date.parse(cutoff) ? 'from before the cut-off' : null
  }

  function wrongRefund(record: LoopReturn, row: RefundRow | undefined): string | null {
    const { returnId, outcome, versions } = record
    // Whoever's clock is far ahead takes a refund that waits for its turn for one that Loop has left undone (A5).
    const isMisdated = row?.state === 'parked' && world.faults.has('clock jump')
    if (row?.state !== 'sent' && !isMisdated) return `while the journal says ${row?.state ?? 'nothing'}`
    const readings = versions.filter((_, index) => isSince(versions[index + 1], world.now() - readWithin.loop))
    if (readings.every(({ wasProcessed, refunds }) => wasProcessed || refunds > 0)) return 'although paid before'
    if (forced.has(returnId)) return null
    if (!policy.outcomes.includes(outcome)) return `with outcome ${outcome}`
    return couldSeeAllAvailable(returnId, readings) ? null : 'and not all available'
  }

  function couldSeeAllAvailable(returnId: string, readings: readonly LoopVersion[]): boolean {
    const receipts = masonhub
      .byIdentifier(returnId)
      .flatMap(({ versions }) =>
        versions.filter((_, index) => isSince(versions[index + 1], world.now() - readWithin.masonhub)),
      )
    return readings.some(
      (version) => version.state === 'open' && receipts.some((receipt) => allAvailable(version, receipt)),
    )
  }

  return {
    forced,
    force: (returnId) => void forced.add(returnId),
    refundClaimed(returnId) {
      const [record, row] = [loop.returns.get(returnId), stores().refundRow(returnId)]
      const wrong = record === undefined || row === undefined ? 'and does not exist' : wrongClaim(record, row)
      if (wrong !== null) world.violation(`a refund of ${returnId} was claimed ${wrong}`)
    },
    refundLeaves(returnId) {
      if (left.has(returnId)) world.violation(`the refund of ${returnId} left twice`)
      left.add(returnId)
      const record = loop.returns.get(returnId)
      const wrong = record === undefined ? 'and does not exist' : wrongRefund(record, stores().refundRow(returnId))
      if (wrong !== null) world.violation(`the refund of ${returnId} left ${wrong}`)
    },
  }
}

/** Whether a version was still true at, or after, a moment: it was followed by none, or later. */
function isSince(next: { at: number } | undefined, since: number): boolean {
  return next === undefined || next.at >= since
}

/** The return that a request would pay, or null. */
export function refundedBy({ method, path }: HttpRequest): string | null {
  return method === 'POST' ? (/^\/warehouse\/return\/(\d+)\/process$/.exec(path)?.[1] ?? null) : null
}
