import { faultOf } from '../http/faults.ts'
import type { HttpRequest, Transport } from '../http/transport.ts'
import { askForRows, searchPath } from './ask.ts'
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

/** Some SKUs of the item master that are not deleted, at most `limit`, in no particular order. Throws Fault. */
export async function someSkus(transport: Transport, limit: number): Promise<string[]> {
  const path = searchPath('/skus', { include_counts: 'false', list_type: 'detail', limit: String(limit), offset: '0' })
  const request: HttpRequest = { method: 'GET', path, effect: 'read' }
  const { rows, answer } = await askForRows(transport, request)
  const skus = readAll(skuSchema, rows)
  if (skus === null) throw faultOf('masonhub', request, { ok: true, answer })
  return skus.flatMap((sku) => (sku.deleted_at === null && sku.customer_identifier) || []).slice(0, limit)
}
