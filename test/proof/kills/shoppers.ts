import { customerIdentifierOf } from '../../../src/core/rmas/identifiers.ts'
import type { Receipt } from '../../../src/sandbox/masonhub/types.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { catalogue } from '../../../src/sandbox/seed/stories.ts'
import type { Random } from '../../../src/sandbox/world.ts'

/** What happens to a return on its way, and what the warehouse finds. */
const scenarios = ['fine', 'damaged', 'missing', 'extra', 'edited', 'cancelled', 'travelling'] as const
export type Scenario = (typeof scenarios)[number]

/** Share of each scenario, in percent. */
const share: Record<Scenario, number> = {
  fine: 45,
  damaged: 13,
  missing: 6,
  extra: 5,
  edited: 16,
  cancelled: 12,
  travelling: 3,
}

type Filed = { scenario: Scenario; touched: boolean; arrived: boolean }

/** Everybody but mhloop: shoppers file, edit and cancel returns, and parcels arrive. */
export type Shoppers = {
  readonly filed: ReadonlyMap<string, Readonly<Filed>>
  file(): void
  /** Advances every return that can advance: edits and cancellations first, then parcels. */
  move(): void
  /** Number of returns that have still to arrive, to be edited or to be cancelled. */
  waiting(): number
}

export function createShoppers(sandbox: Sandbox, random: Random): Shoppers {
  const filed = new Map<string, Filed>()
  const { loop, masonhub } = sandbox

  function someScenario(): Scenario {
    let remaining = random.below(100)
    for (const scenario of scenarios) {
      remaining -= share[scenario]
      if (remaining < 0) return scenario
    }
    return 'fine'
  }

  function move(returnId: string, one: Filed): void {
    const rma = masonhub.rmas.current(customerIdentifierOf(returnId))
    // Without an open RMA there is nothing to receive or to change.
    if (rma?.status !== 'open' || one.arrived || one.scenario === 'travelling') return
    if (!one.touched && (one.scenario === 'edited' || one.scenario === 'cancelled')) {
      one.touched = true
      if (one.scenario === 'cancelled') loop.cancel(returnId)
      else loop.edit(returnId, { remove: [0] })
      return
    }
    if (one.scenario === 'cancelled') return
    // In most cases the change arrives before the parcel.
    const isBehind = rma.lines.reduce((sum, { quantity }) => sum + quantity, 0) !== unitsOf(returnId)
    if (isBehind && random.chance(0.9)) return
    one.arrived = true
    masonhub.warehouse.receive(customerIdentifierOf(returnId), receiptOf(one.scenario, rma.lines))
  }

  function unitsOf(returnId: string): number {
    return loop.returns.get(Number(returnId))?.units.length ?? 0
  }

  return {
    filed,
    file() {
      const scenario = someScenario()
      const sku = catalogue[random.below(catalogue.length)] ?? catalogue[0]
      const units = [
        { sku, price: 2_500 },
        ...(scenario === 'edited' || random.chance(0.3) ? [{ sku: 'CAP-RED' }] : []),
      ]
      const label = { after: 0, status: 'in_transit', walks: false } as const
      const { id } = loop.createReturn({ units, label })
      filed.set(String(id), { scenario, touched: false, arrived: false })
    },
    move() {
      for (const [returnId, one] of filed) move(returnId, one)
    },
    waiting: () =>
      [...filed.values()].filter(({ scenario, touched, arrived }) =>
        scenario === 'cancelled' ? !touched : scenario !== 'travelling' && !arrived,
      ).length,
  }
}

function receiptOf(scenario: Scenario, lines: readonly { sku: string; quantity: number }[]): Receipt {
  const [first, ...others] = lines.map(({ sku, quantity }) => ({
    sku,
    received: [{ disposition: 'available', quantity }],
  }))
  if (first === undefined) return {}
  switch (scenario) {
    case 'damaged':
      return { lines: [{ sku: first.sku, received: [{ disposition: 'damaged', quantity: 1 }] }, ...others] }
    case 'missing':
      return { lines: [{ sku: first.sku, received: [] }, ...others] }
    case 'extra':
      return { unexpected: [{ sku: first.sku === 'TEE-WHT-M' ? 'CAP-RED' : 'TEE-WHT-M' }] }
    case 'fine':
    case 'edited':
    case 'cancelled':
    case 'travelling':
      return {}
  }
}
