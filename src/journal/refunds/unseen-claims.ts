import type { Store } from '../database/engine.ts'
import { isRefund } from './refund-checks.ts'

/**
 * Of these effects, the refunds in state `sent` of which surely no byte has left: their claim was never seen, and
 * seeing it is on the disk before a refund goes out (claims.win). A transaction that settles a refund for this reason
 * asks here itself, so that a run which was only frozen finds its refund settled (G1). A journal that came from a
 * backup, was moved or was bound again may have forgotten for ever what was seen: for it the set is empty.
 */
export async function unseenAmong(store: Store, effectIds: readonly string[]): Promise<Set<string>> {
  if (effectIds.length === 0) return new Set()
  const rows = await store
    .selectFrom('effects')
    .select('effect_id')
    .where('effect_id', 'in', effectIds)
    .where(isRefund)
    .where('state', '=', 'sent')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('claims')
          .select('nonce')
          .whereRef('claims.effect_id', '=', 'effects.effect_id')
          .where('given_up_at', 'is', null)
          .where('seen_at', 'is', null),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('quarantines')
            .select('since')
            .where((held) =>
              held.or([
                held('quarantines.merchant', '=', ''),
                held('quarantines.merchant', '=', held.ref('effects.merchant')),
              ]),
            ),
        ),
      ),
    )
    .execute()
  return new Set(rows.map((row) => row.effect_id))
}
