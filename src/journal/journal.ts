/**
 * What mhloop remembers: what was planned, sent and answered, and by whom. Nothing outside src/journal knows which
 * database holds it. Everything is keyed by merchant; times are RFC 3339 UTC strings by the caller's clock.
 */

import type { LimitsInForce } from '../core/refunds/limits.ts'
import type { EventClass, EventFilter, JournalEvent, NewEvent } from './events/journal-event.ts'
import type { ForgetWish, Forgotten } from './maintenance/forgettable.ts'
import type { JournalHealth } from './maintenance/health.ts'
import type { SettingChanges, Who } from './records/setting-changes.ts'
import type { PreviewRefunds } from './refunds/preview-refunds.ts'
import type { ParkedBecause, RefundClaims } from './refunds/refund-claims.ts'

export type { EventClass, EventFilter, JournalEvent, NewEvent } from './events/journal-event.ts'
export type { JournalHealth } from './maintenance/health.ts'
export type { SettingChange, Who } from './records/setting-changes.ts'
export type { ParkedBecause, RefundClaim } from './refunds/refund-claims.ts'

export const effectKinds = ['rma.create', 'rma.update', 'rma.delete', 'process', 'flag', 'note'] as const
export type EffectKind = (typeof effectKinds)[number]

/**
 * planned → sent → accepted → confirmed, with the exits refused, in_doubt, parked and abandoned.
 * - `sent`: committed with a full sync before the request; a crash leaves this state, and it then counts as in doubt.
 * - `accepted`: the vendor said yes, but does not show it yet.
 * - `parked`: can't be settled by reading; a person decides, with the evidence.
 * - `abandoned`: planned, but no longer wanted; never sent.
 */
export const effectStates = [
  'planned',
  'sent',
  'accepted',
  'confirmed',
  'refused',
  'in_doubt',
  'parked',
  'abandoned',
] as const
export type EffectState = (typeof effectStates)[number]

export type Effect = {
  effectId: string
  merchant: string
  returnId: string
  kind: EffectKind
  /** Always 0 for `process`, so that (merchant, return, process) is unique for ever (design.md, rules of money 1). */
  generation: number
  state: EffectState
  /** Digest of what the effect writes, to tell a repetition from a change. */
  digest: string
  /** What would be written; no secrets, no customer's data. */
  payload: unknown
  /** The latest evidence: answer, refusal, observation. */
  evidence: string | null
  /** Who planned it: `operator@host`, or a worker's name. */
  actor: string
  owner: string | null
  attempts: number
  plannedAt: string
  sentAt: string | null
  settledAt: string | null
  parkedBecause: ParkedBecause | null
}

export type NewEffect = Pick<Effect, 'merchant' | 'returnId' | 'kind' | 'generation' | 'digest' | 'payload' | 'actor'>

/** Read in the transaction that claims a refund, so that two processes can't both pass a limit. */
export type RefundLimits = {
  refundsPerHour: number
  refundsPerDay: number
  /** A person asked for this refund explicitly: passes `firstByHand` and `largestRefund`, no pause or other limit. */
  explicit: boolean
  /** How many explicit refunds must have been accepted or confirmed before the first automatic one. */
  firstByHand: number
  /** When the warehouse received the parcel; null: unknown. */
  receivedAt: string | null
  /** The lease that the run holds: one that has expired, or is another's, refuses the claim (F9). */
  lease?: Lease
  /** Digest of the Loop key that it would be sent by: pauses and limits hold for its account under any name (G10). */
  account?: string
  /** Whether the settings of these limits are still the stored ones (G4). Synchronous: asked within the transaction. */
  isCurrent?: () => boolean
  /**
   * How many claims of this return the journal had given up when the refund was decided. If there are more by now,
   * another run has claimed it meanwhile, and this run would take that run's note on the timeline for a stranger's
   * (G1).
   */
  pastClaims?: number
  /** How many refunds of the same plan would go out before this one, which the preview counts as sent (G12). */
  ahead?: number
  /** The largest refund that goes out without a person; null or absent: no limit. */
  largestRefund?: string | null
  /** What the shopper gets; null or absent: unknown, so that it is within no limit. */
  paidOut?: string | null
  /** The names of the account that these limits were made for: if it has others by now, the claim is refused (G10). */
  names?: readonly string[]
  /** For each limit, the name of the account that sets it. */
  setBy?: LimitsInForce['setBy']
}

