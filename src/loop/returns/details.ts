import { Fault } from '../../core/errors/fault.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../../http/transport.ts'
import { faultOf } from '../../http/vendor-faults.ts'
import { refusalIn } from '../wire/envelope.ts'
import { assertReturnId, unreadable } from '../wire/reading.ts'
import { readReturn } from '../wire/wire.ts'

/** What the question was about: a return id, or the name of an order. */
type Query = { return_id: string } | { order_name: string }

/** Such as "No return found with this ID." or "The return does not exist.": nothing about a path or an endpoint. */
const saysMissing = (what: string) =>
  new RegExp(
    `^(?:no ${what}s? (?:was |were )?found|(?:the |this |that |requested )*${what} (?:#?\\d+ )?(?:was |could |does |did )?not (?:be )?(?:found|exist))\\b`,
    'i',
  )
const noSuchReturn = saysMissing('return')
const noSuchOrder = saysMissing('order')

/**
 * Loop says "no such return" with a 200 and an error body (loop.md §4.3). Under a 404, which no source describes, only
 * words about a return count: a wrong version in the base URL is answered with a 404 for every return, and none of them
 * may be taken for gone.
 */
function saysNotFound({ status, json }: HttpAnswer, query: Query): boolean {
  const refusal = status === 200 || status === 404 ? refusalIn(json) : null
  if (refusal === null) return false
  if (noSuchReturn.test(refusal.text)) return true
  if ('order_name' in query && (noSuchOrder.test(refusal.text) || refusal.code === 'ORDER_NOT_FOUND')) return true
  // A code without words: under a 200 it is the endpoint that answers, and not a router.
  return status === 200 && refusal.code === 'RETURN_NOT_FOUND' && refusal.text === refusal.code
}

/** The Fault for a 404 that is not about a return. */
function withoutReturn(fault: Fault): Fault {
  if (fault.code !== 'LOOP_NOT_FOUND') return fault
  return new Fault(fault.message, {
    like: fault,
    hint: "Loop did not say that there is no such return: check this merchant's base URL and its version: mhloop merchant show",
    requestId: fault.requestId,
  })
}

async function details(transport: Transport, query: Query, signal?: AbortSignal): Promise<LoopReturn | null> {
  const request: HttpRequest = {
    method: 'GET',
    path: '/warehouse/return/details',
    query,
    effect: 'read',
    ...(signal ? { signal } : {}),
  }
  const outcome = await transport.send(request)
  if (outcome.ok && saysNotFound(outcome.answer, query)) return null
  if (!outcome.ok || outcome.answer.status !== 200) throw withoutReturn(faultOf('loop', request, outcome))
  const { answer } = outcome
  const refusal = refusalIn(answer.json)
  // Any other refusal must not be read as "no such return": its RMA would look like an orphan.
  if (refusal) throw unreadable(request, answer, `an error body (${refusal.code}: ${refusal.text})`)
  // Several returns of one order name: what Loop does then is not documented (loop.md §4.3).
  const record: unknown = Array.isArray(answer.json) ? answer.json[0] : answer.json
  if (record === undefined && 'order_name' in query) return null
  const reading = readReturn(record)
  if (!reading.ok) throw unreadable(request, answer, reading.where)
  if ('return_id' in query && reading.value.returnId !== query.return_id)
    throw unreadable(request, answer, 'id, which is not the requested return')
  return reading.value
}

/** One return by its id; null when Loop has none. */
export async function detailsById(
  transport: Transport,
  returnId: string,
  signal?: AbortSignal,
): Promise<LoopReturn | null> {
  return details(transport, { return_id: assertReturnId(returnId) }, signal)
}

/** The return that Loop picks for an order name; Loop wants the name without its `#`. */
export async function detailsByOrderName(transport: Transport, orderName: string): Promise<LoopReturn | null> {
  return details(transport, { order_name: orderName.trim().replace(/^#/, '') })
}
