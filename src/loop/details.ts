import type { LoopReturn } from '../core/return.ts'
import { faultOf } from '../http/faults.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../http/transport.ts'
import { refusalIn } from './envelope.ts'
import { assertReturnId, unreadable } from './reading.ts'
import { readReturn } from './wire.ts'

/**
 * Loop says "not found" with a 200 and an error body (loop.md §4.3). A 404 with JSON, which no source describes, would
 * mean the same.
 */
function saysNotFound({ status, json }: HttpAnswer): boolean {
  if (status === 404) return json !== undefined
  const refusal = status === 200 ? refusalIn(json) : null
  return refusal !== null && (refusal.code === 'RETURN_NOT_FOUND' || /not found|not exist/i.test(refusal.text))
}

async function details(transport: Transport, query: Record<string, string>): Promise<LoopReturn | null> {
  const request: HttpRequest = { method: 'GET', path: '/warehouse/return/details', query, effect: 'read' }
  const outcome = await transport.send(request)
  if (outcome.ok && saysNotFound(outcome.answer)) return null
  if (!outcome.ok || outcome.answer.status !== 200) throw faultOf('loop', request, outcome)
  const { answer } = outcome
  const refusal = refusalIn(answer.json)
  // Any other refusal must not be read as "no such return": its RMA would look like an orphan.
  if (refusal) throw unreadable(request, answer, `an error body (${refusal.code}: ${refusal.text})`)
  // Several returns of one order name: what Loop does then is not documented (loop.md §4.3).
  const record: unknown = Array.isArray(answer.json) ? answer.json[0] : answer.json
  if (record === undefined && query.return_id === undefined) return null
  const reading = readReturn(record)
  if (!reading.ok) throw unreadable(request, answer, reading.where)
  if (query.return_id !== undefined && reading.value.returnId !== query.return_id)
    throw unreadable(request, answer, 'id, which is not the requested return')
  return reading.value
}

/** One return by its id; null when Loop has none. */
export async function detailsById(transport: Transport, returnId: string): Promise<LoopReturn | null> {
  return details(transport, { return_id: assertReturnId(returnId) })
}

/** The return that Loop picks for an order name; Loop wants the name without its `#`. */
export async function detailsByOrderName(transport: Transport, orderName: string): Promise<LoopReturn | null> {
  return details(transport, { order_name: orderName.trim().replace(/^#/, '') })
}
