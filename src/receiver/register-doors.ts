import type { FastifyInstance, FastifyRequest } from 'fastify'
import { answer, failureOf, turnAway } from './answers.ts'
import { createDoors } from './doors.ts'
import { told } from './faults.ts'
import { createGroupCommit } from './group-commit.ts'
import type { Door, ReceiverOptions } from './receiver.ts'
import { createRenewal } from './renewal.ts'
import { isRefusedUnread, takeMessage } from './take-message.ts'
import type { Tally } from './tally.ts'

/** The paths that vendors send to. Throws RECEIVER_KEY. */
export function registerDoors(
  app: FastifyInstance,
  options: ReceiverOptions,
  { tally, mostWaiting }: { tally: Tally; mostWaiting: number },
): void {
  const doors = createDoors(options.doors)
  const renewal = createRenewal(options)
  const commit = createGroupCommit({
    store: (events) => options.store(events),
    mostWaiting,
    failed: (error) => options.log({ level: 'error', event: 'events were not stored', detail: told(error) }),
  })
  const opened = new WeakMap<FastifyRequest, Door>()

  for (const source of ['loop', 'masonhub'] as const) {
    app.post<{ Params: { key: string } }>(`/in/:key/${source}`, {
      // Before a byte of the body is read.
      onRequest: async (request, reply) => {
        const known = doors.withKey(request.params.key)
        if (known === null) return turnAway(reply, 'unknown')
        const latest = renewal.latest(known)
        const isRefused = (door: Door) => isRefusedUnread(source, door, request.headers)
        const door = source === 'masonhub' && isRefused(latest) ? await renewal.renewed(latest) : latest
        if (isRefused(door)) {
          tally.add(door.merchant, source, 'refused')
          return turnAway(reply, 'refused')
        }
        opened.set(request, door)
        // Fastify refuses a type that it cannot parse; a message of a known sender is kept whatever it is called (F28).
        delete request.raw.headers['content-type']
      },
      handler: async (request, reply) => {
        const door = opened.get(request)
        if (door === undefined) return turnAway(reply, 'unknown')
        const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        const { wake, now } = options
        const { renewed } = renewal
        return answer(
          reply,
          await takeMessage({ source, door, headers: request.headers, raw }, { renewed, commit, tally, wake, now }),
        )
      },
      errorHandler: (error, request, reply) => {
        const failure = failureOf(error)
        const door = opened.get(request)
        if (door !== undefined && failure !== 'invalid') tally.add(door.merchant, source, failure)
        if (failure === 'unavailable') options.log({ level: 'error', event: 'receiver failed', detail: told(error) })
        turnAway(reply, failure)
      },
    })
  }
}
