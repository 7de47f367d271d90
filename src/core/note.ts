import type { Reason } from './reason.ts'
import { cut, shown } from './text.ts'

/** Loop takes fewer than 255 characters (loop.md §5.6). */
const longest = 254

/** The tag by which a note is found again before it is written a second time (F21). */
export function noteTag(effectId: string): string {
  return `[mhloop ${effectId.slice(0, 8)}]`
}

/** Why Loop was told to flag, in one note: the reasons, shortened to fit, and the tag, always whole. */
export function noteText(reasons: readonly Reason[], operatorNote: string | null, tag: string): string {
  const sentences = [operatorNote, ...reasons.map((reason) => reason.message)].filter(
    (part) => part !== null && part !== '',
  )
  const text = shown(`Warehouse receipt: ${sentences.join(' ')}`, Number.POSITIVE_INFINITY)
  const room = longest - tag.length - 1
  return `${text.length > room ? `${cut(text, room - 1)}…` : text} ${tag}`
}
