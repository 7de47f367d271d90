import { Fault } from '../../core/errors/fault.ts'
import { onFault } from '../../core/errors/on-fault.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import { environmentMerchant, type Profiles } from '../../merchants/profiles/profile.ts'
import { profileOf, readProfiles } from '../../merchants/profiles/profiles.ts'
import { findMerchant, hasEnvironmentMerchant, isEnvironmentChosen } from '../../merchants/profiles/resolve-merchant.ts'

/**
 * Names of the merchants to check: the one that was named or is selected, or all of them, `env` first. A merchant that
 * can't be used is checked all the same. None when the profiles can't be read: the checks of this machine say why.
 * Throws Fault when there is no merchant, or none of this name.
 */
export async function merchantsToCheck(
  env: Env,
  choice: { all: boolean; name?: string | undefined },
): Promise<string[]> {
  const named = choice.name ?? (env.MHLOOP_MERCHANT || undefined)
  if (!choice.all && (named === environmentMerchant || (named === undefined && isEnvironmentChosen(env))))
    return [environmentMerchant]
  const profiles = await readProfiles(env).catch(onFault(() => null))
  if (profiles === null) return choice.all || named === undefined ? [] : [named]
  if (choice.all) return allOf(env, profiles)
  const name = named ?? profiles.current
  if (name === null) return [(await findMerchant({ env })).merchant.name]
  profileOf(profiles, name)
  return [name]
}

function allOf(env: Env, { merchants }: Profiles): string[] {
  const names = [...(hasEnvironmentMerchant(env) ? [environmentMerchant] : []), ...Object.keys(merchants).toSorted()]
  if (names.length > 0) return names
  throw new Fault('There are no merchants yet.', { code: 'MERCHANT_NOT_CHOSEN', hint: 'mhloop merchant add NAME' })
}
