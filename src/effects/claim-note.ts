/**
 * Decides which run may send a refund, among installations that don't know of each other (G1): planned → sent in this
 * journal, then a claim on Loop's timeline, then readings until it shows; a claim without another beside it may pay.
 * Whatever prevents that means no refund. No run ever continues with a claim that another run has posted, however alike
 * the two are.
 */
import { type Blocker, blockerIn, blockerText, mayClaim, nextClaimStep, sightingOf } from '../core/claim.ts'
import { claimNote } from '../core/claim-note.ts'
import type { Rma } from '../core/rma.ts'
import { printable } from '../core/text.ts'
import type { Effect, ParkedBecause, RefundClaim } from '../journal/journal.ts'
import type { ActionAnswer } from '../loop/client.ts'
import { type EffectContext, nowOf } from './context.ts'
import { notesOf } from './note.ts'
import { outcomeOf, type Resolution, type Sent } from './resolution.ts'
import type { Claimed } from './run.ts'
import { isTurnedAway } from './turned-away.ts'

export type Refund = Resolution & { rma: Rma }
/** A refund that only this run may send. Its nonce is used only from this run's memory. */
export type ClaimedRefund = Claimed<Refund & { nonce: string }>
export type Claiming = { kind: 'won'; refund: ClaimedRefund } | { kind: 'over'; sent: Sent }
/** A claim of an earlier run, which gave it up. */
export type GivenUpClaim = RefundClaim & { givenUpAt: string }

export const unsent = (sent: Sent): Claiming => ({ kind: 'over', sent })

/** Claims under any name that the merchant has or had: they are all on the return's timeline. */
export async function givenUpClaims({ journal }: EffectContext, returnId: string): Promise<GivenUpClaim[]> {
  const claims = await journal.claims.of(returnId)
  return claims.flatMap((claim) => (claim.givenUpAt === null ? [] : [{ ...claim, givenUpAt: claim.givenUpAt }]))
}

/** Why a refund that was claimed before, without success, is not claimed now; null: it may be claimed. */
export async function blockerOf(
  context: EffectContext,
  planned: Effect,
  past: readonly GivenUpClaim[],
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
      const notes = await notesOf(context, planned.returnId)
      if (notes === null) return { outcome: 'skipped', reasons: [{ code: 'CLAIM_UNSEEN', message: unreadable }] }
      // Read after the timeline: a claim that another run of this journal has made meanwhile is no stranger's. Whether
      // that run has ended, the journal checks when the refund is claimed.
      const own = await context.journal.claims.of(planned.returnId)
      const by = blockerIn(notes, null, new Set(own.map(({ nonce }) => nonce)))
      return by === null ? null : await park(context, planned, 'CLAIMED_ELSEWHERE', await lostText(context, by))
    }
  }
}

export async function postClaim(
  context: EffectContext,
  refund: ClaimedRefund,
  givenUp: ReadonlySet<string>,
): Promise<Claiming> {
  const { loop, journal } = context
  const { nonce, isFresh, forcedBecause } = refund.item
  const note = claimNote(nonce, await journal.installationId(), forcedBecause)
  // Checked again when the request gets its permit: a rate limit can hold it back for a minute (F9, G3).
  const answer = await loop.addNote(refund.effect.returnId, note, () => isFresh() && journal.isInPlace())
  switch (answer.kind) {
    // Without an answer the note may be there, or come later: only reading tells.
    case 'accepted':
    case 'in_doubt':
      return await readUntilSeen(context, refund, givenUp)
    case 'refused':
    case 'not_sent':
      return unsent(await giveUp(context, refund, unposted(answer, isFresh)))
  }
}

type GivingUp = { posted: boolean; code: string; evidence: string }

/** The machine slept, or the run had to wait, since the reading (F9): it is too old to pay by, and no byte was sent. */
export const tooOld = { code: 'READ_TOO_OLD', evidence: 'Not sent: both sides were read too long ago.' }

function unposted(answer: Extract<ActionAnswer, { kind: 'refused' | 'not_sent' }>, isFresh: () => boolean): GivingUp {
  if (answer.kind === 'not_sent') return { posted: false, ...notSent(answer, isFresh) }
  const posted = !isTurnedAway(answer.code)
  const evidence = `Not sent: Loop refused the claim on its timeline: ${printable(answer.text, 200)}`
  return { posted, code: posted ? 'CLAIM_REFUSED' : answer.code, evidence }
}

/** Why no byte of a claim, or of its refund, was sent. */
export function notSent(
  { code, detail }: Extract<ActionAnswer, { kind: 'not_sent' }>,
  isFresh: () => boolean,
): Omit<GivingUp, 'posted'> {
  if (!isFresh()) return tooOld
  return { code: code ?? 'LOOP_UNREACHABLE', evidence: `Nothing was sent: ${printable(detail)}` }
}

/** Reads until the own claim shows. No list, or one without it, means "not yet", never that no other claim exists. */
async function readUntilSeen(
  context: EffectContext,
  refund: ClaimedRefund,
  givenUp: ReadonlySet<string>,
): Promise<Claiming> {
  const { nonce, stored } = refund.item
  const settle = stored.merchant.policy.claimSettle * 1_000
  let settling = false
  for (let reads = 1; ; reads += 1) {
    const notes = await notesOf(context, refund.effect.returnId)
    const step = nextClaimStep(sightingOf(notes, nonce, givenUp), { reads, settle, settling })
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

/** Surely not sent: gives up the claim, so that a later decision may claim the refund again. */
export async function giveUp(
  context: EffectContext,
  { item: { nonce }, effect }: ClaimedRefund,
  { posted, code, evidence }: GivingUp,
): Promise<Sent> {
  const { journal, actor } = context
  const planned = await journal.claims.giveUp(nonce, { posted, evidence, at: nowOf(context), actor })
  return await over(context, effect, planned, { outcome: 'skipped', reasons: [{ code, message: evidence }] })
}

/** If there was nothing left to give up, another process has settled the refund meanwhile: its state is reported. */
async function over(
  { journal }: EffectContext,
  { effectId }: Effect,
  given: Effect | null,
  otherwise: Sent,
): Promise<Sent> {
  if (given !== null) return otherwise
  return { ...otherwise, outcome: outcomeOf(await journal.effects.get(effectId)) ?? otherwise.outcome }
}

/** Another installation requests this refund, or has: this one leaves it to a person for good. */
async function lose(context: EffectContext, { item: { nonce }, effect }: ClaimedRefund, by: Blocker): Promise<Sent> {
  const { journal, actor } = context
  const evidence = await lostText(context, by)
  const how = { posted: true, evidence, park: { because: 'CLAIMED_ELSEWHERE', evidence } } as const
  const parked = await journal.claims.giveUp(nonce, { ...how, at: nowOf(context), actor })
  const reasons = [{ code: 'CLAIMED_ELSEWHERE', message: evidence }]
  return await over(context, effect, parked, { outcome: 'parked', reasons })
}

async function lostText({ journal }: EffectContext, by: Blocker): Promise<string> {
  return `Not sent: ${blockerText(by, await journal.installationId())}.`
}

const unreadable =
  "Nothing was sent: Loop's timeline could not be read, and without it mhloop can't tell whether another installation requests this refund."

/** This journal has sent nothing, and will send nothing: a person decides (F11, G1). */
export async function park(
  context: EffectContext,
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
