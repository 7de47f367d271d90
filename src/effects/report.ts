import type { ReportCategory } from '../core/refunds/evidence.ts'
import { visibleWithin } from '../core/rmas/write-check.ts'
import { digestOf } from '../core/text/digest.ts'
import type { Effect } from '../journal/journal.ts'
import type { ActionAnswer } from '../loop/client.ts'
import { type EffectContext, nowOf } from './context.ts'
import { readAnswer } from './loop-answer.ts'
import type { Sent } from './resolution.ts'
import { alone, type Protocol, run } from './run.ts'

/** A report that a person makes about one return; it changes nothing of the return. */
export type FraudReport = {
  returnId: string
  category: ReportCategory
  comment: string
  /** All effects of this return, as they are now. */
  effects: readonly Effect[]
  /** Whether the reading that it rests on is young enough to act on. */
  isFresh: () => boolean
}

/**
 * Reports once by this request. No endpoint shows a report, so what became of a lost one is only known by another
 * request of a person, which Loop refuses if there is one already (H46).
 */
export async function sendReport(context: EffectContext, report: FraudReport): Promise<Sent> {
  const { returnId, category, effects } = report
  const { merchant, actor, journal } = context
  const at = nowOf(context)
  const latest = effects.filter(({ kind }) => kind === 'report').at(-1)
  if (latest?.state === 'sent' && isYoung(latest, at)) return anotherWriter
  const isOpen = latest?.state === 'sent' || latest?.state === 'in_doubt'
  if (latest !== undefined && isOpen) {
    const again = { from: [latest.state], to: 'planned' as const, evidence: 'A person asks for it once more.' }
    await journal.effects.settle(latest.effectId, { ...again, attempts: latest.attempts, at, actor })
  }
  const isReused = latest !== undefined && (isOpen || latest.state === 'planned')
  const generation = latest === undefined ? 0 : latest.generation + (isReused ? 0 : 1)
  const identity = { merchant: merchant.name, returnId, kind: 'report', generation } as const
  // The comment is a person's text, and may name the shopper: Loop has it, the journal doesn't.
  const effect = { ...identity, digest: digestOf(category), payload: { category }, actor }
  const [answered] = await run(context, reportProtocol, [{ item: report, effect }], at)
  if (answered === undefined) return anotherWriter
  const { outcome, reasons } = readAnswer(answered.answer)
  if (isThere(answered.answer)) {
    return { outcome: 'confirmed', reasons: [{ code: 'REPORTED_BEFORE', message: thereAlready }] }
  }
  return { outcome: outcome === 'accepted' ? 'confirmed' : outcome, reasons }
}

const anotherWriter: Sent = {
  outcome: 'skipped',
  reasons: [{ code: 'ANOTHER_WRITER', message: 'Another mhloop is reporting it right now.' }],
}

const thereAlready = "A report exists already; it may be another person's."

function isThere(answer: ActionAnswer): boolean {
  return answer.kind === 'refused' && answer.status === 409
}

function isYoung({ sentAt }: Effect, now: string): boolean {
  return sentAt !== null && Math.abs(Date.parse(now) - Date.parse(sentAt)) < visibleWithin
}

const reportProtocol: Protocol<FraudReport, ActionAnswer> = {
  send: alone((context, { item, effect }) =>
    context.loop.reportFraud(effect.returnId, { category: item.category, comment: item.comment }, item.isFresh),
  ),
  read({ answer }) {
    if (isThere(answer)) return { to: 'confirmed', evidence: thereAlready }
    const { to, evidence } = readAnswer(answer)
    return answer.kind === 'accepted' ? { to: 'confirmed', evidence: 'Loop named the report.' } : { to, evidence }
  },
}
