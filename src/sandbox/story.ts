import type { NewReturn } from './loop/register.ts'

/** How a seeded return should end if everybody does their job; `wait`: its parcel isn't there yet, `none`: not ours to end. */
export type ExpectedEnd = 'refund' | 'flag' | 'wait' | 'none'

/** One SKU as the dock will find it. */
export type PlannedLine = {
  sku: string
  /** Units per inventory status, e.g. `{available: 1, damaged: 1}`; empty when nothing came. */
  received: Record<string, number>
  /** What `quantity_received` will say when it contradicts the details (masonhub.md §4.6). */
  counted?: number
  /** The item was not announced (`not_on_original_rma`). */
  unannounced?: boolean
  notes?: string
}

/** What the warehouse will do with the parcel: everything is fine, it only begins, or line by line. */
export type PlannedReceipt = 'complete' | 'started' | PlannedLine[]

/** A return with a tale: what a shopper does, what the dock will find, and how it should end. */
export type Story = {
  tag: string
  about: string
  expected: ExpectedEnd
  /** null when nothing arrives. */
  receipt: PlannedReceipt | null
  /** Hours before now at which it was filed. */
  hoursAgo: number
  filed: NewReturn
}

/** A story that has become a return. */
export type SeededReturn = {
  returnId: string
  tag: string
  about: string
  expected: ExpectedEnd
  receipt: PlannedReceipt | null
}
