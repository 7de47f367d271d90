/**
 * The durable memory: what was planned, sent, answered, and by whom. Nothing above src/journal knows which database
 * holds it. Everything is keyed by merchant; times are RFC 3339 UTC strings given by the caller's clock.
 */

import type { LimitsInForce } from '../core/limits.ts'
import type { ForgetWish, Forgotten } from './forgettable.ts'
import type { JournalHealth } from './health.ts'
import type { EventClass, EventFilter, JournalEvent, NewEvent } from './journal-event.ts'
import type { PreviewRefunds } from './preview-refunds.ts'
import type { ParkedBecause, RefundClaims } from './refund-claims.ts'
import type { SettingChanges, Who } from './setting-changes.ts'

export type { JournalHealth } from './health.ts'
export type { EventClass, EventFilter, JournalEvent, NewEvent } from './journal-event.ts'
export type { ParkedBecause, RefundClaim } from './refund-claims.ts'
export type { SettingChange, Who } from './setting-changes.ts'

export const effectKinds = ['rma.create', 'rma.update', 'rma.delete', 'process', 'flag', 'note'] as const
export type EffectKind = (typeof effectKinds)[number]

/**
 * planned → sent → accepted → confirmed, with the exits refused, in_doubt, parked and abandoned.
 * - `sent`: committed with a full sync before the request; a crash leaves it here, and it then counts as in doubt.
 * - `accepted`: the vendor said yes but it is not yet seen in its state.
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
  /** `operator@host` or worker name of whoever planned it. */
  actor: string
  owner: string | null
  attempts: number
  plannedAt: string
  sentAt: string | null
  settledAt: string | null
  parkedBecause: ParkedBecause | null
}

export type NewEffect = Pick<Effect, 'merchant' | 'returnId' | 'kind' | 'generation' | 'digest' | 'payload' | 'actor'>

/** Read inside the transaction that claims a refund, so that no two processes can both pass a limit. */
export type RefundLimits = {
  refundsPerHour: number
  refundsPerDay: number
  /** A person asked for this refund by name: passes `firstByHand`. Pauses and limits hold for it as for any other. */
  explicit: boolean
  /** How many refunds by hand must have been accepted or confirmed before the first automatic one. */
  firstByHand: number
  /** When the warehouse received it; null: nobody knows. */
  receivedAt: string | null
  /** The lease under which it is claimed: one that has ended, or is another's, refuses (F9). */
  lease?: Lease
  /** Digest of the Loop key that it would be sent with: pauses and limits hold for its account under every name (G10). */
  account?: string
  /** Whether the settings that these limits come from are still the stored ones (G4). Synchronous: it is asked in the transaction. */
  isCurrent?: () => boolean
  /**
   * Claims of this return that this journal had given up when it was decided. Once there are more, another run has claimed
   * it meanwhile, and what the decision knows of the timeline takes that run's note for a stranger's (G1).
   */
  pastClaims?: number
  /** Refunds of the same plan that would go out before this one: the budget is shown as they will leave it (G12). */
  ahead?: number
  /** The largest refund that goes out without a person; null or absent: any. */
  largestRefund?: string | null
  /** What the shopper gets by this one; null or absent: nobody knows, so it is within no limit. */
  paidOut?: string | null
  /** The names of its account that these limits were made of: once there are others, nothing is claimed by them (G10). */
  names?: readonly string[]
  /** Whose limit each of them is, by the names of the account. */
  setBy?: LimitsInForce['setBy']
}

/** The lease by which a worker shows that it lives, of no merchant. */
export const workerLease = (worker: string): Lease => ({ subject: `worker ${worker}`, owner: worker })

/** Held for a while by one run; `owner` names that very run, so it also tells whether the lease is still the same. */
export type Lease = { subject: string; owner: string }

export type Claim =
  /** The nonce is this run's alone: whoever reads it in the journal later has no right to go on with it (G1). */
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

