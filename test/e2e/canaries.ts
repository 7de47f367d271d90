/**
 * Secrets, shoppers' data and hostile text made of words that occur nowhere else, and a sandbox in which the output of
 * every command is searched for them (F55–F58, F60, F64).
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { signToken } from '../../src/sandbox/masonhub/account/tokens.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { catalogue } from '../../src/sandbox/seed/stories.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { type Run, type RunOptions, runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'

export const phrase = 'canary-phrase-7f3a9c'
export const secrets = {
  loopApiKey: 'canary-loop-key-51d2e8',
  masonhubToken: signToken(phrase, new Date('2026-01-01T00:00:00.000Z')),
  loopWebhookSecret: 'canary-webhook-secret-c04b',
  callbackToken: 'canary-callback-token-99e1',
}
export const shopper = {
  email: 'canary-wilhelmina@shoppers.example',
  firstName: 'Canarywilhelmina',
  lastName: 'Canaryvanderbilt',
}
export const comment = 'canary-comment: my husband Canaryfriedrich is ill'
/** If output contains one of these, something leaked. */
export const forbidden = [
  secrets.loopApiKey,
  secrets.masonhubToken,
  // The middle part of the token is the phrase in base64.
  secrets.masonhubToken.split('.')[1] ?? '',
  phrase,
  secrets.loopWebhookSecret,
  secrets.callbackToken,
  shopper.email,
  encodeURIComponent(shopper.email),
  shopper.firstName,
  shopper.lastName,
  'canary-comment',
  'Canaryfriedrich',
]

export function assertNoCanary(text: string, where: string): void {
  const found = forbidden.filter((canary) => text.toLowerCase().includes(canary.toLowerCase()))
  assert.deepEqual(found, [], `leaked by ${where}:\n${text.slice(0, 3000)}`)
}

/** Escapes, links, controls, bidirectional and invisible characters, line breaks, and a formula. */
export const hostile =
  '\u001b[2J\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007\u009b31m\u0000\b\u007f\r\n\u202egnp.exe\u2066\u200b\ufeff\u{e0041}=HYPERLINK("http://evil.example","x")'
/** Control characters other than line feeds and what ends a cell in CSV and TSV. */
const rawBytes =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u

function assertOnlyPrintable(run: Pick<Run, 'stdout' | 'stderr'>, where: string, csv = false): void {
  // A progress line on a terminal overwrites itself.
  for (const text of [run.stdout, run.stderr.replaceAll('\r\u001b[K', '')]) {
    const lines = csv ? text.replaceAll('\r\n', '\n') : text
    assert.doesNotMatch(lines, rawBytes, where)
    assert.ok(!lines.includes('\r'), `${where}: a bare carriage return`)
  }
}

export type Watched = {
  sandbox: Sandbox
  env: Record<string, string>
  folder: string
  /** Runs a command for people, for scripts and on a terminal, with all details; no output may contain a canary. */
  inEveryMode(argv: readonly string[], options?: RunOptions): Promise<Run[]>
  /** Files a return of the shopper whose data are canaries. */
  file(overrides?: Parameters<Sandbox['loop']['createReturn']>[0]): string
}

/** A watched sandbox for each test of a `describe`. */
export function onWatch(): () => Watched {
  const folder = temporaryFolder()
  let sandbox: Sandbox
  let env: Record<string, string> = {}
  beforeEach(async () => {
    sandbox = await startSandbox({
      loopApiKey: secrets.loopApiKey,
      masonhubToken: secrets.masonhubToken,
      faults: { 'masonhub.visible-after-ms': 0, 'loop.process-min-ms': 0, 'loop.process-max-ms': 1 },
    })
    sandbox.masonhub.addSkus(catalogue)
    env = {
      MHLOOP_LOOP_API_KEY: secrets.loopApiKey,
      MHLOOP_MASONHUB_TOKEN: secrets.masonhubToken,
      MHLOOP_LOOP_WEBHOOK_SECRET: secrets.loopWebhookSecret,
      MHLOOP_CALLBACK_TOKEN: secrets.callbackToken,
      MHLOOP_LOOP_BASE_URL: sandbox.loopBaseUrl,
      MHLOOP_MASONHUB_BASE_URL: sandbox.masonhubBaseUrl,
      MHLOOP_MASONHUB_SLUG: sandbox.world.installed.slug,
      MHLOOP_SANDBOX_URL: sandbox.url,
      MHLOOP_REFUNDS: 'on',
    }
  })
  afterEach(() => sandbox.stop())

  /**
   * A new key and token with the same canaries for every run: rate limits count per key, and one key would slow this
   * down.
   */
  function freshKeys(): Record<string, string> {
    const key = `${secrets.loopApiKey}-${randomUUID()}`
    sandbox.loop.addKey(key, ['returns', 'developer_tools', 'destinations:read'])
    const token = sandbox.masonhub.tokens.mint(`${phrase}-${randomUUID()}`)
    forbidden.push(token, token.split('.')[1] ?? '')
    return { MHLOOP_LOOP_API_KEY: key, MHLOOP_MASONHUB_TOKEN: token }
  }

  async function inEveryMode(argv: readonly string[], options: RunOptions = {}): Promise<Run[]> {
    const runs: Run[] = []
    for (const [more, tty] of [
      [['--verbose'], false],
      [['--json', '--verbose'], false],
      [[], true],
    ] as const) {
      const run = await runMhloop([...argv, ...more], {
        configDir: `${folder()}/config`,
        dataDir: `${folder()}/data`,
        ...options,
        ...(tty ? { tty, answers: [true] } : {}),
        env: { ...env, ...freshKeys(), ...options.env },
      })
      const where = `mhloop ${argv.join(' ')} ${more.join(' ')} ${tty ? 'on a terminal' : ''}`
      assertNoCanary(run.stdout + run.stderr, where)
      assertOnlyPrintable(run, where, argv.includes('csv'))
      runs.push(run)
    }
    return runs
  }

  function file(overrides: Parameters<Sandbox['loop']['createReturn']>[0] = {}): string {
    const label = { after: 0, status: 'in_transit', walks: false } as const
    const units = [{ sku: 'TEE-BLK-M', reason: 'Too small', comment }]
    return String(sandbox.loop.createReturn({ customer: shopper, label, units, ...overrides }).id)
  }

  return () => ({ sandbox, env, folder: folder(), inEveryMode, file })
}
