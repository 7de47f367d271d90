import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { HttpRequest, Transport } from '../../http/transport.ts'
import { faultOf } from '../../http/vendor-faults.ts'
import type { MasonHubClient } from '../client.ts'
import { ask, isSuccess } from '../requests/ask.ts'
import { batchesOf } from '../requests/batches.ts'
import { type BulkRow, bulkRows } from '../requests/bulk.ts'
import { callbackSchema, holdSchema, readAll } from '../wire.ts'

/** The registrations of our receiver: `/callbacks` (masonhub.md §5.1). */
export function callbacksOf(transport: Transport): MasonHubClient['callbacks'] {
  return {
    list: () => listAll(transport, '/callbacks', (rows) => readAll(callbackSchema, rows)),

    async create(callbacks) {
      const secrets = callbacks.flatMap(({ token }) => token ?? [])
      for (const batch of batchesOf(callbacks)) {
        const body = batch.map(({ url, messageType, apiVersion, token }) => ({
          url,
          message_type: messageType,
          // The default version is not documented, so it is always sent.
          api_version: apiVersion,
          ...(token === undefined ? {} : { token }),
        }))
        await writeAll(
          transport,
          { method: 'POST', path: '/callbacks', effect: 'once', body },
          { size: body.length, secrets },
        )
      }
    },

    async remove(callbackIds) {
      for (const batch of batchesOf(callbackIds)) await removeSome(transport, batch)
    },
  }
}

async function removeSome(transport: Transport, callbackIds: readonly string[]): Promise<void> {
  const request: HttpRequest = { method: 'DELETE', path: '/callbacks', effect: 'repeatable', body: [...callbackIds] }
  const outcome = await transport.send(request)
  if (!outcome.ok || !isSuccess(outcome.answer)) throw faultOf('masonhub', request, outcome)
  const { json, text, requestId } = outcome.answer
  const rows = bulkRows(json)
  if (rows !== null) return failOn(rows, { request, requestId, secrets: [] })
  // The answer is a sentence, as JSON or as bare text: `callbacks deleted`.
  const sentence = typeof json === 'string' || (json === undefined && !text.trimStart().startsWith('<'))
  if (!sentence) throw faultOf('masonhub', request, outcome)
}

/** Holds: MasonHub keeps messages of a type and sends them when the hold is removed (masonhub.md §5.2). */
export function holdsOf(transport: Transport): MasonHubClient['holds'] {
  const write = async (method: 'POST' | 'DELETE', messageTypes: readonly string[]) => {
    if (messageTypes.length === 0) return
    const body = messageTypes.map((messageType) => ({ message_type: messageType }))
    await writeAll(
      transport,
      { method, path: '/callback_holds', effect: 'repeatable', body },
      { size: body.length, secrets: [] },
    )
  }
  return {
    list: () => listAll(transport, '/callback_holds', (rows) => readAll(holdSchema, rows)),
    create: (messageTypes) => write('POST', messageTypes),
    remove: (messageTypes) => write('DELETE', messageTypes),
  }
}

/** Reads a list: a bare array by the documents; `results` or `data` of an object are read too (masonhub.md §3.2). */
async function listAll<Model>(
  transport: Transport,
  path: string,
  read: (rows: readonly unknown[]) => Model[] | null,
): Promise<Model[]> {
  const request: HttpRequest = { method: 'GET', path, effect: 'read' }
  const answer = await ask(transport, request)
  const models = read(listIn(answer.json))
  if (models === null) throw faultOf('masonhub', request, { ok: true, answer })
  return models
}

function listIn(json: unknown): unknown[] {
  if (Array.isArray(json)) return json
  // A body of any other shape becomes one row, which then fails to parse.
  if (json === null) return []
  if (typeof json !== 'object') return [json]
  if ('results' in json && Array.isArray(json.results)) return json.results
  if ('data' in json && Array.isArray(json.data)) return json.data
  return [json]
}

type Written = { request: HttpRequest; requestId: string; secrets: readonly string[] }

async function writeAll(
  transport: Transport,
  request: HttpRequest,
  { size, secrets }: { size: number; secrets: readonly string[] },
): Promise<void> {
  const answer = await ask(transport, request)
  const rows = bulkRows(answer.json)
  if (rows === null) throw faultOf('masonhub', request, { ok: true, answer })
  failOn(rows, { request, requestId: answer.requestId, secrets })
  if (rows.length >= size) return
  throw new Fault(
    `MasonHub ${request.method} ${request.path} answered for only ${rows.length} of ${size} [request ${answer.requestId}]`,
    {
      code: 'MASONHUB_IN_DOUBT',
      hint: 'ask MasonHub what is registered before you repeat the command',
      requestId: answer.requestId,
    },
  )
}

function failOn(rows: readonly BulkRow[], { request, requestId, secrets }: Written): void {
  const failures = rows.filter((row) => !row.success)
  if (failures.length === 0) return
  const words = failures.flatMap((row) => row.messages).join(' ') || 'it did not say why'
  // A token that MasonHub quotes back must not become part of a message (F58).
  const safe = secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), words)
  throw new Fault(
    `MasonHub ${request.method} ${request.path} refused ${failures.length} of ${rows.length}: ${printable(safe)} [request ${requestId}]`,
    { code: 'MASONHUB_REFUSED', requestId },
  )
}
