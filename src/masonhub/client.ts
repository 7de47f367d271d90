import type { KnownSkus } from '../core/plan-rma.ts'
import type { Rma, RmaWanted } from '../core/rma.ts'

/** What MasonHub made of one record of a bulk write (masonhub.md §3.3). */
export type RowAnswer =
  /** Validated and queued; it may be visible a little later. `labelUrl` is set if MasonHub bought a label, which must never happen. */
  | { kind: 'accepted'; labelUrl: string | null }
  /** `code` is the three digits of the first message (`301` taken, `303` unknown, `409` not open) or null. */
  | { kind: 'refused'; code: string | null; messages: string[] }
  /** The record may have been written: no answer, an unreadable one, or its row is missing. */
  | { kind: 'in_doubt'; detail: string }
  /** No byte of the request left this machine. */
  /** `code`: this machine's own trouble, where it was not the vendor's (H24). */
  | { kind: 'not_sent'; detail: string; code?: string }

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

/** Reads throw `Fault`; bulk writes answer per record, keyed by customer identifier, whatever MasonHub or the network does. */
export type MasonHubClient = {
  rmas: {
    /** All records (deleted ones too, if MasonHub shows them) by our identifier, in batches of 30. Ids without any are absent. */
    byCustomerIdentifiers(ids: readonly string[], options?: { signal?: AbortSignal }): Promise<Map<string, Rma[]>>
    /** By MasonHub's UUIDs, in batches of 30. */
    byIds(ids: readonly string[]): Promise<Rma[]>
    /** Pages of RMAs created in a window (RFC 3339); no RMA twice, also when rows shift between pages (F42). */
    created(window: { from: string; to: string; status?: string; signal?: AbortSignal }): AsyncIterable<Rma[]>
    create(rmas: readonly RmaWanted[]): Promise<Map<string, RowAnswer>>
    update(rmas: readonly RmaWanted[]): Promise<Map<string, RowAnswer>>
    remove(customerIdentifiers: readonly string[]): Promise<Map<string, RowAnswer>>
  }
  /** Which of these SKUs MasonHub has, in batches of 30; one with a comma can't be asked for, and counts as known (H23). */
  knownSkus(skus: readonly string[]): Promise<KnownSkus>
  /** Some SKUs that MasonHub has, at most so many; none when the account has none. */
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
    /** Makes a token from a phrase. Both are secrets: the token holds the phrase in clear (F60). */
    create(phrase: string): Promise<{ token: string }>
    remove(phrase: string): Promise<void>
  }
  /** Sandbox accounts only: makes the warehouse do something. */
  dataFactory: {
    rmaEvent(
      events: readonly { customerIdentifier: string; event: DataFactoryEvent; randomizeInventoryStatuses?: boolean }[],
    ): Promise<RowAnswer[]>
  }
  /** The cheapest read that proves token and slug. Throws the Fault that tells a wrong slug from a wrong token. */
  check(): Promise<void>
}
