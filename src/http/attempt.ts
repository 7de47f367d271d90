import type { ClientRequest, Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { Got, Request, Response } from 'got'
import { parseLosslessly } from './json.ts'
import { proxyPrefix } from './proxy/tunnel.ts'
import type { FailureCause, HttpAnswer, HttpRequest, Outcome, TransportFailure } from './transport.ts'

export type Agents = { http: HttpAgent; https: HttpsAgent }

export type Attempt = {
  got: Got
  url: URL
  method: HttpRequest['method']
  headers: Record<string, string>
  body: string | undefined
  agents: Agents
  /** The proxy that `agents` connect through, as it can be printed (no credentials); null for none. */
  proxy: string | null
  /** Milliseconds for this attempt, including the answer. */
  milliseconds: number
  maxBytes: number
  /** Removes our own secrets from the answer's text (F58). */
  scrub: (text: string) => string
  requestId: string
  signal: AbortSignal | undefined
}

/** How far an attempt got. A request is surely unsent until its own new connection is seen to be established. */
type Progress = { connected: boolean; answered: boolean; tooLarge: boolean; expired: AbortSignal | null }

/**
 * Records when the connection is established. Node holds a request back until its connection (with TLS: the verified
 * handshake) is established, so a failure before that means that nothing was sent. A socket that is not positively seen
 * as still connecting counts as connected.
 */
function watchConnection(request: ClientRequest, progress: Progress): void {
  const watch = (socket: ClientRequest['socket']) => {
    if (socket === null) return
    const tls = (socket as Partial<TLSSocket>).encrypted === true
    const pending = tls ? (socket as { secureConnecting?: boolean }).secureConnecting === true : socket.connecting
    const connected = () => {
      progress.connected = true
    }
    if (request.reusedSocket || !pending) connected()
    else socket.once(tls ? 'secureConnect' : 'connect', connected)
  }
  if (request.socket) watch(request.socket)
  else request.once('socket', watch)
}

function headersOf(response: Response): HttpAnswer['headers'] {
  const headers: HttpAnswer['headers'] = {}
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}

const causes: Record<string, { cause: FailureCause; words: string }> = {
  ENOTFOUND: { cause: 'dns', words: 'the host name is unknown' },
  EAI_AGAIN: { cause: 'dns', words: 'the host name could not be resolved' },
  ECONNREFUSED: { cause: 'refused', words: 'the connection was refused' },
  ECONNRESET: { cause: 'cut', words: 'the connection was closed' },
  EPIPE: { cause: 'cut', words: 'the connection was closed' },
  ETIMEDOUT: { cause: 'slow', words: 'it did not answer in time' },
  EHOSTUNREACH: { cause: 'network', words: 'the host cannot be reached' },
  ENETUNREACH: { cause: 'network', words: 'the network cannot be reached' },
}
/** Node's and OpenSSL's names for a handshake that failed or a certificate that is not trusted. */
const tlsCode = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/

/**
 * Codes of an untrusted certificate: the peer speaks TLS, so it is not the proxy. A connection that is cut, or a peer
 * that does not speak TLS, may be the proxy itself (H20).
 */
const certificateCode = /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/

/** Whether a failure before TLS is established in the tunnel may be the proxy's. */
function mayBeProxy(kind: TransportFailure['kind'], code: string): boolean {
  if (kind !== 'connection') return kind === 'timeout'
  return ['tls', 'cut'].includes(causeOf(code).cause) && !certificateCode.test(code)
}

/** The sentence for a proxy that did not connect us (H20). */
function proxyWords(proxy: string, code: string): string {
  const status = /^STATUS_(\d+)$/.exec(code)?.[1]
  if (status === '407') return `the proxy ${proxy} needs a user name and a password, or rejected the given ones (407)`
  if (status !== undefined) return `the proxy ${proxy} answered ${status} instead of connecting`
  return `no connection to the proxy ${proxy}: ${causeOf(code).words} (${code})`
}

function causeOf(code: string): { cause: FailureCause; words: string } {
  if (tlsCode.test(code)) return { cause: 'tls', words: 'no trusted TLS connection' }
  return causes[code] ?? { cause: 'other', words: 'the connection failed' }
}

function kindOf(code: string, aborted: boolean, progress: Progress): TransportFailure['kind'] {
  if (progress.tooLarge) return 'too-large'
  if (aborted) return 'aborted'
  if (code === 'ETIMEDOUT' || progress.expired?.aborted === true) return 'timeout'
  return progress.answered ? 'truncated' : 'connection'
}

/** Reads only the error's code: got's errors carry the headers, and with them the secret (F58). */
function failureOf(error: unknown, attempt: Attempt, progress: Progress): TransportFailure {
  const raw: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  const code = typeof raw === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(raw) ? raw : 'no error code'
  const kind = kindOf(code, attempt.signal?.aborted === true, progress)
  const { cause, words } = causeOf(code)
  const byProxy = attempt.proxy !== null && code.startsWith(proxyPrefix)
  const waiting = attempt.proxy !== null && !progress.connected
  const throughProxy = waiting ? `no connection through the proxy ${attempt.proxy}: ` : ''
  const within = `within ${Math.round(attempt.milliseconds)} ms`
  const sentences: Record<TransportFailure['kind'], string> = {
    'too-large': `the answer is larger than ${attempt.maxBytes} bytes`,
    aborted: 'interrupted',
    timeout: waiting ? `no connection through the proxy ${attempt.proxy} ${within}` : `no complete answer ${within}`,
    truncated: `the answer was cut off (${code})`,
    connection: byProxy
      ? proxyWords(attempt.proxy ?? '', code.slice(proxyPrefix.length))
      : `${throughProxy}${words} (${code})`,
  }
  const sent = progress.connected ? 'maybe' : 'no'
  const isProxy = byProxy || (waiting && mayBeProxy(kind, code))
  const hindrance = isProxy ? 'proxy' : kind === 'timeout' ? 'slow' : cause
  return { kind, sent, message: sentences[kind], requestId: attempt.requestId, cause: hindrance }
}

/** Reads the decoded body while counting it, so that a small answer can't unpack into all memory (F43). */
async function read(stream: Request, attempt: Attempt, progress: Progress): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > attempt.maxBytes) {
      progress.tooLarge = true
      throw new Error('too large')
    }
    // Each chunk is decoded at once so that its bytes can be freed early; if they were kept, V8 would let 64 MB pile
    // up.
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function open(attempt: Attempt, progress: Progress): Request {
  const milliseconds = Math.max(1, attempt.milliseconds)
  // got's own timeout does not end a request that has no connection yet, and a proxy may never give it one (H20).
  if (attempt.proxy !== null) progress.expired = AbortSignal.timeout(Math.ceil(milliseconds))
  const signals = [attempt.signal, progress.expired].filter((signal) => signal != null)
  return attempt.got.stream(attempt.url, {
    method: attempt.method,
    headers: attempt.headers,
    // Without a body, got waits for one to be written to the stream.
    ...(attempt.method === 'GET' ? {} : { body: attempt.body ?? '' }),
    ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
    agent: attempt.agents,
    timeout: { request: milliseconds },
  })
}

/** Sends one request. Never throws for what the network or the vendor does, and never repeats it. */
export async function tryOnce(attempt: Attempt): Promise<Outcome> {
  const progress: Progress = { connected: false, answered: false, tooLarge: false, expired: null }
  let stream: Request | undefined
  try {
    stream = open(attempt, progress)
    let response: Response | undefined
    stream.once('request', (request: ClientRequest) => watchConnection(request, progress))
    stream.once('response', (arrived: Response) => {
      response = arrived
      progress.connected = true
      progress.answered = true
    })
    // A stream may fail once more while it is torn down; the first failure has already been reported.
    stream.on('error', () => undefined)
    const text = attempt.scrub(await read(stream, attempt, progress))
    const { requestId } = attempt
    if (response === undefined) return { ok: false, failure: failureOf(null, attempt, progress) }
    const { statusCode: status } = response
    return { ok: true, answer: { status, headers: headersOf(response), json: parseLosslessly(text), text, requestId } }
  } catch (error) {
    return { ok: false, failure: failureOf(error, attempt, progress) }
  } finally {
    stream?.destroy()
  }
}
