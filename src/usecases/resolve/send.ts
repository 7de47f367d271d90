import { receiptDigest } from '../../core/decide.ts'
import { digestOf } from '../../core/digest.ts'
import type { Reason } from '../../core/reason.ts'
import type { LoopReturn } from '../../core/return.ts'
import type { Rma } from '../../core/rma.ts'
import { shown } from '../../core/text.ts'
import { type NextWrite, nextWrite } from '../../core/write-check.ts'
import type { Effect, EffectState, Lease } from '../../journal/journal.ts'
import type { ActionAnswer } from '../../loop/client.ts'
import type { StoredMerchant } from '../../merchants/stored-merchant.ts'
import { forMerchant, nowOf, type Workplace } from '../workplace.ts'

export type Outcome = 'confirmed' | 'accepted' | 'refused' | 'in_doubt' | 'parked' | 'skipped'
/** Why a return is flagged; kept in the journal, so that a note can be written even after a crash. */
export type FlagReasons = { reasons: readonly Reason[]; operatorNote: string | null }

export type Sent = { outcome: Outcome; reasons: Reason[]; effect: Effect | null }

/**
 * Tells Loop to process, at most once per return, ever: plan the one row, claim it together with pause and budget,
 * send ONE request, record the answer (design.md, rules of money 1). Nothing here repeats anything.
 */
export async function sendRefund(
  workplace: Workplace,
  loopReturn: LoopReturn,
  rma: Rma,
  {
    byHand,
    lease,
    stored,
    isFresh,
  }: {
    byHand: boolean
    lease: Lease
    /** What it was decided by: once something else is stored, the claim refuses (G4). */
    stored: StoredMerchant
    /** Both sides were read a moment ago. */
    isFresh: () => boolean
  },
): Promise<Sent> {
  const { journal, merchant, actor, loop } = workplace
  const { limits } = stored.merchant.policy
  const at = nowOf(workplace)
  const payload = { rmaId: rma.rmaId, version: rma.version, receipt: receiptDigest(rma) }
  const identity = { merchant: merchant.name, returnId: loopReturn.returnId, kind: 'process', generation: 0 } as const
  const installation = await journal.installationId()
  const planned = await journal.effects.plan({ ...identity, digest: digestOf(payload), payload, actor }, at)
  const bounds = { ...limits, byHand, lease, receivedAt: rma.receivedAt, isCurrent: stored.isCurrent }
  const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)
  if (!claim.claimed && claim.code === 'MAYBE_SENT') return await park(workplace, planned, claim.message)
  if (!claim.claimed)
    return { outcome: 'skipped', reasons: [{ code: claim.code, message: claim.message }], effect: planned }
  if (!isFresh()) return await giveBack(workplace, claim.effect)
  // Loop copies these keys to the return's timeline: evidence of who paid (loop.md §5.1, F12).
  const details = { mhloop: installation, masonhub_rma: rma.rmaId ?? '', effect: claim.effect.effectId }
  // Asked once more when its turn has come on the wire: a rate limit can hold it back for a minute.
  const answer = await loop.process(loopReturn.returnId, details, isFresh)
  if (answer.kind === 'not_sent' && !isFresh()) return await giveBack(workplace, claim.effect)
  return await record(workplace, claim.effect, answer)
}

/** Nobody can tell whether it was sent: then it is never sent (F11). */
async function park(workplace: Workplace, planned: Effect, evidence: string): Promise<Sent> {
  const change = { from: ['planned'], to: 'parked', evidence, at: nowOf(workplace), actor: workplace.actor } as const
  const effect = (await workplace.journal.effects.settle(planned.effectId, change)) ?? planned
  return { outcome: 'parked', reasons: [{ code: 'MAYBE_SENT', message: evidence }], effect }
}

/** The machine slept, or had to wait, since the reading (F9): what was read is too old to pay by, and no byte was sent. */
async function giveBack(workplace: Workplace, effect: Effect): Promise<Sent> {
  const evidence = 'Not sent: too long since both sides were read.'
  const change = {
    from: ['sent'],
    to: 'planned',
    evidence,
    at: nowOf(workplace),
    actor: workplace.actor,
    notSent: true,
  } as const
  await workplace.journal.effects.settle(effect.effectId, change)
  return { outcome: 'skipped', reasons: [{ code: 'READ_TOO_OLD', message: evidence }], effect }
}

