import { readFileSync } from 'node:fs'

/** `mhloop/<version>`, read from the package beside `src` (or `dist`). */
export function ownUserAgent(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return `mhloop/${version}`
}
