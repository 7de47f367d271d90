import * as v from 'valibot'
import { Fault } from '../../core/errors/fault.ts'
import type { HttpRequest, Transport } from '../../http/transport.ts'
import { faultOf } from '../../http/vendor-faults.ts'
import type { Note } from '../client.ts'
import { refusalIn } from '../wire/envelope.ts'
import { requiredId, time } from '../wire/fields.ts'
import { assertReturnId, parsed } from '../wire/reading.ts'

const noteSchema = v.looseObject({ id: requiredId, content: v.nullish(v.string(), ''), created_at: time })
/**
 * A bare array in the current documents, wrapped in the older ones (loop.md §10.3). An extra key may mean that there
 * are more pages; a part of a timeline proves nothing about the rest, so such an answer can't be read (G1, A-36).
 */
const notesSchema = v.union([v.array(noteSchema), v.strictObject({ notes: v.array(noteSchema) })])

/**
 * A return's notes. When there are none, Loop answers 422 with `false` or, by its description, with the text "false"
 * (loop.md §5.6). Throws `RETURN_NOT_FOUND`.
 */
export async function notesOf(transport: Transport, returnId: string): Promise<Note[]> {
  const path = `/warehouse/return/${assertReturnId(returnId)}/notes`
  const request: HttpRequest = { method: 'GET', path, effect: 'read' }
  const outcome = await transport.send(request)
  if (!outcome.ok) throw faultOf('loop', request, outcome)
  const { answer } = outcome
  if (answer.status === 422 && (answer.json === false || answer.json === 'false')) return []
  const missing = [200, 404, 422].includes(answer.status) && refusalIn(answer.json)?.code === 'RETURN_NOT_FOUND'
  if (missing) {
    throw new Fault(`Loop has no return ${returnId}.`, {
      code: 'RETURN_NOT_FOUND',
      returnId,
      requestId: answer.requestId,
    })
  }
  if (answer.status !== 200) throw faultOf('loop', request, outcome)
  const notes = parsed(notesSchema, request, answer)
  return (Array.isArray(notes) ? notes : notes.notes).map((note) => ({
    noteId: note.id,
    content: note.content,
    createdAt: note.created_at,
  }))
}
