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

const parse = JSON.parse as (text: string, reviver?: typeof keepDigits) => unknown

/**
 * Numbers that may not come back as they were written: many digits, a last zero behind the point, tiny ones, exponents
 * and minus zero. It also finds some in strings, and some that would come back: then they are looked at one by one.
 */
const delicateNumber = /(?:^|[:,[])\s*-?(?:\d{16}|\d{9,}\.|\d+\.\d{7}|\d+\.\d*0(?!\d)|[\d.]+[eE]|(?<=-)0(?![\d.]))/
/** The key that must not be, also written with escapes. */
const delicateKey = /__proto__|\\u00(?:5f|6f|7[024])/i

/** Parses JSON without losing a digit; undefined when the text is not JSON. */
export function parseLosslessly(text: string): unknown {
  try {
    // To look at every value takes ten times as long, and much more memory: a page of a list has 60,000.
    const isDelicate = delicateNumber.test(text) || delicateKey.test(text)
    return isDelicate ? parse(text, keepDigits) : parse(text)
  } catch {
    return undefined
  }
}
