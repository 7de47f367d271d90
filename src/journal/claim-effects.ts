import { sql } from 'kysely'
import { Fault } from '../core/fault.ts'
import { piecesOf } from './bulk.ts'
import { type EffectRow, effectOf, entryOf } from './effect-rows.ts'
import { type Engine, type Store, type Writing, written } from './engine.ts'
import { appendHistory } from './history.ts'
import type { Claim, Effect, RefundLimits } from './journal.ts'
import { before, moment } from './moment.ts'
import { isMaybeSent, quarantineOf } from './quarantine.ts'

/** A literal: with a parameter, SQLite prepares the statement again each time, to see whether an index of refunds serves. */
const isRefund = sql<boolean>`kind = 'process'`

const hour = 3_600_000
const day = 24 * hour

/** planned → sent for everything but refunds; returns those that were won, in the order given. */
export async function claimEffects(
  store: Store,
  effectIds: readonly string[],
  owner: string,
  at: string,
): Promise<Effect[]> {
  if (effectIds.length === 0) return []
  const when = moment(at)
  return await written(store, async (writing) => {
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
        .where('kind', '<>', 'process')
        .returningAll()
        .execute()
      await appendHistory(writing, rows.map(sentEntry))
      for (const row of rows) won.set(row.effect_id, effectOf(row))
    }
    return [...new Set(effectIds)].flatMap((id) => won.get(id) ?? [])
  })
}

/** Those that nobody has or is just taking: whoever comes second leaves them, and does not wait. */
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
  return new Fault(message, {
    code: 'JOURNAL_MISUSED',
    exit: 1,
    blame: 'ours',
    merchant: row.merchant,
    returnId: row.return_id,
  })
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
 * planned → sent for a refund. The pause switch, the limits and the compare-and-set are one transaction, and claims of
 * one merchant, or of one return, take turns: whatever is read here still holds when it commits (F8, F23).
 */
export async function claimRefund(
  engine: Engine,
  effectId: string,
  owner: string,
  at: string,
  limits: RefundLimits,
): Promise<Claim> {
  const when = moment(at)
  return await written(engine.store, async (writing) => {
    const wanted = await refundBy(writing, effectId)
    if (wanted && wanted.kind !== 'process') throw misuse(`A ${wanted.kind} was claimed as a refund.`, wanted)
    if (!wanted) return no('NOT_PLANNED', notPlanned(wanted))
    await engine.takeTurns(writing, [`refunds of ${wanted.merchant}`, `refund of ${wanted.return_id}`])
    // Read again: its turn may have come after somebody else's.
    const row = await refundBy(writing, effectId)
    if (row?.state !== 'planned') return no('NOT_PLANNED', notPlanned(row))
    const stopped =
      (await sentElsewhere(writing, row)) ??
      (await leaseLost(engine, writing, row.merchant, limits)) ??
      (await quarantined(writing, row.merchant)) ??
      (await maybeSent(writing, row.merchant, limits)) ??
      (await pauseOf(writing, row.merchant)) ??
      (await limitOf(writing, row.merchant, when, limits))
    if (stopped) return stopped
    const sent = await writing
      .updateTable('effects')
      .set((column) => ({
        state: 'sent',
        owner,
        sent_at: when,
        by_hand: limits.byHand ? 1 : 0,
        attempts: column('attempts', '+', 1),
      }))
      .where('effect_id', '=', effectId)
      .where('state', '=', 'planned')
      .returningAll()
      .executeTakeFirst()
    if (!sent) return no('NOT_PLANNED', notPlanned(row))
    await appendHistory(writing, [sentEntry(sent)])
    return { claimed: true, effect: effectOf(sent) }
  })
}

async function refundBy(writing: Writing, effectId: string): Promise<EffectRow | undefined> {
  return await writing
    .selectFrom('effects')
    .selectAll()
    .where('effect_id', '=', effectId)
    .forUpdate()
    .executeTakeFirst()
}

/** Whoever was frozen for longer than its lease may have been replaced, and has no business to pay (F9). */
async function leaseLost(
  engine: Engine,
  writing: Writing,
  merchant: string,
  { lease }: RefundLimits,
): Promise<Refused | null> {
  if (!lease) return null
  const held = await writing
    .selectFrom('leases')
    .select('owner')
    .where('merchant', '=', merchant)
    .where('subject', '=', lease.subject)
    .where('owner', '=', lease.owner)
    .where('expires_at', '>', await engine.now(writing))
    .executeTakeFirst()
  return held ? null : no('LEASE_LOST', 'This took longer than its lease: another mhloop may be at it.')
}

