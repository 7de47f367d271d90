import { type Answer, accepted, noSuchReturn, ok } from './answer.ts'
import type { LoopRecord } from './record.ts'
import type { LoopStore } from './store.ts'

/** A return's staff timeline (loop.md §5.6): appended to by the API and by people, and shown as a whole. */

/** `GET /notes`: a bare array, or 422 with the body `false` when there is none. */
export function notesAction(store: LoopStore, returnId: number): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  // A copy that lags behind shows an old state of the whole list, never a list with holes.
  const timestamp = store.now() - store.world.faults.get('loop.notes-visible-after-ms')
  const there = record.notes.filter(
    ({ at, deletedAt }) => at <= timestamp && (deletedAt === null || deletedAt > timestamp),
  )
  if (there.length === 0) return { status: 422, body: false }
  const notes = there.map((note) => ({
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
  addNote(store, record, content, 'api')
  return accepted(store)
}

/** The request was cut on its way, and comes to Loop later all the same. */
export function deliverLate(store: LoopStore, returnId: number, body: unknown): void {
  const after = store.world.faults.get('loop.lost-note-arrives-after-ms')
  if (after > 0) store.world.clock.after(after, () => void noteAction(store, returnId, body))
}

/** The keys of a process body become a note (loop.md §5.1). */
export function noteDetails(store: LoopStore, record: LoopRecord, body: unknown): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return
  const content = Object.entries(body)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n')
  if (content !== '') addNote(store, record, content, 'process')
}

/** Its id is given now; the note may be there a little later, after one with a higher id. */
function addNote(store: LoopStore, record: LoopRecord, content: string, by: 'api' | 'process'): void {
  const { faults, dice, truth } = store.world
  const latest = faults.get('loop.note-ids-before-commit')
  const at = store.now() + (latest > 0 ? dice.below(latest + 1) : 0)
  record.notes.push({ id: store.nextId('note'), content, at, deletedAt: null })
  truth.record({ what: 'note_added', returnId: String(record.id), detail: { by } })
  if (!faults.get('loop.note-updates-return')) return
  store.touch(record)
  store.emit('return', 'return.updated', record)
}
