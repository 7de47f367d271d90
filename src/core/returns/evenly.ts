/** At most `most` indexes below `length`, spread evenly; `start` shifts them, so that another call gets others. */
export function evenly(length: number, most: number, start: number): number[] {
  const count = Math.min(most, length)
  return Array.from({ length: count }, (_, part) => (start + Math.floor((part * length) / count)) % length)
}
