import * as v from 'valibot'
import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../../http/transport.ts'
import { faultOf, printablePath } from '../../http/vendor-faults.ts'

/** Sends a read and returns its 2xx answer; throws the Fault that says what is wrong otherwise. */
export async function read(transport: Transport, request: HttpRequest): Promise<HttpAnswer> {
  const outcome = await transport.send(request)
  if (outcome.ok && outcome.answer.status >= 200 && outcome.answer.status < 300) return outcome.answer
  throw faultOf('loop', request, outcome)
}

/** As `read`, but null when the answer exceeds the size cap, so that the caller can ask for less at a time. */
export async function readUnlessTooLarge(transport: Transport, request: HttpRequest): Promise<HttpAnswer | null> {
  const outcome = await transport.send(request)
  if (outcome.ok && outcome.answer.status >= 200 && outcome.answer.status < 300) return outcome.answer
  if (!outcome.ok && outcome.failure.kind === 'too-large') return null
  throw faultOf('loop', request, outcome)
}

/** The Fault for JSON that has no known shape. `where` is a path of keys, never a value. */
export function unreadable(request: HttpRequest, answer: HttpAnswer, where: string): Fault {
  // An answer that is not JSON has its own messages (a web page, a redirect, an empty body).
  if (answer.json === undefined) return faultOf('loop', request, { ok: true, answer })
  return new Fault(
    `Loop ${request.method} ${printablePath(request)} returned an unreadable answer at ${printable(where, 80)} [request ${answer.requestId}]`,
    {
      code: 'LOOP_UNREADABLE',
      hint: 'nothing was changed; try again, and if it happens again, quote the request id to Loop',
      requestId: answer.requestId,
    },
  )
}

/** Parses an answer's JSON, or throws `LOOP_UNREADABLE`. */
export function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  request: HttpRequest,
  answer: HttpAnswer,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, answer.json)
  if (result.success) return result.output
  throw unreadable(request, answer, v.getDotPath(result.issues[0]) ?? 'the whole answer')
}

/** Returns the id if it has only digits. Ids go into paths: another character could make it another path. */
export function assertReturnId(returnId: string): string {
  if (/^\d{1,19}$/.test(returnId)) return returnId
  throw new Fault(`${printable(returnId, 60)} is not a Loop return id.`, {
    code: 'RETURN_ID_INVALID',
    hint: 'give the number in the Loop admin URL, e.g. mhloop rma show 99904598',
  })
}
