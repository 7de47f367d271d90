/** What must hold at the moment when money could move, compared with the ground truth and the committed journal. */

import type { Policy } from '../../src/core/merchants/policy.ts'
import { claimsIn } from '../../src/core/refunds/claim-note.ts'
import type { HttpRequest } from '../../src/http/transport.ts'
import type { Effect } from '../../src/journal/journal.ts'
import { mustWait } from './boxes-oracle.ts'
import type { Held } from './installation.ts'
import type { Loop, LoopReturn, LoopVersion } from './loop.ts'
import { latest, type MasonHub } from './masonhub.ts'
import { allAvailable, isProcessed } from './oracle.ts'
import { limitsInForce, type Profile } from './profile.ts'
import type { RefundRow, Stores } from './store.ts'
import type { World } from './world.ts'

/**
 * A refund rests on a reading of the last minute (src/usecases/resolve/resolve.ts), which saw what was true up to 25 s
 * (Loop) or two minutes (MasonHub) before it.
 */
const readWithin = { loop: 60_000 + 26_000, masonhub: 60_000 + 120_000 }

/** The most claims that one journal may post for a return. */
const mostClaims = 5

export type Watch = {
  /** The journal has committed that a refund may be sent. */
  refundClaimed(effect: Effect, by: Held): void
  /** A refund leaves for Loop. */
  refundLeaves(returnId: string, by: Held): void
  /** A claim leaves for the timeline (G1). */
  claimLeaves(claim: Claimed, by: Held): void
  /** How many claims of one journal reached the return's timeline, if too many; otherwise null. */
  tooManyClaims(record: LoopReturn): number | null
  /** A flag leaves for Loop. */
  flagLeaves(returnId: string, by: Held): void
  /** An operator asks for this flag. */
  requestFlag(returnId: string): void
  /** An operator forces this refund. */
  force(returnId: string): void
  readonly forced: ReadonlySet<string>
  /** Whether any process with this journal, under this name, ever sent a refund. */
  hasLeft(returnId: string, from: Stores, name: string): boolean
  /** Whether another journal, or another name, seems to have claimed or sent it. */
  isContended(returnId: string, from: Stores, name: string): boolean
}

type Watched = { world: World; loop: Loop; masonhub: MasonHub }

