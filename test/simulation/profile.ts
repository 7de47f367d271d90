/** The stored settings of a merchant on one machine; people change them while processes run (G4). */
import { Fault } from '../../src/core/errors/fault.ts'
import type { Policy } from '../../src/core/merchants/policy.ts'
import { type BoundJournal, isOtherJournal } from '../../src/merchants/profiles/binding.ts'
import { defaultIntervals, type Merchant } from '../../src/merchants/profiles/merchant.ts'
import type { StoredMerchant } from '../../src/merchants/profiles/stored-merchant.ts'

export type Profile = {
  readonly name: string
  /** Null: the merchant was removed. */
  merchant: Merchant | null
  /** Every policy that was stored, the first one first. */
  readonly policies: Policy[]
  /** Changes with every change. */
  version: number
  /** Changes when the merchant was removed and added again. */
  added: number
  /** The journal that it is bound to; null before its first work (G1). */
  journal: BoundJournal | null
  /** The stored keys, by vendor. */
  readonly keys: { loop: string; masonhub: string }
  /** Other names of the same account in the same file. */
  readonly beside: Profile[]
}

export function createProfile(name: string, policy: Policy, place = 0): Profile {
  const merchant: Merchant = {
    name,
    environment: 'sandbox',
    loop: { baseUrl: 'https://api.loopreturns.com/api/2026-10', requestsPerMinute: 255 },
    masonhub: { baseUrl: 'https://app.masonhub.co/demo/api/v1', slug: 'demo', requestsPerSecond: 4 },
    policy,
    intervals: defaultIntervals,
  }
  const keys = { loop: `loop-${place}`, masonhub: `masonhub-${place}` }
  return { name, merchant, policies: [policy], version: 1, added: 1, journal: null, keys, beside: [] }
}

/** Stores a second name of the same account beside it, with the same keys (G10). */
export function createSecond(first: Profile, name: string, policy: Policy): Profile {
  const second: Profile = { ...createProfile(name, policy), keys: first.keys, beside: [first] }
  first.beside.push(second)
  return second
}

/** The limits of a merchant together with those of the other stored names: the tightest of each. */
export function limitsInForce({ merchant, beside }: Profile, names: readonly string[]): Policy['limits'] | null {
  if (merchant === null) return null
  const others = beside.flatMap((other) =>
    other.merchant !== null && names.includes(other.name) ? [other.merchant] : [],
  )
  const all = [merchant, ...others].map(({ policy }) => policy.limits)
  const largest = all.flatMap(({ largestRefund }) => (largestRefund === null ? [] : [Number(largestRefund)]))
  return {
    refundsPerHour: Math.min(...all.map(({ refundsPerHour }) => refundsPerHour)),
    refundsPerDay: Math.min(...all.map(({ refundsPerDay }) => refundsPerDay)),
    firstByHand: Math.max(...all.map(({ firstByHand }) => firstByHand)),
    largestRefund: largest.length === 0 ? null : String(Math.min(...largest)),
  }
}

export function store(profile: Profile, merchant: Merchant | null): void {
  if (merchant !== null && profile.merchant === null) profile.added += 1
  if (merchant !== null) profile.policies.push(merchant.policy)
  profile.merchant = merchant
  profile.version += 1
}

/** As every command that writes checks: false when the merchant is bound to another journal. */
export function mayWorkWith(profile: Profile, id: string): boolean {
  const atHand = { id, place: ':memory:' }
  if (profile.journal === null) bind(profile, id)
  return !isOtherJournal(profile.journal, atHand)
}

/** Binds the merchant, as an operator does, or the first command. */
export function bind(profile: Profile, id: string): void {
  profile.journal = { id, place: ':memory:', since: '2026-11-23T06:00:00.000Z' }
  profile.version += 1
}

/** As src/merchants/profiles/stored-merchant.ts reads its file: at once, and only the merchant with which it began. */
export function storedIn(profile: Profile): () => Promise<StoredMerchant> {
  const { added: began, journal: first } = profile
  return async () => {
    const { merchant, added, name, journal, beside } = profile
    const version = fileVersion(profile)
    const rest = { merchant: name }
    if (merchant === null)
      throw new Fault(`Merchant "${name}" is no longer stored.`, { code: 'MERCHANT_GONE', ...rest })
    if (added !== began)
      throw new Fault(`Merchant "${name}" is another one now.`, { code: 'MERCHANT_CHANGED', ...rest })
    if (journal?.id !== first?.id)
      throw new Fault(`Merchant "${name}" was rebound.`, { code: 'JOURNAL_OTHER', ...rest })
    const limitsOf = async (names: readonly string[]) =>
      beside.flatMap((other) =>
        other.merchant !== null && names.includes(other.name)
          ? [{ name: other.name, limits: other.merchant.policy.limits }]
          : [],
      )
    return { merchant, limitsOf, isCurrent: () => fileVersion(profile) === version }
  }
}

/** All names of a machine are stored in one file. */
function fileVersion({ version, beside }: Profile): number {
  return beside.reduce((sum, other) => sum + other.version, version)
}
