import type { PlantedBug } from './planted-bug.ts'

const planTests = (named: string) => ({ tests: 'test/core/rmas/box-free.test.ts', named })
const acceptance = (named: string) => ({ tests: 'test/acceptance/box-free.test.ts', named })

/** Bugs about returns without a box. */
export const bugsWithoutABox: readonly PlantedBug[] = [
  {
    name: 'a return without a box gets no RMA once Loop has closed it',
    rows: ['H33'],
    edits: [
      {
        file: 'src/core/rmas/plan-rma.ts',
        from: `  if (boxFree && (state === 'closed' || state === 'expired')) return null\n`,
        to: '',
      },
    ],
    caughtBy: planTests('under the barcode of its bag'),
  },
  {
    name: 'a reading that says nothing of bags means that there is none',
    rows: ['H33'],
    edits: [
      {
        file: 'src/usecases/returns/remembered-returns.ts',
        from: `loopReturn: withRemembered(loopReturn, { boxFree, parcels: remembered }), bagSeenAt`,
        to: `loopReturn, bagSeenAt`,
      },
    ],
    caughtBy: acceptance('details that lack the method'),
  },
  {
    name: 'a return that is closed early is no longer polled',
    rows: ['H33'],
    edits: [
      {
        file: 'src/usecases/sync/record-outcomes.ts',
        from: `      if (mayStillCome(item)) return closedEarly(result, item)\n`,
        to: '',
      },
    ],
    caughtBy: acceptance('closed before its parcel comes'),
  },
  {
    name: 'an open return without a box is paid at once',
    rows: ['G22'],
    edits: [
      {
        file: 'src/core/refunds/decide.ts',
        from: `  if (mayPay === null) return byMoneySwitches(`,
        to: `  if (Number(now) !== 0) return byMoneySwitches(`,
      },
    ],
    caughtBy: { tests: 'test/core/refunds/box-free-properties.test.ts' },
  },
  {
    name: 'a damaged bag that Loop has paid for counts as a refund in spite of its receipt',
    rows: ['F19'],
    edits: [
      {
        file: 'src/core/audit/audit-return.ts',
        from: `  if (closedAtDropOff(loopReturn, decision)) return foundAfterRefund({ ...audited, rma })\n`,
        to: '',
      },
    ],
    caughtBy: { tests: 'test/core/audit/audit-box-free.test.ts' },
  },
  {
    name: 'the tracking number of a pallet is a parcel of each return on it',
    rows: ['H34'],
    edits: [
      {
        file: 'src/core/returns/parcels.ts',
        from: `  return loopReturn.bags.map(`,
        to: `  return labelled(loopReturn.labels).concat(loopReturn.bags.map(`,
      },
      {
        file: 'src/core/returns/parcels.ts',
        from: `unlabelled(bag, 'bag'))`,
        to: `unlabelled(bag, 'bag')))`,
      },
    ],
    caughtBy: planTests('never takes a label'),
  },
  {
    name: 'months of bags are announced after an upgrade',
    rows: ['H35'],
    edits: [
      { file: 'src/core/rmas/box-free.ts', from: `<= longestClosed * day)`, to: `<= 100 * longestClosed * day)` },
    ],
    caughtBy: planTests('over 30 days ago'),
  },
]
