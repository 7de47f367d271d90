import { printable } from '../../core/text/printable.ts'
import type { HttpAnswer, Outcome } from '../../http/transport.ts'
import type { ActionAnswer } from '../client.ts'
import { refusalIn } from '../wire/envelope.ts'

/** Statuses under which nothing was queued, with our code for an answer that names none (loop.md §14.5). */
const refusals: Record<number, { code: string; text: string }> = {
  401: { code: 'LOOP_UNAUTHORIZED', text: 'The key is wrong or lacks the Returns scope.' },
  403: { code: 'LOOP_FORBIDDEN', text: 'This key may not do that.' },
  404: { code: 'RETURN_NOT_FOUND', text: 'Loop has no such return.' },
  409: { code: 'LOOP_REFUSED', text: 'It exists already.' },
  422: { code: 'LOOP_REFUSED', text: 'Loop takes no such request for this return.' },
  429: { code: 'LOOP_RATE_LIMITED', text: 'Too many requests.' },
}

/**
 * What the answer to a request that Loop only queues proves: 202 alone is acceptance, and says nothing of the work. Any
 * status that is not listed as a refusal may have queued it.
 */
export function queuedAnswerOf(outcome: Outcome): ActionAnswer {
  return answerByStatus(outcome, ({ status }) => status === 202)
}

/** What an answer proves whose refusals are told by their status. */
export function answerByStatus(outcome: Outcome, isAcceptance: (answer: HttpAnswer) => boolean): ActionAnswer {
  if (!outcome.ok) {
    const { sent, message, fault } = outcome.failure
    if (sent === 'no') return { kind: 'not_sent', detail: message, ...(fault ? { code: fault.code } : {}) }
    return { kind: 'in_doubt', detail: message }
  }
  const { status, json } = outcome.answer
  if (isAcceptance(outcome.answer)) return { kind: 'accepted' }
  const refused = refusals[status]
  if (refused === undefined) return { kind: 'in_doubt', detail: `status ${status}` }
  // Loop's words for the access are its guard's, and differ; what to do about it does not.
  if ([401, 403, 429].includes(status)) return { kind: 'refused', ...refused, status }
  const said = refusalIn(json)
  return { kind: 'refused', code: said?.code ?? refused.code, text: printable(said?.text ?? refused.text), status }
}