export function createWatch({ world, loop, masonhub }: Watched): Watch {
  const forced = new Set<string>()
  const requestedFlags = new Set<string>()
  /** For all installations: each may pay what no other has paid. */
  const remaining = new Map<string, Held[]>()
  /** Claims that were sent, by return. */
  const claims = new Map<string, Held[]>()
  /** The journal of each claim, by the claim's text. */
  const posted = new Map<string, Stores>()
  /** The policy that was stored when a refund was claimed. */
  const claimedUnder = new WeakMap<Profile, Map<string, Policy>>()

  function wrongClaim(record: LoopReturn, row: RefundRow, { stores, profile }: Held): string | null {
    if (profile.merchant === null) return 'for a merchant that was removed'
    if (profile.journal?.id !== stores.installationId) return 'by a journal that is not the merchant’s'
    const limits = limitsInForce(profile, stores.joined()) ?? profile.merchant.policy.limits
    const policy = { ...profile.merchant.policy, limits }
    // The claim itself is among those that were sent. All names of an account count together (G10).
    const { inHour, inDay, pauses, explicit } = stores.refundsAround(row.sent_at ?? '')
    if (pauses > 0) return 'while refunds were paused'
    if (inHour > limits.refundsPerHour || inDay > limits.refundsPerDay)
      return `as the ${inHour}. in an hour, and ${inDay}. in a day`
    if (row.by_hand === 1) return null
    if (explicit < limits.firstByHand) return `with ${explicit} by hand before`
    return againstPolicy(record, policy, forced)
  }

  function wrongRefund(record: LoopReturn, { stores, profile }: Held): string | null {
    const { returnId, outcome, versions } = record
    const row = stores.refundRow(profile.name, returnId)
    const policy = claimedUnder.get(profile)?.get(returnId)
    // A process whose clock is far ahead takes a refund that waits for its permit for one that Loop has not processed
    // (C5).
    const isMisdated = row?.state === 'parked' && world.faults.has('clock jump')
    if (row?.state !== 'sent' && !isMisdated) return `while the journal says ${row?.state ?? 'nothing'}`
    const readings = versions.filter((_, index) => isSince(versions[index + 1], world.now() - readWithin.loop))
    if (readings.every(({ wasProcessed, refunds }) => wasProcessed || refunds > 0)) return 'although paid before'
    if (forced.has(returnId)) return null
    if (policy === undefined || !isProcessed(outcome, policy)) return `with outcome ${outcome}`
    return couldSeeAllAvailable(returnId, readings) ? null : 'and not all available'
  }

  function couldSeeAllAvailable(returnId: string, readings: readonly LoopVersion[]): boolean {
    const receipts = masonhub
      .byIdentifier(returnId)
      .flatMap(({ versions }) =>
        versions.filter((_, index) => isSince(versions[index + 1], world.now() - readWithin.masonhub)),
      )
    return readings.some(
      (version) => version.state === 'open' && receipts.some((receipt) => allAvailable(version, receipt)),
    )
  }

  /** A person's flag may come at any time, and so does one by a wrong clock. */
  function wrongFlag(record: LoopReturn, { profile }: Held): boolean {
    const { returnId, outcome, versions } = record
    const policies = profile.policies.filter((policy) => isProcessed(outcome, policy))
    if (requestedFlags.has(returnId) || world.faults.has('clock jump') || policies.length < profile.policies.length)
      return false
    const readings = versions.filter((_, index) => isSince(versions[index + 1], world.now() - readWithin.loop))
    const [rma, ...others] = masonhub.byIdentifier(returnId).filter((one) => latest(one).status !== 'deleted')
    if (rma === undefined || rma.isForeign || others.length > 0) return false
    const receipts = rma.versions.filter((_, index) =>
      isSince(rma.versions[index + 1], world.now() - readWithin.masonhub),
    )
    const days = Math.min(...policies.map(({ waits }) => waits.otherBox))
    return readings.every((loopVersion) =>
      receipts.every((version) => mustWait(record, { loop: loopVersion, rma: version, days, now: world.now() })),
    )
  }

  return {
    forced,
    requestFlag: (returnId) => void requestedFlags.add(returnId),
    flagLeaves(returnId, by) {
      const record = loop.returns.get(returnId)
      if (record !== undefined && wrongFlag(record, by))
        world.violation(`the flag of ${returnId} left although all that is missing is in boxes that move`)
    },
    force: (returnId) => void forced.add(returnId),
    claimLeaves({ returnId, content }, by) {
      const row = by.stores.refundRow(by.profile.name, returnId)
      // A process whose clock is far ahead parks what it is about to send (C5).
      if (row?.state !== 'sent' && !world.faults.has('clock jump'))
        world.violation(`a claim of ${returnId} left while the journal says ${row?.state ?? 'nothing'}`)
      claims.set(returnId, [...(claims.get(returnId) ?? []), by])
      posted.set(content, by.stores)
    },
    tooManyClaims({ notes }) {
      const visible = notes.flatMap(({ content, isCopy }) => (isCopy ? [] : (posted.get(content) ?? [])))
      // A journal that came from a backup has forgotten some (F11).
      const most = ({ forgotten }: Stores) => (Number.isFinite(forgotten.to) ? 2 : 1) * mostClaims
      const [first] = [...Map.groupBy(visible, (stores) => stores)].filter(([stores, all]) => all.length > most(stores))
      return first === undefined ? null : first[1].length
    },
    isContended: (returnId, from, name) =>
      // A claim that the network delivers twice looks like the claim of a machine that was copied while it ran.
      loop.returns.get(returnId)?.notes.some(({ content, isCopy }) => isCopy && claimsIn(content).length > 0) ===
        true ||
      [...(claims.get(returnId) ?? []), ...(remaining.get(returnId) ?? [])].some(
        ({ stores, profile }) => stores !== from || profile.name !== name,
      ),
    hasLeft: (returnId, from, name) =>
      remaining.get(returnId)?.some(({ stores, profile }) => stores === from && profile.name === name) ?? false,
    refundClaimed({ returnId }, by) {
      const { stores, profile } = by
      const [record, row] = [loop.returns.get(returnId), stores.refundRow(profile.name, returnId)]
      const wrong = record === undefined || row === undefined ? 'and does not exist' : wrongClaim(record, row, by)
      if (wrong !== null) world.violation(`a refund of ${returnId} was claimed ${wrong}`)
      if (profile.merchant === null) return
      const under = claimedUnder.get(profile) ?? new Map<string, Policy>()
      claimedUnder.set(profile, under.set(returnId, profile.merchant.policy))
    },
    refundLeaves(returnId, by) {
      if (remaining.has(returnId)) world.violation(`the refund of ${returnId} left twice`)
      remaining.set(returnId, [...(remaining.get(returnId) ?? []), by])
      const record = loop.returns.get(returnId)
      const wrong = record === undefined ? 'and does not exist' : wrongRefund(record, by)
      if (wrong !== null) world.violation(`the refund of ${returnId} left ${wrong}`)
    },
  }
}

/** Why a merchant's rules don't allow this refund without a person. */
function againstPolicy(record: LoopReturn, policy: Policy, forced: ReadonlySet<string>): string | null {
  const { limits, cutoff, refunds, destinations } = policy
  if (!refunds) return 'with refunds off'
  if (limits.largestRefund !== null && Number(record.amount) > Number(limits.largestRefund))
    return `with ${record.amount}`
  if (destinations.length > 0 && !destinations.includes(String(record.destinationId)))
    return `for destination ${record.destinationId}`
  if (!isProcessed(record.outcome, policy) && !forced.has(record.returnId)) return `with outcome ${record.outcome}`
  return cutoff !== null && record.createdAt < Date.parse(cutoff) ? 'from before the cut-off' : null
}

/** Whether a version was still true at, or after, a time: it has no successor, or a later one. */
function isSince(next: { at: number } | undefined, since: number): boolean {
  return next === undefined || next.at >= since
}

/** The return that a request would pay; null: none. */
export function refundedBy({ method, path }: HttpRequest): string | null {
  return method === 'POST' ? (/^\/warehouse\/return\/(\d+)\/process$/.exec(path)?.[1] ?? null) : null
}

/** The return that a request would flag; null: none. */
export function flaggedBy({ method, path }: HttpRequest): string | null {
  return method === 'POST' ? (/^\/warehouse\/return\/(\d+)\/flag$/.exec(path)?.[1] ?? null) : null
}

export type Claimed = { returnId: string; content: string }

/** The return whose refund a request would claim, and the text of the claim; null: none. */
export function claimedBy({ method, path, body }: HttpRequest): Claimed | null {
  const content = (body as { content?: unknown } | undefined)?.content
  if (method !== 'POST' || typeof content !== 'string' || !content.includes('mhloop-claim')) return null
  const returnId = /^\/warehouse\/return\/(\d+)\/note$/.exec(path)?.[1]
  return returnId === undefined ? null : { returnId, content }
}
