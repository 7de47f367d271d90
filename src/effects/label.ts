import { digestOf } from '../core/text/digest.ts'
import type { Effect } from '../journal/journal.ts'
import type { ActionAnswer } from '../loop/client.ts'
import { type EffectContext, nowOf } from './context.ts'
import { readAnswer, sentOf } from './loop-answer.ts'
import type { Sent } from './resolution.ts'
import { alone, type Protocol, run } from './run.ts'

/** A request that a person makes, from a reading that shows that the return has no label (core/returns/label-request.ts). */
export type LabelRequest = {
  returnId: string
  /** All effects of this return, as they are now. */
  effects: readonly Effect[]
  /** Whether the reading that it rests on is young enough to act on. */
  isFresh: () => boolean
}

/** Asks Loop for a label, at most once by this request. Only another request of a person asks again (H39). */
export async function sendLabelRequest(context: EffectContext, request: LabelRequest): Promise<Sent> {
  const { returnId, effects } = request
  const past = effects.filter(({ kind }) => kind === 'label')
  const latest = past.at(-1)
  // A run that died before it sent anything leaves its row to the next one.
  const generation = latest === undefined ? 0 : latest.generation + (latest.state === 'planned' ? 0 : 1)
  const { merchant, actor } = context
  const identity = { merchant: merchant.name, returnId, kind: 'label', generation } as const
  const effect = { ...identity, digest: digestOf(null), payload: null, actor }
  const [answered] = await run(context, labelProtocol, [{ item: request, effect }], nowOf(context))
  if (answered !== undefined) return request.isFresh() ? sentOf(answered.answer) : outdated(sentOf(answered.answer))
  const reason = { code: 'ANOTHER_WRITER', message: 'Another mhloop is asking for it right now.' }
  return { outcome: 'skipped', reasons: [reason] }
}

function outdated(sent: Sent): Sent {
  const message = 'Nothing was sent: this took so long that the label may have come since.'
  return sent.outcome === 'skipped' ? { ...sent, reasons: [{ code: 'READ_TOO_OLD', message }] } : sent
}

const labelProtocol: Protocol<LabelRequest, ActionAnswer> = {
  send: alone((context, { item, effect }) => context.loop.requestLabel(effect.returnId, item.isFresh)),
  read({ answer }) {
    const { to, evidence } = readAnswer(answer)
    return { to, evidence: answer.kind === 'accepted' ? 'Loop has queued it.' : evidence }
  },
}
