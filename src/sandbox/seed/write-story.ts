import type { NewReturn, NewUnit } from '../loop/register.ts'
import type { ExpectedEnd, PlannedReceipt, Story } from './story.ts'

/** What the stories are made of: some items of the catalogue, two labels, and a story with good defaults. */

export const tee: NewUnit = { sku: 'TEE-BLK-M', title: 'Black tee, M', price: 2_500 }
export const hoodie: NewUnit = { sku: 'HOOD-GRY-L', title: 'Grey hoodie, L', price: 6_900, tax: 569, reason: 'Too big' }
export const jeans: NewUnit = {
  sku: 'JEAN-IND-32',
  title: 'Indigo jeans, 32',
  price: 8_900,
  discount: 890,
  reason: 'Too small',
}
export const cap: NewUnit = {
  sku: 'CAP-RED',
  title: 'Red cap',
  price: 1_900,
  reason: 'Changed my mind',
  parentReason: null,
}
export const arrived = { after: 0, status: 'delivered', walks: false } as const
export const travelling = { after: 0, status: 'in_transit', walks: false } as const

type StoryPlan = NewReturn & { receipt?: PlannedReceipt | null; hoursAgo?: number }

/** Creates a story. Unless it says otherwise, the parcel has arrived and everything in it is fine. */
export function story(tag: string, about: string, expected: ExpectedEnd, plan: StoryPlan): Story {
  const { receipt = 'complete', hoursAgo = 20, ...filed } = plan
  return { tag, about, expected, receipt, hoursAgo, filed: { label: arrived, ...filed } }
}
