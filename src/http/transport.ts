import type { Fault } from '../core/errors/fault.ts'
/**
 * The part of HTTP that the clients use. `createTransport` (create-transport.ts) implements it with got; no other file
 * uses got.
 */

/**
 * Retry follows the class of the effect, never the HTTP verb (design.md, rules of money 2):
 * - `read`: repeated with backoff;
 * - `repeatable`: a write whose repetition is harmless because its caller verified first (RMA update, delete);
 *   repeated only when surely not executed (429, 503 with Retry-After, no byte sent);
 * - `once`: never repeated, on a new connection, so that "no byte was sent" stays decidable (Loop's process, RMA
 *   create, notes).
 */
export type EffectClass = 'read' | 'repeatable' | 'once'

export type HttpRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the base URL, starting with a slash, already encoded. */
  path: string
  query?: Record<string, string>
  /** Serialised as JSON when given. */
  body?: unknown
  effect: EffectClass
  /** A deadline for the whole call with its retries, in milliseconds; the transport's default otherwise. */
  timeout?: number
  /** Most bytes of the decoded body; the transport's default otherwise. */
  maxBytes?: number
  signal?: AbortSignal
  /**
   * Called right before the request leaves, after its rate-limit permit came; when it returns false, nothing is sent.
   */
  mayStart?: () => boolean
}

export type HttpAnswer = {
  status: number
  /** Lower-case names. Never printed or logged. */
  headers: Record<string, string | undefined>
  /** Parsed JSON with long numbers kept as text (F31), or undefined when the body is not JSON. */
  json: unknown
  /** The decoded body, at most `maxBytes`. Never printed or logged raw. */
  text: string
  requestId: string
}

/** What blocked the request: name lookup, connection (also by a proxy), TLS trust, or no answer in time. */
export type FailureCause = 'dns' | 'refused' | 'tls' | 'network' | 'cut' | 'slow' | 'proxy' | 'other'

/** Why there is no answer. `sent: 'no'` is set only when no byte of the request left this machine. */
export type TransportFailure = {
  kind: 'timeout' | 'connection' | 'too-large' | 'truncated' | 'aborted'
  sent: 'no' | 'maybe'
  /** Safe to print: no header, no body, no query. */
  message: string
  requestId: string
  cause?: FailureCause
  /** Set when this machine failed and not the vendor, such as a journal that can't be written (H24). */
  fault?: Fault
}

export type Outcome = { ok: true; answer: HttpAnswer } | { ok: false; failure: TransportFailure }

export type Transport = {
  /** Never throws for what the network or the vendor does; HTTP error statuses are answers. */
  send(request: HttpRequest): Promise<Outcome>
  /** Requests sent on the wire so far, retries included. */
  readonly count: number
  /** Writes on the wire whose answer has not come, such as `Loop POST /warehouse/return/1/process`. */
  readonly writing: readonly string[]
  close(): void
}
