import { Fault } from '../../core/errors/fault.ts'
import type { Env } from '../files/config-folder.ts'
import {
  environmentSecrets,
  missingSecrets,
  requiredSecrets,
  type SecretName,
  type StoredSecrets,
  secretNames,
  secretTitles,
  toCredentials,
} from '../secrets/credentials.ts'
import { readSecrets } from '../secrets/secret-places.ts'
import { assemble, type Origin } from './assemble.ts'
import type { BoundJournal } from './binding.ts'
import type { Credentials, Merchant } from './merchant.ts'
import { environmentMerchant, type Profile } from './profile.ts'
import { profileOf, readProfiles } from './profiles.ts'
import { settings, withSetting } from './settings.ts'
import { type StoredMerchant, storedMerchant, unchanging } from './stored-merchant.ts'

export type { Origin } from './assemble.ts'
export type ResolvedMerchant = FoundMerchant & { credentials: Credentials }

/** A stored merchant, complete or not. */
export type FoundMerchant = {
  merchant: Merchant
  /** By the key of the setting, as in `merchant set`. */
  origins: Record<string, Origin>
  /** The journal that it is bound to; null when it is not bound yet, and for the merchant `env`. */
  journal: BoundJournal | null
  /** Reads its secrets, or those with these names, again at each call. Throws Fault for one that can't be read. */
  readSecrets(names?: readonly SecretName[]): Promise<StoredSecrets>
  /** Reads the merchant as it is stored now (G4). */
  stored(): Promise<StoredMerchant>
}

/** The variables that together define the merchant `env`. */
const environmentTrio = ['MHLOOP_LOOP_API_KEY', 'MHLOOP_MASONHUB_TOKEN', 'MHLOOP_MASONHUB_SLUG'] as const

/**
 * Chooses the merchant to work for and reads its credentials. The given name counts first, then the merchant `env` if
 * its variables are set, then the current merchant. `chosen` is called before the credentials are read. Throws Fault:
 * MERCHANT_UNKNOWN, MERCHANT_NOT_CHOSEN, CREDENTIALS_MISSING, or what is wrong with the files.
 */
export async function resolveMerchant(
  input: { name?: string | undefined; env: Env },
  chosen: (name: string) => void = () => {},
): Promise<ResolvedMerchant> {
  const found = await findMerchant(input)
  chosen(found.merchant.name)
  return { ...found, credentials: await readCredentials(found) }
}

/**
 * Reads the credentials for requests anew. Throws CREDENTIALS_MISSING, what is wrong with their place, or
 * MERCHANT_CHANGED: credentials go only to the hosts that they are stored for, never to earlier ones (G7).
 */
export async function readCredentials({ merchant, readSecrets, stored }: FoundMerchant): Promise<Credentials> {
  const secrets = await readSecrets(requiredSecrets)
  // Checked after the reading: new credentials for new hosts are stored after those hosts (add-merchant.ts).
  await stored()
  const { loopApiKey, masonhubToken } = secrets
  if (!loopApiKey || !masonhubToken) throw missingCredentials(merchant.name, missingSecrets(secrets))
  return toCredentials({ loopApiKey, masonhubToken })
}

/** Makes the same choice, but reads no credentials and does not require any. */
export async function findMerchant({ name, env }: { name?: string | undefined; env: Env }): Promise<FoundMerchant> {
  const requested = name ?? (env.MHLOOP_MERCHANT || undefined)
  if (requested === environmentMerchant || (requested === undefined && isEnvironmentChosen(env)))
    return merchantOfEnvironment(env)
  const profiles = await readProfiles(env)
  const chosen = requested ?? profiles.current
  if (chosen === null) throw notChosen(Object.keys(profiles.merchants))
  const profile = profileOf(profiles, chosen)
  return {
    ...assemble(chosen, profile, 'profile'),
    journal: profile.journal ?? null,
    stored: storedMerchant(env, chosen, profile),
    // A long run must use what was changed meanwhile, including the profile's references.
    readSecrets: async (names = secretNames) => {
      const now = await readProfiles(env)
      return await readSecrets({ env, merchant: chosen, profiles: now, profile: profileOf(now, chosen) }, names)
    },
  }
}

/** Whether the environment variables define the merchant `env` completely. */
export function hasEnvironmentMerchant(env: Env): boolean {
  return environmentTrio.every((variable) => isSet(env, variable))
}

/** Whether at least one of them is set: commands without a named merchant use `env`, or fail if another is missing. */
export function isEnvironmentChosen(env: Env): boolean {
  return environmentTrio.some((variable) => isSet(env, variable))
}

/** Blanks only, such as an empty line of a script, are no value. */
function isSet(env: Env, variable: string): boolean {
  return Boolean(env[variable]?.trim())
}

/** The merchant defined by environment variables, for CI and single commands; none of it is written to the disk. */
function merchantOfEnvironment(env: Env): FoundMerchant {
  const missing = environmentTrio.filter((variable) => !isSet(env, variable))
  // An incomplete environment must not silently fall back to another merchant's profile (F66).
  if (missing.length > 0) {
    throw new Fault(
      `The merchant "env" is incomplete: ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not set.`,
      {
        code: 'CREDENTIALS_MISSING',
        merchant: environmentMerchant,
        hint: 'Set them all, or name a stored merchant with --merchant. All variables: mhloop help environment',
      },
    )
  }
  let profile = { environment: environmentOf(env), masonhub: {} } as Profile
  for (const { variable, path, read } of settings) {
    const text = variable === undefined ? undefined : env[variable]?.trim()
    if (text) profile = withSetting(profile, path, read(text))
  }
  const found = assemble(environmentMerchant, profile, 'env')
  const stored = unchanging(found.merchant, env)
  return { ...found, journal: null, stored, readSecrets: async () => environmentSecrets(env) }
}

/** Without MHLOOP_ENVIRONMENT the base URL decides, and without that it is the sandbox. */
function environmentOf(env: Env): Merchant['environment'] {
  const url = env.MHLOOP_MASONHUB_BASE_URL
  return url && URL.canParse(url) && new URL(url).hostname === 'app.masonhub.co' ? 'production' : 'sandbox'
}

function notChosen(names: readonly string[]): Fault {
  const which =
    names.length === 0 ? 'there are none yet' : `there ${names.length > 1 ? 'are' : 'is'} ${names.join(', ')}`
  return new Fault(`No merchant is selected; ${which}.`, {
    code: 'MERCHANT_NOT_CHOSEN',
    hint:
      names.length === 0
        ? 'mhloop merchant add NAME'
        : 'Name one with --merchant, or select one: mhloop merchant use NAME',
  })
}

function missingCredentials(name: string, missing: readonly SecretName[]): Fault {
  const titles = missing.map((secret) => secretTitles[secret].title)
  const [first = 'loopApiKey'] = missing
  return new Fault(`Merchant "${name}" has no ${titles.join(' and no ')}.`, {
    code: 'CREDENTIALS_MISSING',
    merchant: name,
    hint: `mhloop merchant set -m ${name} ${secretTitles[first].key}`,
  })
}
