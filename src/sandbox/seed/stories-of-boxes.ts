import type { LabelPlan, NewParcel } from '../loop/model/labels.ts'
import type { PlannedReceipt, Story } from './story.ts'
import { arrived, cap, hoodie, jeans, story, tee } from './write-story.ts'

const hoodieOnly: PlannedReceipt = [
  { sku: 'HOOD-GRY-L', received: { available: 1 } },
  { sku: 'JEAN-IND-32', received: {} },
]

/** One unit in each box; the first one is delivered. */
function inTwoBoxes(second: NewParcel): LabelPlan {
  return { ...arrived, parcels: [{ units: [0] }, { units: [1], ...second }] }
}

/** Labels that move on their own, and returns without a box, which Loop closes at their drop-off (loop.md §14.4, §14.5). */
export const boxes: Story[] = [
  story('two-labels-one-used', 'Two labels, and everything came in the second box', 'refund', {
    units: [hoodie, cap],
    label: { after: 0, walks: false, parcels: [{ status: 'new' }, { status: 'delivered', carrier: 'UPS' }] },
  }),
  story('second-box-on-its-way', 'The first of two boxes has come, the second is on its way', 'wait', {
    units: [hoodie, jeans],
    label: inTwoBoxes({ status: 'in_transit', carrier: 'UPS' }),
    receipt: hoodieOnly,
  }),
  story('second-box-lost', 'The first of two boxes has come, and the carrier has lost the second', 'flag', {
    units: [hoodie, jeans],
    label: inTwoBoxes({ status: 'failure', carrier: 'UPS' }),
    receipt: hoodieOnly,
  }),
  story('label-unused', 'Its label was never used', 'wait', {
    units: [jeans],
    label: { after: 0, walks: false, status: 'new' },
    receipt: null,
    hoursAgo: 500,
  }),
  story('delivered-not-received', 'The carrier delivered it, and the dock has not opened it', 'wait', {
    units: [hoodie],
    receipt: null,
    hoursAgo: 200,
  }),
  story('short-tracking', 'A tracking number too short for MasonHub', 'wait', {
    units: [tee],
    label: { ...arrived, parcels: [{ trackingNumber: '123' }] },
    receipt: null,
  }),
  story('box-free-bag', 'Handed in at a Return Bar, paid by Loop, and now in a bag', 'none', {
    units: [tee],
    state: 'closed',
    boxFree: { droppedOff: true, bags: ['HR200250DB9E'], shipped: true },
  }),
  story('box-free-two-bags', 'Handed in at a Return Bar, in two bags', 'none', {
    units: [hoodie, { ...cap, quantity: 2 }],
    state: 'closed',
    boxFree: { droppedOff: true, bags: 2, shipped: true },
  }),
  story('box-free-missing-at-drop-off', 'One of two caps was never handed in: Loop paid for the other', 'none', {
    units: [{ ...cap, quantity: 2 }],
    state: 'closed',
    boxFree: { droppedOff: true, missing: [1], shipped: true },
  }),
]
