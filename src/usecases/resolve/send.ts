import { printable } from '../../core/text.ts'
import { recordedBy, sentBy } from '../../effects/loop-answer.ts'
import type { Sent } from '../../effects/resolution.ts'
import type { Effect } from '../../journal/journal.ts'
import type { ActionAnswer } from '../../loop/client.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { type ClaimedRefund, giveUp } from './claim.ts'

/**
 * Tells Loop to process, at most once per return, ever. This run has claimed the refund in the journal and on Loop's
 * timeline (claim.ts). One request goes out, and its answer is recorded. Nothing here is repeated.
 */
export async function sendRefund(context: MerchantContext, refund: ClaimedRefund): Promise<Sent> {
  const { journal, loop } = context
  const { effect, nonce, rma, request } = refund
  const { isFresh, lease, stored } = request
  const halted = await journal.claims.win(nonce, nowOf(context), {
    lease,
    account: context.account(),
    isCurrent: stored.isCurrent,
  })
  if (halted !== null)
    return await giveUp(context, refund, { posted: true, code: halted.code, evidence: halted.message })
  if (!isFresh()) return await giveUp(context, refund, tooOld)
  // Loop copies these keys to the return's timeline: evidence of who paid (loop.md §5.1, F12).
  const installation = await journal.installationId()
  const details = { mhloop: installation, claim: nonce, masonhub_rma: rma.rmaId ?? '', effect: effect.effectId }
  // Checked again when the request gets its permit: a rate limit can hold it back for a minute (F9, G3).
  const answer = await loop.process(effect.returnId, details, () => isFresh() && journal.isInPlace())
  if (answer.kind !== 'not_sent') return await record(context, effect, answer)
  if (!isFresh()) return await giveUp(context, refund, tooOld)
  const evidence = `Nothing was sent: ${printable(answer.detail)}`
  return await giveUp(context, refund, { posted: true, code: answer.code ?? 'LOOP_UNREACHABLE', evidence })
}

/** The machine slept, or the run had to wait, since the reading (F9): it is too old to pay by, and no byte was sent. */
const tooOld = { posted: true, code: 'READ_TOO_OLD', evidence: 'Not sent: both sides were read too long ago.' }

/** Every answer is recorded in the journal, whatever it is. */
async function record(context: MerchantContext, effect: Effect, answer: ActionAnswer): Promise<Sent> {
  const change = { from: ['sent'] as const, ...recordedBy(answer), at: nowOf(context), actor: context.actor }
  await context.journal.effects.settle(effect.effectId, change)
  return sentBy(answer)
}
