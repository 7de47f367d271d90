import { assemble } from '../merchants/assemble.ts'
import type { Env } from '../merchants/config-folder.ts'
import { fileCredentialStore, missingSecrets, type SecretName } from '../merchants/credentials.ts'
import { environmentMerchant } from '../merchants/profile.ts'
import { readProfiles } from '../merchants/profiles.ts'
import { type FoundMerchant, findMerchant, hasEnvironmentMerchant } from '../merchants/resolve.ts'

export type MerchantSummary = {
  name: string
  environment: string
  slug: string
  refunds: boolean
  /** Required secrets that are not there. */
  missing: SecretName[]
  current: boolean
}

/** Every stored merchant by name, after the one of the environment variables if there is one. */
export async function listMerchants(env: Env): Promise<MerchantSummary[]> {
  const { merchants, current } = await readProfiles(env)
  const store = fileCredentialStore(env)
  const fromEnvironment = hasEnvironmentMerchant(env)
  const summaries: MerchantSummary[] = []
  if (fromEnvironment)
    summaries.push(summary(await findMerchant({ name: environmentMerchant, env }), !env.MHLOOP_MERCHANT))
  const chosen = env.MHLOOP_MERCHANT || (fromEnvironment ? null : current)
  for (const name of Object.keys(merchants).sort()) {
    const profile = merchants[name]
    if (!profile) continue
    const { merchant } = assemble(name, profile, 'profile')
    summaries.push(summary({ merchant, secrets: await store.read(name) }, name === chosen))
  }
  return summaries
}

function summary(
  { merchant, secrets }: Pick<FoundMerchant, 'merchant' | 'secrets'>,
  current: boolean,
): MerchantSummary {
  const { name, environment, masonhub, policy } = merchant
  return { name, environment, slug: masonhub.slug, refunds: policy.refunds, missing: missingSecrets(secrets), current }
}
