import type { KnownSkus } from '../../core/rmas/plan-rma.ts'
import type { HttpRequest, Transport } from '../../http/transport.ts'
import { faultOf } from '../../http/vendor-faults.ts'
import { askForRows, searchPath } from '../requests/ask.ts'
import { lookUp } from '../requests/look-up.ts'
import { readAll, skuSchema } from '../wire.ts'

/**
 * Which of these SKUs are in the item master and not deleted; matched exactly (masonhub.md §7.1). MasonHub reads a SKU
 * with a comma as several, so it can't be looked up: it counts as known, and MasonHub's answer to the write decides
 * (H23). Throws a Fault.
 */
export async function knownSkus(transport: Transport, skus: readonly string[]): Promise<KnownSkus> {
  const similar = new Map<string, string>()
  const found = await lookUp(
    transport,
    skus.filter((sku) => !sku.includes(',')),
    {
      path: '/skus',
      filter: 'cid',
      filters: { include_counts: 'false' },
      read: (rows) => readAll(skuSchema, rows),
      keyOf: (sku) => JSON.stringify(sku),
      identifierOf: (sku) => sku.customer_identifier,
      onSimilar: (requested, { customer_identifier: other }) => void (other !== null && similar.set(requested, other)),
    },
  )
  const known = found.flatMap((sku) => (sku.deleted_at === null && sku.customer_identifier) || [])
  return Object.assign(new Set([...known, ...skus.filter((sku) => sku.includes(','))]), { similar })
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