/** Where a return stands between the two systems; one row per (merchant, return). */
export type LinkStatus = 'open' | 'held' | 'skipped' | 'failed' | 'received' | 'resolved' | 'gone'
export type Link = {
  merchant: string
  returnId: string
  customerIdentifier: string
  orderName: string | null
  /** Counts the returns of an order from 1, in the order in which we first saw them (`#1001-R2`). */
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
  /** An effect's new state, written by the journal itself with each step; or `seen`, `decided`, `forced`, … by callers. */
  what: string
  kind: EffectKind | null
  effectId: string | null
  /** One line for people; already safe to print. */
  message: string
}

export type Pause = { merchant: string | null; reason: string; actor: string; at: string }

/** Of returns that were over before a moment, of one merchant or of all. */
/** At most so many in any minute, or a steady rate after a burst. */
export type PermitRate = { perMinute: number } | { perSecond: number; burst: number }
/** `ahead`: so many more, if the limit is far; `urgent`: for refunds, which may use all of it. */
export type PermitRequest = { wanted: number; ahead: number; urgent: boolean }

/**
 * A merchant whose journal may have forgotten refunds, because it came from a backup or was moved while some were under
 * way: none goes out until every open return was read (F11).
 */
export type Quarantine = {
  merchant: string
  reason: string
  actor: string
  since: string
  /** It came from a backup: what was sent since that was made is not in it. */
  forgets: boolean
}

/** An effect without what it says and how it went. */
export type EffectOutline = Pick<Effect, 'effectId' | 'returnId' | 'kind' | 'state' | 'sentAt'>
export type OutlineFilter = Required<Pick<EffectFilter, 'merchant' | 'kinds' | 'states'>>

export type EffectFilter = {
  merchant?: string
  returnIds?: readonly string[]
  kinds?: readonly EffectKind[]
  states?: readonly EffectState[]
}

