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
  /** A return whose parcel travels, with one black tee unless told otherwise. */
  file(wanted?: NewReturn): string
  run(argv: string | string[], options?: RunOptions): Promise<Run>
  /** Credentials of their own for one run: the pace is kept per key, and would make many runs slow. */
  freshKeys(): Record<string, string>
}

const travelling = { after: 0, status: 'in_transit', walks: false } as const

/** Writes show at once, so that no test waits; the rest of the stand-ins stays adversarial. */
const faults = { 'masonhub.visible-after-ms': 0 }

/** A bench on folders below this one; its owner stops the sandbox. */
export async function startBench(folder: string): Promise<Bench> {
  // Keys of its own: the pace is kept per key, and other tests of this process have theirs.
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
    file: (wanted) =>
      String(sandbox.loop.createReturn({ label: travelling, units: [{ sku: 'TEE-BLK-M' }], ...wanted }).id),
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
