import type { HttpRequest, Outcome, Transport } from '../../http/transport.ts'
import { faultOf, isHtml } from '../../http/vendor-faults.ts'
import type { RowAnswer } from '../client.ts'
import { isSuccess } from './ask.ts'
import { batchesOf } from './batches.ts'
import { type BulkRow, bulkRows, verdictOf } from './bulk.ts'

export type BulkRequest = Pick<HttpRequest, 'method' | 'path' | 'effect'>

/** The outcome of one bulk request: one row per record, or one answer for all of its records. */
export type BulkOutcome =
  | { kind: 'rows'; rows: BulkRow[]; requestId: string }
  /**
   * `stop`: the next batch would get the same answer, so it is not sent. `bisect`: nothing was executed, and a single
   * record may be to blame.
   */
  | { kind: 'whole'; answer: RowAnswer; stop: boolean; bisect: boolean }

/** Statuses for a body that was refused as a whole: none of it was executed, and a part of it may pass (F33). */
const wholeBatchRefused: readonly number[] = [400, 413, 422]

/** Sends one batch and reads its answer. Never throws for what MasonHub or the network does. */
export async function sendBulk(
  transport: Transport,
  request: BulkRequest,
  body: readonly unknown[],
): Promise<BulkOutcome> {
  const sent: HttpRequest = { ...request, body }
  const outcome = await transport.send(sent)
  if (outcome.ok && isSuccess(outcome.answer)) {
    const { json, status, requestId } = outcome.answer
    const rows = bulkRows(json)
    if (rows !== null) return { kind: 'rows', rows, requestId }
    const detail = `MasonHub's answer (${status}) could not be read [request ${requestId}]`
    // A gateway's page, or one of maintenance, may have replaced the answer to a write that was executed, and would
    // leave every further batch in doubt as well (H27).
    const stop = json === undefined && isHtml(outcome.answer)
    return { kind: 'whole', answer: { kind: 'in_doubt', detail }, stop, bisect: false }
  }
  return wholeOf(sent, outcome)
}

function wholeOf(request: HttpRequest, outcome: Outcome): BulkOutcome {
  if (!outcome.ok) {
    const { sent, kind, fault } = outcome.failure
    const detail = faultOf('masonhub', request, outcome).message
    const own = fault ? { code: fault.code } : {}
    const answer: RowAnswer = sent === 'no' ? { kind: 'not_sent', detail, ...own } : { kind: 'in_doubt', detail }
    return { kind: 'whole', answer, stop: sent === 'no' || kind === 'aborted', bisect: false }
  }
  const { status } = outcome.answer
  // 408: a proxy timed out; whether MasonHub already had the request is unknown.
  if (status >= 500 || status === 408) {
    const detail = faultOf('masonhub', request, outcome).message
    return { kind: 'whole', answer: { kind: 'in_doubt', detail }, stop: false, bisect: false }
  }
  // Classified as a read, so that a redirect is reported as a wrong slug and not as doubt: behind a login page nothing
  // is executed.
  const { code, message } = faultOf('masonhub', { ...request, effect: 'read' }, outcome)
  const answer: RowAnswer = { kind: 'refused', code: null, messages: [`${code}: ${message}`] }
  const stop = status < 400 || status === 401 || status === 403 || status === 429
  return { kind: 'whole', answer, stop, bisect: wholeBatchRefused.includes(status) }
}

/**
 * Writes records in batches of 30 and returns an answer for each identifier, whatever happens. A batch that is refused
 * as a whole is halved until the record to blame is found (F33); a batch of unknown outcome never is. After an answer
 * that every further batch would also get (bad credentials, rate limit, no connection), the rest is not sent (API-001).
 */
export async function writeInBulk(
  transport: Transport,
  request: BulkRequest,
  records: ReadonlyMap<string, unknown>,
): Promise<Map<string, RowAnswer>> {
  const answers = new Map<string, RowAnswer>()
  const queue = batchesOf([...records])
  for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
    const outcome = await sendBulk(
      transport,
      request,
      batch.map(([, record]) => record),
    )
    if (outcome.kind === 'rows') {
      const byIdentifier = Map.groupBy(outcome.rows, (row) => row.identifier)
      for (const [identifier] of batch)
        answers.set(identifier, verdictOf(byIdentifier.get(identifier) ?? [], outcome.requestId))
      continue
    }
    if (outcome.bisect && batch.length > 1) {
      const middle = Math.ceil(batch.length / 2)
      queue.unshift(batch.slice(0, middle), batch.slice(middle))
      continue
    }
    for (const [identifier] of batch) answers.set(identifier, outcome.answer)
    if (outcome.stop) {
      const detail = `an earlier part of the same write failed: ${reasonOf(outcome.answer)}`
      for (const [identifier] of queue.splice(0).flat()) answers.set(identifier, { kind: 'not_sent', detail })
    }
  }
  return answers
}

function reasonOf(answer: RowAnswer): string {
  if (answer.kind === 'refused') return answer.messages.join(' ')
  return answer.kind === 'accepted' ? '' : answer.detail
}
