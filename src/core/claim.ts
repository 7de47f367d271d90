import { claimsIn, installationsIn, isProcessMark } from './claim-note.ts'
import { printable } from './text.ts'

/**
 * One refund over journals that do not know of each other (G1). Each run that wants to pay posts a claim to the return's
 * timeline, reads until its own claim shows, and pays only if no other claim and no refund stands in that same answer:
 * whatever their age, ids or order. Pure and total; what is asked of Loop stands in docs/assumptions.md.
 */

export type TimelineNote = { noteId: string; content: string; createdAt: string | null }

/** A note that forbids to pay, for ever. */
export type Blocker = {
  kind: 'claim' | 'illegible claim' | 'own claim twice' | 'process'
  note: TimelineNote
  /** Whose it is, as far as it says. */
  installation: string | null
}

/** What one reading of the timeline says to the run that has drawn `nonce`. */
export type Sighting =
  | { kind: 'blocked'; by: Blocker }
  /** The own claim shows, and nothing else that blocks. */
  | { kind: 'alone' }
  /** The own claim does not show yet, or nothing could be read: that is never "nobody is there". */
  | { kind: 'unseen' }

/** `notes`: null when Loop did not say. `givenUp`: nonces that this journal has given up, whichever run drew them. */
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

/** The first note that forbids to pay; `nonce`: null when this run has claimed nothing yet. */
export function blockerIn(
  notes: readonly TimelineNote[],
  nonce: string | null,
  givenUp: ReadonlySet<string>,
): Blocker | null {
  const blocked = notes.map((note) => blockerOf(note, nonce, givenUp)).find((by) => by !== null)
  if (blocked !== undefined) return blocked
  // A machine that was copied while it ran holds the same nonce twice, and has posted it twice.
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

/** Milliseconds after the claim was posted at which the timeline is read, until the claim shows. */
export const readsAt = [0, 500, 1_000, 2_000, 4_000] as const

/** Seconds: what was read of both sides is too old to pay by a minute later. */
export const longestClaimSettle = 30

export type ClaimStep =
  | { kind: 'won' }
  | { kind: 'lost'; by: Blocker }
  /** Wait so many milliseconds, then read again; `settling`: that reading decides. */
  | { kind: 'read'; after: number; settling: boolean }
  /** Not seen in time. Nothing is paid, and this claim is given up. */
  | { kind: 'unseen' }

/**
 * What comes after a reading. `reads`: readings so far, this one included; `settle`: milliseconds to wait from the moment
 * at which the claim was seen, not from that at which it was posted; `settling`: this is the reading after that wait.
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

/** A claim that an earlier run of this journal has given up. */
export type PastClaim = {
  givenUpAt: string
  /** False: it surely never reached Loop, so it can't have come to the timeline. */
  posted: boolean
}

/** So many claims are posted for one return; then a person is asked, for the timeline is no place for a thousand notes. */
export const mostClaims = 5
const firstPause = 60_000

export type MayClaim =
  /** `readsFirst`: the timeline is read before anything is posted, so that a Loop that can't be read is not written to. */
  { kind: 'claim'; readsFirst: boolean } | { kind: 'later'; notBefore: string } | { kind: 'exhausted'; claims: number }

/** Whether a return may be claimed once more, by what became of this journal's earlier claims of it. */
export function mayClaim(past: readonly PastClaim[], now: string): MayClaim {
  const posted = past.filter((claim) => claim.posted)
  if (posted.length === 0) return { kind: 'claim', readsFirst: false }
  if (posted.length >= mostClaims) return { kind: 'exhausted', claims: posted.length }
  const last = Math.max(...posted.map(({ givenUpAt }) => Date.parse(givenUpAt)))
  const pause = firstPause * 2 ** (posted.length - 1)
  // A clock that was set back makes nobody wait longer (C5); one that can't be read makes nobody wait less.
  const isDue = Math.abs(Date.parse(now) - last) >= pause
  return isDue ? { kind: 'claim', readsFirst: true } : { kind: 'later', notBefore: timestampOf(last + pause, now) }
}

function timestampOf(at: number, now: string): string {
  return Number.isNaN(at) ? now : new Date(at).toISOString()
}

/** What a person is told of the note that keeps this installation from paying. Names no shopper: it is kept for ever. */
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
  // Not by this run, and not given up in this journal: so by a copy of it, or before it was restored.
  if (installation === own) return 'this installation, or a copy of its journal,'
  return `installation ${installation.slice(0, 8)}…`
}
