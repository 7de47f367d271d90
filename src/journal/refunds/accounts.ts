import { environmentMerchant } from '../../core/merchants/environment-merchant.ts'
import type { Store, Writing } from '../database/engine.ts'

/** Everything that uses one Loop account, as far as this journal has seen: merchant names, and digests of keys. */
export type SharedAccount = { names: string[]; accounts: string[] }

/**
 * Every name under which a merchant's account has worked: pauses, budgets and first explicit refunds hold for all of
 * them together (G10). The names connect a replaced key with its successor, so that rotating a key restarts no budget.
 * The merchant `env` may be another shop every time, so only its present key counts for it.
 */
export async function sharedAccount(
  store: Store | Writing,
  merchant: string,
  account: string | null,
): Promise<SharedAccount> {
  const accounts = new Set(account === null ? [] : [account])
  const names = new Set([merchant])
  const follow = async (owners: readonly string[]) => {
    const known = owners.filter((name) => name !== environmentMerchant || (name === merchant && account === null))
    const found = known.length === 0 ? [] : await accountsOf(store, known)
    const isNew = found.some((one) => !accounts.has(one))
    for (const one of found) accounts.add(one)
    return isNew
  }
  await follow([merchant])
  for (;;) {
    const found = accounts.size === 0 ? [] : await namesOf(store, [...accounts])
    for (const name of found) names.add(name)
    if (!(await follow(found.filter((name) => name !== merchant)))) break
  }
  return { names: [...names].sort(), accounts: [...accounts].sort() }
}

export async function hasAccount(store: Store, merchant: string): Promise<boolean> {
  return (await accountsOf(store, [merchant])).length > 0
}

export async function isJoined(store: Store | Writing, merchant: string, account: string): Promise<boolean> {
  const query = store
    .selectFrom('accounts')
    .select('since')
    .where('merchant', '=', merchant)
    .where('account', '=', account)
  return (await query.executeTakeFirst()) !== undefined
}

/** Remembers that a merchant works with an account. `anew`: set `since` to this time even if it was known before. */
export async function rememberAccount(
  writing: Writing,
  { merchant, account, since }: { merchant: string; account: string; since: string },
  anew = false,
): Promise<void> {
  await writing
    .insertInto('accounts')
    .values({ merchant, account, since })
    .onConflict((conflict) => {
      const known = conflict.columns(['merchant', 'account'])
      return anew ? known.doUpdateSet({ since }) : known.doNothing()
    })
    .execute()
}

/** See Journal.refunds. It tells whose a pause of `env` is, because that name may be another shop every time. */
export async function otherAccount(
  store: Store,
  merchant: string,
  account: string,
  at: string,
): Promise<string[] | null> {
  const last = await store
    .selectFrom('accounts')
    .select('account')
    .where('merchant', '=', merchant)
    .where('since', '<=', at)
    .orderBy('since', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (last === undefined) return null
  const { accounts } = await sharedAccount(store, merchant, account)
  if (accounts.includes(last.account)) return null
  return (await namesOf(store, [last.account])).filter((name) => name !== merchant).sort()
}

async function accountsOf(store: Store | Writing, merchants: readonly string[]): Promise<string[]> {
  const rows = await store
    .selectFrom('accounts')
    .select('account')
    .distinct()
    .where('merchant', 'in', merchants)
    .execute()
  return rows.map(({ account }) => account)
}

async function namesOf(store: Store | Writing, accounts: readonly string[]): Promise<string[]> {
  const rows = await store
    .selectFrom('accounts')
    .select('merchant')
    .distinct()
    .where('account', 'in', accounts)
    .execute()
  return rows.map(({ merchant }) => merchant)
}
