/**
 * A sandbox of its own for each test of a `describe`, fresh folders, and the merchant `env` that works on it:
 *
 *   const bench = onBench()
 *   it('…', async () => { bench().file({ returnId: 99904598 }); const run = await bench().run('asn sync --json') })
 */
import { randomUUID } from 'node:crypto'
import type { NewReturn } from '../../src/sandbox/loop/register.ts'
import { signToken } from '../../src/sandbox/masonhub/account/tokens.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { catalogue } from '../../src/sandbox/seed/stories.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { type Run, type RunOptions, runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'

export type Bench = {
  sandbox: Sandbox
  env: Record<string, string>
  dataDir: string
  /** Files a return whose parcel is on its way; by default with one black T-shirt. */
  file(overrides?: NewReturn): string
  /** The hub has shipped the bags of a drop-off: Loop shows their barcodes. */
  bag(returnId: string, reference: string): void
  run(argv: string | string[], options?: RunOptions): Promise<Run>
  /** New credentials for one run: rate limits count per key, and would slow down many runs with one key. */
  freshKeys(): Record<string, string>
}

const travelling = { after: 0, status: 'in_transit', walks: false } as const

/** Writes become visible at once, so that no test waits; everything else of the stand-ins stays adversarial. */
const faults = { 'masonhub.visible-after-ms': 0 }

/** Starts a bench with its folders below this one; the caller stops the sandbox. */
export async function startBench(folder: string): Promise<Bench> {
  // Its own keys, because rate limits count per key, and other tests run in this process.
  const sandbox = await startSandbox({
    faults,
    loopApiKey: `loop-${randomUUID()}`,
    masonhubToken: signToken(`phrase ${randomUUID()}`, new Date()),
  })
  sandbox.masonhub.addSkus(catalogue)
  const env = {
    MHLOOP_LOOP_API_KEY: sandbox.world.installed.loopApiKey,
    MHLOOP_LOOP_BASE_URL: sandbox.loopBaseUrl,
    MHLOOP_MASONHUB_TOKEN: sandbox.world.installed.masonhubToken,
    MHLOOP_MASONHUB_SLUG: sandbox.world.installed.slug,
    MHLOOP_MASONHUB_BASE_URL: sandbox.masonhubBaseUrl,
  }
  return {
    sandbox,
    env,
    dataDir: `${folder}/data`,
    freshKeys() {
      const key = `loop-${randomUUID()}`
      sandbox.loop.addKey(key, ['returns', 'developer_tools', 'destinations:read'])
      return { MHLOOP_LOOP_API_KEY: key, MHLOOP_MASONHUB_TOKEN: sandbox.masonhub.tokens.mint(randomUUID()) }
    },
    file: (overrides) =>
      String(sandbox.loop.createReturn({ label: travelling, units: [{ sku: 'TEE-BLK-M' }], ...overrides }).id),
    bag(returnId, reference) {
      const record: { packageReference: string | null } | undefined = sandbox.loop.returns.get(Number(returnId))
      if (record === undefined) throw new Error(`no return ${returnId}`)
      record.packageReference = reference
    },
    run: (argv, options = {}) =>
      runMhloop(argv, {
        configDir: `${folder}/config`,
        dataDir: `${folder}/data`,
        ...options,
        env: { ...env, ...options.env },
      }),
  }
}

export function onBench(): () => Bench {
  const folder = temporaryFolder()
  let bench: Bench | null = null
  beforeEach(async () => {
    bench = await startBench(folder())
  })
  afterEach(() => bench?.sandbox.stop())
  return () => {
    if (bench === null) throw new Error('the bench is there within a test only')
    return bench
  }
}
