import type { Reason } from '../explain/reason.ts'
import type { InspectedUnit } from '../grades/inspection.ts'
import type { Receipt } from './receipt.ts'
import type { Verdict } from './verdict.ts'

/** What a receipt can be evidence of, in Loop's words (loop.md §5.7). */
export const reportCategories = ['package-is-empty', 'package-is-missing-items'] as const
export type ReportCategory = (typeof reportCategories)[number]

export type Evidence = { category: ReportCategory; missing: number; announced: number }

export type EvidenceInput = {
  /** What the warehouse found of which unit; only units whose counts leave no doubt. */
  units: readonly InspectedUnit[]
  receipt: Receipt
  verdict: Verdict
  /** It was handed in without a box, and counted at the bar. */
  boxFree: boolean
}

/**
 * What the receipt is evidence of; a reason if of nothing. It accuses a shopper, so any doubt means nothing (H46): units
 * that travel in another box, counts that don't add up, a bag that was counted when it was handed in.
 */
export function evidenceOf({ units, receipt, verdict, boxFree }: EvidenceInput): Evidence | Reason {
  if (boxFree) return none('It was handed in at a Return Bar, where its items were counted.')
  if (verdict.kind === 'incomplete') return none(verdict.reasons[0].message)
  const announced = receipt.lines.reduce((sum, line) => sum + line.expected, 0)
  if (units.length === 0 || units.length < announced) return none('The receipt leaves room for doubt about its units.')
  const missing = units.filter(({ result }) => result === 'missing' || result === 'wrong item').length
  if (missing === 0) return none('Every unit that was announced arrived.')
  const hasArrived = receipt.lines.some(({ received }) => received > 0)
  return { category: hasArrived ? 'package-is-missing-items' : 'package-is-empty', missing, announced }
}

function none(message: string): Reason {
  return { code: 'NO_EVIDENCE', message }
}

/** The comment that a report has unless a person writes one: what was counted, and nothing of the shopper. */
export function reportComment(
  { category, missing, announced }: Evidence,
  { customerIdentifier, receivedAt }: { customerIdentifier: string | null; receivedAt: string | null },
): string {
  const when = receivedAt === null || Number.isNaN(Date.parse(receivedAt)) ? '' : ` on ${receivedAt.slice(0, 10)}`
  const found =
    category === 'package-is-empty' ? `none of ${announced} units` : `${announced - missing} of ${announced} units`
  return `MasonHub received RMA ${customerIdentifier ?? 'without a number'}${when}: ${found} arrived.`
}
