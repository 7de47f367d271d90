import type { FastifyInstance, FastifyRequest } from 'fastify'
import { cancelAction, closeAction, flagAction, processAction, removeAction } from './endpoints/actions.ts'
import type { Answer, ParsedRequest } from './endpoints/answer.ts'
import { asnAction } from './endpoints/asn.ts'
import { detailsAction } from './endpoints/details.ts'
import { assessAction, gradeAction } from './endpoints/dispositioning.ts'
import { fraudReportAction } from './endpoints/fraud-report.ts'
import { labelRequestAction } from './endpoints/label-request.ts'
import { listAction } from './endpoints/list.ts'
import { deliverLate, noteAction, notesAction } from './endpoints/notes.ts'
import {
  createWebhookAction,
  deleteWebhookAction,
  destinationAction,
  destinationsAction,
  updateWebhookAction,
  webhooksAction,
} from './endpoints/settings.ts'
import { shipmentAction, shipmentItemsAction, shipmentsAction } from './endpoints/shipments.ts'
import type { LoopEndpoint } from './loop-faults.ts'
import { createMiddleware, send } from './middleware.ts'
import type { LoopScope, LoopStore } from './model/store.ts'
import { type LoopVersion, versionedPath } from './version.ts'

type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  endpoint: LoopEndpoint
  scope: LoopScope
  work: (store: LoopStore, parsed: ParsedRequest) => Answer
  /** Called for a request that was cut on its way. */
  lost?: (store: LoopStore, parsed: ParsedRequest) => void
}

const one = '/warehouse/return/:id'
const routes: readonly Route[] = [
  returns('GET', '/warehouse/reporting/asn', 'asn', asnAction),
  returns('GET', '/warehouse/return/list', 'list', listAction),
  returns('GET', '/warehouse/return/details', 'details', detailsAction),
  returns('POST', `${one}/process`, 'process', (store, { id, body }) => processAction(store, id, body)),
  returns('POST', `${one}/flag`, 'flag', (store, { id }) => flagAction(store, id)),
  returns('POST', `${one}/close`, 'close', (store, { id }) => closeAction(store, id)),
  returns('POST', `${one}/cancel`, 'cancel', (store, { id }) => cancelAction(store, id)),
  returns('POST', `${one}/remove`, 'remove', (store, { id, query }) => removeAction(store, id, query['line_item_id'])),
  returns('GET', `${one}/notes`, 'notes', notesAction),
  {
    ...returns('POST', `${one}/note`, 'note', (store, { id, body }) => noteAction(store, id, body)),
    lost: (store, { id, body }) => deliverLate(store, id, body),
  },
  returns('POST', '/dispositioning/grade', 'dispositioning', gradeAction),
  returns('POST', '/dispositioning/assess', 'dispositioning', assessAction),
  returns('POST', '/returns/:id/labels', 'labels', labelRequestAction),
  returns('POST', '/returns/:id/fraud-report', 'fraud-report', fraudReportAction),
  shipments('/happy-returns/shipments', shipmentsAction),
  shipments('/happy-returns/shipments/:id', shipmentAction),
  shipments('/happy-returns/shipments/:id/items', shipmentItemsAction),
  destinations('/destinations', (store) => destinationsAction(store)),
  destinations('/destinations/:id', (store, { id }) => destinationAction(store, id)),
  webhooks('GET', '/webhooks', (store) => webhooksAction(store)),
  webhooks('POST', '/webhooks', (store, { body }) => createWebhookAction(store, body)),
  webhooks('PUT', '/webhooks/:id', (store, { id, body }) => updateWebhookAction(store, id, body)),
  webhooks('DELETE', '/webhooks/:id', (store, { id }) => deleteWebhookAction(store, id)),
]

function returns(method: Route['method'], path: string, endpoint: LoopEndpoint, work: Route['work']): Route {
  return { method, path, endpoint, scope: 'returns', work }
}

function shipments(path: string, work: Route['work']): Route {
  return { method: 'GET', path, endpoint: 'shipments', scope: 'happy_returns_shipments:read', work }
}

function destinations(path: string, work: Route['work']): Route {
  return { method: 'GET', path, endpoint: 'destinations', scope: 'destinations:read', work }
}

function webhooks(method: Route['method'], path: string, work: Route['work']): Route {
  return { method, path, endpoint: 'webhooks', scope: 'developer_tools', work }
}

const patterns = routes.map((route) => ({ route, pattern: new RegExp(`^${route.path.replace(':id', '([^/]+)')}$`) }))

/**
 * Serves the stand-in below /api, with and without a version. One handler looks its route up: a router with each path
 * four times took most of a sandbox's start, and every test of a command starts one.
 */
export async function registerLoopRoutes(app: FastifyInstance, store: LoopStore): Promise<void> {
  const middleware = createMiddleware(store)
  app.all('/api/*', (request, reply) => {
    const found = routeOf(request)
    if (found === null) return send(reply, { status: 404, body: { message: 'Not Found' } })
    const { route } = found
    const parsed = parsedOf(request, found)
    return middleware(
      route.endpoint,
      route.scope,
      request,
      reply,
      () => route.work(store, parsed),
      () => route.lost?.(store, parsed),
    )
  })
}

type Found = { route: Route; id: string; version: LoopVersion }

/** A HEAD is answered as the GET of its path. */
function routeOf(request: FastifyRequest): Found | null {
  const { path, version } = versionedPath(`/${(request.params as { '*': string })['*']}`)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  for (const { route, pattern } of patterns) {
    const match = route.method === method ? pattern.exec(path) : null
    if (match !== null) return { route, id: match[1] ?? '', version }
  }
  return null
}

function parsedOf(request: FastifyRequest, { id, version }: Found): ParsedRequest {
  const query: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.query as Record<string, string | string[]>)) {
    query[name] = Array.isArray(value) ? (value.at(-1) ?? '') : value
  }
  const base = `http://${request.headers.host ?? 'localhost'}${request.url.split('?')[0] ?? ''}`
  return { id: /^\d{1,15}$/.test(id) ? Number(id) : Number.NaN, query, body: request.body, base, version }
}
