/** Paths that a person typed, for a request with stored credentials: what they may be, and what they may mean. */

/** Why a path is refused, as the end of a sentence; null when it stays below the vendor's base URL whoever reads it (F63). */
export function whatIsWrongWithPath(path: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith('//')) {
    return "is a full URL: give only the part after the merchant's base URL"
  }
  if (!path.startsWith('/')) return 'must start with a slash'
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'contains a control character'
  if (path.includes('#')) return 'contains a #, which would be cut off: write %23'
  if (path.includes('\\')) return 'contains a backslash'
  const segments = readings(pathOnly(path))
  if (segments === null) return 'contains a % that is not an escape: write %25'
  if (segments.some((reading) => /[\u0000-\u001f\u007f]/.test(reading))) return 'hides a control character in an escape'
  // Whatever is decoded later on the way must not climb out, either.
  const climbs = segments.some((reading) => reading.split(/[/\\]/).some((part) => /^\.\.?(?:;.*)?$/.test(part.trim())))
  if (climbs) return 'leads out of the base URL'
  const hidden = segments.slice(1).some((reading) => reading.split(/[/\\]/).length > pathOnly(path).split('/').length)
  return hidden ? 'hides a slash in an escape' : null
}

/**
 * The words of a path as the laxest server might read them: every escape decoded, lower case, without parameters, blanks
 * and endings. Only for refusing.
 */
export function wordsOf(path: string): string[] {
  const all = readings(pathOnly(path)) ?? [path]
  const words = all.flatMap((reading) => reading.normalize('NFKC').toLowerCase().split(/[/\\]/))
  return [...new Set(words.map((word) => /^[\s\p{Cf}]*([\w-]*)/u.exec(word)?.[1] ?? '').filter((word) => word !== ''))]
}

function pathOnly(path: string): string {
  return path.split('?', 1)[0] ?? ''
}

/** The text, and what becomes of it each time that it is decoded, until nothing is left to decode; null when it can't be. */
function readings(text: string): string[] | null {
  const all = [text]
  for (let latest = text; latest.includes('%'); ) {
    const decoded = decodedOnce(latest)
    if (decoded === null && all.length === 1) return null
    // What is no escape by now does not keep a lax reader from decoding the others.
    const next =
      decoded ?? latest.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number(`0x${hex}`)))
    if (next === latest) break
    latest = next
    all.push(latest)
  }
  return all
}

function decodedOnce(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

export type RawMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'
export const rawMethods: readonly RawMethod[] = ['GET', 'POST', 'PUT', 'DELETE']

/** What a raw request may not do, and what to type instead; null when it may. */
export type RawRefusal = { why: string; instead: string }
