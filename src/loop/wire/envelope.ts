import { printable } from '../../core/text/printable.ts'
import { textOf } from './fields.ts'

/** Loop's refusal, read from any of its envelopes. */
export type Refusal = { code: string; text: string }

type Said = { code: string | null; message: string | null }

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `code` and `http_code` are swapped in the 401 of Loop's guard (loop.md §2.1): the one with letters is the code. */
function codeIn(value: Record<string, unknown>): string | null {
  const words = [textOf(value.code), textOf(value.http_code)]
  return words.find((word) => word !== null && /[A-Za-z]/.test(word)) ?? null
}

/** `{field: ["…"]}`, Laravel's validation errors. */
function fieldMessage(errors: Record<string, unknown>): string | null {
  for (const [field, messages] of Object.entries(errors)) {
    const first: unknown = Array.isArray(messages) ? messages[0] : undefined
    if (typeof first === 'string' && first !== '') return `${field}: ${first}`
  }
  return null
}

/** Reads the value of `error` or `errors`: a sentence, an object, a list of objects, or messages by field. */
function saidUnder(value: unknown): Said {
  if (typeof value === 'string') return { code: null, message: textOf(value) }
  if (Array.isArray(value)) return isObject(value[0]) ? saidUnder(value[0]) : { code: null, message: textOf(value[0]) }
  if (!isObject(value)) return { code: null, message: null }
  return { code: codeIn(value), message: textOf(value.message) ?? fieldMessage(value) }
}

/** Without `error` or `errors`, a body is a refusal only if it has no other keys than these. */
const plainKeys = new Set(['message', 'content', 'code', 'http_code'])

function saidPlainly(body: Record<string, unknown>): Said {
  if (!Object.keys(body).every((key) => plainKeys.has(key))) return { code: null, message: null }
  return { code: codeIn(body), message: textOf(body.message) ?? textOf(body.content) }
}

function codeOf({ code, message }: Said): string {
  if (code === 'NOT_FOUND' || /^no return found/i.test(message ?? '')) return 'RETURN_NOT_FOUND'
  if (code === 'GEN-UNAUTHORIZED' || code === 'NOT_AUTHORIZED') return 'LOOP_UNAUTHORIZED'
  return code ?? 'LOOP_REFUSED'
}

/**
 * Reads every envelope of loop.md §9; null for anything else, which is then neither acceptance nor refusal.
 * The text is safe to print.
 */
export function refusalIn(json: unknown): Refusal | null {
  if (!isObject(json)) return null
  const under = json.error ?? json.errors ?? null
  const said = under === null ? saidPlainly(json) : saidUnder(under)
  // An empty `error` is no refusal that we know.
  if (said.code === null && said.message === null) return null
  const code = printable(codeOf(said), 80)
  return { code, text: printable(said.message ?? code) }
}
