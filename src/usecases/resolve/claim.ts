import {
  type Blocker,
  blockerIn,
  blockerText,
  mayClaim,
  nextClaimStep,
  sightingOf,
  type TimelineNote,
} from '../../core/claim.ts'
import { claimNote } from '../../core/claim-note.ts'
import { paidOut, receiptDigest } from '../../core/decide.ts'
import { digestOf } from '../../core/digest.ts'
import { Fault } from '../../core/fault.ts'
import type { LoopReturn } from '../../core/return.ts'
import type { Rma } from '../../core/rma.ts'
import { printable } from '../../core/text.ts'
import { outcomeOf, type Sent } from '../../effects/resolution.ts'
import { isTurnedAway } from '../../effects/turned-away.ts'
import type { Effect, Lease, ParkedBecause, RefundClaim } from '../../journal/journal.ts'
import type { ActionAnswer } from '../../loop/client.ts'
import type { StoredMerchant } from '../../merchants/stored-merchant.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { refundBounds } from './bounds.ts'

/**
 * Decides which run may send a refund, among installations that don't know of each other (G1): planned → sent in this
 * journal, then a claim on Loop's timeline, then readings until it shows; a claim without another beside it may pay.
 * Whatever prevents that means no refund. No run ever continues with a claim that another run has posted, however alike
 * the two are.
 */

export type RefundRequest = {
  explicit: boolean
  lease: Lease
  /** The settings that it was decided by: once others are stored, the claim is refused (G4). */
  stored: StoredMerchant
  /** Whether both sides were read a moment ago. */
  isFresh: () => boolean
  /** Why a person pays it against the rules; null: the rules allow it. */
  forcedBecause: string | null
}

/** A refund that only this run may send. Its nonce is used only from this run's memory. */
export type ClaimedRefund = { effect: Effect; nonce: string; rma: Rma; request: RefundRequest }
export type Claiming = { kind: 'won'; refund: ClaimedRefund } | { kind: 'over'; sent: Sent }

const unsent = (sent: Sent): Claiming => ({ kind: 'over', sent })

export async function claimRefund(
  context: MerchantContext,
  loopReturn: LoopReturn,
  rma: Rma,
  request: RefundRequest,
): Promise<Claiming> {
  const { journal, merchant, actor } = context
  const at = nowOf(context)
  const payload = { rmaId: rma.rmaId, version: rma.version, receipt: receiptDigest(rma) }
  const identity = { merchant: merchant.name, returnId: loopReturn.returnId, kind: 'process', generation: 0 } as const
  const planned = await journal.effects.plan({ ...identity, digest: digestOf(payload), payload, actor }, at)
  const past = planned.state === 'planned' ? await givenUpClaims(context, planned.returnId) : []
  const blockedBy = await blockerOf(context, planned, past)
  if (blockedBy !== null) return unsent(blockedBy)
  const { explicit, lease, stored } = request
  const budget = await refundBounds(context, stored)
  const refund = { explicit, lease, receivedAt: rma.receivedAt, paidOut: paidOut(loopReturn), pastClaims: past.length }
  const bounds = { ...budget, ...refund, isCurrent: stored.isCurrent }
  const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)
  if (!claim.claimed && claim.code === 'MAYBE_SENT')
    return unsent(await park(context, planned, 'MAYBE_SENT', claim.message))
  if (!claim.claimed) return unsent({ outcome: 'skipped', reasons: [{ code: claim.code, message: claim.message }] })
  const won = { effect: claim.effect, nonce: claim.nonce, rma, request }
  if (!request.isFresh()) return unsent(await giveUp(context, won, { posted: false, ...tooOld }))
  return await post(context, won, new Set(past.map(({ nonce }) => nonce)))
}

/** Claims under any name that the merchant has or had: they are all on the return's timeline. */
async function givenUpClaims(
  { journal }: MerchantContext,
  returnId: string,
): Promise<(RefundClaim & { givenUpAt: string })[]> {
  const claims = await journal.claims.of(returnId)
  return claims.flatMap((claim) => (claim.givenUpAt === null ? [] : [{ ...claim, givenUpAt: claim.givenUpAt }]))
}

/** Why a refund that was claimed before, without success, is not claimed now; null: it may be claimed. */
async function blockerOf(
  context: MerchantContext,
  planned: Effect,
  past: readonly (RefundClaim & { givenUpAt: string })[],
): Promise<Sent | null> {
  const may = mayClaim(past, nowOf(context))
  switch (may.kind) {
    case 'later': {
      const message = `Nothing was sent: an earlier claim failed; the next claim is made after ${may.notBefore}.`
      return { outcome: 'skipped', reasons: [{ code: 'CLAIM_WAITS', message }] }
    }
    case 'exhausted': {
      const evidence = `Never sent: this installation claimed it ${may.claims} times on Loop's timeline and could never continue.`
      return await park(context, planned, 'CLAIM_UNSEEN', evidence)
    }
    case 'claim': {
      if (!may.readsFirst) return null
      const notes = await timeline(context, planned.returnId)
      if (notes === null) return unseen("Loop's timeline could not be read")
      // Read after the timeline: a claim that another run of this journal has made meanwhile is no stranger's. Whether
      // that run has ended, the journal checks when the refund is claimed.
      const own = await context.journal.claims.of(planned.returnId)
      const by = blockerIn(notes, null, new Set(own.map(({ nonce }) => nonce)))
      return by === null ? null : await park(context, planned, 'CLAIMED_ELSEWHERE', await lostText(context, by))
    }
  }
}

