import { runBatch } from './batch.ts'
import { createKillCoverage } from './coverage.ts'
import { buildProgram, type PlantedBug } from './program.ts'

/** Bugs that only a killed process, or a vendor that does not answer, can reveal. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'a refund whose answer was lost is sent once more',
    file: 'src/loop/returns/actions.ts',
    from: "act(returnId, 'process', 'once'",
    to: "act(returnId, 'process', 'read'",
  },
  {
    name: 'a message is answered before it is stored',
    file: 'src/receiver/messages/take-message.ts',
    from: 'await commit.add(events)',
    to: '(void commit.add(events), { stored: true, isNew: events.map(() => true) } as const)',
  },
]

/** Worlds that a planted bug may survive before it counts as not found. */
const settlementLimit = 3

/** Whether the kill loop finds a planted bug. */
export async function isFoundOut(bug: PlantedBug, seed: number, signal: AbortSignal): Promise<boolean> {
  const { program, remove } = await buildProgram(bug)
  try {
    for (let world = 0; world < settlementLimit && !signal.aborted; world += 1) {
      const onKill = () => undefined
      const isEnough = (kills: number) => kills >= 30
      const coverage = createKillCoverage(({ first }) => first)
      const { violations } = await runBatch(seed + world, coverage, { program, isEnough, signal, onKill })
      if (violations.length > 0) return true
    }
    return false
  } finally {
    await remove()
  }
}
