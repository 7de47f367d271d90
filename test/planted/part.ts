import type { ProofOptions, ProofPart, Proved } from '../proof/part.ts'
import { isOfSeveral } from '../simulation/kinds-of-worlds.ts'
import { check, checkSound, commandOf, type Verdict } from './check-bugs.ts'
import type { PlantedBug } from './planted-bug.ts'
import { plantedBugs } from './planted-bugs.ts'

/** Two child processes at a time; each keeps one core busy. */
const atOnce = 2

export const planted: ProofPart = {
  name: 'planted',
  title: 'Planted bugs',
  unit: 'planted',
  sizes: { quick: 8, full: Number.POSITIVE_INFINITY },
  prove,
}

async function prove({ size, seed, progress, found, signal }: ProofOptions): Promise<Proved> {
  const selected = chosen(size, seed)
  const verdicts: Verdict[] = []
  const violations: string[] = []
  const wrong = (violation: string) => {
    violations.push(violation)
    found(violation)
  }
  const sound = soundness(selected)
  const total = selected.length + sound.length
  let done = 0
  const queue = [
    ...sound.map((bug) => async () => {
      if (!(await checkSound(bug, signal))) wrong(`without any bug, this fails: ${commandOf(bug).slice(1).join(' ')}`)
    }),
    ...selected.map((bug) => async () => {
      const verdict = await check(bug, signal)
      verdicts.push(verdict)
      if (!verdict.caught) wrong(`nothing caught “${bug.name}” (${bug.rows.join(', ')}): ${verdict.by}`)
    }),
  ].values()
  const work = async () => {
    for (const one of queue) {
      if (signal.aborted) return
      try {
        await one()
      } catch (error) {
        if (!signal.aborted) wrong(error instanceof Error ? error.message : String(error))
      }
      done += 1
      progress(done, total)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return { figures: figuresOf(selected, verdicts), violations }
}

/**
 * One bug per command: if its command passes without a bug, then all bugs of that command fail for the bug alone. Of
 * worlds of one kind, the largest number covers the smaller ones.
 */
function soundness(selected: readonly PlantedBug[]): PlantedBug[] {
  const worldsOf = ({ caughtBy }: PlantedBug) => ('worlds' in caughtBy ? caughtBy.worlds : 0)
  const commands = new Map<string, PlantedBug>()
  for (const bug of [...selected].sort((one, other) => worldsOf(one) - worldsOf(other)))
    commands.set(kindOf(bug) ?? JSON.stringify(commandOf(bug)), bug)
  return [...commands.values()]
}

/** The kind of worlds that must find the bug; null when tests must. */
function kindOf({ caughtBy }: PlantedBug): string | null {
  if (!('worlds' in caughtBy)) return null
  return isOfSeveral(caughtBy.first) ? 'worlds of several installations' : 'worlds of one'
}

/** All bugs, or some of them, which differ from seed to seed. */
function chosen(size: number, seed: number): PlantedBug[] {
  if (size >= plantedBugs.length) return [...plantedBugs]
  const first = (seed * 7) % plantedBugs.length
  return [...plantedBugs.slice(first), ...plantedBugs.slice(0, first)].slice(0, size)
}

function figuresOf(selected: readonly PlantedBug[], verdicts: readonly Verdict[]): Proved['figures'] {
  const caught = verdicts.filter((verdict) => verdict.caught)
  const bySimulation = caught.filter(({ bug }) => 'worlds' in bug.caughtBy).length
  return {
    'bugs planted': selected.length,
    caught: `${caught.length} of ${selected.length}`,
    'by the simulation': bySimulation,
    'by tests': caught.length - bySimulation,
    ...Object.fromEntries(
      selected.map((bug) => {
        const verdict = verdicts.find((one) => one.bug === bug)
        return [`${bug.name} (${bug.rows.join(', ')})`, verdict?.by.slice(0, 160).replaceAll('|', '/') ?? 'not reached']
      }),
    ),
  }
}
