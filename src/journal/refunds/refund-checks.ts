import { sql } from 'kysely'
import { isWithinLargest, largestText } from '../../core/refunds/largest-refund.ts'
import type { LimitsInForce } from '../../core/refunds/limits.ts'
import { sentence } from '../../core/text/printable.ts'
import type { Engine, Store, Writing } from '../database/engine.ts'
import { before } from '../database/timestamp.ts'
import type { EffectRow } from '../effects/effect-rows.ts'
import { sharedAccount } from './accounts.ts'
import type { Claim, RefundLimits } from './refund-claims.ts'
import { isMaybeSent, quarantineOf } from './refund-quarantine.ts'

/** The words of the refund indexes (third-effects.ts), as literals: otherwise SQLite can't tell that an index serves. */
export const isRefund = sql<boolean>`kind in ('process', 'remove')`

const hour = 3_600_000
const day = 24 * hour

export type Refused = Extract<Claim, { claimed: false }>

/** A refund that is about to be claimed. `effect_id` is null for one that is not planned yet. */
type RefundRow = Pick<EffectRow, 'merchant' | 'return_id'> & { effect_id: string | null }

/**
 * Why a planned refund may not be sent now; null when it may. Runs in the transaction that claims it, so that what
 * holds here still holds when the claim commits (F8, F23). Pauses and limits hold for the Loop account, under all its
 * names (G10).
 */
export async function refusalOf(
  engine: Engine,
  writing: Writing,
  row: RefundRow,
  when: string,
  limits: RefundLimits,
): Promise<Refused | null> {
  const { names } = await sharedAccount(writing, row.merchant, limits.account ?? null)
  return (
    (await sentElsewhere(writing, row)) ??
    (await claimedMeanwhile(writing, row, limits)) ??
    (await leaseLost(engine, writing, row.merchant, limits)) ??
    (await quarantined(writing, row.merchant)) ??
    (await maybeSent(writing, row.merchant, limits)) ??
    (await pauseOf(writing, row.merchant, names)) ??
    namesChanged(row.merchant, names, limits) ??
    (await limitOf(writing, { merchant: row.merchant, names }, when, limits)) ??
    policyChanged(row.merchant, limits)
  )
}

/** What a claim depends on, and what may end while Loop is asked for it. */
type ClaimConditions = Pick<RefundLimits, 'lease' | 'isCurrent' | 'account'>

/**
 * What may have changed while a claim was looked for on Loop's timeline: then the refund does not go out, although it
 * is claimed here (G1). The limits are not checked again, because they count this refund by now.
 */
export async function haltOf(
  engine: Engine,
  writing: Writing,
  { merchant }: Pick<EffectRow, 'merchant'>,
  limits: ClaimConditions,
): Promise<Refused | null> {
  const { names } = await sharedAccount(writing, merchant, limits.account ?? null)
  return (
    (await leaseLost(engine, writing, merchant, limits)) ??
    (await quarantined(writing, merchant)) ??
    (await pauseOf(writing, merchant, names)) ??
    policyChanged(merchant, limits)
  )
}

export function refused(code: Refused['code'], message: string): Refused {
  return { claimed: false, code, message }
}

/** A run that was frozen for longer than its lease may have been replaced, and must not pay (F9). */
async function leaseLost(
  engine: Engine,
  writing: Writing,
  merchant: string,
  { lease }: ClaimConditions,
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
  return held ? null : refused('LEASE_LOST', 'This took longer than its lease: another mhloop may be working on it.')
}

async function quarantined(writing: Writing, merchant: string): Promise<Refused | null> {
  const found = await quarantineOf(writing, merchant)
  if (found === null) return null
  return refused(
    'QUARANTINED',
    sentence(`Refunds of ${merchant} have been waiting in quarantine since ${found.since}: ${found.reason}`),
  )
}

async function maybeSent(writing: Writing, merchant: string, { receivedAt }: RefundLimits): Promise<Refused | null> {
  if (!(await isMaybeSent(writing, merchant, receivedAt))) return null
  const message = 'It may have been sent: the journal was restored from a backup after the parcel was received.'
  return refused('MAYBE_SENT', message)
}

/**
 * Loop's return ids are unique: one account under two merchant names must not pay a return twice, nor may two kinds of
 * refund under one name.
 */
async function sentElsewhere(writing: Writing, { merchant, return_id, effect_id }: RefundRow): Promise<Refused | null> {
  const sent = writing
    .selectFrom('effects')
    .select(['merchant', 'state'])
    .where('return_id', '=', return_id)
    .where(isRefund)
    .where('sent_at', 'is not', null)
  const others = effect_id === null ? sent.where('merchant', '<>', merchant) : sent.where('effect_id', '<>', effect_id)
  const other = await others.executeTakeFirst()
  if (!other) return null
  const state = other.state.replace('_', ' ')
  return refused('NOT_PLANNED', `This refund was already sent for merchant ${other.merchant}, and is now ${state}.`)
}

