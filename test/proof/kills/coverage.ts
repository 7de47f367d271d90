import type { Random } from '../../../src/sandbox/world.ts'
import type { ScheduledKill } from './child.ts'
import { type Point, points, type Role } from './points.ts'

/** Counts the kills of a whole run, and chooses the next ones. */
export type KillCoverage = {
  /** Number of kills at each point. */
  readonly kills: ReadonlyMap<string, number>
  readonly freezes: ReadonlyMap<string, number>
  /** Number of kills at random times. */
  random: number
  killed(point: string | null): void
  froze(point: string): void
  passed(names: readonly string[]): void
  /** Points that a process passed and that are not in the list. */
  unknown(): string[]
  /** Points that must be reached and at which no process was killed. */
  missed(): string[]
  /**
   * When a child with this role should be killed: at the first point that it passes of those with the fewest kills;
   * null: at a random time.
   */
  scheduleFor(role: Role, random: Random): ScheduledKill | null
}

/** Points where a frozen worker is the most dangerous: it wakes after others took over (F9). */
const freezable = [
  'claim process: before commit',
  'claim process: after commit',
  'claim: sent',
  'read notes: answered',
  'win claim: after commit',
  'process: before sending',
  'process: sent',
  'process: answered',
  'flag: before sending',
  'note: before sending',
  'rma.create: before sending',
  'acquire lease: after commit',
  'store message: after commit',
]

/** `isSelected`: the points to reach; all that are not rare must be reached. */
export function createKillCoverage(isSelected: (point: Point) => boolean): KillCoverage {
  const targets = points.filter(isSelected)
  const names = new Set(points.map(({ name }) => name))
  const kills = new Map<string, number>()
  const freezes = new Map<string, number>()
  const seen = new Set<string>()
  const count = (counts: Map<string, number>, name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1)
  const coverage: KillCoverage = {
    kills,
    freezes,
    random: 0,
    killed(point) {
      if (point === null) coverage.random += 1
      else count(kills, point)
    },
    froze: (point) => count(freezes, point),
    passed(passed) {
      for (const name of passed) seen.add(name)
    },
    unknown: () => [...seen].filter((name) => !names.has(name)),
    missed: () => targets.filter(({ name, rare }) => !rare && !kills.has(name)).map(({ name }) => name),
    scheduleFor(role, random) {
      const remaining = random.below(100)
      if (remaining < 12) return null
      if (remaining < 20) return { points: freezable, count: 1 + random.below(3), how: 'freeze' }
      // No process has passed it yet, so it is unknown whether it can be reached at all.
      const mine = targets.filter(({ name, by, rare }) => by.includes(role) && (!rare || seen.has(name)))
      // A role that was killed often enough lives for a while, because other roles depend on its work.
      const named = [...kills.values()].reduce((sum, count) => sum + count, 0)
      const open = mine.filter(({ name }) => (kills.get(name) ?? 0) <= named / targets.length + 1)
      if (open.length === 0) return random.chance(0.5) ? null : { points: [], count: 1, how: 'kill' }
      const tried = open.map(({ name }) => ({ name, tries: (kills.get(name) ?? 0) + random.next() }))
      // Only one point, so that late points are reached past all earlier ones; or several, so that one is reached soon.
      const some = random.chance(0.5) ? 1 : Math.max(2, open.length / 4)
      const least = tried.sort((one, other) => one.tries - other.tries).slice(0, some)
      return { points: least.map(({ name }) => name), count: random.chance(0.8) ? 1 : 2, how: 'kill' }
    },
  }
  return coverage
}
