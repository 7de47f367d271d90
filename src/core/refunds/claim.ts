import { printable } from '../text/printable.ts'
import { claimsIn, installationsIn, isProcessMark } from './claim-note.ts'

/**
 * Pays one refund at most once, although several journals don't know of each other (G1). A run that wants to pay posts
 * a claim to the return's timeline, reads until its own claim shows, and pays only if that same answer contains no
 * other claim and no refund, whatever their age, ids or order. Pure and total. What is assumed of Loop:
 * docs/assumptions.md, A-36.
 */

export type TimelineNote = { noteId: string; content: string; createdAt: string | null }

/** A note that forbids this payment for good. */
export type Blocker = {
  kind: 'claim' | 'illegible claim' | 'own claim twice' | 'process'
  note: TimelineNote
  /** The installation that wrote the note; null when the note does not say. */
  installation: string | null
}

/** What one reading of the timeline means for the run that drew `nonce`. */
export type Sighting =
  | { kind: 'blocked'; by: Blocker }
  /** The run's own claim shows, and no other note forbids the payment. */
  | { kind: 'alone' }
  /** The run's own claim does not show yet, or the timeline could not be read. Other claims may exist all the same. */
  | { kind: 'unseen' }

/** `notes`: null when Loop did not answer. `givenUp`: nonces that any run of this journal has given up. */
export function sightingOf(
  notes: readonly TimelineNote[] | null,
  nonce: string,
  givenUp: ReadonlySet<string>,
): Sighting {
  if (notes === null) return { kind: 'unseen' }
  const by = blockerIn(notes, nonce, givenUp)
  if (by !== null) return { kind: 'blocked', by }
  return notes.some(({ content }) => speaksOf(content, nonce)) ? { kind: 'alone' } : { kind: 'unseen' }
}

/** The first note that forbids the payment; null: none does. `nonce`: null when this run has claimed nothing yet. */
export function blockerIn(
  notes: readonly TimelineNote[],
  nonce: string | null,
  givenUp: ReadonlySet<string>,
): Blocker | null {
  const blocked = notes.map((note) => blockerOf(note, nonce, givenUp)).find((by) => by !== null)
  if (blocked !== undefined) return blocked
  // A machine was copied while it ran: both copies hold the same nonce, and both have posted it.
  const [, twice] = nonce === null ? [] : notes.filter(({ content }) => speaksOf(content, nonce))
  return twice === undefined ? null : { kind: 'own claim twice', note: twice, installation: null }
}

function blockerOf(note: TimelineNote, nonce: string | null, givenUp: ReadonlySet<string>): Blocker | null {
  for (const claim of claimsIn(note.content)) {
    const { installation } = claim
    if (claim.nonce === null) return { kind: 'illegible claim', note, installation }
    if (claim.nonce !== nonce && !givenUp.has(claim.nonce)) return { kind: 'claim', note, installation }
  }
  if (!isProcessMark(note.content)) return null
  return { kind: 'process', note, installation: installationsIn(note.content)[0] ?? null }
}

function speaksOf(content: string, nonce: string): boolean {
  return claimsIn(content).some((claim) => claim.nonce === nonce)
}

/** When the timeline is read until the claim shows, in milliseconds after the claim was posted. */
export const readsAt = [0, 500, 1_000, 2_000, 4_000] as const

/** The longest `claim-settle`, in seconds: a minute after reading both sides, that reading is too old to pay by. */
export const longestClaimSettle = 30

export type ClaimStep =
  | { kind: 'won' }
  | { kind: 'lost'; by: Blocker }
  /** Wait `after` milliseconds, then read again; `settling`: that reading decides. */
  | { kind: 'read'; after: number; settling: boolean }
  /** The claim did not show in time: nothing is paid, and the claim is given up. */
  | { kind: 'unseen' }

/**
 * The next step after a reading. `reads`: number of readings so far, this one included. `settle`: milliseconds to wait
 * from when the claim was seen, not from when it was posted. `settling`: this is the reading after that wait.
 */
export function nextClaimStep(
  sighting: Sighting,
  { reads, settle, settling }: { reads: number; settle: number; settling: boolean },
): ClaimStep {
  switch (sighting.kind) {
    case 'blocked':
      return { kind: 'lost', by: sighting.by }
    case 'alone':
      return settle <= 0 || settling ? { kind: 'won' } : { kind: 'read', after: settle, settling: true }
    case 'unseen': {
      const due = readsAt[reads]
      if (settling || due === undefined) return { kind: 'unseen' }
      return { kind: 'read', after: due - (readsAt[reads - 1] ?? 0), settling: false }
    }
  }
}

/** A claim that an earlier run of this journal gave up. */
export type PastClaim = {
  givenUpAt: string
  /** false: the note surely never reached Loop, so it can't be on the timeline. */
  posted: boolean
}

/** The most claims that are posted for one return. Then a person is asked, so that notes don't fill the timeline. */
export const mostClaims = 5
const firstPause = 60_000

export type MayClaim =
  /** `readsFirst`: read the timeline before posting, so that mhloop does not write to a Loop that it can't read. */
  { kind: 'claim'; readsFirst: boolean } | { kind: 'later'; notBefore: string } | { kind: 'exhausted'; claims: number }

/** Whether a return may be claimed again, given the claims of it that this journal has given up. */
export function mayClaim(past: readonly PastClaim[], now: string): MayClaim {
  const posted = past.filter((claim) => claim.posted)
  if (posted.length === 0) return { kind: 'claim', readsFirst: false }
  if (posted.length >= mostClaims) return { kind: 'exhausted', claims: posted.length }
  const last = Math.max(...posted.map(({ givenUpAt }) => Date.parse(givenUpAt)))
  const pause = firstPause * 2 ** (posted.length - 1)
  // A clock that was set back by more than the pause ends the pause (C5); a time that can't be read never ends it.
  const isDue = Math.abs(Date.parse(now) - last) >= pause
  return isDue ? { kind: 'claim', readsFirst: true } : { kind: 'later', notBefore: timestampOf(last + pause, now) }
}

function timestampOf(at: number, now: string): string {
  return Number.isNaN(at) ? now : new Date(at).toISOString()
}

/** Tells a person which note keeps this installation from paying. It names no shopper, because it is kept for ever. */
export function blockerText({ kind, note, installation }: Blocker, own: string): string {
  const at = note.createdAt === null ? '' : ` at ${printable(note.createdAt, 30)}`
  const who = installation === null ? 'another mhloop' : whose(installation, own)
  const where = `(note ${printable(note.noteId, 40)} on Loop's timeline)`
  switch (kind) {
    case 'claim':
      return `${who} claimed it${at} ${where}`
    case 'illegible claim':
      return `there is an illegible claim${at} ${where}`
    case 'own claim twice':
      return `its own claim appears twice${at} ${where}: this machine may have been copied while it was running`
    case 'process':
      return `${who} has already requested it from Loop${at} ${where}`
  }
}

function whose(installation: string, own: string): string {
  // This run did not draw the nonce, and this journal has not given it up. So a copy of this journal drew it, or this
  // journal did and was then restored from an older backup.
  if (installation === own) return 'this installation, or a copy of its journal,'
  return `installation ${installation.slice(0, 8)}…`
}
