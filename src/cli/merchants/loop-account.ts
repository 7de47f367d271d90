import { accountOf } from '../../core/merchants/loop-account.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import { environmentMerchant } from '../../merchants/profiles/profile.ts'
import { readProfiles } from '../../merchants/profiles/profiles.ts'
import { type FoundMerchant, findMerchant } from '../../merchants/profiles/resolve-merchant.ts'

/**
 * A merchant's Loop account, as far as it is needed: without `account` the journal knows it, unless `isUnknown`.
 * `isUnknown`: the key can't be read, so the other names of the account are unknown.
 */
export type KnownAccount = { account?: string | undefined; isUnknown: boolean }

/**
 * The account of a merchant, for reading its pauses and limits. When the journal knows the account, no key is read and
 * no reference is followed. The key is read for the merchant `env`, which may be another shop each time, and for a
 * merchant that has never worked (G10).
 */
export async function accountForReading(journal: Journal, found: FoundMerchant): Promise<KnownAccount> {
  const { name } = found.merchant
  if (name === environmentMerchant) return { account: await accountNow(found), isUnknown: false }
  if (await journal.refunds.hasAccount(name)) return { isUnknown: false }
  const account = await accountNow(found).catch(() => undefined)
  return { account, isUnknown: account === undefined }
}

/** The account of the key that is stored now. Throws a Fault when the key can't be read. */
async function accountNow({ readSecrets }: FoundMerchant): Promise<string | undefined> {
  const { loopApiKey } = await readSecrets(['loopApiKey'])
  return loopApiKey === undefined ? undefined : accountOf(loopApiKey.value.reveal())
}

/**
 * The other merchant names on a merchant's account. Reads the key and records the account, so that it also works for a
 * merchant that has not worked yet. Null when the key can't be read: the names are unknown then.
 */
export async function namesOfAccount(journal: Journal, found: FoundMerchant, at: string): Promise<string[] | null> {
  const { name } = found.merchant
  const account = await accountNow(found).catch(() => undefined)
  if (account === undefined) return null
  await journal.refunds.joinAccount(name, account, at, { anew: name === environmentMerchant })
  return await journal.refunds.namesBeside(name, account)
}

/**
 * The other names on the account that `env` had when it was paused, if that account differs from its present one; null
 * when it is the same, or the journal does not know (G10).
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
 * Records a stored merchant's account, so that its limits apply to the account even before it works (G10). When the key
 * is a reference, or can't be read, the account becomes known when the merchant works: storing a setting follows no
 * reference.
 */
export async function joinStored(env: Env, journal: Journal, name: string, at: string): Promise<void> {
  const { merchants } = await readProfiles(env)
  if (merchants[name] === undefined || merchants[name].secrets?.loopApiKey !== undefined) return
  await namesOfAccount(journal, await findMerchant({ env, name }), at)
}
