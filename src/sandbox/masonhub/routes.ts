import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createSkus, listLocations, listOrders, listSkus } from './account/catalogue.ts'
import { createSecret, deleteSecret } from './account/secrets.ts'
import type { Account } from './account/store.ts'
import type { Answer } from './answer.ts'
import { badParameters, serverError, wrongMethod } from './answer.ts'
import {
  createCallbacks,
  createHolds,
  deleteCallbacks,
  deleteHolds,
  listCallbacks,
  listHolds,
} from './callbacks/callbacks.ts'
import type { MasonHubEndpoint } from './masonhub-faults.ts'
import { createMiddleware, hangUp, nowhere, send } from './middleware.ts'
import type { Query } from './query.ts'
import { getLabel } from './rmas/labels.ts'
import { listRmas } from './rmas/rma-list.ts'
import { createRmas, deleteRmas, updateRmas } from './rmas/rma-write.ts'
import { playRmaEvents } from './warehouse/data-factory.ts'

/** The input of a route's work; `file`: of a label, else empty. */
type Call = { query: Query; body: unknown; base: string; file: string }
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
type Route = [method: Method, path: string, endpoint: MasonHubEndpoint, work: (account: Account, call: Call) => Answer]

/** The routes under /{slug}/api/v1. There is no PATCH (masonhub.md §1). */
const routes: readonly Route[] = [
  ['GET', '/rmas', 'list', listRmas],
  ['POST', '/rmas', 'create', createRmas],
  ['PUT', '/rmas', 'update', updateRmas],
  ['DELETE', '/rmas', 'delete', deleteRmas],
  ['GET', '/skus', 'skus', listSkus],
  ['POST', '/skus', 'skus', createSkus],
  ['GET', '/orders', 'orders', listOrders],
  ['GET', '/inventory_locations', 'locations', listLocations],
  ['GET', '/callbacks', 'callbacks', listCallbacks],
  ['POST', '/callbacks', 'callbacks', createCallbacks],
  ['DELETE', '/callbacks', 'callbacks', deleteCallbacks],
  ['GET', '/callback_holds', 'holds', listHolds],
  ['POST', '/callback_holds', 'holds', createHolds],
  ['DELETE', '/callback_holds', 'holds', deleteHolds],
  ['POST', '/secrets', 'secrets', createSecret],
  ['POST', '/delete_secrets', 'secrets', deleteSecret],
  ['POST', '/data_factory/rmaEvent', 'factory', playRmaEvents],
  ['GET', '/return-labels/:file', 'label', (account, { file }) => getLabel(account, file)],
]

const prefix = '/:slug/api/v1'
const largestBody = 10 * 2 ** 20
const patterns = routes.map(([method, path, endpoint, work]) => {
  const pattern = new RegExp(`^${path.replace(':file', '(?<file>[^/]+)')}$`)
  return { method, endpoint, work, pattern }
})
const knownPaths = new Set(routes.map(([, path]) => path))

/** Registers the MasonHub API on the server. One handler looks its route up, so that a sandbox starts quickly. */
export function registerMasonHubRoutes(app: FastifyInstance, account: Account): void {
  const middleware = createMiddleware(account)
  app.register((scope, _options, done) => {
    scope.setErrorHandler((error, _request, reply) => send(reply, unreadable(error)))
    scope.all(`${prefix}/*`, {
      bodyLimit: largestBody,
      onRequest: async (request, reply) => {
        const found = routeOf(request)
        const stopped = found === null ? null : middleware.enter(found.endpoint, request)
        if (stopped === null) return undefined
        return stopped === 'lost' ? hangUp(reply) : send(reply, stopped)
      },
      handler: async (request, reply) => {
        const found = routeOf(request)
        if (found === null) return elsewhere(account, request, reply)
        const { endpoint, work, file } = found
        return middleware.leave(endpoint, reply, work(account, callOf(account, request, file)))
      },
    })
    scope.all(prefix, async (_request, reply) => send(reply, nowhere(account)))
    scope.get('/login', async (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .send('<!doctype html><title>MasonHub</title><form method="post">Log in</form>'),
    )
    done()
  })
}

/** Which is exact about the method: MasonHub answers a HEAD with 405. */
function routeOf(request: FastifyRequest) {
  const path = pathOf(request)
  for (const { method, pattern, endpoint, work } of patterns) {
    const match = method === request.method ? pattern.exec(path) : null
    if (match !== null) return { endpoint, work, file: match.groups?.['file'] ?? '' }
  }
  return null
}

/** The part after the prefix. */
function pathOf(request: FastifyRequest): string {
  return `/${(request.params as { '*': string })['*']}`
}

/**
 * The answer to any other request: a known path with a wrong method is 405; any other path leads to the login page, as
 * a wrong slug does.
 */
function elsewhere(account: Account, request: FastifyRequest, reply: FastifyReply): unknown {
  const { slug } = request.params as { slug: string }
  const isKnown = slug === account.world.installed.slug && knownPaths.has(pathOf(request))
  return send(reply, isKnown ? wrongMethod() : nowhere(account))
}

function callOf(account: Account, request: FastifyRequest, file: string): Call {
  const { slug } = request.params as { slug: string }
  const base = `${request.protocol}://${request.host}/${slug}/api/v1`
  account.links.base = base
  return { query: request.query as Query, body: request.body, base, file }
}

/** The answer to an error: a body that is not JSON is the caller's mistake; any other error is ours. */
function unreadable(error: unknown): Answer {
  const status = (error as { statusCode?: unknown }).statusCode
  return typeof status === 'number' && status < 500 ? badParameters() : serverError()
}
