import type { Reason } from '../explain/reason.ts'
import { cut, printable } from '../text/printable.ts'
import { isReadAlike } from './claim-note.ts'

/** Loop takes fewer than 255 characters (loop.md §5.6). */
const longest = 254

/** The tag by which a note is found again before it is written a second time (F21). */
export function noteTag(effectId: string): string {
  return `[mhloop ${effectId.slice(0, 8)}]`
}

/**
 * The note that explains a flag: the reasons, shortened to fit, and the tag, always whole. Words that read like a claim
 * or another mark of mhloop, in a SKU, a vendor's text or a person's note, stay in the history: on the timeline they
 * would block a refund (G1).
 */
export function noteText(reasons: readonly Reason[], operatorNote: string | null, tag: string): string {
  const sentences = [operatorNote, ...reasons.map((reason) => reason.message)].filter(
    (part) => part !== null && part !== '',
  )
  const text = printable(`Warehouse receipt: ${sentences.join(' ')}`, Number.POSITIVE_INFINITY)
  const room = longest - tag.length - 1
  const note = `${text.length > room ? `${cut(text, room - 1)}…` : text} ${tag}`
  const bare = `Warehouse receipt: why stands in mhloop's history. ${tag}`
  return isReadAlike(note, bare) ? note : bare
}
