import { returnIdOf } from '../../core/rmas/identifiers.ts'
import { type RawMethod, type RawRefusal, wordsOf } from '../../core/urls/raw-path.ts'

type Raw = { method: RawMethod; path: string; body: unknown; production: boolean }

/**
 * Why a raw request is refused, because it needs the journal or contains a secret in plain text; null when it is
 * allowed.
 */
export function masonhubRefusal({ method, path, body, production }: Raw): RawRefusal | null {
  const words = wordsOf(path)
  if (words.includes('secrets') || words.includes('delete_secrets')) {
    return {
      why: 'The request and the answer contain secrets in plain text.',
      instead: 'mhloop merchant rotate masonhub',
    }
  }
  if (production && words.includes('data_factory')) {
    return {
      why: 'The data factory is for sandbox accounts only.',
      instead: 'Test with a sandbox account: mhloop smoke -m NAME',
    }
  }
  // Without the flag MasonHub buys a label for each record (F36).
  if (words.includes('rmas') && (method === 'POST' || method === 'PUT') && !recordsOf(body).every(buysNothing)) {
    return { why: 'MasonHub would buy a label.', instead: 'Add "generate_return_label": false to every record.' }
  }
  return null
}

/** The ids of the returns in a request body, for the history. */
export function masonhubReturnsIn(body: unknown): string[] {
  const ids = recordsOf(body).flatMap((record) => {
    const id = typeof record === 'object' && record !== null ? Reflect.get(record, 'customer_identifier') : record
    return typeof id === 'string' ? (returnIdOf(id) ?? []) : []
  })
  return [...new Set(ids)]
}

function buysNothing(record: unknown): boolean {
  return typeof record === 'object' && record !== null && Reflect.get(record, 'generate_return_label') === false
}

/**
 * MasonHub may also accept a single object (masonhub.md §3.3). A missing body counts as one record without any field.
 */
function recordsOf(body: unknown): unknown[] {
  return Array.isArray(body) ? body.flat(3) : [body]
}
