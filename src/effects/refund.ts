/** The refund: claimed in the journal and on Loop's timeline, sent at most once per return, ever. */
import { blockerIn, mayClaim } from '../core/refunds/claim.ts'
import { paidOut } from '../core/refunds/decide.ts'
import type { Effect, RefundClaim } from '../journal/journal.ts'
import type { ActionAnswer } from '../loop/client.ts'
import { type EffectContext, nowOf } from './context.ts'
import { readAnswer, sentOf } from './loop-answer.ts'
import { notesOf } from './note.ts'
import { refundBounds } from './refund-bounds.ts'
import { removedBy, requestOf, requestRemoval } from './refund-request.ts'
import type { ClaimedRefund, Claiming, Refund, Sent } from './resolution.ts'
import { alone, type Protocol, send } from './run.ts'
import { postClaim } from './timeline-claim.ts'
import { giveUp, lostText, notSent, park, tooOld, unsent } from './unsent-refund.ts'

/** planned → sent, under every limit of the journal; then the claim on Loop's timeline. */
export async function claimRefund(context: EffectContext, resolution: Refund): Promise<Claiming> {
  const { journal, merchant, actor } = context
  const { returnId, loopReturn, rma, explicit, lease, stored } = resolution
  const at = nowOf(context)
  const request = requestOf(resolution)
  const planned = await journal.effects.plan(
    { merchant: merchant.name, returnId, generation: 0, ...request, actor },
    at,
  )
  const past = planned.state === 'planned' ? await givenUpClaims(context, returnId) : []
  const blockedBy = await blockerOf(context, planned, past)
  if (blockedBy !== null) return unsent(blockedBy)
  const budget = await refundBounds(context, stored)
  const paid = { paidOut: paidOut(loopReturn), currency: loopReturn.money.currency }
  const refund = { explicit, lease, receivedAt: rma.receivedAt, ...paid, pastClaims: past.length }
  const bounds = { ...budget, ...refund, isCurrent: stored.isCurrent }
  const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)
  if (!claim.claimed && claim.code === 'MAYBE_SENT')
    return unsent(await park(context, planned, 'MAYBE_SENT', claim.message))
  if (!claim.claimed) return unsent({ outcome: 'skipped', reasons: [{ code: claim.code, message: claim.message }] })
  const won = { item: { ...resolution, nonce: claim.nonce }, effect: claim.effect }
  if (!resolution.isFresh()) return unsent(await giveUp(context, won, { posted: false, ...tooOld }))
  // Another run may have planned other units in between.
  if (request.kind === 'remove' && claim.effect.digest !== request.digest)
    return unsent(await giveUp(context, won, { posted: false, ...otherUnits }))
  return await postClaim(context, won, new Set(past.map(({ nonce }) => nonce)))
}

const otherUnits = { code: 'CHANGED_SINCE_SHOWN', evidence: 'Not sent: other units were planned in the meantime.' }

/** A claim of an earlier run, which gave it up. */
type GivenUpClaim = RefundClaim & { givenUpAt: string }

/** Claims under any name that the merchant has or had: they are all on the return's timeline. */
async function givenUpClaims({ journal }: EffectContext, returnId: string): Promise<GivenUpClaim[]> {
  const claims = await journal.claims.of(returnId)
  return claims.flatMap((claim) => (claim.givenUpAt === null ? [] : [{ ...claim, givenUpAt: claim.givenUpAt }]))
}

/** Why a refund that was claimed before, without success, is not claimed now; null: it may be claimed. */
async function blockerOf(context: EffectContext, planned: Effect, past: readonly GivenUpClaim[]): Promise<Sent | null> {
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

const unreadable =
  "Nothing was sent: Loop's timeline could not be read, and without it mhloop can't tell whether another installation requests this refund."

/**
 * Tells Loop to refund, at most once per return, ever. This run has claimed the refund in the journal and on Loop's
 * timeline; a claim that was given up does not win. One request goes out, and its answer is recorded. Nothing here is
 * repeated.
 */
export async function sendRefund(context: EffectContext, refund: ClaimedRefund): Promise<Sent> {
  const { nonce, isFresh, lease, stored } = refund.item
  const { isCurrent } = stored
  const limits = { lease, account: context.account(), isCurrent }
  const halted = await context.journal.claims.win(nonce, nowOf(context), limits)
  if (halted !== null)
    return await giveUp(context, refund, { posted: true, code: halted.code, evidence: halted.message })
  const { effect } = refund
  if (effect.kind === 'remove' && removedBy(effect, refund.item.loopReturn) === null)
    return await giveUp(context, refund, { posted: true, ...otherUnits })
  if (!isFresh()) return await giveUp(context, refund, { posted: true, ...tooOld })
  const [answered] = await send(context, refundProtocol, [refund])
  if (answered === undefined) throw new Error('a refund was sent, and there is no answer')
  const { answer } = answered
  if (answer.kind !== 'not_sent') return sentOf(answer)
  return await giveUp(context, refund, { posted: true, ...notSent(answer, isFresh) })
}

const refundProtocol: Protocol<ClaimedRefund['item'], ActionAnswer> = {
  send: alone(async (context, { item, effect }) => {
    const { loop, journal } = context
    const { nonce, rma, isFresh } = item
    if (effect.kind === 'remove') return await requestRemoval(context, { item, effect })
    // Loop copies these keys to the return's timeline: evidence of who paid (loop.md §5.1, F12).
    const installation = await journal.installationId()
    const details = { mhloop: installation, claim: nonce, masonhub_rma: rma.rmaId ?? '', effect: effect.effectId }
    // Checked again when the request gets its permit: a rate limit can hold it back for a minute (F9, G3).
    return await loop.process(effect.returnId, details, () => isFresh() && journal.isInPlace())
  }),
  // Surely not sent, it is given up together with its claim (G1).
  read: ({ answer }) => (answer.kind === 'not_sent' ? null : readAnswer(answer)),
}
