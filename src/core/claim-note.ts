/**
 * What mhloop writes on Loop's staff timeline about a refund (G1), and how it is read back: by installations that know
 * nothing of each other, and whatever Loop or a person has done to the text in between.
 */

/** As wide as the longest installation id; see `installationId` of the journal. */
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

/** Loop takes fewer than 255 characters (loop.md §5.6). */
const longest = 254

/**
 * The note by which one run claims one refund. ASCII without quotes or angle brackets, so that nothing escapes it. Why a
 * person has forced it stands behind the claim, as far as there is room (G11); the journal has all of it.
 */
export function claimNote(nonce: string, installationId: string, forcedBecause: string | null = null): string {
  const claim = `mhloop asks Loop for this refund now; please do not process it by hand. [mhloop-claim ${nonce} of ${installationId}]`
  if (forcedBecause === null) return claim
  // Begins with a letter that is no hexadecimal digit: nothing may lengthen the installation id.
  const why = ' Why it was forced: '
  const words = plainWords(forcedBecause)
  const room = longest - claim.length - why.length
  const text = `${claim}${why}${words.length > room ? `${words.slice(0, room - 3).trimEnd()}...` : words}`
  // Whatever a person writes: the note is read as if it were not there, or says only where it stands.
  return words !== '' && isReadAlike(text, claim) ? text : `${claim} Why it was forced stands in its history.`
}

/** Free text as words of ASCII on one line, without what a web page or a parser could take for more. */
function plainWords(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, (other) => (/\s/.test(other) ? ' ' : ''))
    .replace(/["'`<>&\\[\]{}]/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
}

/** Whether two notes say the same to whoever looks for claims, tags, installations and marks of refunds in them. */
export function isReadAlike(one: string, other: string): boolean {
  const [first, second] = [one, other].map((note) =>
    JSON.stringify([claimsIn(note), flagTagsIn(note), installationsIn(note), isProcessMark(note)]),
  )
  return first === second
}

/** One claim that a note speaks of. `nonce` is null when it can't be read: then nobody knows whose it is. */
export type ClaimTag = { nonce: string | null; installation: string | null }

/**
 * Every claim in a note, however it is spelt: only letters and digits count, so that neither case, white space, line
 * breaks nor an escaped hyphen hide one.
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

/** The tag by which the note of a flag's reasons is found again (note.ts). */
const flagTag = /\[mhloop ([0-9a-z-]{8})\]/g

export function flagTagsIn(content: string): string[] {
  return [...content.matchAll(flagTag)].map(([, tag]) => tag ?? '')
}

const processBody = new RegExp(`\\bmhloop"?\\s*[:=]\\s*"?(${uuid})\\b`, 'gi')

/** Ids of the installations that a note says have asked for a refund: the body of a refund becomes one (loop.md §5.1). */
export function installationsIn(content: string): string[] {
  return [...content.matchAll(processBody)].map(([, id]) => (id ?? '').toLowerCase())
}

const claimTag = new RegExp(`mhloop[^a-z0-9]*claim[^a-z0-9]*[0-9a-f]{32}([^a-z0-9]*of[^a-z0-9]*${uuid})?`, 'g')

/**
 * Whether a note is the body of a refund that some mhloop, this one or another, has asked Loop for. How Loop prints the
 * body is a guess (A-28): any note that names mhloop beside an installation id counts, unless it is a claim or a flag's.
 */
export function isProcessMark(content: string): boolean {
  if (installationsIn(content).length > 0) return true
  const rest = plain(content).replace(flagTag, '').replace(claimTag, '')
  return rest.includes('mhloop') && new RegExp(uuid).test(rest)
}
