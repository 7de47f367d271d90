import { accountOf } from '../core/loop-account.ts'
import type { Journal } from '../journal/journal.ts'
import type { Env } from '../merchants/config-folder.ts'
import { environmentMerchant } from '../merchants/profile.ts'
import { readProfiles } from '../merchants/profiles.ts'
import { type FoundMerchant, findMerchant } from '../merchants/resolve.ts'

/** `isUnknown`: its key can't be read, so nobody can tell which other names are on its account. */
export type KnownAccount = { account?: string | undefined; isUnknown: boolean }

/**
 * The account of a merchant for a look at its pauses and limits. Where the journal knows it, no key is read and no
 * reference is followed; the merchant `env` stands for another shop every time, and one that has never worked is on an
 * account as well (G10).
 */
export async function accountForReading(journal: Journal, found: FoundMerchant): Promise<KnownAccount> {
  const { name } = found.merchant
  if (name === environmentMerchant) return { account: await accountNow(found), isUnknown: false }
  if (await journal.refunds.hasAccount(name)) return { isUnknown: false }
  const account = await accountNow(found).catch(() => undefined)
  return { account, isUnknown: account === undefined }
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
  await journal.refunds.joinAccount(name, account, at, { anew: name === environmentMerchant })
  return await journal.refunds.namesBeside(name, account)
}

/**
 * The other names of the account that `env` stood for when it was paused, when that is not the account that it stands
 * for now; null when it is, or the journal can't tell (G10).
 */
export async function namesOfOtherAccount(
  journal: Journal,
  found: FoundMerchant,
  pausedAt: string,
): Promise<string[] | null> {
  const account = await accountNow(found)
  return account === undefined ? null : await journal.refunds.otherAccount(found.merchant.name, account, pausedAt)
}

/**
 * Its limits hold for its account from now on, also before it has worked (G10). Where the key is fetched from elsewhere,
 * or can't be read, the account is known once it works: storing a setting follows no reference.
 */
export async function joinStored(env: Env, journal: Journal, name: string, at: string): Promise<void> {
  const { merchants } = await readProfiles(env)
  if (merchants[name] === undefined || merchants[name].secrets?.loopApiKey !== undefined) return
  await namesOfAccount(journal, await findMerchant({ env, name }), at)
}
