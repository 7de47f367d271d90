import { returnIdOf } from '../../core/rmas/identifiers.ts'
import type { Rma, RmaLine } from '../../core/rmas/rma.ts'
import type { LinkStatus } from '../../journal/journal.ts'
import type { MerchantContext } from '../merchant-context.ts'

export type ListedRma = {
  rmaId: string | null
  customerIdentifier: string | null
  /** null: its identifier is not a Loop return id. */
  returnId: string | null
  manifestId: string | null
  status: Rma['status']
  units: { expected: number; received: number }
  /** The status of its return in the journal; null: mhloop has never seen the return. */
  standing: LinkStatus | null
  createdAt: string | null
  receivedAt: string | null
}

export type RmaQuery = {
  from: string
  to: string
  /** Empty: every status. */
  statuses: readonly string[]
}

/** RMAs that MasonHub created in a window. Reads MasonHub and the journal, writes nothing. */
export async function listRmas(context: MerchantContext, query: RmaQuery): Promise<ListedRma[]> {
  const { masonhub, journal, merchant, signal } = context
  const rows: ListedRma[] = []
  for await (const page of masonhub.rmas.created({ from: query.from, to: query.to, signal })) {
    signal.throwIfAborted()
    const selected = page.filter(({ status }) => query.statuses.length === 0 || query.statuses.includes(status))
    const returnIds = selected.flatMap((rma) => returnIdBehind(rma) ?? [])
    const links = returnIds.length === 0 ? [] : await journal.links.find(merchant.name, { returnIds })
    const statuses = new Map(links.map(({ returnId, status }) => [returnId, status]))
    rows.push(...selected.map((rma) => rowOf(rma, statuses)))
    context.progress({ label: 'Reading RMAs', done: rows.length, total: null })
  }
  return rows
}

function returnIdBehind({ customerIdentifier }: Rma): string | null {
  return customerIdentifier === null ? null : returnIdOf(customerIdentifier)
}

function rowOf(rma: Rma, statuses: ReadonlyMap<string, LinkStatus>): ListedRma {
  const { rmaId, customerIdentifier, manifestId, status, createdAt, receivedAt, lines } = rma
  const returnId = returnIdBehind(rma)
  const units = {
    expected: sum(lines.filter((line) => !line.notOnOriginalRma).map((line) => line.quantity)),
    received: sum(lines.map(receivedOf)),
  }
  const standing = returnId === null ? null : (statuses.get(returnId) ?? null)
  return { rmaId, customerIdentifier, returnId, manifestId, status, units, standing, createdAt, receivedAt }
}

/** MasonHub's own total; where it gives none, the sum of its details. */
function receivedOf({ quantityReceived, received }: RmaLine): number {
  if (quantityReceived !== null) return quantityReceived
  return sum((received ?? []).filter(({ disposition }) => disposition !== 'short').map(({ quantity }) => quantity))
}

/** An unreadable count (NaN) counts as 0 here; `rma show` reports it. */
function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + (Number.isFinite(count) ? count : 0), 0)
}
