import type { NewReturn } from '../loop/register.ts'

/**
 * How a seeded return should end if everything works; `wait`: its parcel has not arrived yet, `none`: mhloop must leave
 * it alone.
 */
export type ExpectedEnd = 'refund' | 'flag' | 'wait' | 'none'

/** One SKU as the dock finds it. */
export type PlannedLine = {
  sku: string
  /** Units per inventory status, e.g. `{available: 1, damaged: 1}`; empty when none arrives. */
  received: Record<string, number>
  /** `quantity_received`, when it contradicts the details (masonhub.md §4.6). */
  counted?: number
  /** The item was not announced (`not_on_original_rma`). */
  unannounced?: boolean
  notes?: string
}

/** How the warehouse receives the parcel: everything is fine, receiving only starts, or line by line. */
export type PlannedReceipt = 'complete' | 'started' | PlannedLine[]

/** The plan of a seeded return: what the shopper files, what the dock finds, and how it should end. */
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

/** A return that was filed from a story. */
export type SeededReturn = Pick<Story, 'tag' | 'about' | 'expected' | 'receipt'> & { returnId: string }
