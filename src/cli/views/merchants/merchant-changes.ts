import { printable } from '../../../core/text/printable.ts'
import { type MerchantDifference, type MerchantPlan, reasonKey } from '../../../merchants/apply/plan-merchants.ts'
import { secretTitles } from '../../../merchants/secrets/credentials.ts'
import type { Page } from '../../output/page.ts'
import { bad, dim, good, type Part, type Parts, strong, warn } from '../../output/styled.ts'

const secretKeys = new Set(Object.values(secretTitles).map(({ key }) => key))

const marks: Record<MerchantPlan['action'], Part> = {
  added: good('+'),
  changed: warn('~'),
  removed: bad('-'),
  unchanged: dim('='),
}

/** The changes by merchant and setting; unchanged merchants in one line at the end. */
export function merchantChanges(page: Page, plans: readonly MerchantPlan[]): void {
  for (const plan of plans) {
    if (plan.action === 'unchanged') continue
    const environment = plan.action === 'removed' ? plan.before.environment : plan.merchant.environment
    page.line(marks[plan.action], ' ', strong(plan.name), dim(` · ${environment} · ${plan.action}`))
    if (plan.action === 'removed') continue
    page.fields(plan.differences.map((difference) => [`    ${labelOf(difference)}`, changeOf(plan.action, difference)]))
  }
  const same = plans.filter(({ action }) => action === 'unchanged').map(({ name }) => name)
  if (same.length > 0) page.paragraph([marks.unchanged, dim(` unchanged: ${same.join(', ')}`)])
}

/** Text for an absent value. A secret without a reference may still be stored. */
function none(key: string): string {
  return secretKeys.has(key) ? 'not fetched' : 'nothing'
}

/** Reasons may be long: they are shown with their change, not in the column of keys. */
function labelOf({ key }: MerchantDifference): string {
  return key.startsWith(reasonKey) ? 'reasons' : key
}

function changeOf(action: 'added' | 'changed', { key, before, after }: MerchantDifference): Parts {
  const reason = key.startsWith(reasonKey) ? `${printable(key.slice(reasonKey.length), 200)}: ` : ''
  if (action === 'added') return [reason, after ?? '']
  return [reason, dim(`${before ?? none(key)} → `), after ?? none(key)]
}
