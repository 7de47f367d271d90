/** The refund: claimed in the journal and on Loop's timeline, sent at most once per return, ever. */
import { paidOut, receiptDigest } from '../core/decide.ts'
import { digestOf } from '../core/digest.ts'
import type { ActionAnswer } from '../loop/client.ts'
import {
  blockerOf,
  type ClaimedRefund,
  type Claiming,
  givenUpClaims,
  giveUp,
  notSent,
  park,
  postClaim,
  type Refund,
  tooOld,
  unsent,
} from './claim-note.ts'
import { type EffectContext, nowOf } from './context.ts'
import { readAnswer, sentBy } from './loop-answer.ts'
import { refundBounds } from './refund-bounds.ts'
import type { Sent } from './resolution.ts'
import { oneByOne, type Protocol, sendOne } from './run.ts'

/** planned → sent, under every limit of the journal; then the claim on Loop's timeline. */
export async function claimRefund(context: EffectContext, resolution: Refund): Promise<Claiming> {
  const { journal, merchant, actor } = context
  const { returnId, loopReturn, rma, explicit, lease, stored } = resolution
  const at = nowOf(context)
  const payload = { rmaId: rma.rmaId, version: rma.version, receipt: receiptDigest(rma) }
  const identity = { merchant: merchant.name, returnId, kind: 'process', generation: 0 } as const
  const planned = await journal.effects.plan({ ...identity, digest: digestOf(payload), payload, actor }, at)
  const past = planned.state === 'planned' ? await givenUpClaims(context, returnId) : []
  const blockedBy = await blockerOf(context, planned, past)
  if (blockedBy !== null) return unsent(blockedBy)
  const budget = await refundBounds(context, stored)
  const refund = { explicit, lease, receivedAt: rma.receivedAt, paidOut: paidOut(loopReturn), pastClaims: past.length }
  const bounds = { ...budget, ...refund, isCurrent: stored.isCurrent }
  const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)
  if (!claim.claimed && claim.code === 'MAYBE_SENT')
    return unsent(await park(context, planned, 'MAYBE_SENT', claim.message))
  if (!claim.claimed) return unsent({ outcome: 'skipped', reasons: [{ code: claim.code, message: claim.message }] })
  const won = { item: { ...resolution, nonce: claim.nonce }, effect: claim.effect }
  if (!resolution.isFresh()) return unsent(await giveUp(context, won, { posted: false, ...tooOld }))
  return await postClaim(context, won, new Set(past.map(({ nonce }) => nonce)))
}

/**
 * Tells Loop to process, at most once per return, ever. This run has claimed the refund in the journal and on Loop's
 * timeline. One request goes out, and its answer is recorded. Nothing here is repeated.
 */
export async function sendRefund(context: EffectContext, refund: ClaimedRefund): Promise<Sent> {
  const { nonce, isFresh, lease, stored } = refund.item
  const { isCurrent } = stored
  const halted = await context.journal.claims.win(nonce, nowOf(context), {
    lease,
    account: context.account(),
    isCurrent,
  })
  if (halted !== null)
    return await giveUp(context, refund, { posted: true, code: halted.code, evidence: halted.message })
  if (!isFresh()) return await giveUp(context, refund, { posted: true, ...tooOld })
  const answer = await sendOne(context, refundProtocol, refund)
  if (answer.kind !== 'not_sent') return sentBy(answer)
  return await giveUp(context, refund, { posted: true, ...notSent(answer, isFresh) })
}

const refundProtocol: Protocol<ClaimedRefund['item'], ActionAnswer> = {
  send: oneByOne(async (context, { item, effect }) => {
    const { loop, journal } = context
    const { nonce, rma, isFresh } = item
    // Loop copies these keys to the return's timeline: evidence of who paid (loop.md §5.1, F12).
    const installation = await journal.installationId()
    const details = { mhloop: installation, claim: nonce, masonhub_rma: rma.rmaId ?? '', effect: effect.effectId }
    // Checked again when the request gets its permit: a rate limit can hold it back for a minute (F9, G3).
    return await loop.process(effect.returnId, details, () => isFresh() && journal.isInPlace())
  }),
  // Surely not sent, it is given up together with its claim (G1).
  read: ({ answer }) => (answer.kind === 'not_sent' ? null : readAnswer(answer)),
}
