import type { KnownSkus } from '../core/rmas/plan-rma.ts'
import type { DesiredRma, Rma } from '../core/rmas/rma.ts'
import type { OnUnreadable } from './requests/read-separately.ts'

/** MasonHub's answer to one record of a bulk write (masonhub.md §3.3). */
export type RowAnswer =
  /**
   * Validated and queued; it may become visible a little later. `labelUrl` is set if MasonHub bought a label, which
   * must never happen.
   */
  | { kind: 'accepted'; labelUrl: string | null }
  /** `code` is the three digits of the first message (`301` taken, `303` unknown, `409` not open) or null. */
  | { kind: 'refused'; code: string | null; messages: string[] }
  /** The record may have been written: no answer, an unreadable one, or its row is missing. */
  | { kind: 'in_doubt'; detail: string }
  /** No byte of the request left this machine. `code` is set when this machine failed and not the vendor (H24). */
  | { kind: 'not_sent'; detail: string; code?: string }

/** How many units of each SKU a kit is made of; `unreadable`: why it can't be counted, as a clause. */
export type KitContents = ReadonlyMap<string, number> | { unreadable: string }

export const rmaEvents = [
  'receiveFull',
  'receivePartial',
  'receiveUnexpected',
  'receivingStarted',
  'tendered',
  'inTransit',
  'delivered',
  'undeliverable',
] as const
export type DataFactoryEvent = (typeof rmaEvents)[number]

export type Callback = { callbackId: string; url: string; messageType: string; apiVersion: string | null }
export type NewCallback = { url: string; messageType: string; apiVersion: '1.0' | '2.0'; token?: string }

/**
 * Reads throw a `Fault`. Bulk writes return an answer per record, keyed by customer identifier, whatever MasonHub or
 * the network does.
 */
export type MasonHubClient = {
  rmas: {
    /**
     * All records with our identifiers (deleted ones too, if MasonHub shows them), in batches of 30. Ids without a
     * record are absent. With `onUnreadable`, an id whose records can't be read is reported, and does not hide the
     * others; unless nothing can be read, which throws after three tries (F47).
     */
    byCustomerIdentifiers(
      ids: readonly string[],
      options?: { signal?: AbortSignal; onUnreadable?: OnUnreadable },
    ): Promise<Map<string, Rma[]>>
    /** By MasonHub's UUIDs, in batches of 30. */
    byIds(ids: readonly string[]): Promise<Rma[]>
    /** Pages of RMAs created in a window (RFC 3339). No RMA comes twice, even when rows shift between pages (F42). */
    created(window: { from: string; to: string; status?: string; signal?: AbortSignal }): AsyncIterable<Rma[]>
    create(rmas: readonly DesiredRma[]): Promise<Map<string, RowAnswer>>
    update(rmas: readonly DesiredRma[]): Promise<Map<string, RowAnswer>>
    remove(customerIdentifiers: readonly string[]): Promise<Map<string, RowAnswer>>
  }
  /**
   * Which of these SKUs MasonHub has, in batches of 30. A SKU with a comma can't be looked up and counts as known
   * (H23).
   */
  knownSkus(skus: readonly string[]): Promise<KnownSkus>
  /**
   * Which of these SKUs are kits, in batches of 30, and what each is made of, or why that can't be counted. A SKU with a
   * comma can't be looked up (H23).
   */
  kits(skus: readonly string[]): Promise<Map<string, KitContents>>
  /** Some SKUs that MasonHub has, at most `limit`; empty when the account has none. */
  someSkus(limit: number): Promise<string[]>
  callbacks: {
    list(): Promise<Callback[]>
    create(callbacks: readonly NewCallback[]): Promise<void>
    remove(callbackIds: readonly string[]): Promise<void>
  }
  holds: {
    list(): Promise<{ messageType: string; createdAt: string | null }[]>
    create(messageTypes: readonly string[]): Promise<void>
    remove(messageTypes: readonly string[]): Promise<void>
  }
  secrets: {
    /** Creates a token from a phrase. Both are secrets: the token contains the phrase in plain text (F60). */
    create(phrase: string): Promise<{ token: string }>
    remove(phrase: string): Promise<void>
  }
  /** Sandbox accounts only: simulates an action of the warehouse. */
  dataFactory: {
    rmaEvent(
      events: readonly { customerIdentifier: string; event: DataFactoryEvent; randomizeInventoryStatuses?: boolean }[],
    ): Promise<RowAnswer[]>
  }
  /** Proves token and slug by the cheapest read. Throws a Fault that distinguishes a wrong slug from a wrong token. */
  check(): Promise<void>
}
