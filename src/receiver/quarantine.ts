import type { NewEvent } from '../journal/journal.ts'

/** As much of an unread body as is kept for a person to look at. */
const mostKept = 64 * 1024

/** The text of a body: bad UTF-8 is replaced, and so is NUL, which not every database takes. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll('\0', '\ufffd')
}

/** An authentic message that could not be read: kept with its body, so that a person can (F28). */
export function unread(
  message: Pick<NewEvent, 'merchant' | 'source' | 'digest' | 'receivedAt'>,
  reason: string,
  body: Uint8Array,
): NewEvent {
  return {
    ...message,
    topic: null,
    returnId: null,
    state: 'quarantined',
    reason,
    body: textOf(body.subarray(0, mostKept)),
  }
}
