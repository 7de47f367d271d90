/**
 * How a refund ends that was surely not sent: it is given up together with its claim, so that a later decision may claim
 * it again, or it is left to a person for good (F11, G1).
 */
import { type Blocker, blockerText } from '../core/refunds/claim.ts'
import { printable } from '../core/text/printable.ts'
import type { Effect, ParkedBecause } from '../journal/journal.ts'
import type { ActionAnswer } from '../loop/client.ts'
import { type EffectContext, nowOf } from './context.ts'
import { type ClaimedRefund, type Claiming, outcomeOf, type Sent } from './resolution.ts'

export const unsent = (sent: Sent): Claiming => ({ kind: 'over', sent })

export type GivingUp = {
  /** Whether the claim may be on Loop's timeline. */
  posted: boolean
  code: string
  evidence: string
  /** Set: a person decides. Otherwise a later decision may claim the refund again. */
  park?: { because: ParkedBecause; evidence: string }
}

/** The machine slept, or the run had to wait, since the reading (F9): it is too old to pay by, and no byte was sent. */
export const tooOld = { code: 'READ_TOO_OLD', evidence: 'Not sent: both sides were read too long ago.' }

/** Why no byte of a claim, or of its refund, was sent. */
export function notSent(
  { code, detail }: Extract<ActionAnswer, { kind: 'not_sent' }>,
  isFresh: () => boolean,
): Pick<GivingUp, 'code' | 'evidence'> {
  if (!isFresh()) return tooOld
  return { code: code ?? 'LOOP_UNREACHABLE', evidence: `Nothing was sent: ${printable(detail)}` }
}

/** In one transaction with its claim, which then can no longer win. */
export async function giveUp(
  { journal, clock, actor }: EffectContext,
  { item: { nonce }, effect: { effectId } }: ClaimedRefund,
  { code, ...how }: GivingUp,
): Promise<Sent> {
  const surrender = await journal.claims.giveUp(nonce, { ...how, at: nowOf({ clock }), actor })
  // If there was nothing left to give up, another process has settled the refund meanwhile: its state is reported.
  const settled = surrender === null ? outcomeOf(await journal.effects.get(effectId)) : null
  const reasons = [{ code, message: how.evidence }]
  return { outcome: settled ?? (how.park === undefined ? 'skipped' : 'parked'), reasons }
}

/** This journal has sent nothing, and will send nothing: a person decides (F11, G1). */
export async function park(
  { journal, clock, actor }: EffectContext,
  { effectId }: Effect,
  because: ParkedBecause,
  evidence: string,
): Promise<Sent> {
  const at = nowOf({ clock })
  await journal.effects.settle(effectId, { from: ['planned'], to: 'parked', evidence, because, at, actor })
  return { outcome: 'parked', reasons: [{ code: because, message: evidence }] }
}

export async function lostText({ journal }: EffectContext, by: Blocker): Promise<string> {
  return `Not sent: ${blockerText(by, await journal.installationId())}.`
}
