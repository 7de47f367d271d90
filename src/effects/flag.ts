import { flagParked, receiptDigest } from '../core/refunds/decide.ts'
import { type NextWrite, nextWrite } from '../core/rmas/write-check.ts'
import { digestOf } from '../core/text/digest.ts'
import type { Effect } from '../journal/journal.ts'
import type { ActionAnswer } from '../loop/client.ts'
import { type EffectContext, forMerchant, nowOf } from './context.ts'
import { readAnswer, sentOf } from './loop-answer.ts'
import type { Resolution, Sent } from './resolution.ts'
import { abandon, alone, type Protocol, run } from './run.ts'

/** Why a return is flagged. Stored in the journal, so that the note can be written even after a crash. */
export type FlagReasons = Pick<Resolution, 'reasons' | 'operatorNote'>

/** Tells Loop to flag. A second flag changes nothing, so one that a read shows to be lost may be sent again. */
export async function sendFlag(context: EffectContext, resolution: Resolution): Promise<Sent> {
  const { returnId, rma, effects, explicit, reasons, operatorNote } = resolution
  const { merchant, actor } = context
  const at = nowOf(context)
  const digest = rma === null ? digestOf(null) : receiptDigest(rma)
  const past = effects.filter(({ kind }) => kind === 'flag')
  const next = nextWrite(past, digest, at, null, explicit)
  if (next.kind === 'later') return backingOff(context, returnId, past, next)
  if (next.kind === 'parked') return { outcome: 'parked', reasons: [flagParked] }
  if (next.kind === 'wait')
    return { outcome: 'accepted', reasons: [{ code: 'FLAG_SENT', message: 'The flag was sent a moment ago.' }] }
  const older = past.filter(({ generation, state }) => next.supersede.includes(generation) && state === 'planned')
  if (older.length > 0) await abandon(context, older, 'The receipt changed before the request was sent.', at)
  const payload: FlagReasons = { reasons, operatorNote }
  const identity = { merchant: merchant.name, returnId, kind: 'flag', generation: next.generation } as const
  const proposed = { item: resolution, effect: { ...identity, digest, payload, actor } }
  const [answered] = await run(context, flagProtocol, [proposed], at)
  if (answered !== undefined) return sentOf(answered.answer)
  const reason = { code: 'ANOTHER_WRITER', message: 'Another mhloop is resolving it right now.' }
  return { outcome: 'skipped', reasons: [reason] }
}

const flagProtocol: Protocol<Resolution, ActionAnswer> = {
  // After a freeze, it could come after another run's flag that a person has already cleared (F9).
  send: alone((context, { item, effect }) => context.loop.flag(effect.returnId, item.isFresh)),
  read: ({ answer }) => readAnswer(answer),
}

function backingOff(
  context: EffectContext,
  returnId: string,
  past: readonly Effect[],
  { latest, tries, notBefore }: Extract<NextWrite, { kind: 'later' }>,
): Sent {
  const evidence = past.find(({ generation }) => generation === latest)?.evidence
  const now = forMerchant(context, `mhloop rma resolve ${returnId} --flag`)
  const again = `(tried ${tries} times; next try after ${notBefore}, or now with ${now})`
  return {
    outcome: 'refused',
    reasons: [{ code: 'FLAG_IN_VAIN', message: `${evidence ?? 'The flag had no effect.'} ${again}` }],
  }
}
