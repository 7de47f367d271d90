/**
 * Numbers whose text would change are kept as text (F31): a tracking number that came as a JSON number keeps all its
 * digits, and an amount like 47.50 its last zero.
 */
function keepDigits(key: string, value: unknown, context: { source?: string }): unknown {
  // An own key of this name would become a prototype wherever the object is copied (F54).
  if (key === '__proto__') return undefined
  if (typeof value !== 'number' || context.source === undefined) return value
  const exact = String(value) === context.source && (!Number.isInteger(value) || Number.isSafeInteger(value))
  return exact ? value : context.source
}

const parse = JSON.parse as (text: string, reviver: typeof keepDigits) => unknown

/** Parses JSON without losing a digit; undefined when the text is not JSON. */
export function parseLosslessly(text: string): unknown {
  try {
    return parse(text, keepDigits)
  } catch {
    return undefined
  }
}
