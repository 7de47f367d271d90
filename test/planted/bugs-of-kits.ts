import type { PlantedBug } from './planted-bug.ts'

const kits = 'src/core/refunds/kits.ts'
const rules = (named?: string) => ({
  tests: 'test/core/refunds/kits.test.ts',
  ...(named === undefined ? {} : { named }),
})

/** Bugs that pay an incomplete kit, or flag a complete one. */
export const bugsOfKits: readonly PlantedBug[] = [
  {
    name: 'a kit that lacks a part is received',
    rows: ['G23'],
    edits: [
      {
        file: kits,
        from: `  if (line === undefined) return false\n  const {`,
        to: `  if (line === undefined) return true\n  const {`,
      },
    ],
    caughtBy: rules('G23'),
  },
  {
    name: 'a damaged part belongs to a complete kit',
    rows: ['G23'],
    edits: [
      {
        file: kits,
        from: `byDisposition.get('available') === whole && others.length === 0`,
        to: `true`,
      },
    ],
    caughtBy: rules('G23'),
  },
  {
    name: 'the parts of one kit make two',
    rows: ['G23'],
    edits: [{ file: kits, from: `+ quantity * count)`, to: `+ quantity)` }],
    caughtBy: rules('G23'),
  },
  {
    name: 'a kit that shares a part with an incomplete one is complete',
    rows: ['G23'],
    edits: [
      {
        file: kits,
        from: `    for (const part of failed.flatMap(({ kit }) => [...kit.keys()])) spoilt.add(part)\n`,
        to: '',
      },
    ],
    caughtBy: rules('share a part'),
  },
  {
    name: 'counts that contradict themselves make a kit',
    rows: ['G23'],
    edits: [{ file: kits, from: `receipt.contradictions.length > 0 ? [] : completeOf`, to: `completeOf` }],
    caughtBy: rules('contradicts itself'),
  },
  {
    name: 'a kit within a kit is counted',
    rows: ['G23'],
    edits: [
      {
        file: 'src/masonhub/rmas/kits.ts',
        from: `    if (record.isKit || record.sku === sku) return`,
        to: `    if (record.sku === sku) return`,
      },
    ],
    caughtBy: { tests: 'test/masonhub/rmas/kits.test.ts' },
  },
  {
    name: 'the audit calls a refunded kit a mistake',
    rows: ['H47'],
    edits: [
      {
        file: 'src/core/audit/audit-return.ts',
        from: `verdictOf({ loopReturn, rma, policy, announced, now, kits })`,
        to: `verdictOf({ loopReturn, rma, policy, announced, now })`,
      },
    ],
    caughtBy: { tests: 'test/acceptance/kits.test.ts', named: 'H47' },
  },
  {
    name: 'while MasonHub is down, a kit is flagged',
    rows: ['H47'],
    edits: [
      {
        file: 'src/usecases/returns/kits-of-receipts.ts',
        from: `error.code === 'MASONHUB_SERVER_ERROR') throw error`,
        to: `error.code === 'MASONHUB_SERVER_ERROR') return noKits`,
      },
    ],
    caughtBy: { tests: 'test/acceptance/kits.test.ts', named: 'down' },
  },
]
