/**
 * The security rows about secrets, tested from the outside: F59 no secret by flag, F60 the phrase during rotation, F61
 * no keychain.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileCredentialStore } from '../../src/merchants/stores/file-store.ts'
import { onBench } from '../commands/bench.ts'
import { configOfSource, runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

describe('a secret given by flag (F59)', () => {
  it('is refused by every command with why, and repeated by none', async () => {
    const { commands } = await configOfSource()
    for (const { id } of commands) {
      for (const flag of [['--api-key=flag-canary-1'], ['--masonhub-token', 'flag-canary-2']]) {
        const { exit, stdout, stderr } = await runMhloop([...id.split(':'), ...flag])
        assert.equal(exit, 2, `${id}: ${stderr}`)
        assert.match(stderr, /Secrets are never given as flags/, id)
        assert.doesNotMatch(stdout + stderr, /canary/, id)
      }
    }
  })
  it('is refused before any command, too', async () => {
    for (const argv of [
      ['--api-key=flag-canary-1', 'asn', 'list'],
      ['--token', 'flag-canary-2'],
      ['-token=flag-canary-3'],
    ]) {
      const { exit, stdout, stderr } = await runMhloop(argv)
      assert.equal(exit, 2)
      assert.match(stderr, /Secrets are never given as flags/)
      assert.doesNotMatch(stdout + stderr, /canary/)
    }
  })
})

describe('the phrase of a MasonHub token (F60)', () => {
  const folder = temporaryFolder()
  const bench = onBench()

  it('is in nothing that a rotation prints or writes, however it ends, but for the credentials', async () => {
    const { sandbox } = bench()
    const secrets: string[] = []
    const { tokens } = sandbox.masonhub
    const mint = tokens.mint.bind(tokens)
    tokens.mint = (phrase) => {
      const token = mint(phrase)
      secrets.push(phrase, token, token.split('.')[1] ?? '')
      return token
    }
    const env = {
      MHLOOP_LOOP_API_KEY: sandbox.world.installed.loopApiKey,
      MHLOOP_MASONHUB_TOKEN: tokens.mint('the-first-phrase-of-this-account'),
    }
    const said: string[] = []
    const run = async (argv: string) => {
      const ran = await runMhloop(argv, { configDir: `${folder()}/config`, dataDir: `${folder()}/data`, env })
      said.push(ran.stdout, ran.stderr)
      return ran
    }
    const where = `--loop-base-url ${sandbox.loopBaseUrl} --masonhub-base-url ${sandbox.masonhubBaseUrl}`
    await run(`merchant add acme --environment sandbox --slug demo --no-check ${where}`)
    const rotate = 'merchant rotate masonhub -m acme --yes --verbose'
    const { faults } = sandbox.world
    const exits: number[] = []
    for (const fault of [
      'drop-answer-secrets',
      'drop-request-secrets',
      'html',
      'truncated',
      'error-500-after-work',
    ] as const) {
      faults.set(`masonhub.${fault}`, 1)
      for (const more of ['', ' --json']) exits.push((await run(rotate + more)).exit)
      faults.set(`masonhub.${fault}`, 0)
    }
    assert.ok(
      exits.every((exit) => exit !== 0),
      exits.join(),
    )
    assert.equal((await run(rotate)).exit, 0)
    assert.equal((await run('asn list -m acme')).exit, 0)
    const { masonhubToken } = await fileCredentialStore({ MHLOOP_CONFIG_DIR: `${folder()}/config` }).read('acme')
    assert.ok(secrets.includes(masonhubToken?.value.reveal() ?? '-'), 'the secrets are those that were really used')
    const works = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(`${sandbox.masonhubBaseUrl}/inventory_locations`, { headers })).status === 200
    }
    const minted = secrets.filter((one) => one.split('.').length === 3)
    const working = (await Promise.all(minted.map(works))).filter(Boolean)
    assert.equal(working.length, 1, `of ${minted.length} tokens one works: none is orphaned`)
    const files = await readdir(folder(), { recursive: true, withFileTypes: true })
    for (const { parentPath, name } of files.filter((entry) => entry.isFile() && entry.name !== 'credentials.json')) {
      said.push(await readFile(join(parentPath, name), 'latin1'))
    }
    const leaked = secrets.filter((one) => said.some((text) => text.includes(one)))
    assert.equal(leaked.length, 0, 'a phrase or a token was printed or written')
  })
})

describe('the built program on a machine without a keychain (F61)', () => {
  const folder = temporaryFolder()
  it('says so, and how to go on, and stores nothing', async function () {
    if (process.platform !== 'linux') {
      process.stderr.write('skipped: only on Linux a keychain can be taken away from one process\n')
      this.skip()
    }
    const child = spawn(
      process.execPath,
      [program, 'merchant', 'add', 'acme', '--environment', 'sandbox', '--slug', 'demo', '--no-check'],
      {
        env: {
          MHLOOP_CONFIG_DIR: `${folder()}/config`,
          XDG_CACHE_HOME: `${folder()}/cache`,
          MHLOOP_LOOP_API_KEY: 'keychain-canary-1',
          MHLOOP_MASONHUB_TOKEN: 'keychain-canary-2',
          DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    const [exit] = await once(child, 'close')
    assert.equal(exit, 4, said)
    // The helper process for the keychain is part of the build.
    assert.match(said, /no Secret Service .* answers in this session.*--store file/s)
    assert.doesNotMatch(said, /canary/)
    assert.deepEqual(await readdir(folder()), ['cache'])
  })
})
