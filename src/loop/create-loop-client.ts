import type { HttpRequest, Transport } from '../http/transport.ts'
import type { LoopClient } from './client.ts'
import { destinationsOf } from './destinations.ts'
import { returnActions } from './returns/actions.ts'
import { asnReturns } from './returns/asn.ts'
import { detailsById, detailsByOrderName } from './returns/details.ts'
import { unitGrades } from './returns/grade.ts'
import { notesOf } from './returns/notes.ts'
import { listReturns } from './returns/returns-list.ts'
import { conditionFormOf } from './version.ts'
import { webhookSubscriptions } from './webhooks.ts'
import { read, unreadable } from './wire/reading.ts'

/** Loop has neither ping nor whoami; this is the cheapest read that needs the Returns scope (loop.md §1). */
async function check(transport: Transport): Promise<void> {
  const query = { paginate: 'true', pageSize: '1' }
  const request: HttpRequest = { method: 'GET', path: '/warehouse/return/list', query, effect: 'read' }
  const answer = await read(transport, request)
  const { json } = answer
  const returns: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'returns') : undefined
  if (!Array.isArray(json) && !Array.isArray(returns)) throw unreadable(request, answer, 'returns')
}

/** A client of one Loop account over its transport. `baseUrl` names the version of the API, which decides some forms. */
export function createLoopClient(transport: Transport, baseUrl: string): LoopClient {
  return {
    asn: (window) => asnReturns(transport, window),
    list: (query) => listReturns(transport, query),
    details: (returnId) => detailsById(transport, returnId),
    detailsByOrderName: (orderName) => detailsByOrderName(transport, orderName),
    ...returnActions(transport),
    ...unitGrades(transport, conditionFormOf(baseUrl)),
    notes: (returnId) => notesOf(transport, returnId),
    destinations: () => destinationsOf(transport),
    webhooks: webhookSubscriptions(transport),
    check: () => check(transport),
  }
}
