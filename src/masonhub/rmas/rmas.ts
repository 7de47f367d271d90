import type { Rma } from '../../core/rmas/rma.ts'
import type { Transport } from '../../http/transport.ts'
import type { MasonHubClient } from '../client.ts'
import { writeInBulk } from '../requests/bulk-write.ts'
import { lookUp } from '../requests/look-up.ts'
import { restless, type Search, searchPages } from '../requests/search.ts'
import { readAll, rmaSchema } from '../wire.ts'
import { rmaRecord } from './rma-record.ts'

const path = '/rmas'

const search = {
  path,
  read: (rows: readonly unknown[]) => readAll(rmaSchema, rows),
  keyOf: (rma: Rma) => rma.rmaId ?? JSON.stringify(rma),
} satisfies Partial<Search<Rma>>

/** The RMAs of an account: `/rmas` (masonhub.md §4). */
export function rmasOf(transport: Transport): MasonHubClient['rmas'] {
  return {
    async byCustomerIdentifiers(ids, { signal, onUnreadable } = {}) {
      const identifierOf = (rma: Rma) => rma.customerIdentifier
      const rmas = await lookUp(transport, ids, { ...search, filter: 'cid', identifierOf, signal, onUnreadable })
      return Map.groupBy(rmas, (rma) => rma.customerIdentifier ?? '')
    },

    async byIds(ids) {
      const identifierOf = (rma: Rma) => rma.rmaId?.toLowerCase() ?? null
      const requested = ids.map((id) => id.toLowerCase())
      return await lookUp(transport, requested, { ...search, filter: 'id', identifierOf })
    },

    created: (window) => createdBetween(transport, window),

    create: (rmas) =>
      writeInBulk(
        transport,
        { method: 'POST', path, effect: 'once' },
        new Map(rmas.map((rma) => [rma.customerIdentifier, rmaRecord(rma)])),
      ),

    update: (rmas) =>
      writeInBulk(
        transport,
        { method: 'PUT', path, effect: 'repeatable' },
        new Map(rmas.map((rma) => [rma.customerIdentifier, rmaRecord(rma)])),
      ),

    remove: (customerIdentifiers) =>
      writeInBulk(
        transport,
        { method: 'DELETE', path, effect: 'repeatable' },
        new Map(customerIdentifiers.map((identifier) => [identifier, { customer_identifier: identifier }])),
      ),
  }
}

/** Most passes over a list that keeps changing, before the read fails. */
const mostPasses = 6

/**
 * RMAs created in a window. Rows shift between pages while others come and go (F42, API-003). A first pass in which
 * nothing moved has seen all rows; otherwise the list is read again until a pass shows no row that an earlier pass
 * should have shown. RMAs created since the first pass are returned, but do not prove a gap.
 */
async function* createdBetween(
  transport: Transport,
  { from, to, status, signal }: Parameters<MasonHubClient['rmas']['created']>[0],
): AsyncGenerator<Rma[]> {
  const seen = new Set<string>()
  let newest = ''
  for (let pass = 1; pass <= mostPasses; pass += 1) {
    let missed = false
    const before = newest
    const isOld = ({ createdAt }: Rma) => createdAt === null || createdAt <= before
    for await (const page of searchPages(transport, { ...search, filters: { sdt: from, edt: to, status }, signal })) {
      const fresh = page.rows.filter((rma) => !seen.has(search.keyOf(rma)))
      missed ||= pass === 1 ? page.moved : fresh.some(isOld)
      for (const rma of fresh) seen.add(search.keyOf(rma))
      newest = fresh.reduce(
        (last, { createdAt }) => (createdAt !== null && createdAt > last ? createdAt : last),
        newest,
      )
      // A server that ignores the filter must not decide what we see.
      const selected = fresh.filter((rma) => status === undefined || status === 'all' || rma.rawStatus === status)
      if (selected.length > 0) yield selected
    }
    if (!missed) return
  }
  throw restless(path)
}