async function quarantined(writing: Writing, merchant: string): Promise<Refused | null> {
  const found = await quarantineOf(writing, merchant)
  if (found === null) return null
  return no('QUARANTINED', `Refunds of ${merchant} wait in quarantine since ${found.since}: ${found.reason}`)
}

async function maybeSent(writing: Writing, merchant: string, { receivedAt }: RefundLimits): Promise<Refused | null> {
  if (!(await isMaybeSent(writing, merchant, receivedAt))) return null
  const message = 'It may have been sent: the journal was restored from a backup after the parcel was received.'
  return no('MAYBE_SENT', message)
}

type Refused = Extract<Claim, { claimed: false }>

function no(code: Refused['code'], message: string): Refused {
  return { claimed: false, code, message }
}

function notPlanned(row: EffectRow | undefined): string {
  if (!row) return 'The journal knows no such refund.'
  if (row.state === 'abandoned') return 'This refund was planned, and abandoned since.'
  const by = row.owner === null ? '' : ` by ${row.owner}`
  return `This refund was sent already${by}, and is now ${row.state.replace('_', ' ')}.`
}

/** Loop's return ids are unique: one account under two merchant names must not pay a return twice. */
async function sentElsewhere(writing: Writing, row: EffectRow): Promise<Refused | null> {
  const other = await writing
    .selectFrom('effects')
    .select(['merchant', 'state'])
    .where('return_id', '=', row.return_id)
    .where(isRefund)
    .where('merchant', '<>', row.merchant)
    .where('sent_at', 'is not', null)
    .executeTakeFirst()
  if (!other) return null
  const state = other.state.replace('_', ' ')
  return no('NOT_PLANNED', `This refund was sent already for merchant ${other.merchant}, and is now ${state}.`)
}

async function pauseOf(writing: Writing, merchant: string): Promise<Refused | null> {
  const pause = await writing
    .selectFrom('pauses')
    .selectAll()
    .where('merchant', 'in', ['', merchant])
    .orderBy('merchant')
    .executeTakeFirst()
  if (!pause) return null
  const whose = pause.merchant === '' ? 'all merchants' : pause.merchant
  return no('REFUNDS_PAUSED', `Refunds of ${whose} are paused by ${pause.actor} since ${pause.at}: ${pause.reason}`)
}

async function limitOf(
  writing: Writing,
  merchant: string,
  at: string,
  { byHand, firstByHand, refundsPerHour, refundsPerDay }: RefundLimits,
): Promise<Refused | null> {
  const sent = await sentSince(writing, merchant, before(at, day))
  const lastHour = await sentSince(writing, merchant, before(at, hour))
  // Written so that a limit that is no number refuses.
  if (!(lastHour < refundsPerHour)) {
    return no('HOURLY_LIMIT', `${lastHour} refunds were sent in the last hour; the limit is ${refundsPerHour}.`)
  }
  if (!(sent < refundsPerDay)) {
    return no('DAILY_LIMIT', `${sent} refunds were sent in the last 24 hours; the limit is ${refundsPerDay}.`)
  }
  if (byHand) return null
  const done = await doneByHand(writing, merchant)
  if (done >= firstByHand) return null
  return no('FIRST_BY_HAND', `The first ${firstByHand} refunds are by hand, and ${done} went through so far.`)
}

/** Refunds sent after a moment. One stamped in the future counts too: the clock may have been set back (A5). */
export async function sentSince(store: Store, merchant: string, since: string): Promise<number> {
  const { count } = await store
    .selectFrom('effects')
    .select((column) => column.fn.countAll<number>().as('count'))
    .where('merchant', '=', merchant)
    .where(isRefund)
    .where('sent_at', '>', since)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Only those that Loop took count: a refund that failed has shown nothing. */
export async function doneByHand(store: Store, merchant: string): Promise<number> {
  const { count } = await store
    .selectFrom('effects')
    .select((column) => column.fn.countAll<number>().as('count'))
    .where('merchant', '=', merchant)
    .where(isRefund)
    .where(sql<boolean>`by_hand = 1`)
    .where('state', 'in', ['accepted', 'confirmed'])
    .executeTakeFirstOrThrow()
  return Number(count)
}
