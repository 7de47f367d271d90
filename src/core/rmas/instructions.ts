import { cut } from '../text/printable.ts'

/** Characters of `customer_instructions` (masonhub.md §4.1), the only field that is rewritten after planning. */
export const instructionsLimit = 250

/** Shortens a list after a whole number: half of a number is one that nobody finds. */
export function fittingInstructions(list: string): string {
  if (list.length <= instructionsLimit) return list
  const items = list.split(', ')
  for (let retained = items.length - 1; retained > 0; retained -= 1) {
    const text = `${items.slice(0, retained).join(', ')} and ${items.length - retained} more`
    if (text.length <= instructionsLimit) return text
  }
  return cut(list, instructionsLimit)
}
