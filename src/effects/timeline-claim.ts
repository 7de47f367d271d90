/**
 * Decides which run may send a refund, among installations that don't know of each other (G1): planned → sent in this
 * journal, then a claim on Loop's timeline, then readings until it shows; a claim without another beside it may pay.
 * Whatever prevents that means no refund. No run ever continues with a claim that another run has posted, however alike
 * the two are.
 */
import { type Blocker, nextClaimStep, sightingOf } from '../core/refunds/claim.ts'
import { claimNote } from '../core/refunds/claim-note.ts'
import { printable } from '../core/text/printable.ts'
import type { ActionAnswer } from '../loop/client.ts'
import type { EffectContext } from './context.ts'
import { notesOf } from './note.ts'
import type { ClaimedRefund, Claiming } from './resolution.ts'
import { isTurnedAway } from './turned-away.ts'
import { type GivingUp, giveUp, lostText, notSent, unsent } from './unsent-refund.ts'

export async function postClaim(
  context: EffectContext,
  refund: ClaimedRefund,
  givenUp: ReadonlySet<string>,
): Promise<Claiming> {
  const { loop, journal } = context
  const { nonce, isFresh, forcedBecause, partial } = refund.item
  const removed = partial === null ? null : partial.removed.length
  const note = claimNote(nonce, await journal.installationId(), { forcedBecause, removed })
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

function unposted(answer: Extract<ActionAnswer, { kind: 'refused' | 'not_sent' }>, isFresh: () => boolean): GivingUp {
  if (answer.kind === 'not_sent') return { posted: false, ...notSent(answer, isFresh) }
  const posted = !isTurnedAway(answer.code)
  const evidence = `Not sent: Loop refused the claim on its timeline: ${printable(answer.text, 200)}`
  return { posted, code: posted ? 'CLAIM_REFUSED' : answer.code, evidence }
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
        return unsent(await giveUp(context, refund, await lost(context, step.by)))
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

/** Another installation requests this refund, or has: this one leaves it to a person for good. */
async function lost(context: EffectContext, by: Blocker): Promise<GivingUp> {
  const because = 'CLAIMED_ELSEWHERE'
  const evidence = await lostText(context, by)
  return { posted: true, code: because, evidence, park: { because, evidence } }
}
