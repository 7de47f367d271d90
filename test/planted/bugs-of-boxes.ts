import { boxes } from '../simulation/kinds-of-worlds.ts'
import type { PlantedBug } from './planted-bug.ts'

const otherBoxes = 'src/core/refunds/other-boxes.ts'
const boxTests = { tests: 'test/core/refunds/verdict-boxes.test.ts' }

/** Worlds whose returns come in several boxes must find it; `first` is simulated first. */
const worlds = (count: number, first = 1) => ({ worlds: count, first: boxes + first })

/** Bugs about returns in several boxes. */
export const bugsOfBoxes: readonly PlantedBug[] = [
  {
    name: 'what is missing and in a moving box is flagged',
    rows: ['H37'],
    edits: [{ file: otherBoxes, from: `case 'moving':\n      return true`, to: `case 'moving':\n      return false` }],
    caughtBy: worlds(20),
  },
  {
    name: 'the wait for another box has no bound',
    rows: ['H38'],
    edits: [{ file: otherBoxes, from: `ahead >= -day && ahead < days * day`, to: `ahead >= -day` }],
    caughtBy: worlds(40, 15),
  },
  {
    name: 'a label that was never used is waited for',
    rows: ['H37'],
    edits: [
      {
        file: otherBoxes,
        from: `    case 'unused':\n    case 'failed':\n    case 'unknown':\n      return false`,
        to: `    case 'unused':\n      return true\n    case 'failed':\n    case 'unknown':\n      return false`,
      },
    ],
    caughtBy: worlds(40, 10),
  },
  {
    name: 'damaged units are waited for while another box moves',
    rows: ['H37'],
    edits: [
      {
        file: 'src/core/refunds/verdict.ts',
        from: `problems.every(isMissing) ? awaited`,
        to: `problems.some(isMissing) ? awaited`,
      },
    ],
    caughtBy: boxTests,
  },
  {
    name: 'a box that was received explains what is missing',
    rows: ['H37'],
    edits: [{ file: otherBoxes, from: ` && !unit.labels.some(isReceived)`, to: '' }],
    caughtBy: boxTests,
  },
  {
    name: 'the first label is the package, whichever moves',
    rows: ['H37'],
    edits: [
      {
        file: 'src/core/returns/parcels.ts',
        from: `return hasMoved(best) && !hasMoved(current) ? best : current`,
        to: `return current`,
      },
    ],
    caughtBy: { tests: 'test/acceptance/boxes.test.ts', named: 'the moving label becomes the package' },
  },
  {
    name: 'damaged units in a box received apart complete a return',
    rows: ['H37'],
    edits: [
      { file: 'src/core/audit/audit-boxes.ts', from: `return isAvailable && missing.size`, to: `return missing.size` },
    ],
    caughtBy: { tests: 'test/core/audit/audit-boxes.test.ts' },
  },
]
