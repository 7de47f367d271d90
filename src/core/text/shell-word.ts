import { printable } from './printable.ts'

/** Quotes text so that a shell takes it as one word, for commands that are printed to be pasted. */
export function shellWord(text: string): string {
  const safe = printable(text, 400)
  return /^[\w./:@%+=,-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`
}
