import { request } from 'node:http'
import { request as requestSecurely } from 'node:https'
import type { LookupFunction } from 'node:net'

/** The result of one attempt: a status, or why there is none. */
export type PostAnswer = { status: number; retryAfter: string | undefined } | { status: null; problem: string }

/**
 * The URL if it leads to this machine, otherwise null: the sandbox never sends anything elsewhere, whatever was
 * registered with it. Addresses are judged as written; no name is resolved.
 */
export function loopbackTarget(url: string): URL | null {
  const target = URL.parse(url)
  if (target?.protocol !== 'http:' && target?.protocol !== 'https:') return null
  const local = /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(target.hostname)
  return local ? target : null
}

/**
 * Resolves `localhost`, the only name that gets here, without a resolver, which could be configured to point elsewhere.
 */
const lookupLoopback: LookupFunction = (_hostname, options, callback) => {
  if (!options.all) return callback(null, '127.0.0.1', 4)
  callback(null, [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ])
}

/** Posts JSON on a new connection, without proxy or redirects, and waits for the whole answer. Never rejects. */
export async function post(
  target: URL,
  message: { headers: Readonly<Record<string, string>>; body: string },
  signal: AbortSignal,
): Promise<PostAnswer> {
  try {
    return await exchange(target, message, signal)
  } catch (error) {
    if (signal.aborted) return { status: null, problem: String(signal.reason) }
    const code = error instanceof Error && 'code' in error ? error.code : null
    return { status: null, problem: typeof code === 'string' ? code : String(error) }
  }
}

function exchange(
  target: URL,
  message: { headers: Readonly<Record<string, string>>; body: string },
  signal: AbortSignal,
): Promise<PostAnswer> {
  const body = Buffer.from(message.body)
  const options = {
    method: 'POST',
    agent: false as const,
    lookup: lookupLoopback,
    // A receiver on this machine has a self-signed certificate.
    rejectUnauthorized: false,
    signal,
    headers: { ...message.headers, 'content-type': 'application/json', 'content-length': body.length },
  }
  return new Promise((resolve, reject) => {
    const sent = (target.protocol === 'https:' ? requestSecurely : request)(target, options, (answer) => {
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] }))
      answer.resume()
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Milliseconds of a Retry-After, as seconds or as a date; null if there is none or it can't be read. */
export function retryAfterMilliseconds(text: string | undefined, now: Date): number | null {
  if (text === undefined) return null
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime())
}
