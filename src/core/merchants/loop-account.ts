import { digestOf } from '../text/digest.ts'

/** The digest by which the journal knows the Loop account of a key. The key itself is never stored there (G10). */
export function accountOf(apiKey: string): string {
  return digestOf(['loop account', apiKey])
}
