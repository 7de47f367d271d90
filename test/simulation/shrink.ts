import { type Part, partsOf, scenarioOf } from './scenario.ts'
import { type Outcome, simulate } from './simulate.ts'

/** A failing world without everything that it fails without. */
export type Failure = { seed: number; without: Part[]; violations: string[] }

/** Takes parts out of a failing world, by halves first, as long as it still fails; at most so many worlds are tried. */
export async function shrink(seed: number, tries = 200): Promise<Failure> {
  let failure: Failure = { seed, without: [], violations: (await simulate(seed)).violations }
  let left = tries
  for (let size = Math.ceil(parts(failure).length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < parts(failure).length && left > 0; ) {
      left -= 1
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

/** Fails in the same way, whichever return it is now. */
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

/** How it is repeated, as a line of seeds.ts. */
export function lineOf({ seed, without }: Failure): string {
  return JSON.stringify({ seed, without })
}
