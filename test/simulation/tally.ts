import { type Counts, emptyCounts, type Outcome } from './simulate.ts'

/** The counts of many worlds. */
export type Tally = {
  worlds: number
  histories: number
  counts: Counts
  faults: Record<string, number>
  endings: Record<string, number>
  violations: string[]
}

export function emptyTally(): Tally {
  const counts = emptyCounts()
  return { worlds: 0, histories: 0, counts, faults: {}, endings: {}, violations: [] }
}

export function addOutcome(tally: Tally, { seed, violations, histories, faults, endings, counts }: Outcome): void {
  tally.worlds += 1
  tally.histories += histories
  for (const name of Object.keys(counts) as (keyof Counts)[]) tally.counts[name] += counts[name]
  addTo(tally.faults, faults)
  addTo(tally.endings, endings)
  tally.violations.push(...violations.map((violation) => `seed ${seed}: ${violation}`))
}

/** Adds the second tally to the first. */
export function addTally(tally: Tally, other: Tally): void {
  tally.worlds += other.worlds
  tally.histories += other.histories
  for (const name of Object.keys(tally.counts) as (keyof Counts)[]) tally.counts[name] += other.counts[name]
  addTo(tally.faults, new Map(Object.entries(other.faults)))
  addTo(tally.endings, new Map(Object.entries(other.endings)))
  tally.violations.push(...other.violations)
}

function addTo(sums: Record<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [name, count] of more) sums[name] = (sums[name] ?? 0) + count
}
