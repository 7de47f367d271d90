import { methodUnsaid, type ReturnMethod } from '../../core/returns/return.ts'
import { textOf } from './fields.ts'

/** The return method: an object, a word, or nothing, depending on the endpoint (loop.md §4.2). */
export function methodOf(value: unknown): ReturnMethod {
  if (value === undefined) return methodUnsaid
  if (typeof value !== 'object' || value === null) return { ...methodUnsaid, provider: textOf(value), known: true }
  const field = (name: string) => textOf(Reflect.get(value, name))
  return {
    provider: field('provider'),
    type: field('method_type'),
    state: field('state'),
    rmaId: field('rma_id'),
    scannableId: field('scannable_id'),
    known: true,
  }
}

/**
 * The bags in `package_reference`. How Loop writes several is not documented: whatever can't be in a barcode
 * separates two of them, and a list is read as well.
 */
export function bagsOf(value: unknown): string[] {
  const written = typeof value === 'object' && value !== null ? Object.values(value) : [value]
  const pieces = written.flatMap((one) => (textOf(one) ?? '').split(/[\s,;|]+/))
  return [...new Set(pieces.filter((piece) => textOf(piece) !== null))]
}
