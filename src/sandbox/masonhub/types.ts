/**
 * What the MasonHub stand-in holds, in its own words (camelCase), and what it offers to whoever runs in the same
 * process: tests, the seed, the control routes. The wire shapes are made in `rma-wire.ts` and `bulk.ts`.
 */
export type RmaStatus = 'open' | 'in-receiving' | 'received' | 'deleted'

/** Carrier and dock events (masonhub.md §4.8); `received` comes by a receipt only. */
export const milestones = ['tendered', 'inTransit', 'delivered', 'undeliverable', 'onDock', 'receivingStarted'] as const
export type Milestone = (typeof milestones)[number]

/** What receiving can make of a unit (masonhub.md §4.6). */
export const dispositions = ['available', 'quality-control', 'damaged', 'under-investigation', 'refurbishing'] as const

/** `disposition` is any string on purpose: `short`, `qc` and words nobody documented must be drivable. */
export type ReceivedUnits = { disposition: string; quantity: number; notes: string }

export type RmaLine = {
  sku: string
  quantity: number
  reasonCode: string
  inventoryStatus: string
  orderId: string | null
  notes: string | null
  /** Null until something was received. */
  quantityReceived: number | null
  /** Null: receiving_details is missing on the wire. */
  received: readonly ReceivedUnits[] | null
  notOnOriginal: boolean
}

export const addressFields = [
  'customer_address_name',
  'customer_address_street_line_one',
  'customer_address_street_line_two',
  'customer_address_city',
  'customer_address_state',
  'customer_address_postal_code',
  'customer_address_country_code',
] as const
export type AddressField = (typeof addressFields)[number]

/** One state of an RMA; immutable. A new one is put on top of the old ones, and shows in reads from `visibleAt` on. */
export type RmaState = {
  /** +1 by every update of the client (masonhub.md §4.5); a receipt leaves it, unless it is sent again. */
  version: number
  status: RmaStatus
  manifestId: string | null
  packageId: string | null
  returnType: string
  generateReturnLabel: boolean
  /** File name of the bought label, or null. */
  labelFile: string | null
  address: Readonly<Partial<Record<AddressField, string>>>
  customerInstructions: string | null
  notes: string | null
  lines: readonly RmaLine[]
  receivedAt: string | null
  deletedAt: string | null
  updatedAt: string
  /** Milliseconds since 1970. */
  visibleAt: number
  /** Scalars of the receipt are strings on the wire. */
  stringified: boolean
}

export type StoredRma = {
  readonly id: string
  /** Null on returns that the warehouse made up itself. */
  readonly customerIdentifier: string | null
  readonly createdAt: string
  /** Oldest first; the last one is what is true, whatever reads show. */
  readonly states: readonly RmaState[]
}

/** What the warehouse found for one line. */
export type ReceiptLine = {
  sku: string
  /** Null: receiving_details is missing. */
  received: readonly { disposition: string; quantity: number; notes?: string }[] | null
  /** Default: the sum of `received` without `short`. Set it to contradict. */
  quantityReceived?: number
}

/** A crafted receipt. An RMA line that is not named was not in the parcel. */
export type Receipt = {
  /** Default: everything arrived, `available`. */
  lines?: readonly ReceiptLine[]
  /** Items that were not announced. `quantity` is what their line claims to expect (documents disagree: 0 or 1). */
  unexpected?: readonly { sku: string; disposition?: string; quantityReceived?: number; quantity?: number }[]
  /** Default: received. `in-receiving` for a first parcel of several. */
  status?: 'in-receiving' | 'received'
  notes?: string
  /** Quantities as strings on the wire. */
  stringified?: boolean
  /** Raises the version, as a correction of an earlier receipt would. */
  raiseVersion?: boolean
}

/** What a dock finds without an RMA. */
export type DockReturn = {
  lines?: readonly ReceiptLine[]
  packageId?: string
  customerIdentifier?: string | null
}

