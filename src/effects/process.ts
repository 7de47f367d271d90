/** The refund: claimed in the journal and on Loop's timeline, sent at most once per return, ever. */
import { paidOut, receiptDigest } from '../core/decide.ts'
import { digestOf } from '../core/digest.ts'
import {
  blockerOf,
  type Claiming,
  givenUpClaims,
  giveUp,
  park,
  postClaim,
  type Refund,
  tooOld,
  unsent,
} from './claim-note.ts'
import { type EffectContext, nowOf } from './context.ts'
import { refundBounds } from './refund-bounds.ts'

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
