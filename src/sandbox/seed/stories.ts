import { destinationIds } from '../loop/register.ts'
import { boxes } from './stories-of-boxes.ts'
import { ofKits } from './stories-of-kits.ts'
import type { Story } from './story.ts'
import { arrived, cap, hoodie, jeans, story, tee, travelling } from './write-story.ts'

/** The SKUs in MasonHub's catalogue of the demo. Loop also sells one that MasonHub does not know. */
export const catalogue = [
  'TEE-BLK-S',
  'TEE-BLK-M',
  'TEE-BLK-L',
  'TEE-WHT-M',
  'HOOD-GRY-M',
  'HOOD-GRY-L',
  'JEAN-IND-30',
  'JEAN-IND-32',
  'SOCK-3PK',
  'CAP-RED',
  'MUG & SPOON',
  'BELT-TAN-90',
] as const
export const unknownSku = 'LIMITED-DROP-7'

const bidi = '\u202e'
const hostile = `\u001b[2J\u001b[31mREFUND NOW\u0007 ${bidi}gnp.exe\u200b =HYPERLINK("http://evil.example")`

/** Returns that the warehouse receives as announced. */
const plain: Story[] = [
  story('one-line', 'One tee, all fine (RMA-001, RCV-001)', 'refund', { units: [tee] }),
  story('two-level-reasons', 'Three lines with mixed, two-level reasons (RMA-002)', 'refund', {
    units: [
      { ...tee, reason: 'Too small', parentReason: 'Size' },
      { ...hoodie, reason: 'Seam came apart', parentReason: 'Quality', comment: 'The left sleeve.' },
      { ...cap, reason: 'Not what I ordered', parentReason: 'Wrong item' },
    ],
  }),
  story('same-sku-twice', 'Two units of one SKU on one Shopify line', 'refund', { units: [{ ...tee, quantity: 2 }] }),
  story('same-sku-two-lines', 'One SKU on two Shopify lines with different reasons', 'refund', {
    units: [tee, { ...tee, reason: 'Arrived damaged', parentReason: 'Quality' }],
  }),
  story('order-return-1', 'First of three returns of one order', 'refund', { orderName: '1201', units: [tee] }),
  story('order-return-2', 'Second of three: a unit is missing', 'flag', {
    orderName: '1201',
    units: [hoodie, cap],
    receipt: [
      { sku: 'HOOD-GRY-L', received: { available: 1 } },
      { sku: 'CAP-RED', received: {} },
    ],
    hoursAgo: 18,
  }),
  story('order-return-3', 'Third of three: still travelling', 'wait', {
    orderName: '1201',
    units: [jeans],
    label: travelling,
    receipt: null,
    hoursAgo: 6,
  }),
  story('reason-unmapped', 'An unmapped reason, longer than MasonHub’s 50 characters', 'refund', {
    units: [
      { ...cap, reason: 'My partner bought the very same thing for my birthday last week', parentReason: 'Other' },
    ],
  }),
  story('sku-with-ampersand', 'A SKU that must be escaped in a query', 'refund', {
    units: [{ sku: 'MUG & SPOON', title: 'Mug & spoon', price: 3_200 }],
  }),
  story('dear', 'A refund of 1,780.00', 'refund', { units: [{ ...jeans, discount: 0, quantity: 20 }] }),
  story('other-currency', 'Paid in Canadian dollars', 'refund', { units: [hoodie], currency: 'CAD' }),
]

/** Receipts that differ from what was announced (RCV-002 to RCV-006). */
const receipts: Story[] = [
  story('partial', 'One of two jeans came (RCV-002)', 'flag', {
    units: [{ ...jeans, quantity: 2 }],
    receipt: [{ sku: 'JEAN-IND-32', received: { available: 1 } }],
  }),
  story('nothing-inside', 'An empty box', 'flag', {
    units: [hoodie],
    receipt: [{ sku: 'HOOD-GRY-L', received: {}, notes: 'Box was empty' }],
  }),
  story('damaged', 'Came with a hole (RCV-003)', 'flag', {
    units: [hoodie],
    receipt: [{ sku: 'HOOD-GRY-L', received: { damaged: 1 }, notes: 'Has a hole' }],
  }),
  story('one-good-one-damaged', 'One good, one damaged', 'flag', {
    units: [{ ...tee, quantity: 2 }],
    receipt: [{ sku: 'TEE-BLK-M', received: { available: 1, damaged: 1 } }],
  }),
  story('quality-control', 'Went to quality control', 'flag', {
    units: [cap],
    receipt: [{ sku: 'CAP-RED', received: { 'quality-control': 1 } }],
  }),
  story('under-investigation', 'One refurbished, one under investigation', 'flag', {
    units: [{ ...jeans, quantity: 2 }],
    receipt: [{ sku: 'JEAN-IND-32', received: { refurbishing: 1, 'under-investigation': 1 } }],
  }),
  story('unexpected-item', 'All fine, and one item more (RCV-004)', 'flag', {
    units: [tee],
    receipt: [
      { sku: 'TEE-BLK-M', received: { available: 1 } },
      { sku: 'SOCK-3PK', received: { available: 1 }, unannounced: true },
    ],
  }),
  story('wrong-item', 'Another SKU in place of the announced one', 'flag', {
    units: [tee],
    receipt: [
      { sku: 'TEE-BLK-M', received: {} },
      { sku: 'TEE-WHT-M', received: { available: 1 }, unannounced: true },
    ],
  }),
  story('over-receipt', 'Two came where one was announced (RCV-005)', 'flag', {
    units: [cap],
    receipt: [{ sku: 'CAP-RED', received: { available: 2 } }],
  }),
  story('counts-contradict', 'quantity_received says 0, the details say 1 (RCV-005)', 'flag', {
    units: [tee],
    receipt: [{ sku: 'TEE-BLK-M', received: { available: 1 }, counted: 0 }],
  }),
  story('receiving-started', 'The dock has begun (RCV-006)', 'wait', { units: [hoodie], receipt: 'started' }),
]