/** The warehouse, driven by hand. Throws an Error if there is no such RMA: that is a mistake in the caller's script. */
export type Warehouse = {
  receive(customerIdentifier: string, receipt?: Receipt): StoredRma
  milestone(customerIdentifier: string, event: Milestone): StoredRma
  /** A parcel without an RMA: null customer_identifier, born received (masonhub.md §4.3). */
  createAtDock(found?: DockReturn): StoredRma
  /** An outbound parcel that came back undelivered; its identifier is of no return that we know. */
  returnedToSender(found?: DockReturn): StoredRma
}

export type Sku = { readonly id: string; readonly customerIdentifier: string; readonly visibleAt: number }

export type Order = {
  readonly id: string
  readonly customerIdentifier: string
  readonly lines: readonly { sku: string; quantity: number }[]
}

export type LabelBought = {
  readonly at: string
  readonly customerIdentifier: string
  readonly trackingNumber: string
  readonly file: string
}

export const messageTypes = [
  'skuInventoryChange',
  'orderEvent',
  'orderUpdateResolution',
  'orderCancelResolution',
  'inboundShipmentEvent',
  'rmaEvent',
  'snapshotReady',
] as const
export type MessageType = (typeof messageTypes)[number]

export type CallbackRegistration = {
  readonly id: string
  readonly url: string
  readonly messageType: MessageType
  readonly apiVersion: '1.0' | '2.0'
  readonly token: string | null
}

/** One message as it would be posted to one registration. */
export type OutboundMessage = {
  readonly at: string
  readonly callbackId: string
  readonly url: string
  /** For the Authorization header; null if the registration has none. */
  readonly token: string | null
  readonly messageType: MessageType
  readonly messageId: string
  /** Messages of one key supersede each other while held; null: all are kept. */
  readonly messageKey: string | null
  readonly body: unknown
}

export type Outbound = {
  /** Oldest first; the last 50,000 at most. */
  readonly messages: readonly OutboundMessage[]
  /** How many wait for the release of a hold. */
  readonly held: number
  /** Called for each message when it leaves; returns the way to stop that. */
  subscribe(listener: (message: OutboundMessage) => void): () => void
}

export type MasonHubSummary = {
  rmas: number
  rmasByStatus: Record<RmaStatus, number>
  skus: number
  labelsBought: number
  outbound: number
  held: number
  requests: number
}

/** The MasonHub stand-in, in process. */
export type MasonHubSandbox = {
  readonly rmas: {
    /** In the order of creation, deleted ones too. */
    all(): Iterable<StoredRma>
    /** The one that is not deleted, else the latest deleted one. */
    get(customerIdentifier: string): StoredRma | undefined
    byId(id: string): StoredRma | undefined
    /** What is true now, whatever reads show. */
    current(customerIdentifier: string): RmaState | undefined
    readonly size: number
  }
  /** Adds SKUs that the item master lacks; they can be read at once. */
  addSkus(customerIdentifiers: Iterable<string>): void
  addOrders(orders: Iterable<{ customerIdentifier: string; lines: readonly { sku: string; quantity: number }[] }>): void
  /** Puts RMAs in as a client would have, without HTTP, lag or dice: for seeds. Throws an Error with the refusals. */
  addRmas(records: Iterable<Record<string, unknown>>): void
  readonly warehouse: Warehouse
  readonly outbound: Outbound
  readonly tokens: {
    /** A new valid token for this phrase. */
    mint(phrase: string): string
    /** Makes every token of this phrase invalid; false if there was none. */
    revoke(phrase: string): boolean
  }
  readonly labelsBought: readonly LabelBought[]
  /** Requests that reached the stand-in, by endpoint; those lost on the way count too. */
  readonly counts: Readonly<Record<string, number>>
  /** Units of a SKU by inventory status, `expected` among them. */
  inventory(sku: string): Readonly<Record<string, number>>
  summary(): MasonHubSummary
}