export type Journal = {
  /** Identifies this installation in what we write to Loop (F12); made once. */
  installationId(): Promise<string>
  /** Where it is, as it may be shown. */
  location: string
  /**
   * False once its file was deleted or replaced (G3): asked when a request that moves money gets its turn on the wire, long
   * after the last transaction. Of a shared database always true: only a transaction can tell.
   */
  isInPlace(): boolean

  effects: {
    /**
     * Inserts, or returns the row that exists for (merchant, return, kind, generation): two planners agree on one effect.
     * A `process` that was never sent (planned or abandoned) takes digest and payload anew, and is planned again.
     */
    plan(effect: NewEffect, at: string): Promise<Effect>
    planMany(effects: readonly NewEffect[], at: string): Promise<Effect[]>
    /** planned → sent, by compare-and-set; null when someone else has it. Not for `process`. */
    claim(effectId: string, owner: string, at: string): Promise<Effect | null>
    claimMany(effectIds: readonly string[], owner: string, at: string): Promise<Effect[]>
    /**
     * planned → sent for a `process`, with pause switch and budget read in the same transaction, in which the claim is
     * remembered that this run is about to post to Loop.
     */
    claimRefund(effectId: string, owner: string, at: string, limits: RefundLimits): Promise<Claim>
    /**
     * Compare-and-set from one of `from` to `to`, with the evidence; null when the effect was in none of them.
     * A `process` never goes back to planned but by {@link Journal.claims.giveUp}. `because`: of a refund that was not sent;
     * one that reads sent is settled by it only while its claim was never seen, else null.
     * `attempts`: of the try that was read; null when it was sent again since, whatever its state is now (F9).
     * A step that transitions.ts does not allow throws JOURNAL_FORBIDDEN. The history entry is written with it.
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
      }[],
      by: { at: string; actor: string },
    ): Promise<void>
    find(filter: EffectFilter): Promise<Effect[]>
    /** As `find`, for filters that may match very many: page by page, state by state, each in the order planned. */
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
    /** Registers returns as seen; keeps ordinal, standing and first-seen of known ones. Returns the rows, in the order given. */
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
   * A cursor is a remote timestamp; stored only after its page is committed, and never moved back (F40). One that lies
   * more than 5 minutes ahead of our clock is stored as now.
   */
  cursors: {
    get(merchant: string, name: string): Promise<string | null>
    advance(merchant: string, name: string, to: string): Promise<void>
  }

  /**
   * Leases are for efficiency only; correctness rests on the compare-and-set of effects (F8). They end by the journal's
   * own clock, whatever the clocks of the machines that share it say.
   */
  leases: {
    /** Also renews: the same owner gets it again. */
    acquire(merchant: string, subject: string, owner: string, milliseconds: number): Promise<boolean>
    release(merchant: string, subject: string, owner: string): Promise<void>
  }

  /**
   * Turns at a vendor for all processes that share the journal: what one takes, the others can't have (F44). The
   * credential is a digest of it. See turn-book.ts.
   */
  permits: {
    lifetime: number
    take(credential: string, rate: PermitRate, request: PermitRequest): Promise<{ permits: number; wait: number }>
    pause(credential: string, milliseconds: number): Promise<void>
  }

  refunds: {
    pauses(): Promise<Pause[]>
    /** `merchant: null` pauses all of them. The change is remembered with it, as that of `resume` (G11). */
    pause(merchant: string | null, reason: string, actor: string | Who, at: string): Promise<void>
    resume(merchant: string | null, actor: string | Who, at: string): Promise<boolean>
    /** Remembers that a merchant works with a Loop account: a digest of its key. `anew`: since now, known before or not. */
    joinAccount(merchant: string, account: string, at: string, options?: { anew: boolean }): Promise<void>
    /**
     * The other names of the account that a merchant last worked with by a moment, when that is another one than this;
     * null when it is this one, under whichever key, or nobody can tell.
     */
    otherAccount(merchant: string, account: string, at: string): Promise<string[] | null>
    /** Whether it is known which account this merchant works with. */
    hasAccount(merchant: string): Promise<boolean>
    /** Every other name under which its account has worked; the account is the known one unless it is given. */
    namesBeside(merchant: string, account?: string): Promise<string[]>
    /** Refunds of its account sent since a moment, under whichever name, for showing the budget. */
    sentSince(merchant: string, since: string, account?: string): Promise<number>
    /** Refunds of its account that a person asked for by name and Loop took: what `firstByHand` counts. */
    countExplicit(merchant: string, account?: string): Promise<number>
    /** Why each of these would not go out now, by the gates of the claim (G12). */
    refusals: PreviewRefunds
    /** What holds for this merchant now. */
    quarantineOf(merchant: string): Promise<Quarantine | null>
    /** `merchant: null` puts all of them in, also those of whom the journal knows nothing. */
    quarantine(merchant: string | null, reason: string, actor: string, at: string): Promise<void>
    /** Of this merchant alone; false when there was none. */
    release(merchant: string, actor: string, at: string): Promise<boolean>
  }

  events: {
    /**
     * All in one transaction with a full sync; repetitions (merchant, source, digest) are left out. Says of each, in the
     * order given, whether it was new. A webhook of Loop that repeats an earlier one after another event of its return is
     * new again; see repeated-events.ts.
     */
    storeMany(events: readonly NewEvent[]): Promise<boolean[]>
    /**
     * New events that are due, oldest first, for this worker alone: several that drain one inbox take different returns.
     * What a worker has taken is anybody's again once it is settled, given back, or its lease of {@link workerLease} has
     * ended.
     */
    take(merchant: string, worker: string, now: string, limit: number, only?: EventClass): Promise<JournalEvent[]>
    /** Leaves what this worker has taken to the others. */
    giveBack(merchant: string, worker: string): Promise<void>
    /** Calls back with a merchant that has new events from another process; null: it may be any. Not all engines do. */
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
    /** Makes them new again, as if they had just come. Returns how many. */
    replay(eventIds: readonly string[]): Promise<number>
    /**
     * When the oldest event that is still new was received, or null. Callbacks about returns that the journal does not know
     * are left out: they may wait, and anybody with a token can make them up (H2).
     */
    oldestNew(merchant?: string): Promise<string | null>
    /** Empties the bodies of events received before. Returns how many. */
    forgetBodies(before: string): Promise<number>
  }

  /** Removes what a shopper could be known by; never a refund (F64). */
  forget(request: ForgetWish): Promise<Forgotten>
  health(options?: { deep?: boolean }): Promise<JournalHealth>
  close(): Promise<void>
}
