/**
 * Keeps a number as text if parsing would change it (F31): a tracking number that came as a JSON number keeps all its
 * digits, and an amount like 47.50 its last zero.
 */
function keepDigits(key: string, value: unknown, context: { source?: string }): unknown {
  // An own key of this name would become the prototype wherever the object is copied (F54).
  if (key === '__proto__') return undefined
  if (typeof value !== 'number' || context.source === undefined) return value
  const exact = String(value) === context.source && (!Number.isInteger(value) || Number.isSafeInteger(value))
  return exact ? value : context.source
}

const parse = JSON.parse as (text: string, reviver?: typeof keepDigits) => unknown

/**
 * Finds numbers whose text parsing may change: many digits, a trailing zero after the point, tiny ones, exponents and
 * minus zero. False positives (digits in strings, numbers that would not change) only cost the slower parse.
 */
const delicateNumber = /(?:^|[:,[])\s*-?(?:\d{16}|\d{9,}\.|\d+\.\d{7}|\d+\.\d*0(?!\d)|[\d.]+[eE]|(?<=-)0(?![\d.]))/
/** The forbidden key, also when it is written with escapes. */
const delicateKey = /__proto__|\\u00(?:5f|6f|7[024])/i

/** Parses JSON without losing a digit; undefined when the text is not JSON. */
export function parseLosslessly(text: string): unknown {
  try {
    // The reviver takes ten times as long and much more memory: one page of a list has 60,000 values.
    const isDelicate = delicateNumber.test(text) || delicateKey.test(text)
    return isDelicate ? parse(text, keepDigits) : parse(text)
  } catch {
    return undefined
  }
}
