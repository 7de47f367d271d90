import type { Writing } from '../database/engine.ts'
import { isRefund } from '../refunds/refund-checks.ts'
import type { EffectRow } from './effect-rows.ts'

type Key = Pick<EffectRow, 'merchant' | 'return_id'>

/** What all refunds of a return share, whatever their kind: the database refuses a second one (third-effects.ts). */
export function slotOf({ merchant, return_id }: Key): string {
  return JSON.stringify([merchant, return_id])
}

/** Of these returns, the slots that a refund holds, with that refund. An abandoned one holds none. */
export async function slotsOf(
  writing: Writing,
  keys: readonly Key[],
): Promise<Map<string, Pick<EffectRow, 'kind' | 'state'>>> {
  const rows = await writing
    .selectFrom('effects')
    .select(['merchant', 'return_id', 'kind', 'state'])
    .where('return_id', 'in', [...new Set(keys.map(({ return_id }) => return_id))])
    .where(isRefund)
    .where('state', '<>', 'abandoned')
    .execute()
  return new Map(rows.map((row) => [slotOf(row), row]))
}
