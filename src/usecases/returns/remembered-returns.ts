import { isBoxFree, namesMethod } from '../../core/returns/parcels.ts'
import { withRemembered } from '../../core/returns/remembered-parcels.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import type { Link, RememberedParcel, SeenParcel } from '../../journal/journal.ts'
import type { MerchantContext } from '../merchant-context.ts'

/** What this reading of Loop says of parcels, for the journal. What it leaves out is null, and takes nothing away. */
export function seenParcels(returns: readonly LoopReturn[]): SeenParcel[] {
  return returns.flatMap(({ returnId, labels, bags, method }) => {
    const bare = { returnId, lineItemIds: null, status: null, changedAt: null }
    const ofLabels = labels.flatMap(({ trackingNumber, status, updatedAt, lineItemIds }): SeenParcel[] =>
      trackingNumber === null
        ? []
        : [
            {
              returnId,
              parcelId: trackingNumber,
              kind: 'label',
              lineItemIds: lineItemIds.length === 0 ? null : lineItemIds,
              status,
              changedAt: updatedAt,
            },
          ],
    )
    const ofBags = bags.map((parcelId): SeenParcel => ({ ...bare, parcelId, kind: 'bag' }))
    const numbers = [...new Set([method.rmaId, method.scannableId].filter((id) => id !== null))]
    return [...ofLabels, ...ofBags, ...numbers.map((parcelId): SeenParcel => ({ ...bare, parcelId, kind: 'rma id' }))]
  })
}

/** A reading, completed by what earlier ones said of its parcels. */
export type Completed = {
  loopReturn: LoopReturn
  /** When the first of its bags was seen; null: none was, or the return needs no memory. */
  bagSeenAt: string | null
}

/**
 * Completes readings that leave out how a return is handed in, its bags, or what is in its parcels: without that,
 * one reading of its details would end the way of a box-free return (H33).
 */
export async function completed(
  { journal, merchant }: Pick<MerchantContext, 'journal' | 'merchant'>,
  returns: readonly LoopReturn[],
  links: readonly (Link | null)[],
): Promise<Completed[]> {
  const boxFreeOf = new Map(links.flatMap((link) => (link === null ? [] : [[link.returnId, link.boxFree] as const])))
  const lacking = returns.filter((one) => isBoxFree(one) || isIncomplete(one, boxFreeOf.get(one.returnId) ?? null))
  const ids = [...new Set(lacking.map(({ returnId }) => returnId))]
  const found = ids.length === 0 ? [] : await journal.parcels.of(merchant.name, ids)
  const parcelsOf = Map.groupBy(found, ({ returnId }) => returnId)
  return returns.map((loopReturn) => {
    const parcels = parcelsOf.get(loopReturn.returnId) ?? []
    const boxFree = boxFreeOf.get(loopReturn.returnId) ?? null
    const remembered = parcels.map((one) => ({ ...one, lineItemIds: one.lineItemIds ?? [] }))
    return { loopReturn: withRemembered(loopReturn, { boxFree, parcels: remembered }), bagSeenAt: firstBag(parcels) }
  })
}

function isIncomplete(loopReturn: LoopReturn, boxFree: boolean | null): boolean {
  if (!namesMethod(loopReturn) && boxFree !== false) return true
  return loopReturn.labels.some(({ lineItemIds, updatedAt }) => lineItemIds.length === 0 || updatedAt === null)
}

function firstBag(parcels: readonly RememberedParcel[]): string | null {
  const times = parcels.filter(({ kind }) => kind === 'bag').map(({ firstSeenAt }) => firstSeenAt)
  return times.sort()[0] ?? null
}
