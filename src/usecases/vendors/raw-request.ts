import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { RawMethod, RawRefusal } from '../../core/urls/raw-path.ts'
import { whatIsWrongWithPath } from '../../core/urls/raw-path.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../../http/transport.ts'
import { faultOf, type Vendor, vendorNames } from '../../http/vendor-faults.ts'
import type { Journal } from '../../journal/journal.ts'
import { loopRefusal, loopReturnIn } from '../../loop/raw.ts'
import { masonhubRefusal, masonhubReturnsIn } from '../../masonhub/requests/raw.ts'
import type { Merchant } from '../../merchants/profiles/merchant.ts'

export type RawRequest = {
  vendor: Vendor
  method: RawMethod
  /** Below the merchant's base URL; may contain a query. */
  path: string
  query: Record<string, string>
  /** undefined: no body. */
  body: unknown
}

/** Throws the Fault for a request that is not allowed, before anything is asked or sent. */
export function assertAllowed(
  { vendor, method, path, body }: RawRequest,
  { environment }: Pick<Merchant, 'environment'>,
) {
  const wrong = whatIsWrongWithPath(path)
  if (wrong !== null) {
    throw new Fault(`The path ${wrong}.`, {
      code: 'PATH_REFUSED',
      hint: vendor === 'loop' ? 'mhloop api loop GET /destinations' : "mhloop api masonhub GET '/rmas?limit=1'",
    })
  }
  const production = environment === 'production'
  const refusal: RawRefusal | null =
    vendor === 'loop' ? loopRefusal(path) : masonhubRefusal({ method, path, body, production })
  if (refusal === null) return
  throw new Fault(`mhloop does not send this as a raw request. ${refusal.why}`, {
    code: 'REQUEST_REFUSED',
    hint: refusal.instead,
  })
}

/** The whole answer, and the Fault for its status; null for success. */
export type RawAnswer = { answer: HttpAnswer; fault: Fault | null }

/** Who writes, and where the request is recorded. */
export type RawPlace = { merchant: Pick<Merchant, 'name'>; journal: Journal; actor: string; now(): Date }

/** Sends a read, with the transport's retries. Throws Fault when no answer came. */
export async function readRaw(transport: Transport, request: RawRequest, signal: AbortSignal): Promise<RawAnswer> {
  return await send(transport, request, { effect: 'read', signal })
}

/**
 * Sends a write once, whatever the answer. It is recorded in the history before it is sent, and again with its outcome,
 * without the body, which may contain a customer's data. Throws Fault when no answer came.
 */
export async function writeRaw(transport: Transport, request: RawRequest, place: RawPlace): Promise<RawAnswer> {
  const { vendor, method, path, body } = request
  const named = vendor === 'loop' ? [loopReturnIn(path)].filter((id) => id !== null) : masonhubReturnsIn(body)
  const returnIds = named.length > 0 ? named : ['']
  const what = `${vendorNames[vendor]} ${method} ${printable(path.split('?', 1)[0] ?? '', 200)}`
  const note = async (message: string) => {
    const entry = { at: place.now().toISOString(), merchant: place.merchant.name, actor: place.actor, what: 'api' }
    await place.journal.history.append(
      returnIds.map((returnId) => ({ ...entry, returnId, kind: null, effectId: null, message })),
    )
  }
  await note(`Sending ${what} as a raw request`)
  try {
    const sent = await send(transport, request, { effect: 'once' })
    await note(`${what} was answered ${sent.answer.status}`)
    return sent
  } catch (error) {
    if (error instanceof Fault) await note(`${what}: ${error.code}`)
    throw error
  }
}

async function send(
  transport: Transport,
  { vendor, method, path, query, body }: RawRequest,
  how: Pick<HttpRequest, 'effect' | 'signal'>,
): Promise<RawAnswer> {
  const request: HttpRequest = { method, path, query, ...(body === undefined ? {} : { body }), ...how }
  const outcome = await transport.send(request)
  if (!outcome.ok) throw faultOf(vendor, request, outcome)
  const { answer } = outcome
  const success = answer.status >= 200 && answer.status < 300
  if (!success) return { answer, fault: faultOf(vendor, request, outcome) }
  return { answer, fault: vendor === 'loop' && isRefusal(answer.json) ? refused(answer) : null }
}

/** Loop may report an error with status 200 (loop.md §0.1). */
function isRefusal(json: unknown): boolean {
  return typeof json === 'object' && json !== null && !Array.isArray(json) && ('errors' in json || 'error' in json)
}

function refused({ requestId }: HttpAnswer): Fault {
  return new Fault(`Loop answered with an error in spite of status 200 [request ${requestId}]`, {
    code: 'LOOP_REFUSED',
    requestId,
  })
}
