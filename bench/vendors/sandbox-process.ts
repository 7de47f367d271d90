/** Both vendors in their own process, filled on request; ./sandbox.ts forks it and talks to it. */
import { customerIdentifierOf } from '../../src/core/rmas/identifiers.ts'
import { destinationIds } from '../../src/sandbox/loop/register.ts'
import { catalogue } from '../../src/sandbox/seed/stories.ts'
import { startSandbox } from '../../src/sandbox/server.ts'

export type Order =
  | { what: 'fill'; returns: number; limits: boolean; days: number }
  /** Receives the RMAs of all returns. */
  | { what: 'receive' }
  | { what: 'counts' }
  | { what: 'ids' }
export type Counts = { loop: number; masonhub: number; rmas: number; refunded: number }

const day = 86_400_000
/** No chance and no waiting: only mhloop's own work is measured. */
const calm = {
  'loop.label-step-ms': 0,
  'loop.process-min-ms': 0,
  'loop.process-max-ms': 0,
  'masonhub.visible-after-ms': 0,
}

const sandbox = await startSandbox({ faults: calm })
sandbox.masonhub.addSkus(catalogue)
const ids: string[] = []

function answer(order: Order): unknown {
  switch (order.what) {
    case 'fill':
      fill(order)
      return null
    case 'ids':
      return ids
    case 'receive':
      for (const id of ids) sandbox.masonhub.warehouse.receive(customerIdentifierOf(id))
      return null
    case 'counts': {
      const { loop, masonhub } = sandbox.requestCounts
      const refunded = sandbox.world.groundTruth.entries.filter(({ what }) => what === 'process_accepted').length
      return { loop, masonhub, rmas: sandbox.masonhub.rmas.size, refunded } satisfies Counts
    }
  }
}

/** Files plain returns with labels, spread evenly over the last days, no two within the same second. */
function fill({ returns, limits, days }: Extract<Order, { what: 'fill' }>): void {
  if (!limits) sandbox.world.faults.set('loop.rate-limit', 0)
  const now = Date.now()
  for (let count = 0; count < returns; count += 1) {
    const sku = catalogue[count % catalogue.length] ?? catalogue[0]
    const { id } = sandbox.loop.createReturn({
      createdAt: new Date(now - 60_000 - Math.floor(((count + 0.5) / returns) * days * day)),
      destinationId: destinationIds.masonhub,
      orderName: `${20_000 + count}`,
      units: [{ sku, title: sku, price: 2_500, quantity: 1 + (count % 2) }],
      label: { status: 'in_transit' },
      silent: true,
    })
    ids.push(String(id))
  }
}

process.on('message', (order: Order) => process.send?.({ answer: answer(order) ?? null }))
process.on('disconnect', () => void sandbox.stop().then(() => process.exit(0)))
const { loopBaseUrl, masonhubBaseUrl, world } = sandbox
process.send?.({ answer: { loopBaseUrl, masonhubBaseUrl, installed: world.installed } })
