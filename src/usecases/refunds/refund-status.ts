import { type LargestRefund, someCurrency } from '../../core/refunds/largest-refund.ts'
import { type LimitsInForce, limitsInForce } from '../../core/refunds/limits.ts'
import { refundKinds } from '../../core/refunds/refund-kinds.ts'
import type { Journal, Pause, Quarantine, SettingChange } from '../../journal/journal.ts'
import type { RefundRefusal } from '../../journal/refunds/preview-refunds.ts'
import type { Merchant } from '../../merchants/profiles/merchant.ts'
import type { StoredMerchant } from '../../merchants/profiles/stored-merchant.ts'

/** How far automatic refunds of one merchant may go now. */
export type RefundStatus = {
  merchant: string
  environment: Merchant['environment']
  /** Why automatic refunds are stopped (quarantine, pause, switch, limit, first explicit refunds), or `open`. */
  lane: 'open' | 'off' | 'quarantined' | 'paused' | 'limit reached' | 'first by hand'
  /** The refund switch in the profile. */
  refunds: boolean
  pause: Pause | null
  /** Every other name under which its Loop account has worked; pauses and limits hold for all together (G10). */
  sameAccount: string[]
  /** The quarantine, in which no refund goes out because this journal may lack some; null: none. */
  quarantine: Pick<Quarantine, 'reason' | 'actor' | 'since'> | null
  hour: Budget
  day: Budget
  firstByHand: { required: number; done: number }
  largestRefund: LargestRefund
  /** For each limit the name that sets it: among all names of the Loop account the tightest holds (G10). */
  setBy: LimitsInForce['setBy']
  /** Refunds that another installation has claimed, and that a person has yet to check (G1). */
  claimedElsewhere: number
  /** The last change of the switch, a limit or the pause; null: this journal knows of none (G11). */
  lastChange: SettingChange | null
}
export type Budget = { limit: number; used: number; left: number }

const hour = 3_600_000

export async function refundStatus(
  journal: Journal,
  { merchant, limitsOf }: Pick<StoredMerchant, 'merchant' | 'limitsOf'>,
  { pauses, now, account }: { pauses: readonly Pause[]; now: Date; account?: string | undefined },
): Promise<RefundStatus> {
  const { name, environment, policy } = merchant
  const since = (milliseconds: number) => new Date(now.getTime() - milliseconds).toISOString()
  const sameAccount = await journal.refunds.namesBeside(name, account)
  const others = sameAccount.length === 0 ? [] : await limitsOf(sameAccount)
  const { limits, setBy } = limitsInForce({ name, limits: policy.limits }, others)
  const bounds = { ...limits, ...(account === undefined ? {} : { account }), explicit: false }
  const [[refusal = null], quarantine, lastHour, lastDay, explicitDone, parked, [lastChange = null]] =
    await Promise.all([
      journal.refunds.refusals(
        name,
        [{ ...anyRefund, currency: someCurrency(limits.largestRefund) }],
        now.toISOString(),
        bounds,
      ),
      journal.refunds.quarantineOf(name),
      journal.refunds.sentSince(name, since(hour), account),
      journal.refunds.sentSince(name, since(24 * hour), account),
      journal.refunds.countExplicit(name, account),
      journal.effects.find({ merchant: name, kinds: refundKinds, states: ['parked'] }),
      journal.changes.find({ merchants: [name, ...sameAccount], settings: switches, limit: 1 }),
    ])
  const status = {
    merchant: name,
    environment,
    refunds: policy.refunds,
    pause: pauseOf([name, ...sameAccount], pauses),
    sameAccount,
    quarantine: quarantine && { reason: quarantine.reason, actor: quarantine.actor, since: quarantine.since },
    hour: budget(limits.refundsPerHour, lastHour),
    day: budget(limits.refundsPerDay, lastDay),
    firstByHand: { required: limits.firstByHand, done: Math.min(explicitDone, limits.firstByHand) },
    largestRefund: limits.largestRefund,
    setBy,
    claimedElsewhere: parked.filter(({ parkedBecause }) => parkedBecause === 'CLAIMED_ELSEWHERE').length,
    lastChange,
  }
  return { ...status, lane: refundsStateOf(refusal, policy.refunds) }
}

/** The settings that decide how far refunds may go, by their keys. */
const switches = ['pause', 'refunds', 'refunds-per-hour', 'refunds-per-day', 'largest-refund', 'first-by-hand']

/** A refund whose parcel comes later, so that only switches and limits can hold it back. */
const anyRefund = { returnId: '', receivedAt: '9999-12-31T00:00:00.000Z', paidOut: '0' }

/** The merchant's own pause, or that of another name of its account. */
function pauseOf(names: readonly string[], pauses: readonly Pause[]): Pause | null {
  const holding = names.flatMap((name) => pauses.filter(({ merchant }) => merchant === name))
  return holding[0] ?? null
}

function budget(limit: number, used: number): Budget {
  return { limit, used, left: Math.max(0, limit - used) }
}

/** What a claim would say now (G12). A switch that is off comes after what holds for explicit refunds, too. */
function refundsStateOf(refusal: RefundRefusal | null, isOn: boolean): RefundStatus['lane'] {
  switch (refusal?.code) {
    case 'QUARANTINED':
      return 'quarantined'
    case 'REFUNDS_PAUSED':
      return 'paused'
    default:
      break
  }
  if (!isOn) return 'off'
  switch (refusal?.code) {
    case 'HOURLY_LIMIT':
    case 'DAILY_LIMIT':
      return 'limit reached'
    case 'FIRST_BY_HAND':
      return 'first by hand'
    case 'REFUND_TOO_LARGE':
      // Even a refund of nothing: the limit can't be read (G9).
      return 'limit reached'
    default:
      return 'open'
  }
}