/** The lease by which a worker shows that it is alive; it belongs to no merchant. */
export const workerLease = (worker: string): Lease => ({ subject: `worker ${worker}`, owner: worker })

/** Held for a while by one run. `owner` names that run only, so it also tells whether the lease is still the same. */
export type Lease = { subject: string; owner: string }

export type Claim =
  /** The nonce belongs to this run alone: a run that reads it in the journal later must not go on with it (G1). */
  | { claimed: true; effect: Effect; nonce: string }
  | {
      claimed: false
      code:
        | 'REFUNDS_PAUSED'
        | 'QUARANTINED'
        | 'MAYBE_SENT'
        | 'LEASE_LOST'
        | 'HOURLY_LIMIT'
        | 'DAILY_LIMIT'
        | 'FIRST_BY_HAND'
        | 'REFUND_TOO_LARGE'
        | 'POLICY_CHANGED'
        | 'NOT_PLANNED'
      message: string
    }

/** The status of a return between the two systems; one row per (merchant, return). */
export type LinkStatus = 'open' | 'held' | 'skipped' | 'failed' | 'received' | 'resolved' | 'gone'
export type Link = {
  merchant: string
  returnId: string
  customerIdentifier: string
  orderName: string | null
  /** Position of the return in its order, from 1, in the order in which mhloop first saw them (`#1001-R2`). */
  ordinal: number
  status: LinkStatus
  /** Why it is held, skipped or failed: a reason code. */
  reason: string | null
  /** Line item ids that the RMA was last built from, sorted; null before the first create. */
  announced: string[] | null
  /** Loop's `updated_at` when last seen. */
  returnUpdatedAt: string | null
  firstSeenAt: string
  lastSeenAt: string
}

export type HistoryEntry = {
  at: string
  merchant: string
  returnId: string
  /** `operator@host`, or a worker's name. */
  actor: string
  /** An effect's new state, which the journal writes with each step; or `seen`, `decided`, `forced`, … from callers. */
  what: string
  kind: EffectKind | null
  effectId: string | null
  /** One line for people; already safe to print. */
  message: string
}

export type Pause = { merchant: string | null; reason: string; actor: string; at: string }

/** At most this many permits in any minute, or a steady rate after a burst. */
export type PermitRate = { perMinute: number } | { perSecond: number; burst: number }
/** `ahead`: how many more to grant while the limit is far. `urgent`: for refunds, which may use the whole limit. */
export type PermitRequest = { wanted: number; ahead: number; urgent: boolean }

/**
 * A merchant whose journal may lack refunds, because it came from a backup or was moved while some were under way: none
 * goes out until every open return was read (F11).
 */
export type Quarantine = {
  merchant: string
  reason: string
  actor: string
  since: string
  /** The journal came from a backup: what was sent after that backup is not in it. */
  forgets: boolean
}

/** An effect without its payload and its history. */
export type EffectOutline = Pick<Effect, 'effectId' | 'returnId' | 'kind' | 'state' | 'sentAt'>
export type OutlineFilter = Required<Pick<EffectFilter, 'merchant' | 'kinds' | 'states'>>

export type EffectFilter = {
  merchant?: string
  returnIds?: readonly string[]
  kinds?: readonly EffectKind[]
  states?: readonly EffectState[]
}

export type LinkPick = { statuses: readonly LinkStatus[]; but: readonly string[]; most: number; start: number }

