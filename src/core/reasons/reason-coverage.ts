import type { ReasonRule } from '../merchants/policy.ts'
import type { ReasonCode } from '../rmas/rma.ts'
import type { SeenReason } from './reason-counts.ts'
import { ruleFor } from './reason-mapping.ts'
import { suggestCode } from './reason-suggestion.ts'
import { mergeRules, type RuleChange } from './reason-table.ts'

/**
 * `mapped`: a rule covers the reason. `proposed`: its words suggest a code. `guess`: they don't, so `other` is assumed.
 * `unseen`: a rule that no return needed.
 */
export type ReasonStatus = 'proposed' | 'guess' | 'mapped' | 'unseen'

export type CoveredReason = {
  parentReason: string | null
  reason: string
  units: number
  returns: number
  /** The code in effect, or the proposed one. */
  code: ReasonCode
  standing: ReasonStatus
  why: string
}

/** Every reason that was seen, unmapped ones first, then every rule that covers none of them. */
export function coverReasons(rules: readonly ReasonRule[], seen: readonly SeenReason[]): CoveredReason[] {
  const used = new Set<ReasonRule>()
  const unmapped: CoveredReason[] = []
  const mapped: CoveredReason[] = []
  for (const one of seen) {
    const rule = ruleFor(rules, one.parentReason, one.reason)
    if (rule === null) {
      const { code, guess, why } = suggestCode(one.parentReason, one.reason)
      unmapped.push({ ...one, code, standing: guess ? 'guess' : 'proposed', why })
      continue
    }
    used.add(rule)
    const why = rule.parentReason === null && one.parentReason !== null ? 'by the rule for any parent' : 'by its rule'
    mapped.push({ ...one, code: rule.code, standing: 'mapped', why })
  }
  const unseen = rules
    .filter((rule) => !used.has(rule))
    .map(({ parentReason, reason, code }): CoveredReason => {
      return { parentReason, reason, units: 0, returns: 0, code, standing: 'unseen', why: 'not used by any return' }
    })
  return [...unmapped, ...mapped, ...unseen]
}

/** The reasons that no rule covers. */
export function unmappedOf(covered: readonly CoveredReason[]): CoveredReason[] {
  return covered.filter(({ standing }) => standing === 'proposed' || standing === 'guess')
}

/** The rules plus one per proposal, but not for guesses: as rules they would look like decisions, unseen by audits. */
export function acceptProposals(
  rules: readonly ReasonRule[],
  seen: readonly SeenReason[],
): { rules: ReasonRule[]; changes: RuleChange[]; guesses: number } {
  const unmapped = unmappedOf(coverReasons(rules, seen))
  const selected = unmapped.filter(({ standing }) => standing === 'proposed')
  const { rules: merged, changes } = mergeRules(rules, selected.map(ruleOf), false)
  return { rules: merged, changes, guesses: unmapped.length - selected.length }
}

export function ruleOf({ parentReason, reason, code }: ReasonRule): ReasonRule {
  return { parentReason, reason, code }
}
