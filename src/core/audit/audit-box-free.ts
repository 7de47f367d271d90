import type { Reason } from '../explain/reason.ts'
import type { Policy } from '../merchants/policy.ts'
import { alreadyPaid, type Decision } from '../refunds/decide.ts'
import { type Kits, noKits } from '../refunds/kits.ts'
import { verdictOf } from '../refunds/verdict.ts'
import { daysSince } from '../returns/journey.ts'
import { isBoxFree } from '../returns/parcels.ts'
import type { LoopReturn } from '../returns/return.ts'
import type { RmaPlan } from '../rmas/plan-rma.ts'
import type { Rma } from '../rmas/rma.ts'
import type { Draft } from './draft.ts'

/** What a receipt can show to be wrong with the goods; anything else matters only while money is still to be decided. */
const aboutGoods = new Set([
  'COUNTS_UNREADABLE',
  'COUNTS_CONTRADICT',
  'MISSING',
  'DAMAGED',
  'NOT_AVAILABLE',
  'DISPOSITION_UNKNOWN',
  'EXTRA_UNITS',
  'UNANNOUNCED_ITEM',
])

/**
 * Whether Loop closed a return without a box by itself, usually at its drop-off (loop.md §14.4): that is as it should be,
 * whatever the warehouse finds later. One that mhloop has paid is not among them.
 */
export function closedAtDropOff(loopReturn: LoopReturn, { reasons: [first] }: Decision): boolean {
  return loopReturn.state === 'closed' && isBoxFree(loopReturn) && first?.code === 'CLOSED'
}

/** What the warehouse found in the bags of such a return. Nothing of it can be flagged any more. */
export function foundAfterRefund({
  loopReturn,
  rma,
  policy,
  announced,
  now,
  kits = noKits,
}: {
  loopReturn: LoopReturn
  rma: Rma
  policy: Policy
  announced: readonly string[] | null
  now: string
  kits?: Kits
}): Draft[] {
  if (rma.status !== 'received') return []
  const verdict = verdictOf({ loopReturn, rma, policy, announced, now, kits })
  if (verdict.kind !== 'bad') return []
  const before = `Loop had ${alreadyPaid(loopReturn) === null ? 'closed it' : 'paid'} before its receipt`
  const goods = verdict.reasons.filter(({ code }) => aboutGoods.has(code))
  if (goods.length > 0) {
    const message = `${goods.map((reason) => reason.message).join(' ')} ${before}, so nothing can be flagged.`
    return [{ code: 'FOUND_AFTER_REFUND', severity: 'warning', message, fix: null }]
  }
  if (!verdict.reasons.some(({ code }) => code === 'UNITS_CHANGED')) return []
  const message = `${before}, and has other units in it now than the warehouse was told: it removes what was never handed in.`
  return [{ code: 'FOUND_AFTER_REFUND', severity: 'info', message, fix: null }]
}

/** A bag that no hub has shipped for long; for an open return, that it was handed in is not known either. */
export function dropOffFindings({
  loopReturn,
  plan,
  policy: { waits },
  now,
}: {
  loopReturn: LoopReturn
  plan: RmaPlan
  policy: Policy
  now: string
}): Draft[] {
  if (!isInNetwork(plan, loopReturn)) return []
  const { state, createdAt, updatedAt } = loopReturn
  const isOpen = state === 'open' || state === 'review'
  const days = daysSince(isOpen ? createdAt : (updatedAt ?? createdAt), now)
  if (days === null || days < waits.dropOff) return []
  const age = days === 1 ? '1 day' : `${days} days`
  const message = isOpen
    ? `No hub has shipped its bag, ${age} after it was created: ask the shopper whether it was handed in.`
    : `No hub has shipped its bag, ${age} after Loop ${state === 'closed' ? 'closed' : 'let expire'} it: ask Happy Returns where it is.`
  return [{ code: 'DROP_OFF_OVERDUE', severity: 'warning', message, fix: null }]
}

function isInNetwork(plan: RmaPlan, { bags }: LoopReturn): boolean {
  if (plan.kind === 'wanted') return false
  const { code }: Reason = plan.reason
  return code === 'IN_DROP_OFF_NETWORK' || (code === 'LONG_CLOSED' && bags.length === 0)
}
