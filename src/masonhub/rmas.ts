import { exitCodes, Fault } from '../core/fault.ts'
import type { Rma } from '../core/rma.ts'
import type { Transport } from '../http/transport.ts'
import { writeInBulk } from './bulk-write.ts'
import type { MasonHubClient } from './client.ts'
import { lookUp } from './look-up.ts'
import { rmaRecord } from './rma-record.ts'
import { type Search, searchPages } from './search.ts'
import { readAll, rmaSchema } from './wire.ts'

const path = '/rmas'

const search = {
  path,
  read: (rows: readonly unknown[]) => readAll(rmaSchema, rows),
  keyOf: (rma: Rma) => rma.rmaId ?? JSON.stringify(rma),
} satisfies Partial<Search<Rma>>

/** The RMAs of an account: `/rmas` (masonhub.md §4). */
export function rmasOf(transport: Transport): MasonHubClient['rmas'] {
  return {
    async byCustomerIdentifiers(ids, { signal } = {}) {
      const identifierOf = (rma: Rma) => rma.customerIdentifier
      const rmas = await lookUp(transport, ids, { ...search, filter: 'cid', identifierOf, signal })
      return Map.groupBy(rmas, (rma) => rma.customerIdentifier ?? '')
    },

    async byIds(ids) {
      const identifierOf = (rma: Rma) => rma.rmaId?.toLowerCase() ?? null
      const asked = ids.map((id) => id.toLowerCase())
      return await lookUp(transport, asked, { ...search, filter: 'id', identifierOf })
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

/** Passes over a list that keeps moving before we say so. */
const mostPasses = 6

/**
 * Rows shift between pages while others come and go (F42, API-003), so a list of several pages is read again until a pass
 * shows nothing that an earlier one should have shown. RMAs created since the first pass are told, but prove no gap.
 */
async function* createdBetween(
  transport: Transport,
  { from, to, status, signal }: Parameters<MasonHubClient['rmas']['created']>[0],
): AsyncGenerator<Rma[]> {
  const told = new Set<string>()
  let newest = ''
  for (let pass = 1; pass <= mostPasses; pass += 1) {
    let missed = pass === 1
    let pages = 0
    const before = newest
    for await (const page of searchPages(transport, { ...search, filters: { sdt: from, edt: to, status }, signal })) {
      pages += 1
      const fresh = page.rows.filter((rma) => !told.has(search.keyOf(rma)))
      for (const rma of fresh) {
        told.add(search.keyOf(rma))
        missed ||= rma.createdAt === null || rma.createdAt <= before
        if (rma.createdAt !== null && rma.createdAt > newest) newest = rma.createdAt
      }
      // A server that does not heed the filter must not decide what we see.
      const wanted = fresh.filter((rma) => status === undefined || status === 'all' || rma.rawStatus === status)
      if (wanted.length > 0) yield wanted
    }
    // One page is one moment: nothing can have shifted.
    if (!missed || pages === 1) return
  }
  throw new Fault(`MasonHub's list of RMAs changed during each of ${mostPasses} readings: some may be missing.`, {
    code: 'MASONHUB_UNREADABLE',
    exit: exitCodes.vendorDown,
    blame: 'masonhub',
    hint: 'ask for a shorter period, or try again when the warehouse is quieter',
  })
}
