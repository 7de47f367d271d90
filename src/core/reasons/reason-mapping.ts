import type { ReasonRule } from '../merchants/policy.ts'
import type { ReasonCode } from '../rmas/rma.ts'

export type MappedReason = { code: ReasonCode; mapped: boolean }

/** Characters that a table can't show, so that an exported table lacks them. Line breaks are spacing, shown as `⏎`. */
const unshowable =
  /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** Loop's reasons are compared without regard to case, spacing, and characters that can't be shown. */
export function normalReason(text: string): string {
  return text
    .normalize('NFKC')
    .replace(unshowable, '')
    .replace(/[\s⏎]+/g, ' ')
    .trim()
    .toLowerCase()
}

/** The rule for a reason, or null. A rule with its parent beats one without; among equal rules the first wins. */
export function ruleFor(rules: readonly ReasonRule[], parentReason: string | null, reason: string): ReasonRule | null {
  const same = rules.filter((rule) => normalReason(rule.reason) === normalReason(reason))
  const underParent = same.find(
    (rule) =>
      rule.parentReason !== null &&
      parentReason !== null &&
      normalReason(rule.parentReason) === normalReason(parentReason),
  )
  return underParent ?? same.find((candidate) => candidate.parentReason === null) ?? null
}

/**
 * Maps Loop's reason to MasonHub's code. A rule with the parent beats one without; case and spacing don't matter. A
 * reason without a rule becomes `other` (masonhub.md §12.5), marked as unmapped so that an audit can list it.
 */
export function mapReason(
  rules: readonly ReasonRule[],
  parentReason: string | null,
  reason: string | null,
): MappedReason {
  if (reason === null) return { code: 'other', mapped: true }
  const rule = ruleFor(rules, parentReason, reason)
  return rule ? { code: rule.code, mapped: true } : { code: 'other', mapped: false }
}

/** `Too small › Arms`, or just the reason. */
export function reasonText(parentReason: string | null, reason: string | null): string | null {
  if (reason === null) return parentReason
  return parentReason === null ? reason : `${parentReason} › ${reason}`
}
