/**
 * Seeded random numbers. Each purpose has its own stream, so that removing one thing from a world does not change the
 * others.
 */
export type Random = {
  /** At least 0, and below 1. */
  next(): number
  /** A whole number, at least 0 and below the limit. */
  below(limit: number): number
  chance(probability: number): boolean
  between(least: number, most: number): number
  pick<Item>(items: readonly [Item, ...Item[]]): Item
  /** Usually near `usual`, sometimes much longer, at most `most`: the distribution of delays. */
  delay(usual: number, most: number): number
}

/** sfc32, seeded by a number and the name of the stream. Not for secrets. */
export function randomOf(seed: number, stream: string): Random {
  let a = 0x9e3779b9 ^ seed
  let b = hash(stream)
  let c = (seed / 2 ** 32) | 0
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let round = 0; round < 12; round += 1) next()
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    // A certain outcome draws no number.
    chance: (probability) => (probability <= 0 ? false : probability >= 1 ? true : next() < probability),
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (items) => items[below(items.length)] ?? items[0],
    delay: (usual, most) => Math.min(most, Math.round(usual * (0.2 + 1.6 * next()) * (next() < 0.1 ? 20 * next() : 1))),
  }
}

/** FNV-1a. */
export function hash(text: string, start = 0x811c9dc5): number {
  let mixed = start
  for (let index = 0; index < text.length; index += 1) mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193)
  return mixed >>> 0
}
