import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { EffectClass, HttpRequest, Transport } from '../../http/transport.ts'
import type { ActionAnswer, LoopClient } from '../client.ts'
import { assertReturnId } from '../wire/reading.ts'
import { actionAnswerOf } from './action-answer.ts'
import { answerByStatus, queuedAnswerOf } from './queued-answer.ts'

type Actions = Pick<
  LoopClient,
  'process' | 'remove' | 'flag' | 'close' | 'cancel' | 'addNote' | 'requestLabel' | 'reportFraud'
>

/** Loop documents "less than 255 characters" (loop.md §5.6); 255 itself is disputed. */
const longestNote = 254

function assertNote(content: string): void {
  if (content.trim() !== '' && content.length <= longestNote) return
  throw new Fault(`A Loop note must have 1 to ${longestNote} characters; this one has ${content.length}.`, {
    code: 'NOTE_LENGTH',
    hint: 'shorten the text of --note',
  })
}

/** Loop publishes no limit (loop.md §5.5); a longer list than this is no return of a shopper. */
const mostUnits = 100

function assertLineItems(ids: readonly string[]): void {
  const isFine = ids.length > 0 && ids.length <= mostUnits && ids.every((id) => /^\d{1,19}$/.test(id))
  if (isFine && new Set(ids).size === ids.length) return
  const found = printable(ids.join(', '), 100)
  throw new Fault(`Units are removed by 1 to ${mostUnits} different line item ids; these are: ${found || 'none'}.`, {
    code: 'LINE_ITEMS_INVALID',
    hint: 'mhloop rma show ID --json',
  })
}

/**
 * The writes on a return. They return an answer whatever Loop or the network does, and throw only for an impossible
 * argument.
 */
export function returnActions(transport: Transport): Actions {
  async function act(
    returnId: string,
    action: string,
    effect: EffectClass,
    more: Pick<HttpRequest, 'body' | 'query' | 'mayStart'> = {},
  ): Promise<ActionAnswer> {
    const path = `/warehouse/return/${assertReturnId(returnId)}/${action}`
    return actionAnswerOf(await transport.send({ method: 'POST', path, effect, ...more }))
  }

  return {
    // Loop copies the keys into a note on the timeline and into orders that it creates (loop.md §5.1).
    process: (returnId, details, mayStart) =>
      act(returnId, 'process', 'once', {
        ...(Object.keys(details).length > 0 ? { body: details } : {}),
        ...(mayStart ? { mayStart } : {}),
      }),
    async remove(returnId, lineItemIds, mayStart) {
      assertLineItems(lineItemIds)
      const query = { line_item_id: lineItemIds.join(',') }
      return act(returnId, 'remove', 'once', { query, ...(mayStart ? { mayStart } : {}) })
    },
    // Its state settles it: flagging twice leaves the return in review (failures.md §2.2).
    flag: (returnId, mayStart) => act(returnId, 'flag', 'repeatable', mayStart ? { mayStart } : {}),
    close: (returnId) => act(returnId, 'close', 'once'),
    cancel: (returnId) => act(returnId, 'cancel', 'once'),
    async addNote(returnId, content, mayStart) {
      assertNote(content)
      return act(returnId, 'note', 'once', { body: { content }, ...(mayStart ? { mayStart } : {}) })
    },
    async reportFraud(returnId, report, mayStart) {
      const path = `/returns/${assertReturnId(returnId)}/fraud-report`
      const request: HttpRequest = { method: 'POST', path, body: report, effect: 'once' }
      const outcome = await transport.send(mayStart ? { ...request, mayStart } : request)
      return answerByStatus(outcome, ({ status, json }) => status === 201 && hasId(json))
    },
    async requestLabel(returnId, mayStart) {
      const path = `/returns/${assertReturnId(returnId)}/labels`
      return queuedAnswerOf(
        await transport.send({ method: 'POST', path, effect: 'once', ...(mayStart ? { mayStart } : {}) }),
      )
    },
  }
}

function hasId(json: unknown): boolean {
  const id: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'id') : undefined
  return typeof id === 'number' || typeof id === 'string'
}