/** Tells Loop to flag. Idempotent by state, so a lost one may be sent again after a read says that it had no effect. */
export async function sendFlag(
  workplace: Workplace,
  loopReturn: LoopReturn,
  rma: Rma | null,
  effects: readonly Effect[],
  { byName, isFresh, ...why }: FlagReasons & { byName: boolean; isFresh: () => boolean },
): Promise<Sent> {
  const { journal, merchant, actor, loop } = workplace
  const at = nowOf(workplace)
  const digest = rma === null ? digestOf(null) : receiptDigest(rma)
  const past = effects.filter((effect) => effect.kind === 'flag')
  const next = nextWrite(past, digest, at, null, byName)
  if (next.kind === 'later') return inVain(workplace, loopReturn.returnId, past, next)
  if (next.kind !== 'write')
    return {
      outcome: next.kind === 'parked' ? 'parked' : 'accepted',
      reasons: [{ code: 'FLAG_SENT', message: 'The flag was sent a moment ago.' }],
      effect: past.at(-1) ?? null,
    }
  for (const effect of past.filter(
    ({ generation, state }) => next.supersede.includes(generation) && state === 'planned',
  )) {
    await journal.effects.settle(effect.effectId, {
      from: ['planned'],
      to: 'abandoned',
      evidence: 'The receipt changed before it was sent.',
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
  // Frozen meanwhile, it could come after somebody else's flag that a person has cleared (F9).
  return await record(workplace, claimed, await loop.flag(loopReturn.returnId, isFresh))
}

function inVain(
  workplace: Workplace,
  returnId: string,
  past: readonly Effect[],
  { latest, tries, notBefore }: Extract<NextWrite, { kind: 'later' }>,
): Sent {
  const effect = past.find(({ generation }) => generation === latest) ?? null
  const now = forMerchant(workplace, `mhloop rma resolve ${returnId} --flag`)
  const again = `(tried ${tries} times; again after ${notBefore}, or now with ${now})`
  return {
    outcome: 'refused',
    reasons: [{ code: 'FLAG_IN_VAIN', message: `${effect?.evidence ?? 'The flag came to nothing.'} ${again}` }],
    effect,
  }
}

/** Every answer goes into the journal, whatever it is. */
async function record(workplace: Workplace, effect: Effect, answer: ActionAnswer): Promise<Sent> {
  const { to, evidence, outcome, reason } = reading(answer)
  const notSent = answer.kind === 'not_sent' ? { notSent: true as const } : {}
  const change = { from: ['sent'] as const, to, evidence, at: nowOf(workplace), actor: workplace.actor, ...notSent }
  const settled = await workplace.journal.effects.settle(effect.effectId, change)
  return { outcome, reasons: reason === null ? [] : [reason], effect: settled ?? effect }
}

type Reading = { to: EffectState; evidence: string; outcome: Outcome; reason: Reason | null }

function reading(answer: ActionAnswer): Reading {
  switch (answer.kind) {
    case 'accepted':
      return { to: 'accepted', evidence: 'Loop answered true.', outcome: 'accepted', reason: null }
    case 'refused': {
      const text = `Loop refused: ${shown(answer.text, 200)}`
      return {
        to: 'refused',
        evidence: `${text} (${shown(answer.code, 60)})`,
        outcome: 'refused',
        reason: { code: answer.code, message: text },
      }
    }
    case 'in_doubt':
      return {
        to: 'in_doubt',
        evidence: shown(answer.detail),
        outcome: 'in_doubt',
        reason: { code: 'IN_DOUBT', message: `Sent, but the outcome is not known: ${shown(answer.detail)}` },
      }
    case 'not_sent':
      return {
        to: 'planned',
        evidence: `Not sent: ${shown(answer.detail)}`,
        outcome: 'skipped',
        reason: { code: 'LOOP_UNREACHABLE', message: `Nothing was sent: ${shown(answer.detail)}` },
      }
  }
}
