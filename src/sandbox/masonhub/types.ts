/**
 * The records of the MasonHub stand-in in its own terms (camelCase), and its interface for code in the same process:
 * tests, the seed, the control routes. `rma-wire.ts` and `bulk.ts` create the wire shapes.
 */
export type RmaStatus = 'open' | 'in-receiving' | 'received' | 'deleted'

/** Events of carrier and dock (masonhub.md §4.8); only a receipt produces `received`. */
export const milestones = ['tendered', 'inTransit', 'delivered', 'undeliverable', 'onDock', 'receivingStarted'] as const
export type Milestone = (typeof milestones)[number]

/** The dispositions that receiving gives a unit (masonhub.md §4.6). */
export const dispositions = ['available', 'quality-control', 'damaged', 'under-investigation', 'refurbishing'] as const

/** `disposition` is deliberately any string, so that `short`, `qc` and undocumented words can be simulated. */
export type ReceivedUnits = { disposition: string; quantity: number; notes: string }

export type RmaLine = {
  sku: string
  quantity: number
  reasonCode: string
  inventoryStatus: string
  orderId: string | null
  notes: string | null
  /** Null until a unit is received. */
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

/** One state of an RMA; immutable. Changes add new states, which reads show from `visibleAt` on. */
export type RmaState = {
  /** Raised by 1 with every update of the client (masonhub.md §4.5); a receipt keeps it, unless it is sent again. */
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
  /** Whether the receipt's scalars are strings on the wire. */
  stringified: boolean
}

export type StoredRma = {
  readonly id: string
  /** Null for RMAs that the warehouse created itself. */
  readonly customerIdentifier: string | null
  readonly createdAt: string
  /** Oldest first; the last one is true, whatever reads show. */
  readonly states: readonly RmaState[]
}

/** The result of receiving for one line. */
export type ReceiptLine = {
  sku: string
  /** Null: receiving_details is missing. */
  received: readonly { disposition: string; quantity: number; notes?: string }[] | null
  /** Default: the sum of `received` without `short`. Another value makes a contradiction. */
  quantityReceived?: number
}

/** A custom receipt. RMA lines that it does not name were not in the parcel. */
export type Receipt = {
  /** Default: everything arrived, `available`. */
  lines?: readonly ReceiptLine[]
  /** Items that were not announced. `quantity`: the expected quantity on their line (documents disagree: 0 or 1). */
  unexpected?: readonly { sku: string; disposition?: string; quantityReceived?: number; quantity?: number }[]
  /** Default: received. `in-receiving` for a first parcel of several. */
  status?: 'in-receiving' | 'received'
  notes?: string
  /** Quantities as strings on the wire. */
  stringified?: boolean
  /** Raises the version, as a correction of an earlier receipt does. */
  raiseVersion?: boolean
}

/** A parcel that arrives at the dock without an RMA. */
export type DockReturn = {
  lines?: readonly ReceiptLine[]
  packageId?: string
  customerIdentifier?: string | null
}

/** The warehouse, controlled by calls. Throws an Error if there is no such RMA, which is a mistake of the caller. */
export type Warehouse = {
  receive(customerIdentifier: string, receipt?: Receipt): StoredRma
  milestone(customerIdentifier: string, event: Milestone): StoredRma
  /**
   * Receives a parcel without an RMA: the new one has a null customer_identifier and is already received (masonhub.md
   * §4.3).
   */
  createAtDock(found?: DockReturn): StoredRma
  /** Receives an outbound parcel that came back undelivered; its identifier belongs to no known return. */
  returnedToSender(found?: DockReturn): StoredRma
}

export type Sku = {
  readonly id: string
  readonly customerIdentifier: string
  readonly visibleAt: number
  /** What a kit is made of; null for any other SKU. */
  readonly kit: readonly KitPart[] | null
}

export type KitPart = { readonly sku: string; readonly quantity: number }

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

/** One message for one registration. */
export type OutboundMessage = {
  readonly at: string
  readonly callbackId: string
  readonly url: string
  /** For the Authorization header; null if the registration has none. */
  readonly token: string | null
  readonly messageType: MessageType
  readonly messageId: string
  /** While held, a newer message replaces an older one with the same key; null: all are kept. */
  readonly messageKey: string | null
  readonly body: unknown
}

export type Outbound = {
  /** Oldest first; at most the last 50,000. */
  readonly messages: readonly OutboundMessage[]
  /** Number of messages that wait for the release of a hold. */
  readonly held: number
  /** Calls the listener for each message that is sent; returns a function that removes it. */
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

/** The MasonHub stand-in for code in the same process. */
export type MasonHubSandbox = {
  readonly rmas: {
    /** In the order of creation, including deleted ones. */
    all(): Iterable<StoredRma>
    /** The RMA that is not deleted; otherwise the latest deleted one. */
    get(customerIdentifier: string): StoredRma | undefined
    byId(id: string): StoredRma | undefined
    /** The true state now, whatever reads show. */
    current(customerIdentifier: string): RmaState | undefined
    readonly size: number
  }
  /** Adds SKUs that the item master lacks; they can be read at once. */
  addSkus(customerIdentifiers: Iterable<string>): void
  /** Adds kits that the item master lacks. */
  addKits(kits: Iterable<{ sku: string; parts: readonly KitPart[] }>): void
  addOrders(orders: Iterable<{ customerIdentifier: string; lines: readonly { sku: string; quantity: number }[] }>): void
  /** Adds RMAs as a client would, without HTTP, delay or chance: for seeds. Throws an Error with the refusals. */
  addRmas(records: Iterable<Record<string, unknown>>): void
  readonly warehouse: Warehouse
  readonly outbound: Outbound
  readonly tokens: {
    /** Creates a valid token for this phrase. */
    mint(phrase: string): string
    /** Makes every token of this phrase invalid; false if there was none. */
    revoke(phrase: string): boolean
  }
  readonly labelsBought: readonly LabelBought[]
  /** Requests to the stand-in by endpoint, including those lost on the way. */
  readonly counts: Readonly<Record<string, number>>
  /** Units of a SKU by inventory status, including `expected`. */
  inventory(sku: string): Readonly<Record<string, number>>
  summary(): MasonHubSummary
}
