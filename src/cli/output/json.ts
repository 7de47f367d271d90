import type { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'

const unsafe =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/**
 * JSON that is also safe on a terminal: JSON itself escapes ESC, but not C1 controls or bidirectional overrides (F56).
 * The values do not change.
 */
export function toJson(value: unknown, indent: 0 | 2 = 0): string {
  return (JSON.stringify(value, null, indent) ?? 'null').replace(unsafe, escaped)
}

/** One escape per UTF-16 unit, as JSON requires. */
function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

/** The one JSON document of a run, in pieces: with long lists, the whole text may not fit well into memory. */
export function* resultDocument(
  schema: string,
  merchant: string | null,
  data: unknown,
  warnings: readonly string[],
): Generator<string> {
  yield* pieces({ schema: `mhloop/${schema}@1`, merchant, data: data ?? null, warnings }, '')
  yield '\n'
}

/** Number of items from which a list is written item by item. */
const many = 100

/** The text of `toJson(value, 2)` in pieces, none of which ends within a string. */
export function* pieces(value: unknown, indent: string): Generator<string> {
  const inner = `${indent}  `
  if (Array.isArray(value) && value.length >= many) {
    for (const [index, item] of value.entries()) {
      yield `${index === 0 ? '[' : ','}\n${inner}${toJson(item, 2).replaceAll('\n', `\n${inner}`)}`
    }
    yield `\n${indent}]`
  } else if (isPlain(value) && Object.values(value).some((item) => isPlain(item) || Array.isArray(item))) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined && typeof item !== 'function')
    for (const [index, [key, item]] of entries.entries()) {
      yield `${index === 0 ? '{' : ','}\n${inner}${toJson(key)}: `
      yield* pieces(item, inner)
    }
    yield entries.length === 0 ? '{}' : `\n${indent}}`
  } else yield toJson(value, 2).replaceAll('\n', `\n${indent}`)
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('toJSON' in value)
}

/** The JSON document of an error. `next`: the complete hint; null for none. */
export function errorDocument(
  fault: Fault,
  { merchant, next }: { merchant: string | null; next: string | null },
): string {
  const { code, exit, returnId, requestId } = fault
  const error = {
    code,
    message: printable(fault.message, 1000),
    hint: next,
    exit,
    ...(merchant === null ? {} : { merchant }),
    ...(returnId === null ? {} : { returnId }),
    ...(requestId === null ? {} : { requestId }),
  }
  return `${toJson({ schema: 'mhloop/error@1', error }, 2)}\n`
}
