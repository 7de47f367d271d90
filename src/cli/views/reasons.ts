import type { ReasonRule } from '../../core/policy.ts'
import { reasonText } from '../../core/reason-mapping.ts'
import { type RuleChange, reasonHeaders } from '../../core/reason-table.ts'
import { type Listing, listing } from '../output/listing.ts'
import type { Page } from '../output/page.ts'
import { bad, dim, good, type Parts, warn } from '../output/styled.ts'

/** `mapping reasons list` for people. */
export function reasonListing(rules: readonly ReasonRule[], empty: string): Listing {
  return listing({
    columns: [
      { key: 'parentReason', title: 'Parent', value: ({ parentReason }) => parentReason ?? '' },
      { key: 'reason', title: 'Loop reason', value: ({ reason }) => reason },
      { key: 'code', title: 'MasonHub code', value: ({ code }) => code },
    ],
    rows: rules,
    empty,
  })
}

/** The table that `mapping reasons import` reads: parents in a column of their own, so that nothing is split wrongly. */
export function exportedReasons(rules: readonly ReasonRule[]): Listing {
  return listing({
    columns: [
      { key: reasonHeaders.reason, title: reasonHeaders.reason, value: ({ reason }) => reason },
      { key: reasonHeaders.code, title: reasonHeaders.code, value: ({ code }) => code },
      { key: reasonHeaders.parent, title: reasonHeaders.parent, value: ({ parentReason }) => parentReason ?? '' },
    ],
    rows: rules,
    empty: 'The merchant has no reason mapping.',
  })
}

/** `+ Size › Arms → tooSmall`, `~ … tooBig → tooSmall`, `- …` */
export function changeLine({ parentReason, reason, before, after }: RuleChange): Parts {
  const text = reasonText(parentReason, reason) ?? ''
  if (before === null) return [good('+'), ` ${text} → ${after}`]
  if (after === null) return [bad('-'), ` ${text}`, dim(` → ${before}`)]
  return [warn('~'), ` ${text} `, dim(before), ` → ${after}`]
}

/** What an import changes, line by line, and how much it leaves as it is. */
export function changesPage(page: Page, changes: readonly RuleChange[], unchanged: number): void {
  for (const change of changes) page.paragraph(changeLine(change))
  const same = `${unchanged === 1 ? '1 reason is' : `${unchanged} reasons are`} as wanted already.`
  if (changes.length === 0) page.line(dim(`Nothing to change: ${same}`))
  else if (unchanged > 0) page.line(dim(same))
}
