/**
 * What mhloop remembers: what was planned, sent and answered, and by whom. Nothing outside src/journal knows which
 * database holds it. Everything is keyed by merchant; times are RFC 3339 UTC strings by the caller's clock.
 */

import type { RateLimitStore } from '../core/rate-limit/rate-limit-store.ts'
import type { Leases } from './coordination/leases.ts'
import type { Effects } from './effects/effects.ts'
import type { Events } from './events/events.ts'
import type { ForgetRequest, Forgotten } from './maintenance/forgettable.ts'
import type { JournalHealth } from './maintenance/health.ts'
import type { Cursors } from './records/cursors.ts'
import type { History } from './records/history.ts'
import type { Links } from './records/links.ts'
import type { Parcels } from './records/parcels.ts'
import type { SettingChanges } from './records/setting-changes.ts'
import type { RefundClaims } from './refunds/refund-claims.ts'
import type { Refunds } from './refunds/refunds.ts'

export { type Lease, workerLease } from './coordination/lease.ts'
export {
  type Effect,
  type EffectKind,
  type EffectOutline,
  type EffectState,
  effectKinds,
  effectStates,
  type NewEffect,
  type ParkedBecause,
} from './effects/effect.ts'
export type { EventClass, EventFilter, JournalEvent, NewEvent } from './events/journal-event.ts'
export type { JournalHealth } from './maintenance/health.ts'
export type { HistoryEntry } from './records/history.ts'
export type { Link, LinkStatus } from './records/link.ts'
export type { ParcelKind, RememberedParcel, SeenParcel } from './records/parcel.ts'
export type { SettingChange, Who } from './records/setting-changes.ts'
export type { Claim, RefundClaim, RefundLimits } from './refunds/refund-claims.ts'
export type { Quarantine } from './refunds/refund-quarantine.ts'
export type { Pause } from './refunds/refunds.ts'

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

  effects: Effects
  claims: RefundClaims
  links: Links
  parcels: Parcels
  history: History

  /** Who changed which switch or setting of which merchant (G11). */
  changes: SettingChanges
  cursors: Cursors
  leases: Leases
  permits: RateLimitStore
  refunds: Refunds
  events: Events

  /** Every merchant that has effects, return records or events. */
  merchants(): Promise<string[]>
  /** Removes what identifies a shopper; never a refund (F64). */
  forget(request: ForgetRequest): Promise<Forgotten>
  health(options?: { deep?: boolean }): Promise<JournalHealth>
  close(): Promise<void>
}
