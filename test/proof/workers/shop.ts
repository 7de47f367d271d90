import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FaultName } from '../../../src/sandbox/fault-injection.ts'
import { destinationIds } from '../../../src/sandbox/loop/register.ts'
import { createRandom } from '../../../src/sandbox/random.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import type { Random } from '../../../src/sandbox/world.ts'
import { freshPlace, type Place } from '../../postgres/server.ts'
import { runMhloop } from '../../run.ts'
import { type ReverseProxy, startReverseProxy } from './reverse-proxy.ts'

export const merchant = 'acme'

/** What the vendors allow: requests per minute with Loop's key, and per second with MasonHub's token. */
export type VendorLimits = { loopPerMinute: number; masonhubPerSecond: number }

export type Shop = {
  random: Random
  sandbox: Sandbox
  reverseProxy: ReverseProxy
  /** The journal that all workers share. */
  place: Place
  environment: Record<string, string>
  close(): Promise<void>
}

/** mhloop uses 85 % of Loop's limit, as in production. */
export const ourShare = ({ loopPerMinute }: VendorLimits) => Math.floor(loopPerMinute * 0.85)

const quick: Partial<Record<FaultName, number>> = {
  'loop.label-min-ms': 0,
  'loop.label-max-ms': 0,
  'loop.label-step-ms': 0,
  'loop.process-min-ms': 300,
  'loop.process-max-ms': 2_000,
  'masonhub.visible-after-ms': 500,
}

/** Starts both vendors and the warehouse, a journal on PostgreSQL, and a merchant whose own limits are high enough. */
export async function openShop(
  seed: number,
  limits: VendorLimits,
  faults: Partial<Record<FaultName, number>> = {},
): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-workers-'))
  const place = await freshPlace()
  const random = createRandom(seed)
  const sandbox = await startSandbox({ seed, faults: { ...quick, 'loop.rate-limit': limits.loopPerMinute, ...faults } })
  sandbox.masonhub.addSkus(['TEE-BLK-M'])
  const reverseProxy = await startReverseProxy(createRandom(seed + 1))
  const environment = {
    MHLOOP_CONFIG_DIR: join(folder, 'config'),
    MHLOOP_DATA_DIR: join(folder, 'data'),
    MHLOOP_JOURNAL: place.location,
    MHLOOP_NO_INPUT: '1',
  }
  const { loopApiKey, masonhubToken, slug, loopWebhookSecret } = sandbox.world.installed
  const settings = {
    environment: 'sandbox',
    slug,
    'loop-base-url': sandbox.loopBaseUrl,
    'masonhub-base-url': sandbox.masonhubBaseUrl,
    destinations: String(destinationIds.masonhub),
    refunds: 'on',
    'refunds-per-hour': '100000',
    'refunds-per-day': '100000',
    'loop-requests-per-minute': String(ourShare(limits)),
    'requests-per-second': String(limits.masonhubPerSecond),
    'pull-every': '20s',
    'poll-every': '30s',
    'settle-every': '20s',
  }
  await must(
    ['merchant', 'add', merchant, ...Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value])],
    {
      ...environment,
      MHLOOP_LOOP_API_KEY: loopApiKey,
      MHLOOP_MASONHUB_TOKEN: masonhubToken,
    },
  )
  await must(['merchant', 'connect', '-m', merchant, '--url', reverseProxy.url, '--yes'], {
    ...environment,
    MHLOOP_LOOP_WEBHOOK_SECRET: loopWebhookSecret,
  })
  return {
    random,
    sandbox,
    reverseProxy,
    place,
    environment,
    async close() {
      await reverseProxy.close()
      await sandbox.stop()
      await place.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function must(argv: string[], env: Record<string, string>): Promise<void> {
  const { exit, stderr } = await runMhloop(argv, { env })
  if (exit !== 0) throw new Error(`mhloop ${argv.join(' ')}: ${stderr}`)
}
