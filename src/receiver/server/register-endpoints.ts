import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createEndpoints } from '../endpoints.ts'
import { createGroupCommit } from '../messages/group-commit.ts'
import { createBodyReader } from '../messages/read-body.ts'
import { hasProofs, isRefusedUnread, takeMessage } from '../messages/take-message.ts'
import type { Tally } from '../messages/tally.ts'
import { createQuarantineQuota } from '../messages/unreadable-messages.ts'
import type { Endpoint, ReceiverLimits, ReceiverOptions } from '../receiver.ts'
import { errorSummary } from '../receiver-faults.ts'
import { createRenewal } from '../renewal.ts'
import { answer, failureOf, hasStatus, sendRefusal } from './answers.ts'
import type { Connections } from './connections.ts'

/**
 * Registers the paths that vendors send to. Their merchants may change while the server runs (G5, G6). Throws
 * RECEIVER_KEY.
 */
export function registerEndpoints(
  app: FastifyInstance,
  options: ReceiverOptions,
  { tally, limits, connections }: { tally: Tally; limits: ReceiverLimits; connections: Connections },
): { setEndpoints(endpoints: readonly Endpoint[]): void } {
  let endpoints = createEndpoints(options.endpoints)
  const renewal = createRenewal(options)
  const commit = createGroupCommit({
    store: (events) => options.store(events),
    mostWaiting: limits.waiting,
    mostWaitingBytes: limits.waitingBytes,
    failed: (error) => options.log({ level: 'error', event: 'events were not stored', detail: errorSummary(error) }),
  })
  const quota = createQuarantineQuota(limits.quarantinedBytesPerDay)
  const bodies = createBodyReader(limits)
  const opened = new WeakMap<FastifyRequest, Endpoint>()

  for (const source of ['loop', 'masonhub'] as const) {
    app.post<{ Params: { key: string } }>(`/in/:key/${source}`, {
      // Runs before any byte of the body is read.
      onRequest: async (request, reply) => {
        const known = endpoints.withKey(request.params.key)
        if (known === null) return sendRefusal(reply, 'unknown')
        const latest = renewal.latest(known)
        const isRefused = (endpoint: Endpoint) => isRefusedUnread(source, endpoint, request.headers)
        const isOutdated = !hasProofs(source, latest) || (source === 'masonhub' && isRefused(latest))
        const endpoint = isOutdated ? await renewal.renewed(latest) : latest
        // Not 401: after that, Loop never sends the message again (H6).
        if (!hasProofs(source, endpoint)) {
          tally.add(endpoint.merchant, source, 'no-secret')
          return sendRefusal(reply, 'no-secret')
        }
        if (isRefused(endpoint)) {
          tally.add(endpoint.merchant, source, 'refused')
          return sendRefusal(reply, 'refused')
        }
        opened.set(request, endpoint)
        // A body that is surely too large is not read.
        if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) {
          tally.add(endpoint.merchant, source, 'too-large')
          return sendRefusal(reply, 'too-large')
        }
        // Fastify refuses a content type that it can't parse; a message of a known sender is kept whatever its type
        // (F28).
        delete request.raw.headers['content-type']
      },
      handler: async (request, reply) => {
        const endpoint = opened.get(request)
        if (endpoint === undefined) return sendRefusal(reply, 'unknown')
        const { body, headers } = request
        const raw = body instanceof Readable ? await bodies.read(body, reply, endpoint.merchant) : Buffer.alloc(0)
        connections.mark(request.raw.socket, 'working')
        const { wake, now } = options
        const { renewed } = renewal
        const taken = await takeMessage(
          { source, endpoint, headers, raw },
          { renewed, commit, quota, tally, wake, now },
        )
        return answer(reply, taken)
      },
      errorHandler: (error, request, reply) => {
        const failure = failureOf(error)
        const endpoint = opened.get(request)
        if (endpoint !== undefined && failure !== 'invalid') tally.add(endpoint.merchant, source, failure)
        if (failure === 'unavailable' && !hasStatus(error))
          options.log({ level: 'error', event: 'receiver failed', detail: errorSummary(error) })
        sendRefusal(reply, failure)
      },
    })
  }
  return {
    setEndpoints(latest) {
      endpoints = createEndpoints(latest)
      renewal.forget()
    },
  }
}
