import { Fault } from '../../core/errors/fault.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import { assemble } from '../../merchants/profiles/assemble.ts'
import type { Merchant } from '../../merchants/profiles/merchant.ts'
import { environmentMerchant, type Profile } from '../../merchants/profiles/profile.ts'
import { readProfiles } from '../../merchants/profiles/profiles.ts'
import { findMerchant, hasEnvironmentMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import { missingSecrets, type SecretName } from '../../merchants/secrets/credentials.ts'
import { storeOf } from '../../merchants/stores/stores.ts'

export type MerchantSummary = {
  name: string
  environment: string
  slug: string
  refunds: boolean
  /** Required secrets that are missing. */
  missing: SecretName[]
  /** Why it is unknown which secrets are missing, such as a locked keychain; otherwise null. */
  problem: string | null
  current: boolean
}

/** Every stored merchant by name, after the merchant of the environment variables if there is one. */
export async function listMerchants(env: Env): Promise<MerchantSummary[]> {
  const { merchants, current } = await readProfiles(env)
  const fromEnvironment = hasEnvironmentMerchant(env)
  const chosen = env.MHLOOP_MERCHANT || (fromEnvironment ? null : current)
  const summaries: MerchantSummary[] = []
  if (fromEnvironment) {
    const { merchant } = await findMerchant({ name: environmentMerchant, env })
    summaries.push(summary(merchant, { missing: [], problem: null }, !env.MHLOOP_MERCHANT))
  }
  // One by one: thousands at once would need more open files than a process may have.
  for (const name of Object.keys(merchants).sort()) {
    const profile = merchants[name]
    if (profile === undefined) continue
    const { merchant } = assemble(name, profile, 'profile')
    summaries.push(summary(merchant, await whatIsMissing(env, name, profile), name === chosen))
  }
  return summaries
}

/** Only the names, in the same order; reads no secret. */
export async function merchantNames(env: Env): Promise<string[]> {
  const { merchants } = await readProfiles(env)
  return [...(hasEnvironmentMerchant(env) ? [environmentMerchant] : []), ...Object.keys(merchants).sort()]
}

type Missing = Pick<MerchantSummary, 'missing' | 'problem'>

/** A reference counts as present; `merchant show` tells whether it works. */
async function whatIsMissing(env: Env, name: string, profile: Profile): Promise<Missing> {
  const store = storeOf(env, profile)
  if (missingSecrets(profile.secrets ?? {}).length === 0) return { missing: [], problem: null }
  try {
    return { missing: missingSecrets({ ...(await store.list(name)), ...profile.secrets }), problem: null }
  } catch (error) {
    if (store.kind === 'file' || !(error instanceof Fault)) throw error
    return { missing: [], problem: error.message }
  }
}

function summary(
  { name, environment, masonhub, policy }: Merchant,
  { missing, problem }: Missing,
  current: boolean,
): MerchantSummary {
  return { name, environment, slug: masonhub.slug, refunds: policy.refunds, missing, problem, current }
}
