import { createHash } from 'node:crypto'

/** JSON with sorted keys, so that equal values have equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value instanceof Map) return canonical([...value].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`
  }
  // JSON writes NaN as null, but a quantity that can't be read must differ from a missing one.
  return typeof value === 'number' && !Number.isFinite(value) ? `"${value}"` : (JSON.stringify(value) ?? 'null')
}

/** 32 hexadecimal characters that differ when the value differs, to tell a repetition from a change. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 32)
}
