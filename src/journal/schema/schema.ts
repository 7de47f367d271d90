import type { Generated } from 'kysely'
import type { EffectKind, EffectState, ParkedBecause } from '../effects/effect.ts'
import type { JournalEvent } from '../events/journal-event.ts'
import type { LinkStatus } from '../records/link.ts'
import type { ParcelKind } from '../records/parcel.ts'

/** The tables of both engines. Times are text (RFC 3339 UTC, milliseconds), documents are JSON text. */
export type Schema = {
  meta: { name: string; value: string }
  effects: {
    /** The order of planning. */
    seq: Generated<number>
    effect_id: string
    merchant: string
    return_id: string
    kind: EffectKind
    generation: number
    state: EffectState
    digest: string
    payload: string
    evidence: string | null
    actor: string
    owner: string | null
    attempts: number
    /** 1 when a person asked for this refund explicitly; null until it is sent. */
    by_hand: number | null
    planned_at: string
    sent_at: string | null
    settled_at: string | null
    /** Why a refund is left to a person although, as far as this journal knows, it was never sent. */
    parked_because: ParkedBecause | null
  }
  links: {
    merchant: string
    return_id: string
    customer_identifier: string
    order_name: string | null
    ordinal: number
    standing: LinkStatus
    reason: string | null
    announced: string | null
    return_updated_at: string | null
    first_seen_at: string
    last_seen_at: string
    /** When the data that identifies the shopper was removed (F64). */
    forgotten_at: string | null
    /** 1: handed in without a box; null: no reading has said it. */
    box_free: number | null
  }
  history: {
    seq: Generated<number>
    at: string
    merchant: string
    return_id: string
    actor: string
    what: string
    kind: EffectKind | null
    effect_id: string | null
    message: string
  }
  cursors: { merchant: string; name: string; position: string }
  leases: { merchant: string; subject: string; owner: string; expires_at: string }
  /** `merchant` is empty for a pause of all merchants. */
  pauses: { merchant: string; reason: string; actor: string; at: string }
  /** `merchant` is empty for all that were not released since, even those that this journal does not know. */
  quarantines: { merchant: string; reason: string; actor: string; since: string; released_at: string | null }
  /** Permits at a vendor that were granted lately; see permits.ts. */
  turns: { credential: string; given: string; paused_until: string | null }
  /** Claims on Loop's timeline; see third-schema.ts. */
  claims: {
    nonce: string
    merchant: string
    return_id: string
    effect_id: string
    at: string
    /** 0: the note surely never reached Loop. */
    posted: number
    /** When it was read back from Loop. */
    seen_at: string | null
    /** When the run that drew it gave up sending. */
    given_up_at: string | null
  }
  /** Under which numbers a return travels; see parcel.ts. */
  parcels: {
    merchant: string
    return_id: string
    parcel_id: string
    kind: ParcelKind
    /** Line item ids as JSON; null: no reading has said them. */
    line_items: string | null
    status: string | null
    changed_at: string | null
    first_seen_at: string
  }
  /** The Loop accounts that a merchant has worked with; `account` is a digest of the key. */
  accounts: { merchant: string; account: string; since: string }
  changes: {
    seq: Generated<number>
    at: string
    /** Empty for all merchants. */
    merchant: string
    /** The real user's name; `claimed_actor` is what the environment claims beside it. */
    actor: string
    claimed_actor: string | null
    what: string
    setting: string | null
    before: string | null
    after: string | null
    reason: string | null
  }
  events: {
    seq: Generated<number>
    event_id: string
    merchant: string
    source: JournalEvent['source']
    digest: string
    topic: string | null
    return_id: string | null
    body: string
    state: JournalEvent['state']
    reason: string | null
    tries: number
    next_try_at: string | null
    received_at: string
    settled_at: string | null
    /** The worker that has taken it, or did at the last try. */
    owner: string | null
  }
}

/** Its type makes the compiler report a missing table. */
const each: Record<keyof Schema, true> = {
  meta: true,
  effects: true,
  links: true,
  history: true,
  cursors: true,
  leases: true,
  pauses: true,
  quarantines: true,
  turns: true,
  claims: true,
  parcels: true,
  accounts: true,
  changes: true,
  events: true,
}
export const tables = Object.keys(each)
