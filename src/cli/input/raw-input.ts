import { printable } from '../../core/text/printable.ts'
import type { RawMethod } from '../../core/urls/raw-path.ts'
import { rawMethods } from '../../core/urls/raw-path.ts'
import { usageFault } from '../errors/command-faults.ts'

type Raw = (text: string) => unknown
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown

// Not in TypeScript's library yet: wraps text that JSON.stringify writes as it is.
const rawJson = (JSON as unknown as { rawJSON: Raw }).rawJSON
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown

/**
 * Parses JSON so that its numbers keep every digit when it is serialised again (F31); undefined when the text is not
 * JSON.
 */
export function parseExactly(text: string): unknown {
  try {
    return parse(text, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source ? rawJson(source) : value,
    )
  } catch {
    return undefined
  }
}

export function methodOf(typed: string): RawMethod {
  const method = rawMethods.find((one) => one === typed.toUpperCase())
  if (method !== undefined) return method
  throw usageFault(
    `Unknown method "${printable(typed, 20)}"; expected ${rawMethods.join(', ')}.`,
    'mhloop api loop GET /destinations',
  )
}

/**
 * Reads fields: the values of `-f key=value` are text; those of `-F key=value` that are true, false, null or a number
 * have that JSON type.
 */
export function fieldsOf(texts: readonly string[], typed: readonly string[]): Map<string, unknown> {
  const fields = new Map<string, unknown>()
  const take = (field: string, read: (text: string) => unknown) => {
    const at = field.indexOf('=')
    if (at < 1)
      throw usageFault(`A field has the form key=value, not "${printable(field, 60)}".`, 'mhloop api loop --help')
    const key = field.slice(0, at)
    if (fields.has(key)) throw usageFault(`Duplicate field "${printable(key, 60)}".`, 'mhloop api loop --help')
    fields.set(key, read(field.slice(at + 1)))
  }
  for (const field of texts) take(field, (text) => text)
  for (const field of typed) take(field, typedValue)
  return fields
}

function typedValue(text: string): unknown {
  if (text === 'true' || text === 'false' || text === 'null') return JSON.parse(text)
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) ? rawJson(text) : text
}

/** The fields for a query, where every value is text. */
export function queryOf(fields: ReadonlyMap<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    [...fields].map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}
