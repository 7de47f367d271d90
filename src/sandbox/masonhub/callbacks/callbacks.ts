import type { Account } from '../account/store.ts'
import type { Answer } from '../answer.ts'
import { badParameters, ok } from '../answer.ts'
import type { Refusal, RowOutcome } from '../bulk.ts'
import { bulkAnswer } from '../bulk.ts'
import type { Query } from '../query.ts'
import { single } from '../query.ts'
import { asFields } from '../rmas/rma-input.ts'
import type { CallbackRegistration, MessageType } from '../types.ts'
import { messageTypes } from '../types.ts'

const longestUrl = 250
const largestBatch = 30

/** GET /callbacks: a bare array. Whether it includes the token is unclear, so it sometimes does (masonhub.md §5.1). */
export function listCallbacks(account: Account, request: { query: Query }): Answer {
  const requested = single(request.query, 'message_type') ?? 'all'
  if (requested !== 'all' && !holdable.some((type) => type === requested)) return badParameters()
  const withToken = account.quirk(0.5)
  const visible = [...account.outbound.registrations.values()].filter(
    (one) => requested === 'all' || one.messageType === requested,
  )
  return ok(visible.map((one) => registrationRecord(one, withToken)))
}

function registrationRecord(one: CallbackRegistration, withToken: boolean): Record<string, unknown> {
  const record = { id: one.id, url: one.url, message_type: one.messageType, api_version: one.apiVersion }
  return withToken && one.token !== null ? { ...record, token: one.token } : record
}

/** POST /callbacks: several of one type may exist; a single object is accepted, too (masonhub.md §3.3). */
export function createCallbacks(account: Account, request: { body: unknown; base: string }): Answer {
  const { body } = request
  const records: unknown[] = Array.isArray(body) ? body : [body]
  if (typeof body !== 'object' || body === null || records.length > largestBatch) return badParameters()
  return bulkAnswer(
    account,
    records.map((record) => register(account, asFields(record), request.base)),
  )
}

function register(account: Account, record: Record<string, unknown>, base: string): RowOutcome {
  const { url, message_type: messageType, api_version: apiVersion, token } = record
  const type = messageTypes.find((one) => one === messageType)
  const refusals: Refusal[] = []
  if (typeof url !== 'string' || !URL.canParse(url) || url.length > longestUrl) {
    refusals.push({ field: 'url', text: 'Callback url update failed.' })
  }
  if (!type) refusals.push({ field: 'message_type', text: `'message_type' must be one of ${messageTypes.join(', ')}.` })
  if (apiVersion !== undefined && apiVersion !== '1.0' && apiVersion !== '2.0') {
    refusals.push({ field: 'api_version', text: "'api_version' must be 1.0 or 2.0." })
  }
  const link = `${base}/callbacks?message_type=${encodeURIComponent(String(messageType))}`
  const id = placeOf(account, type) ?? account.uuid()
  if (refusals.length === 0 && type) {
    account.outbound.registrations.set(id, {
      id,
      url: String(url),
      messageType: type,
      // No default is documented; the older version is the adversarial one.
      apiVersion: apiVersion === '2.0' ? '2.0' : '1.0',
      token: typeof token === 'string' && token !== '' ? token : null,
    })
  }
  const remark = 'Callback url updated successfuly.'
  return { identifier: messageType, refusals, url: link, remark, more: { id, message_type: messageType } }
}

/**
 * The id of the callback that a new one of this type replaces; null if it replaces none. MasonHub answers "Callback url
 * updated", which may mean that an account keeps one callback per type. That is unproven, so a fault switches it on.
 */
function placeOf(account: Account, type: MessageType | undefined): string | null {
  if (!account.world.faults.get('masonhub.one-callback-per-type')) return null
  return [...account.outbound.registrations.values()].find((one) => one.messageType === type)?.id ?? null
}

/** DELETE /callbacks: takes ids as plain strings; answers with a string (masonhub.md §5.1). */
export function deleteCallbacks(account: Account, request: { body: unknown }): Answer {
  const { body } = request
  if (!Array.isArray(body) || body.some((id) => typeof id !== 'string')) return badParameters()
  for (const id of body) account.outbound.registrations.delete(id)
  return ok('callbacks deleted')
}

/** Message types that can be held: all but `snapshotReady` (masonhub.md §5.2). */
const holdable = messageTypes.filter((type) => type !== 'snapshotReady')

/** GET /callback_holds: the active holds. */
export function listHolds(account: Account): Answer {
  return ok([...account.outbound.holds].map(([type, since]) => ({ message_type: type, created_at: since })))
}

/** POST /callback_holds: keeps messages of these types from now on. */
export function createHolds(account: Account, request: { body: unknown }): Answer {
  return eachHold(account, request.body, (type) => account.outbound.hold(type))
}

/** DELETE /callback_holds: sends the messages that were kept. */
export function deleteHolds(account: Account, request: { body: unknown }): Answer {
  return eachHold(account, request.body, (type) => account.outbound.release(type))
}

/**
 * Answers per hold; rows have the message type as their identifier, usually in a bare array (masonhub.md §5.2, §3.4).
 */
function eachHold(account: Account, body: unknown, change: (type: MessageType) => void): Answer {
  if (!Array.isArray(body)) return badParameters()
  const outcomes = body.map((record): RowOutcome => {
    const identifier = asFields(record)['message_type']
    const type = holdable.find((one) => one === identifier)
    if (type) change(type)
    return { identifier, refusals: type ? [] : [unknownType] }
  })
  return bulkAnswer(account, outcomes, { usualContainer: 'rows' })
}

const unknownType: Refusal = { field: 'message_type', text: `'message_type' must be one of ${holdable.join(', ')}.` }
