import type { Interfaces } from '@oclif/core'
import * as Flags from '@oclif/core/flags'
import type { LoosenedMoney } from '../../core/merchants/money-change.ts'
import { largestText } from '../../core/refunds/largest-refund.ts'
import type { Merchant } from '../../merchants/profiles/merchant.ts'
import type { Profile } from '../../merchants/profiles/profile.ts'
import { settings, withSetting } from '../../merchants/profiles/settings.ts'
import { type StoreKind, storeKinds } from '../../merchants/secrets/credentials.ts'
import { type ProvidedSecrets, parseSecrets } from '../../merchants/secrets/secret-input.ts'
import { readSource } from '../input/read-source.ts'
import type { Io } from '../io/io.ts'

/** One flag for every setting of a profile. */
export const settingFlags: Record<string, Interfaces.OptionFlag<string | undefined>> = Object.fromEntries(
  settings.map(({ key, takes, summary, variable }) => [
    key,
    Flags.string({ summary, helpValue: takes, ...(variable === undefined ? {} : { env: variable }) }),
  ]),
)

/** How secrets are given, and whether the vendors check them. */
export const credentialFlags = {
  'credentials-file': Flags.string({
    summary:
      'JSON with loopApiKey, masonhubToken, loopWebhookSecret, callbackToken, receiverKey; `-` reads standard input',
    helpValue: 'FILE',
  }),
  'no-check': Flags.boolean({ summary: 'Do not check the credentials with Loop and MasonHub' }),
}

/** Where secrets are stored. MHLOOP_CREDENTIAL_STORE sets it for new merchants; a stored merchant keeps its place. */
export const storeFlag = {
  store: Flags.string({
    summary: "Where to store the secrets: the system's keychain (default), or a file that only you can read",
    options: [...storeKinds],
  }),
}

export function requestedStoreKind(flag: string | undefined): StoreKind | null {
  return storeKinds.find((kind) => kind === flag) ?? null
}

/** The secrets of `--credentials-file`; none without it. */
export async function secretsOfFile(io: Io, source: string | undefined, signal: AbortSignal): Promise<ProvidedSecrets> {
  return source === undefined ? {} : parseSecrets(await readSource(io, source, signal))
}

/** The part of a profile that these flags set, each value read and checked. */
export function profileOfFlags(flags: Readonly<Record<string, unknown>>): NewProfile {
  let profile = { masonhub: {} } as Profile
  for (const { key, path, read } of settings) {
    const text = flags[key]
    if (typeof text === 'string') profile = withSetting(profile, path, read(text))
  }
  return profile
}

export type NewProfile = Pick<Profile, 'environment' | 'loop' | 'masonhub' | 'policy'>

/**
 * The question before a change that allows more real refunds: not by a slip, a stray variable, or for the wrong
 * merchant (F66, G9).
 */
export function moneyQuestion(
  { name, environment, loop, policy: { limits } }: Merchant,
  loosened: LoosenedMoney,
): string {
  const whose =
    environment === 'production' ? `the production merchant ${name}` : `${name}, at ${new URL(loop.baseUrl).host},`
  const { refundsPerHour, refundsPerDay, largestRefund } = limits
  const size = largestRefund === null ? 'of any size' : `up to ${largestText(largestRefund)}`
  if (loosened.opens) {
    return `Let mhloop send refunds of ${whose} automatically? At most ${refundsPerHour} an hour and ${refundsPerDay} a day, ${size}.`
  }
  return `Allow more refunds for ${whose} than before (${loosened.what.join(', ')})?`
}
