/** Checks paths that a person typed for a request with stored credentials. */

/** Why a path is refused, to end a sentence; null when every server reads it as below the vendor's base URL (F63). */
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
  // A server on the way may decode again, so no level of decoding may lead out of the base URL.
  const climbs = segments.some((reading) => reading.split(/[/\\]/).some((part) => /^\.\.?(?:;.*)?$/.test(part.trim())))
  if (climbs) return 'leads out of the base URL'
  const hidden = segments.slice(1).some((reading) => reading.split(/[/\\]/).length > pathOnly(path).split('/').length)
  return hidden ? 'hides a slash in an escape' : null
}

/**
 * The words of a path as the laxest server might read them: every escape decoded, lower case, without parameters,
 * blanks and file endings. Good only for refusing.
 */
export function wordsOf(path: string): string[] {
  const all = readings(pathOnly(path)) ?? [path]
  const words = all.flatMap((reading) => reading.normalize('NFKC').toLowerCase().split(/[/\\]/))
  return [...new Set(words.map((word) => /^[\s\p{Cf}]*([\w-]*)/u.exec(word)?.[1] ?? '').filter((word) => word !== ''))]
}

function pathOnly(path: string): string {
  return path.split('?', 1)[0] ?? ''
}

/** The text and the result of each further decoding, until nothing is left to decode; null when it can't be decoded. */
function readings(text: string): string[] | null {
  const all = [text]
  for (let latest = text; latest.includes('%'); ) {
    const decoded = decodedOnce(latest)
    if (decoded === null && all.length === 1) return null
    // A stray % must not hide the other escapes, which a lax server still decodes.
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

/** Why a raw request is refused, and what to type instead. */
export type RawRefusal = { why: string; instead: string }