async function post(context: MerchantContext, refund: ClaimedRefund, givenUp: ReadonlySet<string>): Promise<Claiming> {
  const { loop, journal } = context
  const { effect, nonce, request } = refund
  const note = claimNote(nonce, await journal.installationId(), request.forcedBecause)
  // Checked again when the request gets its permit: a rate limit can hold it back for a minute (F9, G3).
  const answer = await loop.addNote(effect.returnId, note, () => request.isFresh() && journal.isInPlace())
  switch (answer.kind) {
    // Without an answer the note may be there, or come later: only reading tells.
    case 'accepted':
    case 'in_doubt':
      return await readUntilSeen(context, refund, givenUp)
    case 'refused':
    case 'not_sent':
      return unsent(await giveUp(context, refund, unposted(answer, request)))
  }
}

type GivingUp = { posted: boolean; code: string; evidence: string }

const tooOld = { code: 'READ_TOO_OLD', evidence: 'Not sent: both sides were read too long ago.' }

function unposted(
  answer: Extract<ActionAnswer, { kind: 'refused' | 'not_sent' }>,
  { isFresh }: RefundRequest,
): GivingUp {
  if (answer.kind === 'refused') {
    const posted = !isTurnedAway(answer.code)
    const evidence = `Not sent: Loop refused the claim on its timeline: ${printable(answer.text, 200)}`
    return { posted, code: posted ? 'CLAIM_REFUSED' : answer.code, evidence }
  }
  if (!isFresh()) return { posted: false, ...tooOld }
  return {
    posted: false,
    code: answer.code ?? 'LOOP_UNREACHABLE',
    evidence: `Nothing was sent: ${printable(answer.detail)}`,
  }
}

/** Reads until the own claim shows. No list, or one without it, means "not yet", never that no other claim exists. */
async function readUntilSeen(
  context: MerchantContext,
  refund: ClaimedRefund,
  givenUp: ReadonlySet<string>,
): Promise<Claiming> {
  const settle = refund.request.stored.merchant.policy.claimSettle * 1_000
  let settling = false
  for (let reads = 1; ; reads += 1) {
    const notes = await timeline(context, refund.effect.returnId)
    const step = nextClaimStep(sightingOf(notes, refund.nonce, givenUp), { reads, settle, settling })
    switch (step.kind) {
      case 'won':
        return { kind: 'won', refund }
      case 'lost':
        return unsent(await lose(context, refund, step.by))
      case 'unseen':
        return unsent(
          await giveUp(context, refund, {
            posted: true,
            code: 'CLAIM_UNSEEN',
            evidence: `Not sent: mhloop's claim did not appear on Loop's timeline${notes === null ? ', which could not be read' : ' in time'}.`,
          }),
        )
      case 'read':
        settling = step.settling
        await context.sleep(step.after)
    }
  }
}

/** null when Loop does not answer: then nothing is known. */
async function timeline({ loop }: MerchantContext, returnId: string): Promise<TimelineNote[] | null> {
  try {
    return await loop.notes(returnId)
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

/** Surely not sent: gives up the claim, so that a later decision may claim the refund again. */
export async function giveUp(
  context: MerchantContext,
  { effect, nonce }: Pick<ClaimedRefund, 'effect' | 'nonce'>,
  { posted, code, evidence }: GivingUp,
): Promise<Sent> {
  const { journal, actor } = context
  const planned = await journal.claims.giveUp(nonce, { posted, evidence, at: nowOf(context), actor })
  return await over(context, effect, planned, { outcome: 'skipped', reasons: [{ code, message: evidence }] })
}

/** If there was nothing left to give up, another process has settled the refund meanwhile: its state is reported. */
async function over(
  { journal }: MerchantContext,
  { effectId }: Effect,
  given: Effect | null,
  otherwise: Sent,
): Promise<Sent> {
  if (given !== null) return otherwise
  return { ...otherwise, outcome: outcomeOf(await journal.effects.get(effectId)) ?? otherwise.outcome }
}

/** Another installation requests this refund, or has: this one leaves it to a person for good. */
async function lose(context: MerchantContext, { effect, nonce }: ClaimedRefund, by: Blocker): Promise<Sent> {
  const { journal, actor } = context
  const evidence = await lostText(context, by)
  const how = { posted: true, evidence, park: { because: 'CLAIMED_ELSEWHERE', evidence } } as const
  const parked = await journal.claims.giveUp(nonce, { ...how, at: nowOf(context), actor })
  const reasons = [{ code: 'CLAIMED_ELSEWHERE', message: evidence }]
  return await over(context, effect, parked, { outcome: 'parked', reasons })
}

async function lostText({ journal }: MerchantContext, by: Blocker): Promise<string> {
  return `Not sent: ${blockerText(by, await journal.installationId())}.`
}

function unseen(why: string): Sent {
  const message = `Nothing was sent: ${why}, and without it mhloop can't tell whether another installation requests this refund.`
  return { outcome: 'skipped', reasons: [{ code: 'CLAIM_UNSEEN', message }] }
}

/** This journal has sent nothing, and will send nothing: a person decides (F11, G1). */
async function park(
  context: MerchantContext,
  planned: Effect,
  because: ParkedBecause,
  evidence: string,
): Promise<Sent> {
  const change = {
    from: ['planned'],
    to: 'parked',
    evidence,
    because,
    at: nowOf(context),
    actor: context.actor,
  } as const
  await context.journal.effects.settle(planned.effectId, change)
  return { outcome: 'parked', reasons: [{ code: because, message: evidence }] }
}
