import type { FastifyInstance } from 'fastify'
import type { ReceiverOptions, WatchOptions } from '../receiver.ts'
import { errorSummary } from '../receiver-faults.ts'
import { failureOf, sendRefusal } from './answers.ts'

const endpointPath = /^\/in\/[^/]*\/(?:loop|masonhub)$/

/** On the public address: whether the process lives, and nothing more (H3). Also answers requests for unknown paths. */
export function registerHealth(app: FastifyInstance, { log }: Pick<ReceiverOptions, 'log'>): void {
  app.get('/healthz', async () => ({ status: 'alive' }))
  refuseOthers(app, { paths: /^\/healthz$/, log })
}

/**
 * On the watch address: whether work makes progress, and how much. It names merchants, but no secret and no customer.
 */
export function registerWatching(app: FastifyInstance, { readiness, metrics, log }: WatchOptions): void {
  app.get('/healthz', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const state = await readiness()
    return reply.code(state.ready ? 200 : 503).send(state)
  })
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics()))
  refuseOthers(app, { paths: /^\/(?:healthz|readyz|metrics)$/, log })
}

function refuseOthers(app: FastifyInstance, { paths, log }: { paths: RegExp } & Pick<ReceiverOptions, 'log'>): void {
  // A hook, because fastify would read the body before it answers 404.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const [path = ''] = request.raw.url?.split('?') ?? []
    // Decided by the path's shape alone: an unproven sender must not learn whether a key is right.
    if (endpointPath.test(path) && request.method !== 'POST')
      return sendRefusal(reply.header('allow', 'POST'), 'wrong-method')
    if (paths.test(path)) return sendRefusal(reply.header('allow', 'GET, HEAD'), 'wrong-method')
    return sendRefusal(reply, 'unknown')
  })
  app.setErrorHandler((error, _request, reply) => {
    const failure = failureOf(error)
    if (failure === 'unavailable') log({ level: 'error', event: 'receiver failed', detail: errorSummary(error) })
    sendRefusal(reply, failure)
  })
}
