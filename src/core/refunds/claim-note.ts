/**
 * Writes and reads the notes that mhloop leaves on Loop's staff timeline about a refund (G1). Installations without a
 * common journal read them, and Loop or a person may have changed the text in between.
 */

/** The form of an installation id; see `installationId` of the journal. */
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

/** Loop takes fewer than 255 characters (loop.md §5.6). */
const longest = 254

/** What a claim says besides. */
export type ClaimWords = {
  /** Why a person refunds it against the rules. */
  forcedBecause?: string | null
  /** How many units are taken out of the return, so that only the others are refunded. */
  removed?: number | null
}

/**
 * The note by which one run claims one refund. It is ASCII without quotes or angle brackets, so that no layer escapes
 * it. The reason for forcing the refund follows the claim, as far as there is room (G11); the journal has all of it.
 */
export function claimNote(nonce: string, installationId: string, said: ClaimWords = {}): string {
  const { forcedBecause = null, removed = null } = said
  const claim = `mhloop asks Loop for this refund now; please do not process it by hand. [mhloop-claim ${nonce} of ${installationId}]`
  // Begins with a letter that is no hexadecimal digit, so that it can't lengthen the installation id before it.
  if (removed !== null) return `${claim} Only what arrived is refunded: ${removed} of its units will be removed.`
  if (forcedBecause === null) return claim
  const why = ' Why it was forced: '
  const words = plainWords(forcedBecause)
  const room = longest - claim.length - why.length
  const text = `${claim}${why}${words.length > room ? `${words.slice(0, room - 3).trimEnd()}...` : words}`
  // A reason that would change how the note is read is replaced by a pointer to the history.
  return words !== '' && isReadAlike(text, claim) ? text : `${claim} Why it was forced stands in its history.`
}

/** Reduces free text to ASCII words on one line, without characters that a web page or a parser could interpret. */
function plainWords(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, (other) => (/\s/.test(other) ? ' ' : ''))
    .replace(/["'`<>&\\[\]{}]/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
}

/** Whether two notes contain the same claims, flag tags, installation ids and refund marks. */
export function isReadAlike(one: string, other: string): boolean {
  const [first, second] = [one, other].map((note) =>
    JSON.stringify([claimsIn(note), flagTagsIn(note), installationsIn(note), isProcessMark(note)]),
  )
  return first === second
}

/** One claim in a note. `nonce` is null when it can't be read: then it is unknown whose claim it is. */
export type ClaimTag = { nonce: string | null; installation: string | null }

/**
 * Finds every claim in a note, however it is spelt. Only letters and digits count, so that case, white space, line
 * breaks and escaped hyphens hide none.
 */
export function claimsIn(content: string): ClaimTag[] {
  const bare = plain(content).replace(/[^a-z0-9]/g, '')
  return [...bare.matchAll(/mhloop.{0,8}?claim/g)].map((found) => {
    const rest = bare.slice(found.index + found[0].length)
    const nonce = /^([0-9a-f]{32})(?![0-9a-f])/.exec(rest)?.[1] ?? null
    const digits = /^[0-9a-f]{32}of([0-9a-f]{32})(?![0-9a-f])/.exec(rest)?.[1]
    return { nonce, installation: digits === undefined ? null : hyphenated(digits) }
  })
}

function plain(content: string): string {
  return content.normalize('NFKC').toLowerCase()
}

function hyphenated(digits: string): string {
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => digits.slice(from, to))
    .join('-')
}

/** The tag by which the note that explains a flag is found again (flag-note.ts). */
const flagTag = /\[mhloop ([0-9a-z-]{8})\]/g

export function flagTagsIn(content: string): string[] {
  return [...content.matchAll(flagTag)].map(([, tag]) => tag ?? '')
}

const processBody = new RegExp(`\\bmhloop"?\\s*[:=]\\s*"?(${uuid})\\b`, 'gi')

/** The installations that have requested a refund, by the notes that Loop makes of request bodies (loop.md §5.1). */
export function installationsIn(content: string): string[] {
  return [...content.matchAll(processBody)].map(([, id]) => (id ?? '').toLowerCase())
}

const claimTag = new RegExp(`mhloop[^a-z0-9]*claim[^a-z0-9]*[0-9a-f]{32}([^a-z0-9]*of[^a-z0-9]*${uuid})?`, 'g')

/**
 * Whether a note is the body of a refund request by any mhloop, this one or another. How Loop prints the body is a
 * guess (A-28), so every note that contains `mhloop` and an installation id counts, unless they stand in a claim or a
 * flag's tag.
 */
export function isProcessMark(content: string): boolean {
  if (installationsIn(content).length > 0) return true
  const rest = plain(content).replace(flagTag, '').replace(claimTag, '')
  return rest.includes('mhloop') && new RegExp(uuid).test(rest)
}