/** Since this run read the claims, another run has claimed it and given it up; its nonce is unknown here (G1). */
async function claimedMeanwhile(
  writing: Writing,
  row: Pick<EffectRow, 'return_id'>,
  { pastClaims }: RefundLimits,
): Promise<Refused | null> {
  if (pastClaims === undefined) return null
  const claims = await writing
    .selectFrom('claims')
    .select('nonce')
    .where('return_id', '=', row.return_id)
    .where('given_up_at', 'is not', null)
    .execute()
  if (claims.length === pastClaims) return null
  return refused(
    'NOT_PLANNED',
    'Another run of mhloop has claimed this refund in the meantime and given it up; check it again.',
  )
}

async function pauseOf(writing: Writing, merchant: string, names: readonly string[]): Promise<Refused | null> {
  const pauses = await writing
    .selectFrom('pauses')
    .selectAll()
    .where('merchant', 'in', ['', ...names])
    .orderBy('merchant')
    .execute()
  const pause = pauses.find((one) => one.merchant === '' || one.merchant === merchant) ?? pauses[0]
  if (!pause) return null
  const other = pause.merchant === merchant ? '' : `, on the same Loop account as ${merchant},`
  const whose = pause.merchant === '' ? 'all merchants' : `${pause.merchant}${other}`
  return refused(
    'REFUNDS_PAUSED',
    sentence(`Refunds of ${whose} have been paused by ${pause.actor} since ${pause.at}: ${pause.reason}`),
  )
}

/** The account has other names than those that the limits were made for: another merchant has joined it (G10). */
function namesChanged(merchant: string, names: readonly string[], { names: counted }: RefundLimits): Refused | null {
  if (counted === undefined || counted.toSorted().join() === names.toSorted().join()) return null
  return refused('POLICY_CHANGED', `Another merchant now uses the Loop account of ${merchant}; check it again.`)
}

async function limitOf(
  writing: Writing,
  { merchant, names }: { merchant: string; names: readonly string[] },
  at: string,
  limits: RefundLimits,
): Promise<Refused | null> {
  const { refundsPerHour, refundsPerDay, ahead = 0 } = limits
  const sent = ahead + (await sentSince(writing, names, before(at, day)))
  const lastHour = ahead + (await sentSince(writing, names, before(at, hour)))
  const all = names.length > 1 ? ` by ${names.join(', ')} together (one Loop account)` : ''
  const by = (key: keyof LimitsInForce['setBy']) => whoseLimit(merchant, limits.setBy?.[key])
  // Comparing with NaN is false, so a limit that is not a number refuses.
  if (!(lastHour < refundsPerHour)) {
    const limit = `the limit${by('refundsPerHour')} is ${refundsPerHour}`
    return refused('HOURLY_LIMIT', `${lastHour} refunds were sent in the last hour${all}; ${limit}.`)
  }
  if (!(sent < refundsPerDay)) {
    const limit = `the limit${by('refundsPerDay')} is ${refundsPerDay}`
    return refused('DAILY_LIMIT', `${sent} refunds were sent in the last 24 hours${all}; ${limit}.`)
  }
  return await personNeeded(writing, { merchant, names }, limits)
}

/** What an explicit refund passes. */
async function personNeeded(
  writing: Writing,
  { merchant, names }: { merchant: string; names: readonly string[] },
  { explicit, firstByHand, largestRefund = null, paidOut = null, currency = null, setBy }: RefundLimits,
): Promise<Refused | null> {
  if (explicit) return null
  if (largestRefund !== null && !isWithinLargest(paidOut, largestRefund, currency)) {
    const limit = `the limit${whoseLimit(merchant, setBy?.largestRefund)} of ${largestText(largestRefund)}`
    const message = `Ready to refund, but not known to be within ${limit}: a person must request it explicitly.`
    return refused('REFUND_TOO_LARGE', message)
  }
  const done = await countExplicit(writing, names)
  if (done >= firstByHand) return null
  const whose = whoseLimit(merchant, setBy?.firstByHand)
  return refused(
    'FIRST_BY_HAND',
    `The first ${firstByHand} refunds${whose} need an explicit request; ${done} were sent so far.`,
  )
}

/** The merchant's own limit needs no name. */
function whoseLimit(merchant: string, setBy: string | undefined): string {
  return setBy === undefined || setBy === merchant ? '' : ` of ${setBy}, on the same Loop account,`
}

/** Checked last, so that the stored settings are as recent as possible when the claim commits (G4). */
function policyChanged(merchant: string, { isCurrent }: ClaimConditions): Refused | null {
  if (isCurrent === undefined || isCurrent()) return null
  return refused('POLICY_CHANGED', `The settings of ${merchant} have just changed; check it again.`)
}

/** Counts refunds sent after this time. One dated in the future counts, too: the clock may have been set back (C5). */
export async function sentSince(store: Store, names: readonly string[], since: string): Promise<number> {
  const { count } = await store
    .selectFrom('effects')
    .select((column) => column.fn.countAll<number>().as('count'))
    .where('merchant', 'in', names)
    .where(isRefund)
    .where('sent_at', '>', since)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Counts only refunds that Loop accepted: one that failed has shown nothing. */
export async function countExplicit(store: Store, names: readonly string[]): Promise<number> {
  const { count } = await store
    .selectFrom('effects')
    .select((column) => column.fn.countAll<number>().as('count'))
    .where('merchant', 'in', names)
    .where(isRefund)
    .where(sql<boolean>`by_hand = 1`)
    .where('state', 'in', ['accepted', 'confirmed'])
    .executeTakeFirstOrThrow()
  return Number(count)
}