/** Labels and parcels (RMA-007). */
const parcels: Story[] = [
  story('label-in-seconds', 'Filed just now: the label comes in a few seconds', 'refund', {
    units: [tee],
    label: {},
    hoursAgo: 0,
  }),
  story('label-later', 'The label takes an hour', 'wait', {
    units: [cap],
    label: { after: 3_600_000 },
    receipt: null,
    hoursAgo: 0,
  }),
  story('label-never', 'No label: the shopper ships on their own', 'wait', {
    units: [hoodie],
    label: { after: 'never' },
    receipt: null,
    hoursAgo: 72,
  }),
  story(
    'box-free-in-network',
    'Handed in at a Return Bar: no tracking number ever, and its bag is not known yet',
    'wait',
    { units: [tee], boxFree: { droppedOff: true }, receipt: null },
  ),
  story('two-parcels', 'Two labels, each with its own units', 'refund', {
    units: [hoodie, jeans],
    label: { ...arrived, parcels: [{ units: [0] }, { carrier: 'UPS', units: [1] }] },
  }),
  story('long-tracking', 'A tracking number of 34 digits (F31)', 'refund', {
    units: [jeans],
    label: { ...arrived, parcels: [{ trackingNumber: '4209173092612903029651000098765432' }] },
  }),
  story('in-transit', 'On its way', 'wait', { units: [tee, cap], label: travelling, receipt: null, hoursAgo: 30 }),
]

/** Returns that aren't for this warehouse, or are in no state to act on. */
const notOurs: Story[] = [
  story('other-warehouse', 'Goes to another warehouse', 'none', {
    units: [tee],
    destinationId: destinationIds.elsewhere,
    receipt: null,
  }),
  story('donated', 'Goes to a charity (RMA-014)', 'none', {
    units: [cap],
    destinationId: destinationIds.donation,
    receipt: null,
  }),
  story('cancelled', 'Cancelled by the shopper (RMA-012)', 'none', { units: [tee], state: 'cancelled', receipt: null }),
  story('expired', 'Its label was never used', 'none', {
    units: [hoodie],
    state: 'expired',
    label: { ...arrived, status: 'pre_transit' },
    receipt: null,
    hoursAgo: 700,
  }),
  story('auto-processed', 'Loop processed it on the first scan (F19)', 'none', { units: [tee], state: 'closed' }),
  story('instant-refund', 'Refunded before the parcel was received (F19)', 'none', {
    units: [cap],
    refundBeforeInspection: true,
  }),
  story('review-by-rule', 'A rule of the shop wants a person', 'none', { units: [hoodie], state: 'review' }),
  story('three-years-old', 'Filed three years ago, never finished', 'none', {
    units: [tee],
    receipt: null,
    hoursAgo: 3 * 365 * 24,
  }),
  story('sku-empty-on-all', 'No unit has a SKU (RMA-014)', 'none', { units: [{ ...tee, sku: '' }], receipt: null }),
  story('sku-unknown', 'MasonHub doesn’t know the SKU (RMA-005)', 'none', {
    units: [{ sku: unknownSku, title: 'Limited drop', price: 12_000 }],
    receipt: null,
  }),
  story('sku-empty-on-one', 'One of two units has no SKU, so its arrival can’t be checked', 'flag', {
    units: [tee, { sku: '', title: 'Gift wrap', price: 400 }],
  }),
]

/** Unusual outcomes, names and texts. */
const oddities: Story[] = [
  story('exchange', 'Exchanged for another size', 'refund', {
    units: [tee],
    exchanges: [{ sku: 'TEE-BLK-L', price: 2_500 }],
  }),
  story('exchange-and-refund', 'Exchanged, and some money back', 'refund', {
    outcome: 'exchange+refund',
    units: [hoodie],
    exchanges: [{ sku: 'TEE-BLK-L', price: 2_500 }],
  }),
  story('exchange-out-of-stock', 'The exchange is out of stock: Loop accepts, then drops it to review', 'refund', {
    outcome: 'exchange+refund',
    units: [jeans],
    exchanges: [{ sku: 'TEE-BLK-L', price: 2_500, outOfStock: true }],
  }),
  story('store-credit', 'Store credit', 'refund', { outcome: 'credit', units: [jeans] }),
  story('credit-and-refund', 'Store credit and money, named in another order than usual (F19)', 'refund', {
    outcome: 'refund+credit',
    units: [hoodie, tee],
  }),
  story('outcome-unknown', 'An outcome with an unknown part', 'flag', {
    outcome: 'refund+points',
    units: [cap],
  }),
  story('short-id', 'A return id shorter than MasonHub allows (F35)', 'refund', { returnId: 1_673, units: [tee] }),
  story('long-order-name', 'An order name longer than a manifest id (F35)', 'refund', {
    orderName: 'WHOLESALE-EU-2026-000000001234',
    units: [cap],
  }),
  story('hostile-text', 'Escape sequences, bidi and a formula in every text (F55)', 'refund', {
    units: [{ ...tee, title: `Tee ${hostile}`, reason: `Other ${hostile}`, comment: hostile }],
    customer: { email: 'mallory@example.com', firstName: `Mal${bidi}lory`, lastName: hostile },
  }),
]

/** Every story, in the order in which they are seeded: newer ones last, so that seeds keep their returns. */
export const stories: readonly Story[] = [
  ...plain,
  ...receipts,
  ...parcels,
  ...notOurs,
  ...oddities,
  ...boxes,
  ...ofKits,
]
