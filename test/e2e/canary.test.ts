/**
 * Canaries: every command runs, with success and with every failure; afterwards nothing that was printed or written
 * contains a secret or a shopper's data (F58, F60, F64).
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MhloopCommand } from '../../src/cli/command/base-command.ts'
import { secret } from '../../src/merchants/secrets/secret.ts'
import { runClass } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { assertNoCanary, comment, forbidden, onWatch, secrets, shopper } from './canaries.ts'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

describe('canaries', () => {
  const watch = onWatch()
  const scripts = temporaryFolder()

  /** Searches all files but the one for secrets, and the databases with their logs, as bytes. */
  async function assertDiskIsClean(): Promise<void> {
    const files = (await readdir(watch().folder, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    )
    const names = files.map(({ name }) => name)
    assert.ok(names.includes('journal.db'), names.join())
    for (const { parentPath, name } of files) {
      if (name === 'credentials.json') continue
      assertNoCanary(await readFile(join(parentPath, name), 'latin1'), name)
    }
  }

  it('are in nothing that a working day prints or writes', async () => {
    const { sandbox, inEveryMode, file } = watch()
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
      ['doctor'],
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
    const { sandbox, inEveryMode } = watch()
    const flags = ['--environment', 'sandbox', '--slug', 'demo', '--loop-base-url', sandbox.loopBaseUrl]
    const add = ['merchant', 'add', 'acme', ...flags, '--masonhub-base-url', sandbox.masonhubBaseUrl]
    const [added] = await inEveryMode(add)
    assert.equal(added?.exit, 0, added?.stderr)
    await inEveryMode(['merchant', 'add', 'other', ...flags, '--credentials-file', '-', '--no-check'], {
      stdin: JSON.stringify(secrets),
    })
    await inEveryMode(['merchant', 'set', '-m', 'acme', 'masonhub-token', '-'], { stdin: secrets.masonhubToken })
    // A secret in the wrong place is refused and not repeated (F59).
    for (const argv of [
      ['set', '-m', 'acme', 'loop-api-key', secrets.loopApiKey],
      ['add', 'x', `--loop-api-key=${secrets.loopApiKey}`],
      ['add', 'x', '--token', secrets.masonhubToken],
    ]) {
      for (const { exit } of await inEveryMode(['merchant', ...argv])) assert.equal(exit, 2)
    }
    await inEveryMode(['merchant', 'add', 'x', '--credentials-file', '-'], {
      stdin: `{"loopApiKey": "${secrets.loopApiKey}`,
    })
    for (const argv of [
      ['merchant', 'show', 'acme'],
      ['asn', 'list', '-m', 'acme'],
      ['merchant', 'connect', '-m', 'acme', '--url', 'https://returns.example.com', '--yes'],
      ['doctor', '--all-merchants', '--junit', `${watch().folder}/doctor.xml`],
      // Their bodies and answers contain the phrase in plain text (F60).
      ['merchant', 'rotate', 'masonhub', '-m', 'acme', '--yes'],
      ['merchant', 'rotate', 'callback', '-m', 'acme', '--yes'],
      ['merchant', 'show', 'acme'],
    ])
      await inEveryMode(argv)
    const configDir = `${watch().folder}/config`
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
    const { sandbox, inEveryMode, file } = watch()
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
    for (const verb of ['show', 'history']) await inEveryMode(['rma', verb, id])
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
        // A path is printed on purpose: it is this machine's, not a vendor's.
        if (name === 'an error of the machine') continue
        assertNoCanary(run.stdout + run.stderr, `${name} ${words.join(' ')}`)
      }
    }
  })

  it('are in no output, argument list or crash of the built program', async () => {
    const { file } = watch()
    file()
    // Every request for the time fails with an error that contains every canary: an internal error in the middle of a
    // command.
    const crash = await spawned(
      ['asn', 'sync', '--verbose'],
      `Date.prototype.toISOString = () => { throw Object.assign(new Error(${JSON.stringify(forbidden.slice(0, 12).join(' '))}), { headers: process.env }) }`,
    )
    assert.equal(crash.exit, 1)
    assert.match(crash.stderr, /INTERNAL/)
    // Even reporting the error fails.
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

  /** Runs the built program, after this line of JavaScript if one is given. */
  async function spawned(argv: string[], sabotage?: string) {
    const script = join(scripts(), 'sabotage.mjs')
    await writeFile(script, sabotage ?? '')
    const child = spawn(process.execPath, [program, ...argv], {
      env: {
        ...watch().env,
        ...(sabotage === undefined ? {} : { NODE_OPTIONS: `--import=${script}` }),
        MHLOOP_CONFIG_DIR: `${watch().folder}/config`,
        MHLOOP_DATA_DIR: `${watch().folder}/data`,
        XDG_CACHE_HOME: `${watch().folder}/cache`,
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
})
