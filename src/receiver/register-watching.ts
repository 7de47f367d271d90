import type { FastifyInstance } from 'fastify'
import { failureOf, turnAway } from './answers.ts'
import { told } from './faults.ts'
import type { ReceiverOptions } from './receiver.ts'

const doorPath = /^\/in\/[^/]*\/(?:loop|masonhub)$/
const watchingPath = /^\/(?:healthz|readyz|metrics)$/

/** What whoever watches may ask, and the answer to all else; nothing there is a secret or a customer's. */
export function registerWatching(app: FastifyInstance, { readiness, metrics, log }: ReceiverOptions): void {
  app.get('/healthz', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const state = await readiness()
    return reply.code(state.ready ? 200 : 503).send(state)
  })
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics()))

  // A hook, because fastify would read the body before it says that there is nothing.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const [path = ''] = request.raw.url?.split('?') ?? []
    // By the shape of the path alone: that a key is right is told to nobody who proves nothing.
    if (doorPath.test(path) && request.method !== 'POST') return turnAway(reply.header('allow', 'POST'), 'wrong-method')
    if (watchingPath.test(path)) return turnAway(reply.header('allow', 'GET, HEAD'), 'wrong-method')
    return turnAway(reply, 'unknown')
  })
  app.setErrorHandler((error, _request, reply) => {
    const failure = failureOf(error)
    if (failure === 'unavailable') log({ level: 'error', event: 'receiver failed', detail: told(error) })
    turnAway(reply, failure)
  })
}
