import { Fault } from '../../core/errors/fault.ts'
import { isRefundKind, refundKinds } from '../../core/refunds/refund-kinds.ts'
import { piecesOf } from '../database/bulk.ts'
import { type Engine, inTransaction, type Store, type Writing } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import { appendHistory } from '../records/history.ts'
import { rememberAccount, sharedAccount } from '../refunds/accounts.ts'
import { insertClaim, newNonce } from '../refunds/claims.ts'
import { isRefund, refusalOf, refused } from '../refunds/refund-checks.ts'
import type { Claim, RefundLimits } from '../refunds/refund-claims.ts'
import type { Effect } from './effect.ts'
import { type EffectRow, effectOf, entryOf, lockedRows } from './effect-rows.ts'
import { slotOf, slotsOf } from './refund-slots.ts'

/** planned → sent for everything but refunds. Returns the effects that this call claimed, in the order given. */
export async function claimEffects(
  store: Store,
  effectIds: readonly string[],
  owner: string,
  at: string,
): Promise<Effect[]> {
  if (effectIds.length === 0) return []
  const when = timestamp(at)
  return await inTransaction(store, async (writing) => {
    const won = new Map<string, Effect>()
    for (const ids of piecesOf(effectIds)) {
      await refuseRefunds(writing, ids)
      const free = await freeOf(writing, ids)
      if (free.length === 0) continue
      const rows = await writing
        .updateTable('effects')
        .set((column) => ({ state: 'sent', owner, sent_at: when, attempts: column('attempts', '+', 1) }))
        .where('effect_id', 'in', free)
        .where('state', '=', 'planned')
        .where('kind', 'not in', refundKinds)
        .returningAll()
        .execute()
      await appendHistory(writing, rows.map(sentEntry))
      for (const row of rows) won.set(row.effect_id, effectOf(row))
    }
    return [...new Set(effectIds)].flatMap((id) => won.get(id) ?? [])
  })
}

/** Effects that are planned and not being claimed by another transaction; locked rows are skipped, not waited for. */
async function freeOf(writing: Writing, ids: readonly string[]): Promise<string[]> {
  const rows = await writing
    .selectFrom('effects')
    .select('effect_id')
    .where('effect_id', 'in', ids)
    .where('state', '=', 'planned')
    .orderBy('seq')
    .forUpdate()
    .skipLocked()
    .execute()
  return rows.map((row) => row.effect_id)
}

async function refuseRefunds(writing: Writing, ids: readonly string[]): Promise<void> {
  const refund = await writing
    .selectFrom('effects')
    .select(['merchant', 'return_id'])
    .where('effect_id', 'in', ids)
    .where(isRefund)
    .executeTakeFirst()
  if (refund) throw misuse('A refund was claimed without looking at pauses and limits.', refund)
}

function misuse(message: string, row: Pick<EffectRow, 'merchant' | 'return_id'>): Fault {
  return new Fault(message, { code: 'JOURNAL_MISUSED', merchant: row.merchant, returnId: row.return_id })
}

function sentEntry(row: EffectRow) {
  const again = row.attempts > 1 ? `, attempt ${row.attempts}` : ''
  return entryOf(row, {
    at: row.sent_at ?? row.planned_at,
    actor: row.owner ?? row.actor,
    what: 'sent',
    message: `${row.kind} about to be sent${again}`,
  })
}

/**
 * planned → sent for a refund. Pause switch, limits, compare-and-set and the nonce of the claim that is about to be
 * posted to Loop are one transaction, and claims of one account or of one return wait for each other: whatever is read
 * here still holds at the commit (F8, F23, G1).
 */
export async function claimRefund(
  engine: Engine,
  effectId: string,
  owner: string,
  at: string,
  limits: RefundLimits,
): Promise<Claim> {
  const when = timestamp(at)
  // Drawn by this run and never read back, so that a copy of the journal contains no nonce to go on with (G1).
  const nonce = newNonce()
  return await inTransaction(engine.store, async (writing) => {
    const requested = (await lockedRows(writing, [effectId])).get(effectId)
    if (requested && !isRefundKind(requested.kind))
      throw misuse(`A ${requested.kind} was claimed as a refund.`, requested)
    if (!requested) return refused('NOT_PLANNED', 'The journal has no such refund.')
    await lockAccount(engine, writing, requested, { account: limits.account ?? null, since: when })
    // Read again: while this transaction waited for the locks, another one may have changed the row.
    const row = (await lockedRows(writing, [effectId])).get(effectId)
    if (row?.state !== 'planned') return refused('NOT_PLANNED', await notPlanned(writing, row ?? requested))
    const stopped = await refusalOf(engine, writing, row, when, limits)
    if (stopped) return stopped
    const sent = await writing
      .updateTable('effects')
      .set((column) => ({
        state: 'sent',
        owner,
        sent_at: when,
        by_hand: limits.explicit ? 1 : 0,
        attempts: column('attempts', '+', 1),
      }))
      .where('effect_id', '=', effectId)
      .where('state', '=', 'planned')
      .returningAll()
      .executeTakeFirst()
    if (!sent) return refused('NOT_PLANNED', await notPlanned(writing, row))
    const effect = effectOf(sent)
    await insertClaim(writing, { nonce, at: when }, effect)
    await appendHistory(writing, [sentEntry(sent)])
    return { claimed: true, effect, nonce }
  })
}

/**
 * Claims of one Loop account wait for each other under all its names. Another name may join while a lock is waited for,
 * so the names are read again after each lock (G10).
 */
async function lockAccount(
  engine: Engine,
  writing: Writing,
  { merchant, return_id }: EffectRow,
  { account, since }: { account: string | null; since: string },
): Promise<void> {
  if (account !== null) await rememberAccount(writing, { merchant, account, since })
  const taken = new Set<string>()
  for (;;) {
    const { names, accounts } = await sharedAccount(writing, merchant, account)
    const locks = [...names.map((name) => `refunds of ${name}`), ...accounts.map((one) => `account ${one}`)]
    const requested = [`refund of ${return_id}`, ...locks].filter((lock) => !taken.has(lock))
    if (requested.length === 0) return
    await engine.takeLocks(writing, requested)
    for (const lock of requested) taken.add(lock)
  }
}

async function notPlanned(writing: Writing, row: EffectRow): Promise<string> {
  if (row.state === 'abandoned') {
    const other = (await slotsOf(writing, [row])).get(slotOf(row))
    if (other === undefined) return 'This refund was planned and has since been abandoned.'
    return `The return already has another refund (${other.kind}), which is ${other.state.replace('_', ' ')}.`
  }
  const by = row.owner === null ? '' : ` by ${row.owner}`
  return `This refund was already sent${by}, and is now ${row.state.replace('_', ' ')}.`
}