export type Journal = {
  /** Identifies this installation in what mhloop writes to Loop (F12). It is created once. */
  installationId(): Promise<string>
  /** Where the journal is, safe to print. */
  location: string
  /**
   * false once its file was deleted or replaced (G3). Asked when a request that moves money gets its permit, long after
   * the last transaction. Always true for a shared database, which only a transaction can ask.
   */
  isInPlace(): boolean

  effects: {
    /**
     * Inserts the effect, or returns the one that exists for (merchant, return, kind, generation): two planners agree
     * on one effect. A `process` that was never sent (planned or abandoned) takes the new digest and payload, and is
     * planned again.
     */
    plan(effect: NewEffect, at: string): Promise<Effect>
    planMany(effects: readonly NewEffect[], at: string): Promise<Effect[]>
    /** planned → sent, by compare-and-set; null when another run has claimed it. Not for `process`. */
    claim(effectId: string, owner: string, at: string): Promise<Effect | null>
    claimMany(effectIds: readonly string[], owner: string, at: string): Promise<Effect[]>
    /**
     * planned → sent for a `process`. The same transaction reads pause switch and budget, and stores the claim that
     * this run is about to post to Loop.
     */
    claimRefund(effectId: string, owner: string, at: string, limits: RefundLimits): Promise<Claim>
    /**
     * Compare-and-set from one of `from` to `to`, with the evidence; null when the effect was in none of them. Only
     * {@link Journal.claims.giveUp} puts a `process` back to planned. `because`: the refund was not sent; in state
     * `sent`, this is accepted only while its claim was never seen, else null. `attempts`: the try that this is about;
     * null is returned when it was sent again since, whatever its state is now (F9). A step that transitions.ts does
     * not allow throws JOURNAL_FORBIDDEN. The history entry is written with it.
     */
    settle(
      effectId: string,
      change: {
        from: readonly EffectState[]
        to: EffectState
        evidence: string
        at: string
        actor: string
        because?: ParkedBecause
        attempts?: number
      },
    ): Promise<Effect | null>
    settleMany(
      changes: readonly {
        effectId: string
        from: readonly EffectState[]
        to: EffectState
        evidence: string
        because?: ParkedBecause
        attempts?: number
      }[],
      by: { at: string; actor: string },
    ): Promise<void>
    find(filter: EffectFilter): Promise<Effect[]>
    /** Like `find`, for filters that may match many: page by page, state by state, each in the order of planning. */
    outline(filter: OutlineFilter): AsyncIterable<EffectOutline[]>
    get(effectId: string): Promise<Effect | null>
    /** Highest generation used for (merchant, return, kind), or -1. */
    lastGeneration(merchant: string, returnId: string, kind: EffectKind): Promise<number>
  }

  claims: RefundClaims

  links: {
    get(merchant: string, returnId: string): Promise<Link | null>
    find(
      merchant: string,
      filter?: { returnIds?: readonly string[]; statuses?: readonly LinkStatus[]; orderName?: string },
    ): Promise<Link[]>
    /** The ids of at most `most` returns of these statuses, but not of `but`: evenly from the whole row, see evenly.ts. */
    pick(merchant: string, pick: LinkPick): Promise<string[]>
    /** Registers returns as seen; known ones keep ordinal, status, first-seen. Returns the rows, in the order given. */
    see(
      merchant: string,
      returns: readonly {
        returnId: string
        customerIdentifier: string
        orderName: string | null
        returnUpdatedAt: string | null
      }[],
      at: string,
    ): Promise<Link[]>
    setStatus(
      merchant: string,
      changes: readonly { returnId: string; status: LinkStatus; reason: string | null; announced?: string[] | null }[],
      at: string,
    ): Promise<void>
  }

  history: {
    append(entries: readonly HistoryEntry[]): Promise<void>
    of(merchant: string, returnId: string): Promise<HistoryEntry[]>
  }

  /** Who changed which switch or setting of which merchant (G11). */
  changes: SettingChanges

  /**
   * A cursor is a vendor's timestamp. It is stored only after its page is committed, and never moved back (F40). One
   * that is more than 5 minutes ahead of our clock is stored as now.
   */
  cursors: {
    get(merchant: string, name: string): Promise<string | null>
    advance(merchant: string, name: string, to: string): Promise<void>
  }

  /**
   * Leases only save work; correctness rests on the compare-and-set of effects (F8). They expire by the journal's own
   * clock, whatever the clocks of the machines that share it say.
   */
  leases: {
    /** Also renews: the owner of the lease gets it again. */
    acquire(merchant: string, subject: string, owner: string, milliseconds: number): Promise<boolean>
    release(merchant: string, subject: string, owner: string): Promise<void>
  }

  /**
   * Permits at a vendor for all processes that share the journal: a permit that one takes is gone for the others (F44).
   * `credential` is a digest. See grant-permits.ts.
   */
  permits: {
    lifetime: number
    take(credential: string, rate: PermitRate, request: PermitRequest): Promise<{ permits: number; wait: number }>
    pause(credential: string, milliseconds: number): Promise<void>
  }

  refunds: {
    pauses(): Promise<Pause[]>
    /** `merchant: null` pauses all merchants. Pausing and resuming are both recorded in `changes` (G11). */
    pause(merchant: string | null, reason: string, actor: string | Who, at: string): Promise<void>
    resume(merchant: string | null, actor: string | Who, at: string): Promise<boolean>
    /** Remembers that a merchant works with a Loop account (a digest of its key). `anew`: since now, even if known. */
    joinAccount(merchant: string, account: string, at: string, options?: { anew: boolean }): Promise<void>
    /**
     * The other names of the account that a merchant had last worked with at this time, if it is not the given account;
     * null when it is the given one, under whichever key, or unknown.
     */
    otherAccount(merchant: string, account: string, at: string): Promise<string[] | null>
    /** Whether the journal knows an account of this merchant. */
    hasAccount(merchant: string): Promise<boolean>
    /** Every other name under which its account has worked; without `account`, the account that the journal knows. */
    namesBeside(merchant: string, account?: string): Promise<string[]>
    /** How many refunds of its account were sent after this time, under all names, to show the budget. */
    sentSince(merchant: string, since: string, account?: string): Promise<number>
    /** How many explicit refunds of its account Loop accepted: what `firstByHand` counts. */
    countExplicit(merchant: string, account?: string): Promise<number>
    /** Why each of these refunds would not go out now, by the checks of the claim (G12). */
    refusals: PreviewRefunds
    /** The quarantine of this merchant now, its own or that of all; null: none. */
    quarantineOf(merchant: string): Promise<Quarantine | null>
    /** `merchant: null` quarantines all merchants, even those that the journal does not know. */
    quarantine(merchant: string | null, reason: string, actor: string, at: string): Promise<void>
    /** Releases this merchant only; false when it was not in quarantine. */
    release(merchant: string, actor: string, at: string): Promise<boolean>
  }

  events: {
    /**
     * Stores all in one transaction with a full sync, except repetitions (merchant, source, digest). Returns for each,
     * in the order given, whether it was new. A webhook of Loop that repeats an earlier one after another event of its
     * return counts as new; see repeated-events.ts.
     */
    storeMany(events: readonly NewEvent[]): Promise<boolean[]>
    /**
     * Takes new events that are due, oldest first, for this worker alone: several workers on one inbox take different
     * returns. Other workers may take an event again once it is settled or given back, or the taker's {@link
     * workerLease} has expired.
     */
    take(merchant: string, worker: string, now: string, limit: number, only?: EventClass): Promise<JournalEvent[]>
    /** Lets other workers take what this worker has taken. */
    giveBack(merchant: string, worker: string): Promise<void>
    /** Calls back with a merchant that has new events from another process; null: any one. Some engines never do. */
    listen(heard: (merchant: string | null) => void): Promise<void>
    find(filter: EventFilter): Promise<JournalEvent[]>
    get(eventId: string): Promise<JournalEvent | null>
    settleMany(
      changes: readonly {
        eventId: string
        state: JournalEvent['state']
        tries: number
        nextTryAt: string | null
        reason: string | null
      }[],
      at: string,
    ): Promise<void>
    /** Makes events new again, as if they had just come. Returns how many. */
    replay(eventIds: readonly string[]): Promise<number>
    /**
     * When the oldest new event was received; null: there is none. Callbacks about returns that the journal does not
     * know are left out: they may wait, and anybody with a token can make them up (H2).
     */
    oldestNew(merchant?: string): Promise<string | null>
    /** Empties the bodies of events that were received before this time. Returns how many. */
    forgetBodies(before: string): Promise<number>
  }

  /** Every merchant that has effects, return records or events. */
  merchants(): Promise<string[]>
  /** Removes what identifies a shopper; never a refund (F64). */
  forget(request: ForgetWish): Promise<Forgotten>
  health(options?: { deep?: boolean }): Promise<JournalHealth>
  close(): Promise<void>
}
