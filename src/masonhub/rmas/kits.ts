import type * as v from 'valibot'
import type { Transport } from '../../http/transport.ts'
import type { KitContents } from '../client.ts'
import { lookUp } from '../requests/look-up.ts'
import { kitSchema, readAll } from '../wire.ts'

type SkuRecord = v.InferOutput<typeof kitSchema>
type Part = NonNullable<SkuRecord['parts']>[number]

/** More is no bundle that a shop sells, but a list that was misread. */
const mostParts = 50

/** See {@link MasonHubClient.kits}. Throws a Fault. */
export async function kitsOf(transport: Transport, skus: readonly string[]): Promise<Map<string, KitContents>> {
  const records = await skusBy(transport, 'cid', withoutCommas(skus))
  const kits = records.filter(({ isKit, isDeleted, sku }) => isKit && !isDeleted && sku !== null)
  const parts = kits.flatMap(({ parts }) => (parts === null || parts.length > mostParts ? [] : parts))
  const known = [
    ...(await skusBy(
      transport,
      'id',
      parts.flatMap(({ id, sku }) => (sku === null && id !== null ? [id] : [])),
    )),
    ...(await skusBy(transport, 'cid', withoutCommas(parts.flatMap(({ sku }) => sku ?? [])))),
  ]
  return new Map(kits.map((kit) => [kit.sku ?? '', readKit(kit, known)]))
}

function withoutCommas(skus: readonly string[]): string[] {
  return [...new Set(skus)].filter((sku) => !sku.includes(','))
}

async function skusBy(transport: Transport, filter: 'id' | 'cid', values: readonly string[]): Promise<SkuRecord[]> {
  if (values.length === 0) return []
  const identifierOf = ({ id, sku }: SkuRecord) => (filter === 'id' ? id : sku)
  return await lookUp(transport, [...new Set(values)], {
    path: '/skus',
    filter,
    filters: { include_counts: 'false', list_type: 'detail' },
    read: (rows) => readAll(kitSchema, rows),
    keyOf: (record) => JSON.stringify(record),
    identifierOf,
  })
}

function readKit({ sku, parts }: SkuRecord, known: readonly SkuRecord[]): KitContents {
  if (parts === null) return unreadable('MasonHub’s list of its parts can’t be read')
  if (parts.length === 0) return unreadable('MasonHub names none of its parts')
  if (parts.length > mostParts) return unreadable(`it has more than ${mostParts} parts`)
  const kit = new Map<string, number>()
  for (const part of parts) {
    const record = recordOf(part, known)
    if (record === undefined || record.sku === null || record.isDeleted)
      return unreadable('MasonHub no longer has one of its parts')
    if (record.isKit || record.sku === sku) return unreadable('one of its parts is a kit as well')
    if (part.quantity === null || !Number.isSafeInteger(part.quantity) || part.quantity < 1)
      return unreadable('the number of one of its parts is not a number of units')
    kit.set(record.sku, (kit.get(record.sku) ?? 0) + part.quantity)
  }
  return kit
}

function recordOf({ id, sku }: Part, known: readonly SkuRecord[]): SkuRecord | undefined {
  return known.find((record) => (sku === null ? id !== null && record.id === id : record.sku === sku))
}

function unreadable(why: string): KitContents {
  return { unreadable: why }
}
