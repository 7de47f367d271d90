/**
 * The world of one batch: both vendors and the warehouse in this process, with their ground truth; folders and a port
 * for the children.
 */
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FaultName } from '../../../src/sandbox/fault-injection.ts'
import { signToken } from '../../../src/sandbox/masonhub/account/tokens.ts'
import { createRandom } from '../../../src/sandbox/random.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { catalogue } from '../../../src/sandbox/seed/stories.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import type { Random } from '../../../src/sandbox/world.ts'
import { runMhloop } from '../../run.ts'
import { type WorldClock, worldClock } from './clock.ts'
import { createShoppers, type Shoppers } from './shoppers.ts'

export const merchant = 'acme'

export type KillWorld = {
  folder: string
  random: Random
  clock: WorldClock
  /** Path of the clock file for the children. */
  time: string
  sandbox: Sandbox
  shoppers: Shoppers
  /** The port to which Loop and MasonHub send their messages. */
  port: number
  /** The program that the children run. */
  program: string
  environment: Record<string, string>
  /** Texts that must never be printed or written: credentials, and everything that names a shopper. */
  secrets: readonly string[]
  /** Switches this world's faults on or off. */
  faults(on: boolean): void
  close(): Promise<void>
}

/**
 * Requests and answers are lost; messages come twice, late or never; Loop's queue takes a short or a long time (C1–C3).
 */
function randomFaults(random: Random): Partial<Record<FaultName, number>> {
  const slow = random.chance(0.4)
  return {
    'loop.process-min-ms': 800,
    'loop.process-max-ms': slow ? 400_000 : 2_300,
    'loop.drop-request-process': 0.1,
    'loop.drop-answer-process': 0.15,
    'loop.error-500-after-work': 0.02,
    'loop.drop-request-flag': 0.05,
    'loop.drop-answer-flag': 0.1,
    'loop.drop-request-note': 0.05,
    'loop.drop-answer-note': 0.1,
    'loop.process-fails': 0.03,
    'loop.webhook-duplicates': random.below(3),
    'loop.webhook-delay-ms': random.chance(0.5) ? 1_500 : 0,
    'loop.webhook-loss': random.chance(0.3) ? 0.5 : 0.05,
    'loop.webhook-backoff-ms': 300,
    'masonhub.drop-request': 0.02,
    'masonhub.drop-answer-create': 0.1,
    'masonhub.drop-answer-update': 0.1,
    'masonhub.drop-answer-delete': 0.1,
    'masonhub.lose-queued': 0.03,
    'masonhub.callback-duplicates': random.below(3),
    'masonhub.callback-delay-ms': random.chance(0.5) ? 1_500 : 0,
    'masonhub.callback-loss': random.chance(0.3) ? 0.5 : 0.05,
    'masonhub.callback-backoff-ms': 300,
  }
}

/** Settings that never change: the vendors do not count requests, and labels keep their status. */
const always: Partial<Record<FaultName, number>> = { 'loop.rate-limit': 0, 'loop.label-step-ms': 0 }

/** In every second world MasonHub answers in every spelling that a document has. */
const odd: Partial<Record<FaultName, number>> = { 'masonhub.quirks': 1, 'masonhub.shuffle-results': 1 }

/** The file that all children share. */
export function journalOf({ folder }: Pick<KillWorld, 'folder'>): string {
  return join(folder, 'data', 'journal.db')
}

export async function openWorld(seed: number, program: string): Promise<KillWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-kills-'))
  await mkdir(join(folder, 'data'), { mode: 0o700 })
  const random = createRandom(seed)
  const time = join(folder, 'time')
  const clock = worldClock(time)
  const sandbox = await startSandbox({
    clock,
    seed,
    faults: { ...always, ...(seed % 2 === 0 ? odd : {}) },
    loopApiKey: `loop-key-of-${seed}`,
    masonhubToken: signToken(`phrase of ${seed}`, new Date('2026-01-01T00:00:00Z')),
  })
  sandbox.masonhub.addSkus(catalogue)
  const port = await freePort()
  const environment = await setUp(sandbox, folder, port)
  const faultRates = randomFaults(random)
  return {
    folder,
    random,
    clock,
    time,
    sandbox,
    shoppers: createShoppers(sandbox, random),
    port,
    program,
    environment,
    secrets: [...Object.values(sandbox.world.installed).filter((value) => value.length > 8), 'shopper@example.com'],
    faults(on) {
      const { faults } = sandbox.world
      const calm = startingFaults
      for (const [name, value] of Object.entries(faultRates))
        faults.set(name as FaultName, on ? value : (calm[name as FaultName] ?? 0))
    },
    async close() {
      await sandbox.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** The faults that were on return to these values; all others return to 0. */
const startingFaults: Partial<Record<FaultName, number>> = {
  'loop.process-min-ms': 800,
  'loop.process-max-ms': 2_300,
  'loop.webhook-backoff-ms': 5_000,
  'masonhub.callback-backoff-ms': 5_000,
}

/** Stores and connects the merchant as an operator would, before anything goes wrong. */
async function setUp(sandbox: Sandbox, folder: string, port: number): Promise<Record<string, string>> {
  const { installed } = sandbox.world
  const configDir = join(folder, 'config')
  const dataDir = join(folder, 'setup')
  const secrets = {
    MHLOOP_LOOP_API_KEY: installed.loopApiKey,
    MHLOOP_MASONHUB_TOKEN: installed.masonhubToken,
    MHLOOP_LOOP_WEBHOOK_SECRET: installed.loopWebhookSecret,
  }
  const accounts = ['--environment', 'sandbox', '--slug', installed.slug]
  const where = ['--loop-base-url', sandbox.loopBaseUrl, '--masonhub-base-url', sandbox.masonhubBaseUrl]
  const policy = ['--destinations', '501', '--refunds', 'on', '--cutoff', '2025-01-01', '--first-by-hand', '0']
  const limits = ['--refunds-per-hour', '9999', '--refunds-per-day', '9999', '--requests-per-second', '900']
  const often = ['--pull-every', '2s', '--poll-every', '1s', '--settle-every', '1s']
  const add = ['merchant', 'add', merchant, ...accounts, ...where, ...policy, ...limits, ...often, '--yes']
  await mustRun(add, { configDir, dataDir, env: secrets })
  const connect = ['merchant', 'connect', '-m', merchant, '--url', `http://127.0.0.1:${port}`, '--yes']
  await mustRun(connect, { configDir, dataDir, env: { MHLOOP_LOOP_WEBHOOK_SECRET: installed.loopWebhookSecret } })
  return { MHLOOP_CONFIG_DIR: configDir, MHLOOP_DATA_DIR: join(folder, 'data'), MHLOOP_MERCHANT: merchant }
}

async function mustRun(argv: string[], options: Parameters<typeof runMhloop>[1]): Promise<void> {
  const { exit, stderr } = await runMhloop(argv, options)
  if (exit !== 0) throw new Error(`mhloop ${argv.slice(0, 3).join(' ')} ended with ${exit}: ${stderr}`)
}

/** A port that is free now; the receiver keeps it through all restarts. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
