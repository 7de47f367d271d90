import { customerIdentifierOf } from '../../../src/core/rmas/identifiers.ts'
import type { GroundTruthEntry } from '../../../src/sandbox/world.ts'
import type { Shop } from './shop.ts'

/** A shopper's return, and what has really happened to it so far, by the sandbox's ground truth. */
export type Tracked = {
  returnId: string
  /** Whether everything arrives; otherwise a unit is damaged, and the return must be flagged with a note. */
  good: boolean
  announced: boolean
  received: boolean
  accepted: number
  paid: number
  flagged: number
  notes: number
}

export const isDone = ({ good, paid, flagged, notes }: Tracked) => (good ? paid > 0 : flagged > 0 && notes > 0)

const counted: Partial<Record<GroundTruthEntry['what'], 'accepted' | 'paid' | 'flagged' | 'notes'>> = {
  process_accepted: 'accepted',
  refund_paid: 'paid',
  return_flagged: 'flagged',
  note_added: 'notes',
}

/** Files returns and lets their parcels arrive, a limited number at a time, and follows each of them. */
export function createReturns({ sandbox, random }: Shop, { total, together }: { total: number; together: number }) {
  const all = new Map<string, Tracked>()
  let reported = 0
  let done = 0

  function file(): void {
    const label = { after: 0, status: 'in_transit', walks: false } as const
    const { id } = sandbox.loop.createReturn({ units: [{ sku: 'TEE-BLK-M' }], label })
    const rest = { announced: false, received: false, accepted: 0, paid: 0, flagged: 0, notes: 0 }
    all.set(String(id), { returnId: String(id), good: random.chance(0.85), ...rest })
  }

  function receive(one: Tracked): void {
    one.received = true
    const damaged = { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged' as const, quantity: 1 }] }] }
    sandbox.masonhub.warehouse.receive(customerIdentifierOf(one.returnId), one.good ? {} : damaged)
  }

  function follow(): void {
    const { entries } = sandbox.world.groundTruth
    for (const { what, returnId } of entries.slice(reported)) {
      const one = all.get(returnId)
      if (one === undefined) continue
      const before = isDone(one)
      const count = counted[what]
      if (what === 'rma_created') one.announced = true
      if (count !== undefined) one[count] += 1
      if (!before && isDone(one)) done += 1
    }
    reported = entries.length
  }

  return {
    all: all as ReadonlyMap<string, Tracked>,
    get done() {
      return done
    },
    /** Advances the world by one step. */
    step() {
      follow()
      for (const one of all.values()) if (one.announced && !one.received) receive(one)
      while (all.size < total && all.size - done < together) file()
    },
  }
}

export type Returns = ReturnType<typeof createReturns>
