import type { Profile } from '../profiles/profile.ts'
import type { MerchantDifference, MerchantPlan } from './plan-merchants.ts'

/** `conflicts`: merchants whose new plan would do something that the operator has not agreed to. */
export type Replanned = { plans: MerchantPlan[]; conflicts: string[] }

/**
 * The agreed plans, made again for the profiles as they are now: another process may have stored other merchants
 * meanwhile, or the same changes (H31). Nothing happens that was not shown, and a merchant that was to stay unchanged
 * stays unchanged.
 */
export function replan(agreed: readonly MerchantPlan[], now: readonly MerchantPlan[]): Replanned {
  const anew = new Map(now.map((plan) => [plan.name, plan]))
  const plans: MerchantPlan[] = []
  const conflicts: string[] = []
  for (const plan of agreed) {
    const fresh = anew.get(plan.name)
    if (plan.action === 'unchanged') plans.push(plan)
    // Another process has already removed it.
    else if (fresh === undefined && plan.action === 'removed') continue
    else if (fresh !== undefined && isAgreed(plan, fresh)) plans.push(fresh)
    else conflicts.push(plan.name)
  }
  return { plans, conflicts }
}

function isAgreed(agreed: Exclude<MerchantPlan, { action: 'unchanged' }>, fresh: MerchantPlan): boolean {
  switch (agreed.action) {
    case 'added':
      return fresh.action === 'unchanged' || fresh.action === 'added'
    case 'changed':
      if (fresh.action === 'unchanged') return true
      if (fresh.action !== 'changed' || !isWithin(fresh.differences, agreed.differences)) return false
      // Another secret may have been stored since, for the host that the merchant leaves (G8).
      return (
        !agreed.differences.some(({ key }) => key.endsWith('-base-url')) ||
        fresh.before.changedAt === agreed.before.changedAt
      )
    case 'removed':
      return fresh.action === 'removed' && settled(fresh.before) === settled(agreed.before)
  }
}

function isWithin(few: readonly MerchantDifference[], many: readonly MerchantDifference[]): boolean {
  return few.every((one) =>
    many.some(({ key, before, after }) => key === one.key && before === one.before && after === one.after),
  )
}

/** What people configure, without what mhloop's own work stores. */
function settled({ changedAt: _, journal: __, ...profile }: Profile): string {
  return JSON.stringify(profile)
}
