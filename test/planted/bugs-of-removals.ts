import type { PlantedBug } from './planted-bug.ts'

const acceptance = (named: string) => ({ tests: 'test/acceptance/only-arrived.test.ts', named })
const rules = 'src/core/refunds/partial-refund.ts'
const rulesTest = (named: string) => ({ tests: 'test/core/refunds/partial-refund.test.ts', named })
const properties = (named: string) => ({ tests: 'test/core/refunds/partial-refund-properties.test.ts', named })
const request = 'src/effects/refund-request.ts'
const requestTest = (named: string) => ({ tests: 'test/effects/refund-request.test.ts', named })
const resolve = 'src/usecases/resolve/resolve.ts'

/** Bugs in the refund of only what arrived, which Loop can't undo (loop.md §5.5). */
export const bugsOfRemovals: readonly PlantedBug[] = [
  {
    name: 'a removal that went unanswered is sent again',
    rows: ['G17'],
    edits: [
      {
        file: request,
        from: `  return await loop.remove(effect.returnId, removed, () => isFresh() && journal.isInPlace())`,
        to: `  const answer = await loop.remove(effect.returnId, removed)\n  return answer.kind === 'in_doubt' ? await loop.remove(effect.returnId, removed.slice(0, 1)) : answer`,
      },
    ],
    caughtBy: acceptance('G17 a 500 after the work'),
  },
  {
    name: 'a removal is repeated like a read',
    rows: ['G17', 'F1'],
    edits: [
      {
        file: 'src/loop/returns/actions.ts',
        from: `act(returnId, 'remove', 'once'`,
        to: `act(returnId, 'remove', 'read'`,
      },
    ],
    caughtBy: { tests: 'test/loop/returns/actions.test.ts', named: 'names all units to remove in one call' },
  },
  {
    name: 'a removal goes out without a claim on the timeline',
    rows: ['G1', 'G16'],
    edits: [
      {
        file: 'src/effects/refund.ts',
        from: `  return await postClaim(context, won, new Set(past.map(({ nonce }) => nonce)))`,
        to: `  if (request.kind === 'remove') return { kind: 'won', refund: won }\n  return await postClaim(context, won, new Set(past.map(({ nonce }) => nonce)))`,
      },
    ],
    caughtBy: acceptance('says on the timeline what it asks for'),
  },
  {
    name: 'a removal forgets that another refund of the return was sent',
    rows: ['G16'],
    edits: [
      {
        file: 'src/core/refunds/decide-partial.ts',
        from: `  if (isRefundPast(past) || !mayFollow(decision)) return refused(decision.reasons)\n`,
        to: '',
      },
    ],
    caughtBy: { tests: 'test/core/refunds/decide-partial.test.ts', named: 'whenever a refund of either kind was sent' },
  },
  {
    name: 'a planned refund of one kind keeps the other from being sent for ever',
    rows: ['G16'],
    edits: [
      { file: resolve, from: `isRefundKind(kind) && kind !== refund`, to: `isRefundKind(kind) && refund === null` },
    ],
    caughtBy: acceptance('does not keep the other from being sent'),
  },
  {
    name: 'one unit more than is missing is removed',
    rows: ['G18'],
    edits: [
      { file: rules, from: `same.slice(same.length - count)`, to: `same.slice(Math.max(0, same.length - count - 1))` },
    ],
    caughtBy: properties('pays for exactly the units'),
  },
  {
    name: 'any of several units that differ is removed',
    rows: ['G18'],
    edits: [{ file: rules, from: `if (count < same.length && !areAlike(same))`, to: `if (false)` }],
    caughtBy: rulesTest('asks a person which unit it is'),
  },
  {
    name: 'a unit that arrived damaged is paid',
    rows: ['G19'],
    edits: [
      {
        file: rules,
        from: `verdict.reasons.find(({ code }) => code !== 'MISSING')`,
        to: `verdict.reasons.find(({ code }) => code !== 'MISSING' && code !== 'DAMAGED')`,
      },
      { file: rules, from: `reported !== available || gone < 0`, to: `gone < 0` },
    ],
    caughtBy: rulesTest('never pays for a unit that is not available'),
  },
  {
    name: 'every unit is removed',
    rows: ['G20'],
    edits: [{ file: rules, from: `removed.removed.length === units.length`, to: `false` }],
    caughtBy: rulesTest('never removes every unit'),
  },
  {
    name: 'a unit that may still come in another box is removed',
    rows: ['H37'],
    edits: [
      {
        file: rules,
        from: `      return impossible(verdict.reasons[0])\n`,
        to: `      break\n`,
      },
      { file: rules, from: `code !== 'MISSING')`, to: `code !== 'MISSING' && code !== 'BOX_ON_ITS_WAY')` },
      { file: rules, from: `  if (other !== null) return impossible(other)\n`, to: '' },
    ],
    caughtBy: rulesTest('removes nothing while another box moves'),
  },
  {
    name: 'the units to remove are taken from a later reading than was shown',
    rows: ['G21'],
    edits: [{ file: resolve, from: ` &&\n    current.partial?.digest === displayed.partial?.digest`, to: '' }],
    caughtBy: acceptance('G21 sends nothing when'),
  },
  {
    name: 'a removal names units that were not shown',
    rows: ['G21'],
    edits: [
      {
        file: request,
        from: `JSON.stringify(named) === JSON.stringify(displayed) ? removal.removed : null`,
        to: `named.length > displayed.length + 100 ? null : removal.removed`,
      },
    ],
    caughtBy: requestTest('removes what the claimed row names'),
  },
  {
    name: 'units that are gone confirm their removal',
    rows: ['G17'],
    edits: [
      {
        file: 'src/effects/settle.ts',
        from: `    return settlement(`,
        to: `    if (kind === 'remove' && loopReturn !== null && loopReturn.units.length < 3) return { to: 'confirmed', evidence: 'The units are gone.' }\n    return settlement(`,
      },
    ],
    caughtBy: acceptance('gone units prove nothing'),
  },
]
