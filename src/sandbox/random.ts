import type { Random } from './world.ts'

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
