import { printable } from './text.ts'

/** As a shell takes it for one word, in a command that is printed to be pasted. */
export function shellWord(text: string): string {
  const safe = printable(text, 400)
  return /^[\w./:@%+=,-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`
}
