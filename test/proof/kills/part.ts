import type { ProofOptions, ProofPart, Proved } from '../part.ts'
import { type Batch, runBatch } from './batch.ts'
import { createKillCoverage, type KillCoverage } from './coverage.ts'
import { isFoundOut, plantedBugs } from './planted-bugs.ts'
import { points } from './points.ts'
import { buildProgram } from './program.ts'

/** Kills per world: enough for crashes to meet what earlier ones left behind, few enough for an early check. */
const perBatch = 60
/** Worlds at a time: a child that waits for its point leaves a core idle. */
const atOnce = 3
/** From this number of kills, every point must have been reached. */
const wholeList = 1_000

/** Real processes on a real file, killed at every point (failures.md §2.5, K9). */
export const kills: ProofPart = {
  name: 'kills',
  title: 'Killed processes',
  unit: 'kills',
  sizes: { quick: 50, full: 2_000 },
  prove,
}

async function prove({ size, seed, progress, signal }: ProofOptions): Promise<Proved> {
  const coverage = createKillCoverage((point) => size >= wholeList || point.first)
  const done: { seed: number; batch: Batch }[] = []
  let killed = 0
  let next = 0
  const isOver = () => signal.aborted || (killed >= size && coverage.missed().length === 0) || killed >= 2 * size
  const { program, remove } = await buildProgram()
  const worker = async () => {
    while (!isOver()) {
      const own = seed * 10_000 + next
      next += 1
      const batch = await runBatch(own, coverage, {
        program,
        signal,
        isEnough: (count) => count >= perBatch || isOver(),
        onKill() {
          killed += 1
          progress(Math.min(killed, size), size)
        },
      })
      done.push({ seed: own, batch })
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, worker))
  } finally {
    await remove()
  }
  const found = size >= wholeList ? await bugsFound(seed, signal) : {}
  const missed = Object.keys(found).filter((name) => !found[name] && !signal.aborted)
  return {
    figures: { ...figuresOf(coverage, done), ...bugFigure(found) },
    violations: [
      ...violationsOf(coverage, done, signal.aborted),
      ...missed.map((name) => `a planted bug was not found out: ${name}`),
    ],
  }
}

/** Checks that the proof can find something at all. */
async function bugsFound(seed: number, signal: AbortSignal): Promise<Record<string, boolean>> {
  const found: Record<string, boolean> = {}
  for (const bug of plantedBugs) found[bug.name] = await isFoundOut(bug, seed * 10_000 + 9_000, signal)
  return found
}

function bugFigure(found: Record<string, boolean>): Proved['figures'] {
  const results = Object.values(found)
  if (results.length === 0) return {}
  return { 'planted bugs found out': `${results.filter(Boolean).length} of ${results.length}` }
}

function figuresOf(coverage: KillCoverage, done: readonly { batch: Batch }[]): Proved['figures'] {
  const sum = (of: (batch: Batch) => number) => done.reduce((total, { batch }) => total + of(batch), 0)
  const named = [...coverage.kills.values()].reduce((total, count) => total + count, 0)
  const expected = points.filter(({ rare }) => !rare)
  const reached = [...coverage.kills.keys()]
  return {
    'kills at named points': named,
    'kills at random moments': coverage.random,
    'named points reached': `${expected.filter(({ name }) => reached.includes(name)).length} of ${expected.length}`,
    'rare points reached besides': reached.filter((name) => points.some((point) => point.name === name && point.rare))
      .length,
    'frozen and woken again': sum(({ freezes }) => freezes),
    worlds: done.length,
    returns: sum(({ returns }) => returns),
    'refunds paid': sum(({ refunds }) => refunds),
    flags: sum(({ flags }) => flags),
    'parked for a person': sum(({ parked }) => parked),
    'messages acknowledged': sum(({ acknowledged }) => acknowledged),
  }
}

function violationsOf(
  coverage: KillCoverage,
  done: readonly { seed: number; batch: Batch }[],
  stopped: boolean,
): string[] {
  return [
    ...done.flatMap(({ seed, batch }) => batch.violations.map((violation) => `world ${seed}: ${violation}`)),
    ...coverage.unknown().map((name) => `"${name}" was passed, and is no crash point of the list`),
    ...(stopped ? [] : coverage.missed().map((name) => `nobody died at "${name}"`)),
  ]
}
