import type { Random } from './world.ts'

/**
 * Random numbers of their own for each purpose, from one seed: what draws from one of them changes no number that
 * another sees, so that new behaviour leaves recorded runs as they were.
 */
export function createRandomFor(seed: number): (purpose: string) => Random {
  const known = new Map<string, Random>()
  return (purpose) => {
    const random = known.get(purpose) ?? createRandom(mixed(seed, purpose))
    known.set(purpose, random)
    return random
  }
}

/** FNV-1a over the purpose, begun with the seed. */
function mixed(seed: number, purpose: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0
  for (const letter of purpose) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash
}

/** Seeded pseudo-random numbers (mulberry32): the same seed gives the same run. Not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    // Certain outcomes draw no number, so that switching a fault off does not change later draws.
    chance: (probability) => (probability <= 0 ? false : probability >= 1 ? true : next() < probability),
  }
}
