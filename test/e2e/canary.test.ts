/**
 * Canaries: secrets and shoppers' data with words that exist nowhere else. Every command runs, succeeding and failing in
 * every way, and afterwards none of them is in anything that was printed or written (F55–F58, F60, F64).
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MhloopCommand } from '../../src/cli/base-command.ts'
import { secret } from '../../src/merchants/secret.ts'
import { signToken } from '../../src/sandbox/masonhub/tokens.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { catalogue } from '../../src/sandbox/stories.ts'
import { type Run, type RunOptions, runClass, runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

const phrase = 'canary-phrase-7f3a9c'
const secrets = {
  loopApiKey: 'canary-loop-key-51d2e8',
  masonhubToken: signToken(phrase, new Date('2026-01-01T00:00:00.000Z')),
  loopWebhookSecret: 'canary-webhook-secret-c04b',
  callbackToken: 'canary-callback-token-99e1',
}
const shopper = {
  email: 'canary-wilhelmina@shoppers.example',
  firstName: 'Canarywilhelmina',
  lastName: 'Canaryvanderbilt',
}
const comment = 'canary-comment: my husband Canaryfriedrich is ill'
/** Wherever one of these shows, something leaked. */
const forbidden = [
  secrets.loopApiKey,
  secrets.masonhubToken,
  // Its middle part is the phrase, in base64.
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

function assertNoCanary(text: string, where: string): void {
  const found = forbidden.filter((canary) => text.toLowerCase().includes(canary.toLowerCase()))
  assert.deepEqual(found, [], `leaked by ${where}:\n${text.slice(0, 3000)}`)
}

const hostile =
  '\u001b[2J\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007\u009b31m\u0000\b\u007f\r\n\u202egnp.exe\u2066\u200b\ufeff\u{e0041}=HYPERLINK("http://evil.example","x")'
/** Line feeds, and in CSV and TSV what ends a line or a cell; anything else must be printable. */
const rawBytes =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u

function assertOnlyPrintable(run: Pick<Run, 'stdout' | 'stderr'>, where: string, csv = false): void {
  // A terminal's line of progress is drawn over itself.
  for (const text of [run.stdout, run.stderr.replaceAll('\r\u001b[K', '')]) {
    const lines = csv ? text.replaceAll('\r\n', '\n') : text
    assert.doesNotMatch(lines, rawBytes, where)
    assert.ok(!lines.includes('\r'), `${where}: a bare carriage return`)
  }
}

describe('canaries', () => {
  const folder = temporaryFolder()
  const scripts = temporaryFolder()
  let sandbox: Sandbox
  let env: Record<string, string>
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

  /** Another key and token of the same canaries for every run: the pace is kept per key, and would make this slow. */
  function freshKeys(): Record<string, string> {
    const key = `${secrets.loopApiKey}-${randomUUID()}`
    sandbox.loop.addKey(key, ['returns', 'developer_tools', 'destinations:read'])
    const token = sandbox.masonhub.tokens.mint(`${phrase}-${randomUUID()}`)
    forbidden.push(token, token.split('.')[1] ?? '')
    return { MHLOOP_LOOP_API_KEY: key, MHLOOP_MASONHUB_TOKEN: token }
  }

  /** Runs a command for people, for scripts and on a terminal, saying as much as it can; nothing may hold a canary. */
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

  function file(wanted: Parameters<Sandbox['loop']['createReturn']>[0] = {}): string {
    const label = { after: 0, status: 'in_transit', walks: false } as const
    const units = [{ sku: 'TEE-BLK-M', reason: 'Too small', comment }]
    return String(sandbox.loop.createReturn({ customer: shopper, label, units, ...wanted }).id)
  }

  /** Everything on disk but the one file that secrets belong in; databases with their logs, as bytes. */
  async function assertDiskIsClean(): Promise<void> {
    const files = (await readdir(folder(), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    const names = files.map(({ name }) => name)
    assert.ok(names.includes('journal.db'), names.join())
    for (const { parentPath, name } of files) {
      if (name === 'credentials.json') continue
      assertNoCanary(await readFile(join(parentPath, name), 'latin1'), name)
    }
  }

  it('are in nothing that a working day prints or writes', async () => {
    const good = file()
    const bad = file({ orderName: '#4711' })
    file({ label: { after: 'never' } })
    file({ units: [{ sku: 'NO-SUCH-SKU', comment }] })
    await inEveryMode(['asn', 'list'])
    await inEveryMode(['asn', 'list', '--format', 'csv'])
    await inEveryMode(['asn', 'sync', '--dry-run'])
    await inEveryMode(['asn', 'sync'])
    sandbox.masonhub.warehouse.receive(good)
    sandbox.masonhub.warehouse.receive(bad, {
      lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1, notes: 'torn' }] }],
    })
    for (const argv of [
      ['rma', 'list', '--format', 'ndjson'],
      ['rma', 'show', good],
      ['rma', 'show', '#4711'],
      ['rma', 'resolve', good, bad, '--dry-run'],
      ['rma', 'resolve', '--ready', '--yes', '--wait'],
      ['rma', 'show', bad],
      ['rma', 'history', good],
      ['rma', 'history', bad],
      ['mapping', 'audit'],
      ['mapping', 'audit', '--format', 'csv'],
      ['refunds', 'pause', '--reason', 'because'],
      ['refunds', 'status'],
      ['refunds', 'resume', '--yes'],
      ['journal', 'status'],
      ['journal', 'check'],
      ['merchant', 'list'],
      ['merchant', 'show'],
      ['sandbox', 'status', '--faults'],
      ['version'],
      ['help', 'environment'],
    ]) {
      await inEveryMode(argv)
    }
    assert.equal(sandbox.loop.refundsPaid(good), 1)
    const notes = [...sandbox.loop.returns.values()].flatMap((record) => record.notes.map(({ content }) => content))
    assertNoCanary(notes.join('\n'), 'notes that Loop keeps')
    assertNoCanary(JSON.stringify([...sandbox.masonhub.rmas.all()]), 'RMAs that MasonHub keeps')
    await assertDiskIsClean()
  })

  it('are in nothing that setting a merchant up prints or writes, but for credentials.json (0600)', async () => {
    const flags = ['--environment', 'sandbox', '--slug', 'demo', '--loop-base-url', sandbox.loopBaseUrl]
    const add = ['merchant', 'add', 'acme', ...flags, '--masonhub-base-url', sandbox.masonhubBaseUrl]
    const [added] = await inEveryMode(add)
    assert.equal(added?.exit, 0, added?.stderr)
    await inEveryMode(['merchant', 'add', 'other', ...flags, '--credentials-file', '-', '--no-check'], {
      stdin: JSON.stringify(secrets),
    })
    await inEveryMode(['merchant', 'set', '-m', 'acme', 'masonhub-token', '-'], { stdin: secrets.masonhubToken })
    // Typed where it does not belong: refused, and not repeated (F59).
    await inEveryMode(['merchant', 'set', '-m', 'acme', 'loop-api-key', secrets.loopApiKey])
    await inEveryMode(['merchant', 'add', 'x', `--loop-api-key=${secrets.loopApiKey}`])
    await inEveryMode(['merchant', 'add', 'x', '--token', secrets.masonhubToken])
    await inEveryMode(['merchant', 'add', 'x', '--credentials-file', '-'], {
      stdin: `{"loopApiKey": "${secrets.loopApiKey}`,
    })
    await inEveryMode(['merchant', 'show', 'acme'])
    await inEveryMode(['asn', 'list', '-m', 'acme'])
    const configDir = `${folder()}/config`
    const mended = await readFile(`${configDir}/credentials.json`, 'utf8')
    assert.ok(mended.includes(secrets.loopApiKey), 'the canaries were really there')
    await writeFile(`${configDir}/credentials.json`, mended.slice(0, -40))
    const [malformed] = await inEveryMode(['asn', 'list', '-m', 'acme'])
    assert.equal(malformed?.exit, 2)
    await writeFile(`${configDir}/credentials.json`, mended)
    await inEveryMode(['merchant', 'remove', 'acme', '--yes'])
    await assertDiskIsClean()
  })

  it('are in no failure, of whatever kind', async () => {
    const id = file()
    const { faults } = sandbox.world
    await inEveryMode(['asn', 'sync'], { env: { MHLOOP_JOURNAL: secrets.callbackToken } })
    await inEveryMode(['asn', 'sync', '-m', secrets.callbackToken.slice(0, 3)])
    for (const [fault, value] of [
      ['loop.unauthorized', 1],
      ['loop.missing-scope-returns', 1],
      ['masonhub.unauthorized', 1],
      ['masonhub.forbidden', 1],
      ['masonhub.redirect', 1],
      ['loop.oversized', 1],
    ] as const) {
      const before = faults.get(fault)
      faults.set(fault, value)
      for (const run of await inEveryMode(['rma', 'show', id])) assert.notEqual(run.exit, 0, fault)
      faults.set(fault, before)
    }
    await inEveryMode(['asn', 'sync', id])
    faults.set('loop.drop-next-process-answer', 1)
    sandbox.masonhub.warehouse.receive(id)
    const [doubtful] = await inEveryMode(['rma', 'resolve', id, '--yes'])
    assert.equal(doubtful?.exit, 8, doubtful?.stderr)
    await inEveryMode(['rma', 'show', id])
    await inEveryMode(['rma', 'history', id])
    assert.equal(sandbox.loop.refundsPaid(id), 1)
    await assertDiskIsClean()
  })

  it('are in no fault of our own, whatever was thrown (F58)', async () => {
    for (const value of Object.values(secrets)) secret(value)
    const thrown: [string, () => unknown][] = [
      ['an error with a header', () => Object.assign(new Error(secrets.loopApiKey), { options: { headers: secrets } })],
      ['an error with a cause', () => new Error('x', { cause: new Error(`Bearer ${secrets.masonhubToken}`) })],
      ['a string', () => secrets.callbackToken],
      ['an object', () => ({ ...shopper, toString: () => shopper.email })],
      ['an error named by a canary', () => Object.assign(new Error('x'), { name: secrets.loopApiKey })],
      [
        'an error of the machine',
        () => Object.assign(new Error('x'), { syscall: 'open', code: 'EIO', path: shopper.email }),
      ],
    ]
    for (const [name, make] of thrown) {
      class Broken extends MhloopCommand<typeof Broken> {
        async perform(): Promise<never> {
          throw make()
        }
      }
      for (const words of [[], ['--json'], ['--verbose'], ['--json', '--verbose']]) {
        const run = await runClass(Broken as never, words)
        assert.equal(run.exit, 1)
        // A path is told on purpose: it is the machine's, not a vendor's.
        if (name === 'an error of the machine') continue
        assertNoCanary(run.stdout + run.stderr, `${name} ${words.join(' ')}`)
      }
    }
  })

  it('are in no output, argument list or crash of the built program', async () => {
    file()
    // Whatever asks for the time gets an error that carries every canary: a fault of our own in the middle of a command.
    const crash = await spawned(
      ['asn', 'sync', '--verbose'],
      `Date.prototype.toISOString = () => { throw Object.assign(new Error(${JSON.stringify(forbidden.slice(0, 12).join(' '))}), { headers: process.env }) }`,
    )
    assert.equal(crash.exit, 1)
    assert.match(crash.stderr, /INTERNAL/)
    // Even telling it fails.
    const worst = await spawned(
      ['asn', 'list', '--json'],
      `process.stdout.write = () => { throw new Error(${JSON.stringify(secrets.masonhubToken)}) }`,
    )
    assert.equal(worst.exit, 1)
    const fine = await spawned(['asn', 'sync'])
    assert.equal(fine.exit, 0, fine.stderr)
    assert.ok(process.platform !== 'linux' || fine.commandLine.includes('asn'), 'the argument list was read')
    for (const { stdout, stderr, commandLine } of [crash, worst, fine]) {
      assertNoCanary(stdout + stderr + commandLine, 'the built program')
    }
    await assertDiskIsClean()
  })

  /** Runs the built program, after this line of script if there is one. */
  async function spawned(argv: string[], sabotage?: string) {
    const script = join(scripts(), 'sabotage.mjs')
    await writeFile(script, sabotage ?? '')
    const child = spawn(process.execPath, [program, ...argv], {
      env: {
        ...env,
        ...(sabotage === undefined ? {} : { NODE_OPTIONS: `--import=${script}` }),
        MHLOOP_CONFIG_DIR: `${folder()}/config`,
        MHLOOP_DATA_DIR: `${folder()}/data`,
        XDG_CACHE_HOME: `${folder()}/cache`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const chunks: { stdout: string[]; stderr: string[] } = { stdout: [], stderr: [] }
    child.stdout.setEncoding('utf8').on('data', (text: string) => chunks.stdout.push(text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => chunks.stderr.push(text))
    const commandLine = process.platform === 'linux' ? await readFile(`/proc/${child.pid}/cmdline`, 'latin1') : ''
    const exit = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { exit, commandLine, stdout: chunks.stdout.join(''), stderr: chunks.stderr.join('') }
  }

  it('hostile text from both vendors reaches no terminal, pipe or file raw (F55, F56, F57)', async () => {
    const id = file({
      orderName: `#1${hostile}`,
      outcome: hostile as never,
      units: [
        { sku: 'TEE-BLK-M', title: hostile, reason: hostile, parentReason: hostile, comment: hostile },
        { sku: `EVIL${hostile}`, title: '=1+1', reason: '=1+1', parentReason: '@SUM(A1)' },
      ],
      label: {
        after: 0,
        status: 'in_transit',
        walks: false,
        parcels: [{ trackingNumber: `94001${hostile}` }],
      } as never,
      customer: { email: hostile, firstName: hostile, lastName: hostile },
    })
    const received = file({ returnId: 99904598, units: [{ sku: 'TEE-BLK-M', title: hostile, reason: hostile }] })
    for (const argv of [
      ['asn', 'list'],
      ['asn', 'list', '--format', 'csv'],
      ['asn', 'list', '--format', 'ndjson'],
      ['asn', 'sync', '--dry-run'],
      ['asn', 'sync'],
      ['rma', 'show', id],
    ]) {
      await inEveryMode(argv)
    }
    sandbox.masonhub.warehouse.receive(received, {
      lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: `damaged${hostile}`, quantity: 1, notes: hostile }] }],
      unexpected: [{ sku: `X${hostile}`, disposition: 'available', quantityReceived: 1 }],
      notes: hostile,
    })
    sandbox.masonhub.warehouse.createAtDock({
      packageId: hostile,
      customerIdentifier: hostile,
      lines: [{ sku: hostile, received: [{ disposition: 'available', quantity: 1, notes: hostile }] }],
    })
    for (const argv of [
      ['rma', 'list'],
      ['rma', 'list', '--format', 'csv'],
      ['rma', 'show', received],
      ['rma', 'resolve', received, '--dry-run'],
      ['rma', 'resolve', received, '--yes', '--note', hostile],
      ['rma', 'show', received],
      ['rma', 'history', received],
      ['rma', 'show', `#1${hostile}`],
      ['mapping', 'audit'],
      ['mapping', 'audit', '--format', 'csv'],
      ['mapping', 'audit', '--fix', '--dry-run'],
      ['refunds', 'pause', '--reason', hostile],
      ['refunds', 'status'],
      ['journal', 'status'],
      ['sandbox', 'status'],
    ]) {
      await inEveryMode(argv)
    }
    const csv = await runMhloop('mapping audit --format csv', { env, dataDir: `${folder()}/data` })
    for (const field of csv.stdout.match(/"(?:[^"]|"")*"/g) ?? []) assert.doesNotMatch(field, /^"\s*[=+\-@]/)
  })

  it('a vendor that refuses in hostile words is quoted safely (F55)', async () => {
    const { createServer } = await import('node:http')
    const server = createServer((_request, response) => {
      response.writeHead(422, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ message: hostile, errors: { message: hostile } }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    try {
      for (const run of await inEveryMode(['asn', 'list'], { env: { MHLOOP_LOOP_BASE_URL: `${url}/api/2026-10` } })) {
        assert.equal(run.exit, 6)
      }
      for (const run of await inEveryMode(['rma', 'list'], {
        env: { MHLOOP_MASONHUB_BASE_URL: `${url}/demo/api/v1` },
      })) {
        assert.equal(run.exit, 6)
      }
    } finally {
      server.close()
    }
  })
})
