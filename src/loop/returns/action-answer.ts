import type { HttpAnswer, Outcome } from '../../http/transport.ts'
import type { ActionAnswer } from '../client.ts'
import { refusalIn } from '../wire/envelope.ts'

/** Statuses under which Loop refuses: 200 and, by some documents, 404 or 422. Any other status may hide an effect. */
function saysNo(status: number): boolean {
  return (status >= 200 && status < 300) || status === 404 || status === 422
}

function byStatus({ status }: HttpAnswer): ActionAnswer | null {
  if (status === 401)
    return { kind: 'refused', code: 'LOOP_UNAUTHORIZED', text: 'The key is wrong or lacks the Returns scope.', status }
  if (status === 403) return { kind: 'refused', code: 'LOOP_FORBIDDEN', text: 'This key may not do that.', status }
  // Loop's limiter answers before any work is done.
  if (status === 429) return { kind: 'refused', code: 'LOOP_RATE_LIMITED', text: 'Too many requests.', status }
  return null
}

function shapeOf(answer: HttpAnswer): string {
  if (answer.json === undefined) return answer.text.trim() === '' ? 'an empty body' : 'a body that is not JSON'
  return 'JSON of an unexpected shape'
}

/**
 * What an action's outcome proves (F3). Accepted: only the body `true` or `"true"` under a 2xx status. Refused: only
 * 401, 403, 429, or a known error envelope. Everything else may have had its effect.
 */
export function actionAnswerOf(outcome: Outcome): ActionAnswer {
  if (!outcome.ok) {
    const { sent, message, fault } = outcome.failure
    if (sent === 'no') return { kind: 'not_sent', detail: message, ...(fault ? { code: fault.code } : {}) }
    return { kind: 'in_doubt', detail: message }
  }
  const { answer } = outcome
  const { status, json } = answer
  if (status >= 200 && status < 300 && (json === true || json === 'true')) return { kind: 'accepted' }
  const refused = byStatus(answer)
  if (refused) return refused
  const refusal = saysNo(status) ? refusalIn(json) : null
  if (refusal) return { kind: 'refused', ...refusal, status }
  return { kind: 'in_doubt', detail: `status ${status} with ${shapeOf(answer)}` }
}
