import { flagParked, receiptDigest } from '../../core/decide.ts'
import { digestOf } from '../../core/digest.ts'
import type { Reason } from '../../core/reason.ts'
import type { LoopReturn } from '../../core/return.ts'
import type { Rma } from '../../core/rma.ts'
import { printable } from '../../core/text.ts'
import { type NextWrite, nextWrite } from '../../core/write-check.ts'
import type { FlagReasons } from '../../effects/note.ts'
import type { Effect, EffectState } from '../../journal/journal.ts'
import type { ActionAnswer } from '../../loop/client.ts'
import { forMerchant, type MerchantContext, nowOf } from '../merchant-context.ts'
import { type ClaimedRefund, giveUp } from './claim.ts'

export type Outcome = 'confirmed' | 'accepted' | 'refused' | 'in_doubt' | 'parked' | 'skipped'

export type Sent = { outcome: Outcome; reasons: Reason[]; effect: Effect | null }

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

/** Tells Loop to flag. A second flag changes nothing, so one that a read shows to be lost may be sent again. */
export async function sendFlag(
  context: MerchantContext,
  loopReturn: LoopReturn,
  rma: Rma | null,
  effects: readonly Effect[],
  { explicit, isFresh, ...why }: FlagReasons & { explicit: boolean; isFresh: () => boolean },
): Promise<Sent> {
  const { journal, merchant, actor, loop } = context
  const at = nowOf(context)
  const digest = rma === null ? digestOf(null) : receiptDigest(rma)
  const past = effects.filter((effect) => effect.kind === 'flag')
  const next = nextWrite(past, digest, at, null, explicit)
  if (next.kind === 'later') return backingOff(context, loopReturn.returnId, past, next)
  if (next.kind === 'parked') return { outcome: 'parked', reasons: [flagParked], effect: past.at(-1) ?? null }
  if (next.kind === 'wait')
    return {
      outcome: 'accepted',
      reasons: [{ code: 'FLAG_SENT', message: 'The flag was sent a moment ago.' }],
      effect: past.at(-1) ?? null,
    }
  for (const effect of past.filter(
    ({ generation, state }) => next.supersede.includes(generation) && state === 'planned',
  )) {
    await journal.effects.settle(effect.effectId, {
      from: ['planned'],
      to: 'abandoned',
      evidence: 'The receipt changed before the request was sent.',
      at,
      actor,
    })
  }
  const identity = {
    merchant: merchant.name,
    returnId: loopReturn.returnId,
    kind: 'flag',
    generation: next.generation,
  } as const
  const planned = await journal.effects.plan({ ...identity, digest, payload: why, actor }, at)
  const claimed = await journal.effects.claim(planned.effectId, actor, at)
  if (claimed === null)
    return {
      outcome: 'skipped',
      reasons: [{ code: 'ANOTHER_WRITER', message: 'Another mhloop is resolving it right now.' }],
      effect: planned,
    }
  // After a freeze, it could come after another run's flag that a person has already cleared (F9).
  return await record(context, claimed, await loop.flag(loopReturn.returnId, isFresh))
}

function backingOff(
  context: MerchantContext,
  returnId: string,
  past: readonly Effect[],
  { latest, tries, notBefore }: Extract<NextWrite, { kind: 'later' }>,
): Sent {
  const effect = past.find(({ generation }) => generation === latest) ?? null
  const now = forMerchant(context, `mhloop rma resolve ${returnId} --flag`)
  const again = `(tried ${tries} times; next try after ${notBefore}, or now with ${now})`
  return {
    outcome: 'refused',
    reasons: [{ code: 'FLAG_IN_VAIN', message: `${effect?.evidence ?? 'The flag had no effect.'} ${again}` }],
    effect,
  }
}

/** The outcome of an effect that was sent; null when nothing was sent. */
export function outcomeOf(effect: Effect | null): Outcome | null {
  switch (effect?.state) {
    case 'confirmed':
    case 'accepted':
    case 'refused':
    case 'in_doubt':
    case 'parked':
      return effect.state
    case 'sent':
      return 'in_doubt'
    case undefined:
    case 'planned':
    case 'abandoned':
      return null
  }
}

/** Every answer is recorded in the journal, whatever it is. */
async function record(context: MerchantContext, effect: Effect, answer: ActionAnswer): Promise<Sent> {
  const { to, evidence, outcome, reason } = reading(answer)
  const change = { from: ['sent'] as const, to, evidence, at: nowOf(context), actor: context.actor }
  const settled = await context.journal.effects.settle(effect.effectId, change)
  return { outcome, reasons: reason === null ? [] : [reason], effect: settled ?? effect }
}

type Reading = { to: EffectState; evidence: string; outcome: Outcome; reason: Reason | null }

function reading(answer: ActionAnswer): Reading {
  switch (answer.kind) {
    case 'accepted':
      return { to: 'accepted', evidence: 'Loop answered true.', outcome: 'accepted', reason: null }
    case 'refused': {
      const text = `Loop refused: ${printable(answer.text, 200)}`
      return {
        to: 'refused',
        evidence: `${text} (${printable(answer.code, 60)})`,
        outcome: 'refused',
        reason: { code: answer.code, message: text },
      }
    }
    case 'in_doubt':
      return {
        to: 'in_doubt',
        evidence: printable(answer.detail),
        outcome: 'in_doubt',
        reason: { code: 'IN_DOUBT', message: `Sent, but the outcome is unknown: ${printable(answer.detail)}` },
      }
    case 'not_sent':
      return {
        to: 'planned',
        evidence: `Not sent: ${printable(answer.detail)}`,
        outcome: 'skipped',
        reason: { code: answer.code ?? 'LOOP_UNREACHABLE', message: `Nothing was sent: ${printable(answer.detail)}` },
      }
  }
}
