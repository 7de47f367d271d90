import { isMadeAtDock, missingUnits, separateBoxFindings } from '../../core/audit/audit-boxes.ts'
import type { Finding } from '../../core/explain/reason.ts'
import { findableIds } from '../../core/returns/parcels.ts'
import { customerIdentifierOf } from '../../core/rmas/identifiers.ts'
import type { Rma } from '../../core/rmas/rma.ts'
import type { MerchantContext } from '../merchant-context.ts'
import type { ReturnObservation } from './observe-returns.ts'

/** What a receipt lacks may be in a box that came later, and was booked separately: MasonHub's messages name those. */
export async function separateBoxes(context: MerchantContext, seen: ReturnObservation): Promise<Finding[]> {
  const { loopReturn, rma } = seen
  if (loopReturn === null || rma === null || missingUnits(rma).size === 0) return []
  const ids = findableIds(loopReturn).filter((id) => id !== rma.packageId)
  if (ids.length === 0) return []
  const rmaIds = await unannounced(context, ids, loopReturn.createdAt)
  return rmaIds.length === 0 ? [] : separateBoxesOf(seen, await context.masonhub.rmas.byIds(rmaIds))
}

/** The findings about those of these RMAs that are boxes of the return. */
export function separateBoxesOf({ loopReturn, rma, decision }: ReturnObservation, rmas: readonly Rma[]): Finding[] {
  if (loopReturn === null || rma === null || rma.status !== 'received') return []
  const { returnId } = loopReturn
  const separate = rmas.filter((one) => one.rmaId !== rma.rmaId && isMadeAtDock(one, findableIds(loopReturn)))
  const customerIdentifier = customerIdentifierOf(returnId)
  return separateBoxFindings({ loopReturn, rma, separate, decision }).map((draft) => ({
    ...draft,
    returnId,
    customerIdentifier,
  }))
}

/** Ids of RMAs with one of these parcels that belong to no return by their identifiers. */
async function unannounced(
  { journal, merchant }: MerchantContext,
  parcelIds: readonly string[],
  since: string | null,
): Promise<string[]> {
  const events = await journal.events.find({
    merchant: merchant.name,
    source: 'masonhub',
    states: ['quarantined'],
    ...(since === null ? {} : { since }),
  })
  const named = events.filter(({ reason }) => reason === 'UNMATCHED').map(({ body }) => evidenceIn(body))
  const found = named.filter(({ packageId }) => packageId !== null && parcelIds.includes(packageId))
  return [...new Set(found.flatMap(({ rmaId }) => rmaId ?? []))]
}

/** What the receiver kept of an unmatched message; nothing once its body is emptied. */
function evidenceIn(body: string): { rmaId: string | null; packageId: string | null } {
  try {
    const { rmaId = null, packageId = null } = JSON.parse(body)
    return { rmaId, packageId }
  } catch {
    return { rmaId: null, packageId: null }
  }
}
