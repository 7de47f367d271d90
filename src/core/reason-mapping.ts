import type { ReasonRule } from './policy.ts'
import type { ReasonCode } from './rma.ts'

export type MappedReason = { code: ReasonCode; mapped: boolean }

/** Loop's reasons are compared without regard to case and spacing. */
export function normalReason(text: string): string {
  return text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()
}

/**
 * Loop's reason to MasonHub's code. A rule with the parent beats one without; case and spacing don't matter. What no
 * rule covers becomes `other` (masonhub.md §12.5), marked as unmapped so that an audit can list it.
 */
export function mapReason(
  rules: readonly ReasonRule[],
  parentReason: string | null,
  reason: string | null,
): MappedReason {
  if (reason === null) return { code: 'other', mapped: true }
  const same = rules.filter((rule) => normalReason(rule.reason) === normalReason(reason))
  const underParent = same.find(
    (rule) =>
      rule.parentReason !== null &&
      parentReason !== null &&
      normalReason(rule.parentReason) === normalReason(parentReason),
  )
  const rule = underParent ?? same.find((candidate) => candidate.parentReason === null)
  return rule ? { code: rule.code, mapped: true } : { code: 'other', mapped: false }
}

/** `Too small › Arms`, or just the reason. */
export function reasonText(parentReason: string | null, reason: string | null): string | null {
  if (reason === null) return parentReason
  return parentReason === null ? reason : `${parentReason} › ${reason}`
}
