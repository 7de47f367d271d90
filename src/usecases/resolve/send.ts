import { type ClaimedRefund, giveUp, notSent, tooOld } from '../../effects/claim-note.ts'
import { recordedBy, sentBy } from '../../effects/loop-answer.ts'
import type { Sent } from '../../effects/resolution.ts'
import type { Effect } from '../../journal/journal.ts'
import type { ActionAnswer } from '../../loop/client.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'

/**
 * Tells Loop to process, at most once per return, ever. This run has claimed the refund in the journal and on Loop's
 * timeline (claim-note.ts). One request goes out, and its answer is recorded. Nothing here is repeated.
 */
export async function sendRefund(context: MerchantContext, refund: ClaimedRefund): Promise<Sent> {
  const { journal, loop } = context
  const { effect } = refund
  const { nonce, rma, isFresh, lease, stored } = refund.item
  const halted = await journal.claims.win(nonce, nowOf(context), {
    lease,
    account: context.account(),
    isCurrent: stored.isCurrent,
  })
  if (halted !== null)
    return await giveUp(context, refund, { posted: true, code: halted.code, evidence: halted.message })
  if (!isFresh()) return await giveUp(context, refund, { posted: true, ...tooOld })
  // Loop copies these keys to the return's timeline: evidence of who paid (loop.md §5.1, F12).
  const installation = await journal.installationId()
  const details = { mhloop: installation, claim: nonce, masonhub_rma: rma.rmaId ?? '', effect: effect.effectId }
  // Checked again when the request gets its permit: a rate limit can hold it back for a minute (F9, G3).
  const answer = await loop.process(effect.returnId, details, () => isFresh() && journal.isInPlace())
  if (answer.kind !== 'not_sent') return await record(context, effect, answer)
  return await giveUp(context, refund, { posted: true, ...notSent(answer, isFresh) })
}

/** Every answer is recorded in the journal, whatever it is. */
async function record(context: MerchantContext, effect: Effect, answer: ActionAnswer): Promise<Sent> {
  const change = { from: ['sent'] as const, ...recordedBy(answer), at: nowOf(context), actor: context.actor }
  await context.journal.effects.settle(effect.effectId, change)
  return sentBy(answer)
}
