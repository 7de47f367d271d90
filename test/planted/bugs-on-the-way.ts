import type { PlantedBug } from './planted-bug.ts'

const journeyTest = { tests: 'test/core/returns/journey.test.ts' }
const labels = 'src/core/returns/label-request.ts'
const labelsTest = (named: string) => ({ tests: 'test/acceptance/labels.test.ts', named })

/** Bugs about the way of a parcel from the shopper to the dock. */
export const bugsOnTheWay: readonly PlantedBug[] = [
  {
    name: 'a label is asked for again after a lost answer',
    rows: ['H39'],
    edits: [{ file: labels, from: `'confirmed', 'in_doubt', 'parked'])`, to: `'confirmed', 'parked'])` }],
    caughtBy: labelsTest('a lost answer is in doubt'),
  },
  {
    name: 'a label is asked for again while Loop makes the first',
    rows: ['H39'],
    edits: [{ file: labels, from: `new Set(['sent', 'accepted',`, to: `new Set(['sent',` }],
    caughtBy: labelsTest('a second request within the hour'),
  },
  {
    name: 'a request for a label is repeated like a read',
    rows: ['H39'],
    edits: [
      {
        file: 'src/loop/returns/actions.ts',
        from: `path, effect: 'once', ...(mayStart`,
        to: `path, effect: 'read', ...(mayStart`,
      },
    ],
    caughtBy: { tests: 'test/loop/returns/queued-answer.test.ts' },
  },
  {
    name: 'a label that does not come is waited for without end',
    rows: ['H39'],
    edits: [
      {
        file: labels,
        from: `  if (!(Date.parse(seenAt) - Date.parse(sentAt) >= labelTimeout)) return { to: 'wait' }`,
        to: `  if (loopReturn?.state === 'open') return { to: 'wait' }`,
      },
    ],
    caughtBy: labelsTest('left to a person after an hour'),
  },
  {
    name: 'what was delivered counts as received',
    rows: ['H40'],
    edits: [
      {
        file: 'src/core/audit/audit-journey.ts',
        from: `rma?.status === 'received') return []`,
        to: `rma?.status === 'received' || arrival.deliveredAt !== null) return []`,
      },
    ],
    caughtBy: { tests: 'test/core/audit/audit-journey.test.ts' },
  },
  {
    name: 'a date that can’t be read is 20,000 days old',
    rows: ['H40'],
    edits: [
      {
        file: 'src/core/returns/journey.ts',
        from: `Date.parse(now) - Date.parse(at)`,
        to: `Date.parse(now) - (Date.parse(at) || 0)`,
      },
    ],
    caughtBy: journeyTest,
  },
  {
    name: 'a short number waits for ever',
    rows: ['H41'],
    edits: [
      {
        file: 'src/core/rmas/plan-rma.ts',
        from: `  if (first === undefined) {\n    const message = 'Loop has no tracking number yet`,
        to: `  if (first === undefined || sendability(first.id) === 'short') {\n    const message = 'Loop has no tracking number yet`,
      },
    ],
    caughtBy: { tests: 'test/core/rmas/plan-rma.test.ts', named: 'H41' },
  },
  {
    name: 'a number that nobody can scan is announced',
    rows: ['H41'],
    edits: [
      {
        file: 'src/core/returns/parcels.ts',
        from: `filter(({ id }) => sendability(id) === null)`,
        to: `filter(({ id }) => sendability(id) !== 'short')`,
      },
    ],
    caughtBy: { tests: 'test/core/returns/parcels.test.ts', named: 'H41' },
  },
  {
    name: 'one label that can’t be announced fails the syncs of its shop',
    rows: ['H41'],
    edits: [
      {
        file: 'src/usecases/sync/record-outcomes.ts',
        from: `if (plan.reason.code === 'TRACKING_UNSENDABLE') {`,
        to: `if (plan.reason.code === '') {`,
      },
    ],
    caughtBy: { tests: 'test/commands/asn.test.ts', named: 'H41' },
  },
]
