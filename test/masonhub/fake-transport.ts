import { parseLosslessly } from '../../src/http/json.ts'
import type { EffectClass, Outcome, Transport, TransportFailure } from '../../src/http/transport.ts'

/** A request as the vendor sees it: query decoded, body serialised and parsed as JSON. */
export type SeenRequest = {
  method: string
  path: string
  /** The query as it is on the wire. */
  rawQuery: string
  query: Record<string, string>
  body: unknown
  effect: EffectClass
}

export type Reply =
  | { status?: number; json?: unknown; text?: string; headers?: Record<string, string> }
  | { failure: Pick<TransportFailure, 'kind' | 'sent'> }

/**
 * A transport that answers by a function and records its requests. Bodies pass the lossless JSON parser, as real ones
 * do.
 */
export function fakeTransport(respond: (request: SeenRequest) => Reply): Transport & { seen: SeenRequest[] } {
  const seen: SeenRequest[] = []
  return {
    seen,
    writing: [],
    async send(request): Promise<Outcome> {
      const url = new URL(request.path, 'https://vendor.example')
      for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value)
      const one: SeenRequest = {
        method: request.method,
        path: url.pathname,
        rawQuery: url.search,
        query: Object.fromEntries(url.searchParams),
        body: request.body === undefined ? undefined : JSON.parse(JSON.stringify(request.body)),
        effect: request.effect,
      }
      seen.push(one)
      const requestId = `request-${seen.length}`
      const reply = respond(one)
      if ('failure' in reply) return { ok: false, failure: { message: 'the wire broke', requestId, ...reply.failure } }
      const text = reply.text ?? JSON.stringify(reply.json)
      const headers = reply.headers ?? { 'content-type': text.startsWith('<') ? 'text/html' : 'application/json' }
      return {
        ok: true,
        answer: { status: reply.status ?? 200, headers, json: parseLosslessly(text), text, requestId },
      }
    },
    get count() {
      return seen.length
    },
    close: () => undefined,
  }
}

/** MasonHub's answer to a browser without a session, and to a wrong slug (masonhub.md §2.4). */
export const loginPage: Reply = {
  status: 302,
  text: '<a href="/login">Found</a>.\n\n',
  headers: { 'content-type': 'text/html; charset=utf-8', location: '/login' },
}
