import { printable } from '../../core/text/printable.ts'
import { inTransaction, type Store, type Writing } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import { appendChanges, whoOf } from '../records/changes.ts'

/**
 * A merchant whose journal may lack refunds, because it came from a backup or was moved while some were under way: none
 * goes out until every open return was read (F11).
 */
export type Quarantine = {
  merchant: string
  reason: string
  actor: string
  since: string
  /** The journal came from a backup: what was sent after that backup is not in it. */
  forgets: boolean
}

/** The quarantine that holds for a merchant: its own, or that of all unless the merchant was released since. */
export async function quarantineOf(store: Store, merchant: string): Promise<Quarantine | null> {
  const rows = await store.selectFrom('quarantines').selectAll().where('merchant', 'in', ['', merchant]).execute()
  const own = rows.find((row) => row.merchant === merchant)
  const holding = rows.find((row) => row.released_at === null && !isReleased(own?.released_at ?? null, row.since))
  if (holding === undefined) return null
  const { reason, actor, since } = holding
  return { merchant, reason, actor, since, forgets: holding.merchant === '' }
}

/** Milliseconds by which a warehouse's clock may differ from ours. */
const clockTolerance = 600_000

/**
 * Whether a refund may have been sent without this journal knowing: the journal came from a backup, and the parcel was
 * received before everything was read again. What that reading found is parked already, but a list may have skipped
 * this one (F11, F40).
 */
export async function isMaybeSent(store: Store, merchant: string, receivedAt: string | null): Promise<boolean> {
  const rows = await store.selectFrom('quarantines').selectAll().where('merchant', 'in', ['', merchant]).execute()
  if (!rows.some((row) => row.merchant === '')) return false
  const releasedAt = rows.find((row) => row.merchant === merchant)?.released_at ?? null
  // Comparing with NaN is false, so a time that can't be read counts as before.
  return !(Date.parse(receivedAt ?? '') > Date.parse(releasedAt ?? '') + clockTolerance)
}

function isReleased(releasedAt: string | null, since: string): boolean {
  return releasedAt !== null && releasedAt > since
}

/** `merchant: null`: all merchants, even those that the journal does not know. */
export async function quarantine(
  writing: Writing,
  merchant: string | null,
  { reason, actor, since }: Pick<Quarantine, 'reason' | 'actor' | 'since'>,
): Promise<void> {
  const row = { reason: printable(reason), actor, since: timestamp(since), released_at: null }
  const held = writing
    .selectFrom('quarantines')
    .select('since')
    .where('merchant', '=', merchant ?? '')
  const before = await held.where('released_at', 'is', null).executeTakeFirst()
  // A merchant that was released from an earlier quarantine is in quarantine again, even if that release has a date far
  // ahead, from a wrong clock (C5).
  if (merchant === null)
    await writing.deleteFrom('quarantines').where('merchant', '!=', '').where('released_at', 'is not', null).execute()
  await writing
    .insertInto('quarantines')
    .values({ merchant: merchant ?? '', ...row })
    .onConflict((conflict) => conflict.column('merchant').doUpdateSet(row))
    .execute()
  const values = { setting: 'quarantine', before: before ? 'on' : 'off', after: 'on', reason }
  await appendChanges(writing, [{ at: since, merchant, ...whoOf(actor), what: 'quarantined', ...values }])
}

/** false when the merchant was not in quarantine. */
export async function release(store: Store, merchant: string, actor: string, at: string): Promise<boolean> {
  return await inTransaction(store, async (writing) => {
    const holding = await quarantineOf(writing, merchant)
    if (holding === null) return false
    // Never before its beginning: with a clock that was set back, the release would have no effect (C5).
    const end = new Date(Math.max(Date.parse(at), Date.parse(holding.since) + 1)).toISOString()
    const released = { reason: holding.reason, actor, since: holding.since, released_at: timestamp(end) }
    await writing
      .insertInto('quarantines')
      .values({ merchant, ...released })
      .onConflict((conflict) => conflict.column('merchant').doUpdateSet(released))
      .execute()
    const values = { setting: 'quarantine', before: 'on', after: 'off', reason: null }
    await appendChanges(writing, [{ at, merchant, ...whoOf(actor), what: 'released', ...values }])
    return true
  })
}
