import { accountOf } from '../core/loop-account.ts'
import type { Journal } from '../journal/journal.ts'
import { environmentMerchant } from '../merchants/profile.ts'
import type { FoundMerchant } from '../merchants/resolve.ts'

/**
 * The account of the merchant `env`, which stands for another shop every time; undefined for a stored one, whose account
 * the journal knows, so that no reference is followed for a look.
 */
export async function accountInEnvironment(found: FoundMerchant): Promise<string | undefined> {
  return found.merchant.name === environmentMerchant ? await accountNow(found) : undefined
}

/** By the key as it is stored now. Throws Fault when it can't be read. */
async function accountNow({ readSecrets }: FoundMerchant): Promise<string | undefined> {
  const { loopApiKey } = await readSecrets(['loopApiKey'])
  return loopApiKey === undefined ? undefined : accountOf(loopApiKey.value.reveal())
}

/**
 * Every other name of the account that a merchant works with, its key read and remembered: a merchant that has not worked
 * yet is on an account as well. Null when the key can't be read: nobody can tell then.
 */
export async function namesOfAccount(journal: Journal, found: FoundMerchant, at: string): Promise<string[] | null> {
  const { name } = found.merchant
  const account = await accountNow(found).catch(() => undefined)
  if (account === undefined) return null
  await journal.refunds.joinAccount(name, account, at)
  return await journal.refunds.namesBeside(name, account)
}
