import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readProfiles, updateProfile } from '../../../src/merchants/profiles/profiles.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import { onKeychain } from '../../keychain.ts'
import { type RunOptions, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { onBench } from '../bench.ts'
import { assertObeysSchema } from '../schemas.ts'

const example = fileURLToPath(new URL('../../../examples/merchants.yaml', import.meta.url))

describe('merchant apply and export', () => {
  const folder = temporaryFolder()
  const bench = onBench()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder() })
  const run = async (argv: string, options: RunOptions = {}) => {
    const result = await runMhloop(argv, { configDir: folder(), dataDir: `${folder()}/data`, ...options })
    assert.doesNotMatch(result.stdout + result.stderr, /canary/, 'a secret was printed (F58)')
    return result
  }
  const apply = (stdin: string, more = '', options: RunOptions = {}) =>
    run(`merchant apply -f - ${more}`, { stdin, ...options })
  const profiles = async () => (await readProfiles(env())).merchants
  const file = (merchants: Record<string, string>) =>
    `merchants:\n${Object.entries(merchants)
      .map(([name, more]) => `  ${name}: { environment: sandbox, slug: demo, ${more} }`)
      .join('\n')}\n`
  const references = 'secrets: { loop-api-key: "env:ACME_KEY", masonhub-token: "env:ACME_TOKEN" }'

  /** Environment variables with new keys that the sandbox accepts, and with the base URLs. */
  function account() {
    const { sandbox } = bench()
    const { MHLOOP_LOOP_API_KEY: ACME_KEY = '', MHLOOP_MASONHUB_TOKEN: ACME_TOKEN = '' } = bench().freshKeys()
    const where = `loop-base-url: "${sandbox.loopBaseUrl}", masonhub-base-url: "${sandbox.masonhubBaseUrl}", ${references}`
    return { where, env: { ACME_KEY, ACME_TOKEN } }
  }

  it('the example sets three merchants of the sandbox up, and a second time changes nothing', async () => {
    const { sandbox } = bench()
    const { loopApiKey, masonhubToken } = sandbox.world.installed
    const text = (await readFile(example, 'utf8'))
      .replaceAll('http://127.0.0.1:4010/api/2026-10', sandbox.loopBaseUrl)
      .replaceAll('http://127.0.0.1:4010/demo/api/v1', sandbox.masonhubBaseUrl)
    const variables = { SANDBOX_LOOP_API_KEY: loopApiKey, SANDBOX_MASONHUB_TOKEN: masonhubToken }
    const first = await apply(text, '--json', { env: variables })
    assert.equal(first.exit, 0, first.stdout)
    assertObeysSchema(first.json())
    assert.deepEqual([first.json().data.added, first.json().data.checked], [3, true])
    const second = await apply(text, '--json', { env: variables })
    assert.deepEqual([second.exit, second.json().data.unchanged, second.json().data.checked], [0, 3, false])
    assert.match((await apply(text)).stdout, /^No changes: 3 merchants are as the file says\.$/m)
    const list = await run('asn list -m northwind --json', { env: variables })
    assert.equal(list.exit, 0, list.stderr)
    const printed = await run('merchant export northwind')
    assert.match(printed.stdout, /loop-api-key: "env:SANDBOX_LOOP_API_KEY"/)
  })

  it('exports hundreds of destinations whole: the file can be applied', async () => {
    const ids = Array.from({ length: 400 }, (_, index) => 10_000_000 + index)
    await apply(file({ acme: `destinations: [${ids.join(', ')}]` }), '--no-check')
    const { exit, stdout } = await run('merchant export')
    assert.equal(exit, 0)
    assert.doesNotMatch(stdout, /…/)
    const again = await apply(stdout, '--json')
    assert.deepEqual([again.exit, again.json().data.unchanged], [0, 1], again.stdout)
  })

  it('says that the vendors accept credentials only after it asked them', async () => {
    await apply(file({ acme: references }), '--no-check')
    const { exit, json, stdout } = await apply(file({ acme: `pull-every: 7m, ${references}` }), '--json')
    assert.deepEqual([exit, json().data.changed, json().data.checked], [0, 1, false])
    assert.doesNotMatch(stdout, /accept the credentials/)
    assert.doesNotMatch((await apply(file({ acme: `pull-every: 9m, ${references}` }))).stdout, /accept the credentials/)
  })

  it('shows the difference setting by setting, old and new, and stores nothing with --dry-run', async () => {
    await apply(file({ acme: 'refunds-per-hour: 20', other: 'cutoff: 2026-10-01' }), '--no-check')
    const before = await readFile(join(folder(), 'profiles.json'), 'utf8')
    const desired = file({
      acme: 'refunds: on, reasons: [{ reason: Too small, code: tooSmall }]',
      fresh: 'slug: x',
    }).replace('slug: demo, slug: x', 'slug: x')
    const dry = await apply(desired, '--no-check --prune --dry-run')
    assert.match(dry.stdout, /^~ acme · sandbox · changed$/m)
    assert.match(dry.stdout, /^ +refunds +off → on$/m)
    assert.match(dry.stdout, /^ +refunds-per-hour +20 → 60$/m)
    assert.match(dry.stdout, /^ +reasons +Too small: nothing → tooSmall$/m)
    assert.match(dry.stdout, /^\+ fresh · sandbox · added$/m)
    assert.match(dry.stdout, /^- other · sandbox · removed$/m)
    assert.match(dry.stdout, /1 added, 1 changed, 1 removed\. Nothing was stored/)
    assert.equal(await readFile(join(folder(), 'profiles.json'), 'utf8'), before)
    const stored = await apply(desired, '--no-check --yes')
    assert.match(stored.stdout, /Not in the file, and left unchanged: other\./)
    assert.deepEqual(Object.keys(await profiles()).sort(), ['acme', 'fresh', 'other'])
  })

  it('--dry-run follows no reference, runs no command and asks nobody; --check does (G8)', async () => {
    const { sandbox } = bench()
    const ran = join(folder(), 'ran')
    const hosts = `loop-base-url: "${sandbox.loopBaseUrl}", masonhub-base-url: "${sandbox.masonhubBaseUrl}"`
    const secrets = `{ loop-api-key: "command:touch ${ran}", masonhub-token: "env:NOT_THERE" }`
    const desired = file({ acme: `${hosts}, secrets: ${secrets}` })
    const before = { ...sandbox.requestCounts }
    const dry = await apply(desired, '--dry-run --json')
    assert.deepEqual([dry.exit, dry.json().data.added, dry.json().data.checked], [0, 1, false])
    assert.equal(existsSync(ran), false, 'a command of the file ran')
    assert.deepEqual({ ...sandbox.requestCounts }, before)
    const checked = await apply(desired, '--dry-run --check --allow-command')
    assert.equal(checked.exit, 4)
    assert.equal(existsSync(ran), true)
    assert.equal((await apply(desired, '--check')).exit, 2, 'only beside --dry-run: applying checks anyway')
    assert.deepEqual(await profiles(), {})
  })

  it('runs and stores no program that a file brings, unless the operator or the machine allows it (G8)', async () => {
    const ran = join(folder(), 'ran')
    const { where, env: variables } = account()
    const touching = where.replace('env:ACME_KEY', `command:touch ${ran}`)
    const options = { env: variables }
    for (const more of ['', '--no-check', '--yes', '--dry-run --check', '--no-check --yes --prune']) {
      const refused = await apply(file({ acme: touching, other: where }), `${more} --json`, options)
      assert.deepEqual([refused.exit, refused.json().error.code], [6, 'COMMAND_NOT_ALLOWED'], more)
      assert.match(refused.json().error.message, /^acme gets its loop-api-key from a program: command:touch /)
      assert.match(refused.json().error.hint ?? '', /mhloop merchant apply -f - .*--allow-command$/)
    }
    const dry = await apply(file({ acme: touching }), '--dry-run --json', options)
    assert.equal(dry.exit, 0)
    assert.match(
      dry.json().warnings[0] ?? '',
      /acme gets its loop-api-key .* mhloop merchant apply -f - .*--allow-command/,
    )
    assert.deepEqual([existsSync(ran), await profiles()], [false, {}])
    const machine = { env: { ...variables, MHLOOP_ALLOW_COMMAND: '1' } }
    assert.equal((await apply(file({ acme: touching }), '--no-check', machine)).exit, 0)
    assert.equal((await apply(file({ acme: touching }), '--no-check')).exit, 0, 'as stored')
    assert.equal((await apply(file({ acme: `${touching}, cutoff: 2026-10-01` }), '--no-check')).exit, 0, 'as stored')
    const other = touching.replace('command:touch', 'command:rm')
    assert.equal((await apply(file({ acme: other }), '--no-check')).exit, 6, 'another program')
    const moved = file({ acme: touching.replace('env:ACME_TOKEN', `command:touch ${ran}`) })
    assert.equal((await apply(moved, '--no-check')).exit, 6, 'for another secret')
    assert.equal((await apply(moved, '--no-check --allow-command')).exit, 0)
    assert.equal(existsSync(ran), false)
  })

  it('sends no secret to a host that only the file names, unless the operator names it, too (G8)', async () => {
    const { where, env: variables } = account()
    const options = { env: variables }
    assert.equal((await apply(file({ acme: where }), '', options)).exit, 0)
    const before = { ...bench().sandbox.requestCounts }
    const strange = where.replaceAll(/http:..[^/]+/g, 'https://mocks.example.com:8443')
    const fresh = file({ acme: where, fresh: strange })
    for (const more of ['', '--yes', '--no-check --yes', '--dry-run --check', '--allow-host mocks.example.com']) {
      const refused = await apply(fresh, `${more} --json`, options)
      assert.deepEqual([refused.exit, refused.json().error.code], [6, 'HOST_NOT_ALLOWED'], more)
      assert.match(
        refused.json().error.message,
        /^fresh would send its loop-api-key to mocks\.example\.com:8443, which is not a known host of Loop\. fresh would send its masonhub-token /,
      )
      assert.ok(refused.json().error.hint?.endsWith(' --allow-host mocks.example.com:8443'))
    }
    const dry = await apply(fresh, '--dry-run --json', options)
    assert.equal(dry.exit, 0)
    assert.match(dry.json().warnings[0] ?? '', /its masonhub-token to mocks.* --allow-host mocks\.example\.com:8443$/)
    assert.deepEqual({ ...bench().sandbox.requestCounts }, before, 'nobody was asked')
    assert.equal((await apply(fresh, '--no-check --allow-host mocks.example.com:8443', options)).exit, 0)
    assert.equal((await apply(fresh, '--no-check', options)).exit, 0, 'as stored')
  })

  it('reports all problems with file, line and column, and exits 2', async () => {
    const path = join(folder(), 'merchants.yaml')
    await writeFile(
      path,
      'merchants:\n  acme:\n    environment: sandbx\n    slg: demo\n    secrets: { loop-api-key: a-canary }\n',
    )
    const output = await run(`merchant apply -f ${path}`)
    assert.equal(output.exit, 2)
    assert.deepEqual(
      output.stderr.split('\n').flatMap((line) => line.match(/merchants\.yaml:\d+:\d+/g) ?? []),
      ['merchants.yaml:2:3', 'merchants.yaml:3:18', 'merchants.yaml:4:5', 'merchants.yaml:5:30'],
    )
    assert.match(output.stderr, /has 4 problems\. Nothing was changed/)
    const { error } = (await run(`merchant apply -f ${path} --json`)).json()
    assert.equal(error.code, 'MERCHANTS_FILE_WRONG')
    assert.match(error.message, /4:5 Unknown key "slg"\. Did you mean "slug"\?/)
    assert.equal((await run('merchant apply -f /no/such/file')).exit, 2)
    assert.equal((await run('merchant apply')).exit, 2)
  })

  it('stores nothing when one of several merchants is refused, and reports what is wrong with each', async () => {
    const good = account()
    const bad = good.where.replace('env:ACME_TOKEN', 'env:BAD_TOKEN')
    const unset = good.where.replace('env:ACME_KEY', 'env:NOWHERE')
    const without = good.where.replace('loop-api-key: "env:ACME_KEY", ', '')
    const torn = good.where.replace('env:ACME_KEY', 'env:TORN')
    const desired = file({ a: good.where, b: bad, c: unset, d: without, e: torn })
    const refused = await apply(desired, '--json', {
      env: { ...good.env, BAD_TOKEN: 'not-a-token-of-theirs', TORN: 'two canary words' },
    })
    assert.equal(refused.exit, 4)
    const { message } = refused.json().error
    assert.match(message, /b: .*MasonHub/)
    assert.match(message, /c: .*the environment variable NOWHERE is not set/)
    assert.match(message, /d: There is no Loop API key/)
    assert.match(message, /e: The Loop API key can't be used\. .*copied completely/)
    assert.doesNotMatch(message, /\ba: |null/)
    assert.deepEqual(await profiles(), {})
    const unchecked = await apply(desired, '--no-check --json')
    assert.deepEqual([unchecked.exit, unchecked.json().data.added, unchecked.json().data.checked], [0, 5, false])
    assert.match(unchecked.json().warnings[0] ?? '', /not checked/)
  })

  it('asks before it opens the refunds of a production merchant, loosens them, or removes one (F66)', async () => {
    const live = (more: string) => file({ live: more }).replace('sandbox', 'production')
    const off = live('refunds: off')
    const on = live('refunds: on')
    assert.equal((await apply(off, '--no-check')).exit, 0, 'no money, no question')
    const script = await apply(on, '--no-check')
    assert.deepEqual([script.exit, (await profiles()).live?.policy?.refunds], [9, false])
    const ask = async (text: string, answers: string[], more = '--no-check') => {
      const path = join(folder(), 'live.yaml')
      await writeFile(path, text)
      return await run(`merchant apply -f ${path} ${more}`, { tty: true, answers })
    }
    const wrong = await ask(on, ['yes'])
    assert.equal(wrong.exit, 9)
    assert.match(wrong.stderr, /refunds +off → on/, 'the difference is seen before the question')
    assert.equal((await ask(on, ['live'])).exit, 0)
    const looser = live('refunds: on, refunds-per-hour: 500')
    assert.equal((await apply(looser, '--no-check')).exit, 9)
    assert.equal((await apply(looser, '--no-check --dry-run')).exit, 0)
    assert.equal((await ask(looser, ['live'])).exit, 0)
    assert.equal((await apply(off, '--no-check')).exit, 0, 'closing asks nobody')
    const none = 'merchants: {}\n'
    assert.equal((await apply(none, '--prune')).exit, 9)
    assert.equal((await ask(none, ['x'], '--prune')).exit, 9)
    assert.equal((await ask(none, ['live'], '--prune')).exit, 0)
    assert.deepEqual(await profiles(), {})
    assert.equal((await apply(on, '--no-check --yes')).exit, 0)
  })

  it('removes what it prunes with its secrets, and makes none of several merchants current', async () => {
    await apply(file({ acme: '' }).replace(', }', ' }'), '--no-check')
    assert.equal((await readProfiles(env())).current, 'acme', 'one alone is the one')
    await fileCredentialStore(env()).write('acme', { loopApiKey: secret('pruned-canary') }, new Date())
    const two = file({ one: 'refunds: off', two: 'refunds: off' })
    assert.equal((await apply(two, '--no-check --prune')).exit, 9)
    assert.equal((await apply(two, '--no-check --prune --yes')).exit, 0)
    assert.equal((await readProfiles(env())).current, null)
    assert.doesNotMatch(await readFile(join(folder(), 'credentials.json'), 'utf8'), /canary/)
  })

  it('refuses to overwrite what another process changed meanwhile', async () => {
    const { prepareApply, applyPlans } = await import('../../../src/usecases/merchants/apply-merchants.ts')
    const { readMerchantsFile } = await import('../../../src/merchants/apply/merchants-file.ts')
    await apply(file({ acme: 'refunds: off' }), '--no-check')
    const { merchants } = readMerchantsFile(file({ acme: 'refunds: off, cutoff: 2026-10-01' }))
    const plan = await prepareApply({ env: env(), declared: merchants, prune: false, store: null, now: new Date() })
    await updateProfile(env(), 'acme', new Date(), (profile) => ({ ...profile, policy: { refunds: true } }))
    await assert.rejects(applyPlans(env(), plan), /changed by another process in the meantime/)
    assert.equal((await profiles()).acme?.policy?.refunds, true)
  })

  describe('and where secrets are kept', () => {
    const keychain = onKeychain()

    it('a reference takes the place of a kept secret; what is not named stays; another store takes what is kept', async () => {
      const { where, env: variables } = account()
      await apply(file({ acme: where.replace(references, 'store: file') }), '--no-check')
      const stored = { loopApiKey: secret('kept-canary-1'), callbackToken: secret('kept-canary-2') }
      await fileCredentialStore(env()).write('acme', stored, new Date('2026-10-01T00:00:00Z'))
      const moved = await apply(file({ acme: `${where}, store: keychain` }), '--json', { env: variables })
      assert.equal(moved.exit, 0, moved.stdout)
      assert.deepEqual(moved.json().data.merchants[0].changes, [
        { key: 'store', before: 'file', after: 'keychain' },
        { key: 'loop-api-key', before: null, after: 'env:ACME_KEY' },
        { key: 'masonhub-token', before: null, after: 'env:ACME_TOKEN' },
      ])
      assert.deepEqual([...keychain().entries.keys()], ['mhloop/acme/callback-token'])
      assert.doesNotMatch(await readFile(join(folder(), 'credentials.json'), 'utf8'), /canary/)
      const { stdout } = await run('merchant export')
      assert.match(stdout, /^ {4}# callback-token: stored in the keychain since 2026-10-01$/m)
      const again = await apply(stdout, '--json', { env: variables })
      assert.deepEqual([again.exit, again.json().data.unchanged], [0, 1])
    })
    it('a new merchant gets the store that it asks for, else the one of this machine', async () => {
      const unsaid = { env: { MHLOOP_CREDENTIAL_STORE: '' } }
      await apply(file({ a: 'store: file', b: 'refunds: off' }), '--no-check', unsaid)
      await apply(file({ c: 'refunds: off' }), '--no-check --store file', unsaid)
      const stores = Object.entries(await profiles()).map(([name, { store }]) => `${name} ${store}`)
      assert.deepEqual(stores.sort(), ['a file', 'b keychain', 'c file'])
    })
  })

  it('without a keychain nothing is stored that would need one (F61)', async () => {
    const unsaid = { env: { MHLOOP_CREDENTIAL_STORE: '' } }
    const refused = await apply(file({ a: 'store: file', b: 'refunds: off' }), '--no-check --json', unsaid)
    assert.deepEqual([refused.exit, refused.json().error.code], [4, 'KEYCHAIN_UNAVAILABLE'])
    assert.deepEqual(await profiles(), {})
    assert.equal((await apply(file({ a: 'store: file' }), '--no-check', unsaid)).exit, 0)
  })

  it('no command gets the variables that another merchant of the same file reads (F59)', async () => {
    const { where, env } = account()
    const marker = join(folder(), 'witness')
    const script = `require("node:fs").writeFileSync("${marker}", JSON.stringify(process.env)); process.exit(1)`
    const spy = `secrets: { loop-api-key: "command:'${process.execPath}' -e '${script.replaceAll('"', '\\"')}'", masonhub-token: "env:SPY_TOKEN" }`
    const refused = await apply(file({ acme: where, spy }), '--store file --allow-command', {
      env: { ...env, SPY_TOKEN: 'spy-token' },
    })
    assert.equal(refused.exit, 4, refused.stderr)
    const seen = JSON.parse(await readFile(marker, 'utf8'))
    assert.ok('MHLOOP_CONFIG_DIR' in seen === false && 'ACME_KEY' in seen === false && 'SPY_TOKEN' in seen === false)
  })

  it('export writes those that are named, and nothing to forget', async () => {
    await apply(file({ one: 'refunds: off', two: 'cutoff: 2026-10-01' }), '--no-check')
    const { json } = await run('merchant export two --json')
    assertObeysSchema(json())
    assert.deepEqual(json().data.merchants, ['two'])
    assert.match(json().data.yaml, /^ {2}two:$/m)
    assert.doesNotMatch(json().data.yaml, /^ {2}one:$/m)
    assert.equal((await run('merchant export tow')).exit, 5)
  })
})
