import { Fault } from '../../core/errors/fault.ts'
import { defaultPolicy } from '../../core/merchants/policy.ts'
import { assertBaseUrl } from '../../http/base-url.ts'
import { loopHost, masonhubHosts } from '../secrets/vendor-hosts.ts'
import { defaultIntervals, type Merchant } from './merchant.ts'
import type { Profile } from './profile.ts'
import { settings, valueAt } from './settings.ts'

export type Origin = 'flag' | 'env' | 'profile' | 'default'

const defaultLoopBaseUrl = `https://${loopHost}/api/2026-10`
/** Loop allows 300 a minute per key (loop.md §3). mhloop uses 85 % of that, because others use the key, too (F44). */
const defaultRequestsPerMinute = 255
/** MasonHub publishes no limit (masonhub.md §3.6); this is a polite rate. */
const defaultRequestsPerSecond = 4

/** Completes a profile with defaults. `origins`: where each setting came from (`source`, or its default). */
export function assemble(
  name: string,
  profile: Pick<Profile, 'environment' | 'loop' | 'masonhub' | 'policy' | 'intervals'>,
  source: Origin,
): { merchant: Merchant; origins: Record<string, Origin> } {
  const { environment, masonhub, policy, intervals } = profile
  const { slug } = masonhub
  const host = masonhubHosts[environment]
  const merchant: Merchant = {
    name,
    environment,
    loop: loopOf(profile),
    masonhub: {
      slug,
      baseUrl: assertBaseUrl(masonhub.baseUrl ?? `https://${host}/${slug}/api/v1`, 'masonhub'),
      requestsPerSecond: masonhub.requestsPerSecond ?? defaultRequestsPerSecond,
    },
    policy: {
      ...defaultPolicy,
      ...policy,
      limits: { ...defaultPolicy.limits, ...policy?.limits },
      waits: { ...defaultPolicy.waits, ...policy?.waits },
      grades: { ...defaultPolicy.grades, ...policy?.grades },
    },
    intervals: { ...defaultIntervals, ...intervals },
  }
  assertSameEnvironment(merchant)
  const origins = Object.fromEntries(
    settings.map(({ key, path }) => [key, valueAt(profile, path) === undefined ? ('default' as const) : source]),
  )
  return { merchant, origins }
}

/** The Loop account of a profile, which doesn't depend on its other settings. */
export function loopOf({ loop }: Pick<Profile, 'loop'>): Merchant['loop'] {
  const baseUrl = assertBaseUrl(loop?.baseUrl ?? defaultLoopBaseUrl, 'loop')
  return { baseUrl, requestsPerMinute: loop?.requestsPerMinute ?? defaultRequestsPerMinute }
}

/** A sandbox profile that pointed to production would move real money as a test (F66). */
function assertSameEnvironment({ name, environment, masonhub }: Merchant): void {
  const host = new URL(masonhub.baseUrl).hostname
  const other = environment === 'sandbox' ? 'production' : 'sandbox'
  if (host !== masonhubHosts[other]) return
  throw new Fault(`Merchant "${name}" is set to ${environment}, but its MasonHub base URL belongs to ${other}.`, {
    code: 'ENVIRONMENT_MISMATCH',
    merchant: name,
    hint: `mhloop merchant set -m ${name} environment ${other}`,
  })
}
