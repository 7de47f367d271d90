import { createScheduler } from '../../src/sandbox/time/scheduler.ts'
import type { FaultKind, FaultRates } from './fault-rates.ts'
import { hash, type Random, randomOf } from './random.ts'

/** What all of a simulated world shares: its time, its dice, its weather, and what must never be. */
export type World = {
  readonly seed: number
  /** Milliseconds since 1970, true time. Every party's own clock may differ. */
  now(): number
  at(time: number, work: () => void): void
  /** As `at`, for what lets code under test go on: all of it runs until it waits again, before anything else happens. */
  resume(time: number, work: () => void): void
  random(stream: string): Random
  /** Whether this goes wrong now; counted, and remembered as having touched these returns (`all` of them). */
  hits(kind: FaultKind, touched: readonly string[] | 'all'): boolean
  /** How often it would, for what is drawn in advance. */
  probability(kind: FaultKind): number
  /** From now on nothing goes wrong. */
  clear(): void
  isClear(): boolean
  touched(returnId: string): boolean
  violation(text: string): void
  /** A line of the run's trace. */
  note(text: string): void
  readonly violations: string[]
  readonly faults: Map<FaultKind, number>
  /** Of all that was noted, in order: equal for equal runs. */
  trace(): number
  /** Lets time pass until then. */
  run(until: number): Promise<void>
  /** The moment of the next thing to happen, or null. */
  nextAt(): number | null
}

export const start = Date.parse('2026-11-23T06:00:00.000Z')

/**
 * Everything that does not wait for us has run. Asked for from within a microtask, Node calls back once no other is left:
 * much sooner than a turn of the event loop would come.
 */
const quiet = () => new Promise<void>((resolve) => process.nextTick(resolve))

export function createWorld(seed: number, faultRates: FaultRates, log: ((line: string) => void) | null = null): World {
  const scheduler = createScheduler()
  const streams = new Map<string, Random>()
  const faults = new Map<FaultKind, number>()
  const touchedReturns = new Set<string>()
  const violations: string[] = []
  let time = start
  let resumed = false
  let isClear = false
  let trace = hash('')

  function random(stream: string): Random {
    const known = streams.get(stream)
    if (known) return known
    const fresh = randomOf(seed, stream)
    streams.set(stream, fresh)
    return fresh
  }

  const world: World = {
    seed,
    now: () => time,
    at: (at, work) => scheduler.add(Math.max(at, time), work),
    resume: (at, work) =>
      scheduler.add(Math.max(at, time), () => {
        resumed = true
        work()
      }),
    random,
    probability: (kind) => (isClear ? 0 : (faultRates[kind] ?? 0)),
    hits(kind, touched) {
      const probability = world.probability(kind)
      // Most questions are about what this weather does not have.
      if (probability <= 0 || !random(kind).chance(probability)) return false
      faults.set(kind, (faults.get(kind) ?? 0) + 1)
      for (const returnId of touched === 'all' ? ['all'] : touched) touchedReturns.add(returnId)
      world.note(`! ${kind} ${touched === 'all' ? '' : touched.join(' ')}`)
      return true
    },
    clear() {
      isClear = true
    },
    isClear: () => isClear,
    touched: (returnId) => touchedReturns.has(returnId) || touchedReturns.has('all'),
    violation(text) {
      violations.push(text)
      world.note(`VIOLATION ${text}`)
    },
    note(text) {
      trace = hash(`${time} ${text}\n`, trace)
      log?.(`${new Date(time).toISOString().slice(8, 23)} ${text}`)
    },
    violations,
    faults,
    trace: () => trace,
    nextAt: () => scheduler.nextAt(),
    async run(until) {
      await null
      for (let due = scheduler.takeDue(until); due; due = scheduler.takeDue(until)) {
        time = Math.max(time, due.at)
        due.work()
        if (!resumed) continue
        resumed = false
        await quiet()
      }
      time = Math.max(time, until)
    },
  }
  return world
}
