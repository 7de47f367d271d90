import { digestOf } from './digest.ts'

/** What stands in the journal for the Loop account that a key belongs to; never the key (G10). */
export function accountOf(apiKey: string): string {
  return digestOf(['loop account', apiKey])
}
