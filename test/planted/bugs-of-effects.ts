import type { PlantedBug } from './planted-bug.ts'

const machine = 'src/effects/run.ts'
const machineTest = (named: string) => ({ tests: 'test/effects/run.test.ts', named })

const slots = 'src/journal/schema/third-effects.ts'
const slotTest = (named: string) => ({ tests: 'test/journal/refunds/refund-slot.test.ts', named })

/** Bugs in the machine of effects itself, which must hold whatever the kinds and the journal do. */
export const bugsOfEffects: readonly PlantedBug[] = [
  {
    name: 'one claim serves for any number of requests',
    rows: ['F1'],
    edits: [{ file: machine, from: `    used.add(effect)\n`, to: '' }],
    caughtBy: machineTest('a second request for it never leaves'),
  },
  {
    name: 'an effect is sent that was only planned',
    rows: ['F8'],
    edits: [{ file: machine, from: `if (effect.state !== 'sent') throw`, to: `if (false) throw` }],
    caughtBy: machineTest('what was only planned is never sent'),
  },
  {
    name: 'what was given back can be sent, and what was sent be given back',
    rows: ['F1', 'F8'],
    edits: [
      {
        file: machine,
        from: `  useUp(claimed)\n  const effects`,
        to: `  const effects`,
      },
    ],
    caughtBy: machineTest('given back'),
  },
  {
    name: 'an effect that is wanted twice is claimed twice',
    rows: ['F8'],
    edits: [{ file: machine, from: `    won.delete(effect.effectId)\n`, to: '' }],
    caughtBy: machineTest('wanted twice, it is claimed once'),
  },
  {
    name: 'an effect gets the item of another kind for the same return',
    rows: ['F1'],
    edits: [
      {
        file: machine,
        from: `const effect = rows[index]`,
        to: `const effect = rows.findLast(({ returnId }) => returnId === proposed[index].effect.returnId)`,
      },
    ],
    caughtBy: machineTest('two kinds of one return'),
  },
  {
    name: 'a late answer is recorded for another run’s try',
    rows: ['F9'],
    edits: [
      {
        file: machine,
        from: `recorded.to === 'confirmed' ? {} : { attempts: one.effect.attempts }`,
        to: '{}',
      },
    ],
    caughtBy: machineTest('an answer speaks of its own try'),
  },
  {
    name: 'each kind of refund has a slot of its own',
    rows: ['F1', 'F8'],
    edits: [{ file: slots, from: 'create unique index refund_of_a_return', to: 'create index refund_of_a_return' }],
    caughtBy: slotTest('keeps'),
  },
  {
    name: 'an abandoned refund comes back beside one of another kind',
    rows: ['F1', 'F8'],
    edits: [
      { file: slots, from: 'create unique index refund_of_a_return', to: 'create index refund_of_a_return' },
      {
        file: 'src/journal/effects/plan-effects.ts',
        from: `    if (row.state === 'abandoned' && taken.has(slotOf(row))) return row\n`,
        to: '',
      },
    ],
    caughtBy: slotTest('which then does not come back'),
  },
  {
    name: 'limits forget the refunds of what arrived',
    rows: ['F23'],
    edits: [
      {
        file: 'src/journal/refunds/refund-checks.ts',
        from: `sql<boolean>\`kind in ('process', 'remove')\``,
        to: `sql<boolean>\`kind = 'process'\``,
      },
    ],
    caughtBy: slotTest('holds everything for a remove'),
  },
]
