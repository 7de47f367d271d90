import { exitCodes, Fault } from '../core/fault.ts'
import type { ReasonRule } from '../core/policy.ts'
import type { Env } from '../merchants/config-folder.ts'
import type { Merchant } from '../merchants/merchant.ts'
import { environmentMerchant } from '../merchants/profile.ts'
import { updateProfile } from '../merchants/profiles.ts'
import { findMerchant } from '../merchants/resolve.ts'

/** The merchant that was named or chosen, for reading its reason mapping; its credentials don't matter. */
export async function merchantWithReasons(env: Env, name: string | undefined): Promise<Merchant> {
  return (await findMerchant({ env, ...(name === undefined ? {} : { name }) })).merchant
}

/** The same, for changing it: the merchant of environment variables has no profile that could keep the change. */
export async function storedMerchant(env: Env, name: string | undefined): Promise<Merchant> {
  const merchant = await merchantWithReasons(env, name)
  if (merchant.name !== environmentMerchant) return merchant
  throw new Fault('The merchant "env" is made of environment variables and keeps no reason mapping.', {
    code: 'MERCHANT_NOT_STORED',
    exit: exitCodes.usage,
    blame: 'input',
    merchant: merchant.name,
    hint: 'Store a profile with mhloop merchant add NAME, then name it with --merchant.',
  })
}

/** Changes the reason mapping of a stored merchant, starting from what is stored at that moment. */
export async function changeReasons(
  env: Env,
  name: string,
  now: Date,
  change: (rules: readonly ReasonRule[]) => ReasonRule[],
): Promise<void> {
  await updateProfile(env, name, now, (profile) => ({
    ...profile,
    policy: { ...profile.policy, reasons: change(profile.policy?.reasons ?? []) },
  }))
}
