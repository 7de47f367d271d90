import type { Transport } from '../http/transport.ts'
import { lookUp } from './look-up.ts'
import { readAll, skuSchema } from './wire.ts'

/** Which of these SKUs are in the item master and not deleted; matched exactly (masonhub.md §7.1). Throws Fault. */
export async function knownSkus(transport: Transport, skus: readonly string[]): Promise<Set<string>> {
  const found = await lookUp(transport, skus, {
    path: '/skus',
    filter: 'cid',
    filters: { include_counts: 'false' },
    read: (rows) => readAll(skuSchema, rows),
    keyOf: (sku) => JSON.stringify(sku),
    identifierOf: (sku) => sku.customer_identifier,
  })
  return new Set(found.flatMap((sku) => (sku.deleted_at === null && sku.customer_identifier) || []))
}
