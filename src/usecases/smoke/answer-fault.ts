import { Fault } from '../../core/errors/fault.ts'
import type { RowAnswer } from '../../masonhub/client.ts'

/** Refusals of a whole request instead of one record, such as for a revoked token. */
const ofRequest = [
  'MASONHUB_UNAUTHORIZED',
  'MASONHUB_FORBIDDEN',
  'MASONHUB_WRONG_SLUG',
  'MASONHUB_RATE_LIMITED',
] as const

/** The Fault for an answer of MasonHub that is not a success. `what`: the record, or what was asked for. */
export function answerFault(what: string, answer: Exclude<RowAnswer, { kind: 'accepted' }>): Fault {
  switch (answer.kind) {
    case 'not_sent':
      return new Fault(`Nothing was sent: ${answer.detail}.`, {
        code: 'MASONHUB_UNREACHABLE',
        blame: 'masonhub',
        hint: 'Run it again later.',
      })
    case 'in_doubt':
      return new Fault(`It is unknown whether MasonHub accepted ${what}: ${answer.detail}.`, {
        code: 'MASONHUB_IN_DOUBT',
        hint: 'Run it again; if it happens again, tell MasonHub: integration-support@masonhub.co',
      })
    case 'refused': {
      const text = answer.messages.join(' ') || 'without saying why.'
      const code = ofRequest.find((one) => text.startsWith(`${one}: `))
      const hint = code === undefined ? 'Show MasonHub this line: integration-support@masonhub.co' : 'mhloop doctor'
      return new Fault(`MasonHub refused ${what}: ${text}`, { code: code ?? 'MASONHUB_REFUSED', hint })
    }
  }
}
