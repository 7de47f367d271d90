import { createScheduler } from '../../src/sandbox/time/scheduler.ts'
import type { FaultKind, FaultRates } from './fault-rates.ts'
import { hash, type Random, randomOf } from './random.ts'

/** What all parts of a simulated world share: its time, its random numbers, its fault rates, and its violations. */
export type World = {
  readonly seed: number
  /** Milliseconds since 1970, true time. Every party may have its own clock. */
  now(): number
  at(time: number, work: () => void): void
  /**
   * Like `at`, for work that resumes code under test: all of that code runs until it waits again, before anything else
   * does.
   */
  resume(time: number, work: () => void): void
  random(stream: string): Random
  /** Whether this fault occurs now; counted, and recorded for these returns (or `all` of them). */
  hits(kind: FaultKind, touched: readonly string[] | 'all'): boolean
  /** Its probability, for faults that are drawn in advance. */
  probability(kind: FaultKind): number
  /** From now on, no fault occurs. */
  clear(): void
  isClear(): boolean
  touched(returnId: string): boolean
  violation(text: string): void
  /** Adds a line to the run's trace. */
  note(text: string): void
  readonly violations: string[]
  readonly faults: Map<FaultKind, number>
  /** A hash of all lines, in order: equal for equal runs. */
  trace(): number
  /** Advances the time until then. */
  run(until: number): Promise<void>
  /** The time of the next planned work; null: none. */
  nextAt(): number | null
}

export const start = Date.parse('2026-11-23T06:00:00.000Z')

/**
 * Resolves once all code that does not wait for us has run. Requested from within a microtask, Node calls back when no
 * other microtask is left: much sooner than after a turn of the event loop.
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
      // Most questions are about faults that this world does not have.
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
