/** What must hold at the very moment when money could move, held against the truth and what the journal has committed. */
import type { HttpRequest } from '../../src/http/transport.ts'
import { current, type Loop, type LoopVersion } from './loop.ts'
import type { MasonHub, RmaVersion } from './masonhub.ts'
import { allAvailable } from './oracle.ts'
import type { Scenario } from './scenario.ts'
import type { Stores } from './store.ts'
import type { World } from './world.ts'

/**
 * A refund rests on a reading of the last minute (src/usecases/resolve/resolve.ts), which saw what was true up to 25 s
 * (Loop) or two minutes (MasonHub) before it.
 */
const readWithin = { loop: 60_000 + 26_000, masonhub: 60_000 + 120_000 }

export type Watch = {
  /** A refund is on its way to Loop. */
  refundLeaves(returnId: string): void
  /** An operator forces this one. */
  force(returnId: string): void
  readonly forced: ReadonlySet<string>
}

export function createWatch({
  world,
  loop,
  masonhub,
  stores,
  scenario,
}: {
  world: World
  loop: Loop
  masonhub: MasonHub
  stores: () => Stores
  scenario: Scenario
}): Watch {
  const forced = new Set<string>()
  const left = new Set<string>()
  return {
    forced,
    force: (returnId) => void forced.add(returnId),
    refundLeaves(returnId) {
      const row = stores().refundRow(returnId)
      if (left.has(returnId)) world.violation(`the refund of ${returnId} left twice`)
      left.add(returnId)
      if (row?.state !== 'sent')
        return world.violation(`the refund of ${returnId} left, and the journal says ${row?.state ?? 'nothing'}`)
      const record = loop.returns.get(returnId)
      if (record === undefined) return world.violation(`a refund of ${returnId}, which does not exist`)
      const byHand = row.by_hand === 1
      if (!byHand && !scenario.policy.refunds) world.violation(`${returnId} was refunded with refunds off`)
      if (
        !byHand &&
        scenario.policy.limits.largestRefund !== null &&
        Number(record.amount) > Number(scenario.policy.limits.largestRefund)
      )
        world.violation(`${returnId} was refunded by itself, with ${record.amount}`)
      const readings = record.versions.filter((version, index) =>
        overlaps(version, record.versions[index + 1], world.now() - readWithin.loop),
      )
      if (readings.every(({ wasProcessed, refunds }) => wasProcessed || refunds > 0))
        world.violation(`${returnId} was refunded, although paid before`)
      if (!scenario.policy.outcomes.includes(record.outcome) && !forced.has(returnId))
        world.violation(`${returnId} was refunded with outcome ${record.outcome}`)
      if (!forced.has(returnId) && !couldSeeAllAvailable(returnId, readings))
        world.violation(`${returnId} was refunded, and not all available`)
    },
  }

  function couldSeeAllAvailable(returnId: string, readings: readonly LoopVersion[]): boolean {
    const receipts = masonhub
      .byIdentifier(returnId)
      .flatMap(({ versions }) =>
        versions.filter((version, index) => overlaps(version, versions[index + 1], world.now() - readWithin.masonhub)),
      )
    return readings.some(
      (version) => version.state === 'open' && receipts.some((receipt: RmaVersion) => allAvailable(version, receipt)),
    )
  }
}

/** Whether a version was still true at, or after, a moment. */
function overlaps(_version: { at: number }, next: { at: number } | undefined, since: number): boolean {
  return next === undefined || next.at >= since
}

/** The return that a request would pay, or null. */
export function refundedBy({ method, path }: HttpRequest): string | null {
  return method === 'POST' ? (/^\/warehouse\/return\/(\d+)\/process$/.exec(path)?.[1] ?? null) : null
}

export { current }
