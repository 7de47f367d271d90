import type { MerchantDifference, MerchantPlan } from './plan-merchants.ts'
import type { Profile } from './profile.ts'

/** `conflicts`: merchants of which the plans made anew would do what nobody has agreed to. */
export type PlansAnew = { plans: MerchantPlan[]; conflicts: string[] }

/**
 * The plans that were agreed to, for the profiles as they are now: somebody else may have stored other merchants meanwhile,
 * or the same as we would (H31). Nothing is done that was not shown; a merchant that nothing was to happen to stays as it is.
 */
export function plansAnew(agreed: readonly MerchantPlan[], now: readonly MerchantPlan[]): PlansAnew {
  const anew = new Map(now.map((plan) => [plan.name, plan]))
  const plans: MerchantPlan[] = []
  const conflicts: string[] = []
  for (const plan of agreed) {
    const fresh = anew.get(plan.name)
    if (plan.action === 'unchanged') plans.push(plan)
    // Removed by somebody else already.
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
      // A secret may have been given since, for the host that it leaves (G8).
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

/** What people have settled, without what work leaves behind. */
function settled({ changedAt: _, journal: __, ...profile }: Profile): string {
  return JSON.stringify(profile)
}
