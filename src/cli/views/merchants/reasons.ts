import type { ReasonRule } from '../../../core/merchants/policy.ts'
import type { ReasonCounts, SeenReason } from '../../../core/reasons/reason-counts.ts'
import type { CoveredReason, ReasonStatus } from '../../../core/reasons/reason-coverage.ts'
import { reasonText } from '../../../core/reasons/reason-mapping.ts'
import { type RuleChange, reasonHeaders } from '../../../core/reasons/reason-table.ts'
import { type Listing, listing } from '../../output/listing.ts'
import type { Page } from '../../output/page.ts'
import { bad, dim, good, type Parts, warn } from '../../output/styled.ts'

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

/** The table that `mapping reasons import` reads, with parents in their own column, so that no text must be split. */
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

/** Reasons that occur and that no rule covers. */
export function unmappedListing(reasons: readonly SeenReason[], empty: string): Listing {
  return listing({
    columns: [
      { key: 'parentReason', title: 'Parent', value: ({ parentReason }) => parentReason ?? '' },
      { key: 'reason', title: 'Loop reason', value: ({ reason }) => reason },
      { key: 'units', title: 'Units', align: 'right', value: ({ units }) => units },
      { key: 'returns', title: 'Returns', align: 'right', value: ({ returns }) => returns },
    ],
    rows: reasons,
    empty,
  })
}

const statusTexts: Record<ReasonStatus, string> = {
  proposed: 'proposed',
  guess: 'a guess',
  mapped: 'mapped',
  unseen: 'never seen',
}

/** `mapping reasons suggest` for people: each reason's status, how often it occurs, and why. */
export function coverageListing(reasons: readonly CoveredReason[], empty: string): Listing {
  return listing({
    columns: [
      {
        key: 'reason',
        title: 'Loop reason',
        value: ({ parentReason, reason }) => reasonText(parentReason, reason) ?? '',
      },
      { key: 'units', title: 'Units', align: 'right', value: ({ units }) => units },
      { key: 'code', title: 'Code', value: ({ code }) => code },
      { key: 'standing', title: 'Status', value: ({ standing }) => statusPart(standing) },
      { key: 'why', title: 'Why', value: ({ why }) => dim(why) },
    ],
    rows: reasons,
    empty,
  })
}

function statusPart(standing: ReasonStatus): Parts {
  const text = statusTexts[standing]
  if (standing === 'mapped') return good(text)
  return standing === 'unseen' ? dim(text) : warn(text)
}

/** The sheet that `mapping reasons import` reads, with extra columns that help to decide. */
export function coverageSheet(reasons: readonly CoveredReason[]): Listing {
  return listing({
    columns: [
      { key: reasonHeaders.reason, title: '', value: ({ reason }) => reason },
      { key: reasonHeaders.code, title: '', value: ({ code }) => code },
      { key: reasonHeaders.parent, title: '', value: ({ parentReason }) => parentReason ?? '' },
      { key: 'Units', title: '', value: ({ units }) => units },
      { key: 'Returns', title: '', value: ({ returns }) => returns },
      { key: 'Standing', title: '', value: ({ standing }) => statusTexts[standing] },
      { key: 'Why', title: '', value: ({ why }) => why },
    ],
    rows: reasons,
    empty: 'No reason occurred, and none is mapped.',
  })
}

/** `44 returns with 83 units, 2 of them without a reason` */
export function countedText({ returns, units, unitsWithoutReason }: ReasonCounts): string {
  const counted = `${returns === 1 ? '1 return' : `${returns} returns`} with ${units === 1 ? '1 unit' : `${units} units`}`
  return unitsWithoutReason === 0 ? counted : `${counted}, ${unitsWithoutReason} of them without a reason`
}

/** `+ Size › Arms → tooSmall`, `~ … tooBig → tooSmall`, `- …` */
export function changeLine({ parentReason, reason, before, after }: RuleChange): Parts {
  const text = reasonText(parentReason, reason) ?? ''
  if (before === null) return [good('+'), ` ${text} → ${after}`]
  if (after === null) return [bad('-'), ` ${text}`, dim(` → ${before}`)]
  return [warn('~'), ` ${text} `, dim(before), ` → ${after}`]
}

/** The changes of an import, one per line, and how many rules stay the same. */
export function changesPage(page: Page, changes: readonly RuleChange[], unchanged: number): void {
  for (const change of changes) page.paragraph(changeLine(change))
  const same = `${unchanged === 1 ? '1 reason is' : `${unchanged} reasons are`} already mapped this way.`
  if (changes.length === 0) page.line(dim(`Nothing to change: ${same}`))
  else if (unchanged > 0) page.line(dim(same))
}
