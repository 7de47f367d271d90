import type { Story } from './story.ts'
import { story } from './write-story.ts'

/** What MasonHub sells as one and stores as several (masonhub.md §7.1). */
export const kits = [
  {
    sku: 'GIFT-SET',
    parts: [
      { sku: 'CAP-RED', quantity: 1 },
      { sku: 'SOCK-3PK', quantity: 2 },
    ],
  },
]

const giftSet = { sku: 'GIFT-SET', title: 'Gift set', price: 5_400 }

/** Kits that the dock unpacks: it books their parts, which nobody announced. */
export const ofKits: Story[] = [
  story('kit-as-children', 'A gift set that the dock books as its parts, all of them fine', 'refund', {
    units: [giftSet],
  }),
  story('kit-one-short', 'A gift set of which a pair of socks is missing', 'flag', {
    units: [giftSet],
    receipt: [
      { sku: 'GIFT-SET', received: {} },
      { sku: 'CAP-RED', received: { available: 1 }, unannounced: true },
      { sku: 'SOCK-3PK', received: { available: 1 }, unannounced: true },
    ],
  }),
]
