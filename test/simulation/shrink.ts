import { type Part, partsOf, scenarioOf } from './scenario.ts'
import { type Outcome, simulate } from './simulate.ts'

/** A failing world without everything that the failure does not need. */
export type Failure = { seed: number; without: Part[]; violations: string[] }

/** Removes parts of a failing world, at first by halves, as long as it still fails; tries at most this many worlds. */
export async function shrink(seed: number, tries = 200): Promise<Failure> {
  let failure: Failure = { seed, without: [], violations: (await simulate(seed)).violations }
  let remaining = tries
  for (let size = Math.ceil(parts(failure).length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < parts(failure).length && remaining > 0; ) {
      remaining -= 1
      const without = [...failure.without, ...parts(failure).slice(start, start + size)]
      const smaller = await simulate(seed, without)
      if (isAlike(smaller, failure)) failure = { seed, without, violations: smaller.violations }
      else start += size
    }
  }
  return failure
}

function parts({ seed, without }: Failure): Part[] {
  return partsOf(scenarioOf(seed, without))
}

/** Whether it fails in the same way, with any return. */
function isAlike({ violations }: Outcome, failure: Failure): boolean {
  const kinds = new Set(failure.violations.map(kindOf))
  return violations.some((violation) => kinds.has(kindOf(violation)))
}

/** A violation without its ids and numbers. */
export function kindOf(violation: string): string {
  return (
    violation
      .replace(/\d+(\.\d+)?/g, 'N')
      .split(':')[0]
      ?.slice(0, 80) ?? ''
  )
}

/** The line of seeds.ts that repeats the failure. */
export function lineOf({ seed, without }: Failure): string {
  return JSON.stringify({ seed, without })
}
