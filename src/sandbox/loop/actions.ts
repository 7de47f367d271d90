import type { Answer } from './answer.ts'
import { accepted, noSuchReturn, ok, refusedByCode, refusedByContent, refusedByMessage } from './answer.ts'
import { acceptProcessing } from './processing.ts'
import type { LoopRecord } from './record.ts'
import { cancelReturn, closeReturn, reviewReturn } from './states.ts'
import type { LoopStore } from './store.ts'

/** The return actions: the state table of loop.md §8.2, with every envelope of a refusal. */

/** `/process`: queues, or refuses in one of three envelopes. The body's keys become a timeline note. */
export function processAction(store: LoopStore, returnId: number, body: unknown): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  const refusal = processRefusal(store, record)
  if (refusal) {
    store.world.truth.record({
      what: 'process_refused',
      returnId: String(returnId),
      detail: { state: record.state, flagged: record.flagged },
    })
    return refusal
  }
  acceptProcessing(store, record, 'api')
  if (store.world.faults.get('loop.process-note')) noteDetails(store, record, body)
  return accepted(store)
}

function processRefusal(store: LoopStore, record: LoopRecord): Answer | null {
  const text = `Return is ${record.state} and therefore cannot be processed.`
  if (record.flagged) {
    if (store.world.faults.get('loop.flagged-may-process')) return null
    // The text says open although it is flagged: Loop's own words (loop.md C9, F5).
    return refusedByCode('Return is open and therefore cannot be processed.', 'UNPROCESSABLE_FLAGGED_RETURN')
  }
  if (record.state === 'open') return null
  if (record.state === 'cancelled' || record.state === 'review') return refusedByMessage(text)
  return refusedByCode(text)
}

function noteDetails(store: LoopStore, record: LoopRecord, body: unknown): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return
  const content = Object.entries(body)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n')
  if (content === '') return
  record.notes.push({ id: store.nextId('note'), content, at: store.now() })
  store.world.truth.record({ what: 'note_added', returnId: String(record.id), detail: { by: 'process' } })
}

/** `/flag`: stops automatic processing and asks for a person. There is no reason parameter. */
export function flagAction(store: LoopStore, returnId: number): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  if (record.flagged || record.state === 'review') {
    if (store.world.faults.get('loop.flag-twice-refused')) {
      return refusedByCode('Return is review and therefore cannot be processed.')
    }
    return accepted(store)
  }
  if (record.state !== 'open') return refusedByCode(`Return is ${record.state} and therefore cannot be processed.`)
  store.world.truth.record({ what: 'return_flagged', returnId: String(returnId), detail: { by: 'api' } })
  reviewReturn(store, record, true)
  return accepted(store)
}

/** `/close`: ends the return without refund, credit or exchange. */
export function closeAction(store: LoopStore, returnId: number): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  const text = `Return is ${record.state} and therefore cannot be processed.`
  if (record.state === 'closed') return refusedByCode(text)
  if (record.state === 'cancelled') return refusedByMessage(text)
  closeReturn(store, record, 'api')
  return accepted(store)
}

/** `/cancel`: frees the items. Two of its refusals hide in a `content` key. */
export function cancelAction(store: LoopStore, returnId: number): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  if (record.flagged || record.state === 'review') {
    return refusedByContent('Return is flagged and cannot be processed.')
  }
  if (record.state === 'expired') return refusedByContent('Return is expired and cannot be processed.')
  if (record.state !== 'open') return refusedByCode(`Return is ${record.state} and therefore cannot be processed.`)
  cancelReturn(store, record, 'api')
  return accepted(store)
}

/** `/remove?line_item_id=1,2`: drops units and processes the rest; with none left it cancels (loop.md §5.5). */
export function removeAction(store: LoopStore, returnId: number, wanted: string | undefined): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  if (!wanted?.trim()) return { status: 422, body: { error: { message: 'The line item id field is required.' } } }
  if (record.state !== 'open' || record.flagged) return { status: 422, body: { message: 'Return cannot be modified.' } }
  const ids = new Set(wanted.split(',').map((id) => Number(id.trim())))
  const going = record.units.filter((unit) => ids.has(unit.lineItemId))
  if (going.length === 0 || (record.outcome !== 'refund' && record.outcome !== 'credit')) {
    return { status: 422, body: { message: 'There are no line items that qualify for removal' } }
  }
  if (going.length < ids.size) return { status: 422, body: { message: 'Not all line items qualify for removal' } }
  record.units = record.units.filter((unit) => !ids.has(unit.lineItemId))
  record.editedAt = store.now()
  if (record.units.length === 0) cancelReturn(store, record, 'api')
  else acceptProcessing(store, record, 'remove')
  return accepted(store)
}

/** `GET /notes`: a bare array, or 422 with the body `false` when there is none (loop.md §5.6). */
export function notesAction(store: LoopStore, returnId: number): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  if (record.notes.length === 0) return { status: 422, body: false }
  const notes = record.notes.map((note) => ({
    id: note.id,
    content: note.content,
    created_at: new Date(note.at).toISOString(),
  }))
  return ok(store.world.faults.get('loop.notes-wrapped') ? { notes } : notes)
}

/** `POST /note`: staff only, less than 255 characters. */
export function noteAction(store: LoopStore, returnId: number, body: unknown): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  const content = typeof body === 'object' && body !== null && 'content' in body ? body.content : undefined
  if (typeof content !== 'string' || content.trim() === '' || [...content].length >= 255) {
    const message = 'Content is required and must be less than 255 characters.'
    return { status: 422, body: { errors: { message } } }
  }
  record.notes.push({ id: store.nextId('note'), content, at: store.now() })
  store.world.truth.record({ what: 'note_added', returnId: String(returnId), detail: { by: 'api' } })
  return accepted(store)
}
