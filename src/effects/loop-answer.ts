import type { Reason } from '../core/explain/reason.ts'
import { printable } from '../core/text/printable.ts'
import type { ActionAnswer } from '../loop/client.ts'
import type { Outcome, Sent } from './resolution.ts'
import type { Recorded } from './run.ts'

/** The outcome of a refund or a flag, by Loop's answer alone. */
export function readAnswer(answer: ActionAnswer): Recorded & { outcome: Outcome; reasons: Reason[] } {
  switch (answer.kind) {
    case 'accepted':
      return { to: 'accepted', evidence: 'Loop answered true.', outcome: 'accepted', reasons: [] }
    case 'refused': {
      const text = `Loop refused: ${printable(answer.text, 200)}`
      return {
        to: 'refused',
        evidence: `${text} (${printable(answer.code, 60)})`,
        outcome: 'refused',
        reasons: [{ code: answer.code, message: text }],
      }
    }
    case 'in_doubt':
      return {
        to: 'in_doubt',
        evidence: printable(answer.detail),
        outcome: 'in_doubt',
        reasons: [{ code: 'IN_DOUBT', message: `Sent, but the outcome is unknown: ${printable(answer.detail)}` }],
      }
    case 'not_sent':
      return {
        to: 'planned',
        evidence: `Not sent: ${printable(answer.detail)}`,
        outcome: 'skipped',
        reasons: [
          { code: answer.code ?? 'LOOP_UNREACHABLE', message: `Nothing was sent: ${printable(answer.detail)}` },
        ],
      }
  }
}

export function sentOf(answer: ActionAnswer): Sent {
  const { outcome, reasons } = readAnswer(answer)
  return { outcome, reasons }
}
