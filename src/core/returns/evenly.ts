/** At most `most` places in a row of so many, spread evenly; `start` turns them. */
export function evenly(length: number, most: number, start: number): number[] {
  const count = Math.min(most, length)
  return Array.from({ length: count }, (_, part) => (start + Math.floor((part * length) / count)) % length)
}
