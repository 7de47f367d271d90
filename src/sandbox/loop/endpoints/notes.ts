import type { LoopRecord } from '../model/record.ts'
import type { LoopStore } from '../model/store.ts'
import { type Answer, accepted, noSuchReturn, ok, type ParsedRequest } from './answer.ts'
import { iso } from './wire.ts'

/** A return's staff timeline (loop.md §5.6): the API and people append to it, and it is always returned whole. */

/** `GET /notes`: a bare array, or 422 with the body `false` when there is none. */
export function notesAction(store: LoopStore, { id, version }: ParsedRequest): Answer {
  const record = store.returns.get(id)
  if (!record) return noSuchReturn()
  // A delayed copy shows an earlier state of the whole list, never a list with gaps.
  const timestamp = store.now() - store.world.faults.get('loop.notes-visible-after-ms')
  const there = record.notes.filter(
    ({ at, deletedAt }) => at <= timestamp && (deletedAt === null || deletedAt > timestamp),
  )
  if (there.length === 0) return { status: 422, body: false }
  const notes = there.map((note) => ({
    id: note.id,
    content: note.content,
    created_at: iso({ world: store.world, version }, note.at),
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

/** Applies a note later whose request was cut on its way. */
export function deliverLate(store: LoopStore, returnId: number, body: unknown): void {
  const after = store.world.faults.get('loop.lost-note-arrives-after-ms')
  if (after > 0) store.world.clock.after(after, () => void noteAction(store, returnId, body))
}

/** Adds the keys of a process body as a note (loop.md §5.1). */
export function noteDetails(store: LoopStore, record: LoopRecord, body: unknown): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return
  const content = Object.entries(body)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n')
  if (content !== '') addNote(store, record, content, 'process')
}

/** Adds a note. Its id is assigned now; the note may become visible a little later, after one with a higher id. */
function addNote(store: LoopStore, record: LoopRecord, content: string, by: 'api' | 'process'): void {
  const { faults, random, groundTruth } = store.world
  const latest = faults.get('loop.note-ids-before-commit')
  const at = store.now() + (latest > 0 ? random.below(latest + 1) : 0)
  record.notes.push({ id: store.nextId('note'), content, at, deletedAt: null })
  groundTruth.record({ what: 'note_added', returnId: String(record.id), detail: { by } })
  if (!faults.get('loop.note-updates-return')) return
  store.touch(record)
  store.emit('return', 'return.updated', record)
}
