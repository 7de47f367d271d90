/**
 * Seeds from here on make worlds of several installations, and from `boxes` on, worlds whose returns come in several
 * boxes, so that all other seeds keep their worlds.
 */
export const several = 1_000_000_000_000
export const boxes = 2_000_000_000_000

export function isOfBoxes(seed: number): boolean {
  return seed >= boxes
}

/** Every third world of boxes has several installations, too. */
export function isOfSeveral(seed: number): boolean {
  return isOfBoxes(seed) ? seed % 3 === 2 : seed >= several
}

/** The first seed of this kind of world. */
export function firstOfKind(seed: number): number {
  return isOfBoxes(seed) ? boxes : isOfSeveral(seed) ? several : 0
}
