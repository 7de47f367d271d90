import assert from 'node:assert/strict'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import { type RunOptions, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const keys = { MHLOOP_LOOP_API_KEY: 'loop-canary-11111', MHLOOP_MASONHUB_TOKEN: 'masonhub-canary-22222' }
const addAcme = 'merchant add acme --environment sandbox --slug demo --no-check'
const addLive = 'merchant add live.shop --environment production --slug demo --no-check'

describe('merchant commands', () => {
  const folder = temporaryFolder()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder() })
  const run = async (argv: string | string[], options: RunOptions = {}) => {
    const result = await runMhloop(argv, { configDir: folder(), ...options })
    assert.doesNotMatch(result.stdout + result.stderr, /canary/, 'a secret was printed (F58)')
    return result
  }
  const secretsOf = (name: string) => fileCredentialStore(env()).read(name)

  describe('add', () => {
    it('stores profile and secrets apart, and makes the first merchant the current one', async () => {
      const { exit, json } = await run(`${addAcme} --destinations 4711,4712 --cutoff 2026-10-01 --json`, { env: keys })
      const { data, schema, merchant } = json()
      assert.deepEqual(
        [exit, schema, merchant, data.current, data.checked],
        [0, 'mhloop/merchant.add@1', 'acme', true, false],
      )
      assert.deepEqual(data.settings.destinations, { value: ['4711', '4712'], origin: 'profile' })
      assert.deepEqual(data.settings.refunds, { value: false, origin: 'default' })
      assert.equal(data.secrets.loopApiKey.place, join(folder(), 'credentials.json'))
      assert.equal((await secretsOf('acme')).loopApiKey?.value.reveal(), keys.MHLOOP_LOOP_API_KEY)
      assert.doesNotMatch(await readFile(join(folder(), 'profiles.json'), 'utf8'), /canary/)
    })
    it('takes secrets as JSON from standard input', async () => {
      const stdin = JSON.stringify({
        loopApiKey: 'stdin-canary-1',
        masonhubToken: 'stdin-canary-2',
        loopWebhookSecret: 'stdin-canary-3',
        callbackToken: 'stdin-canary-4',
      })
      assert.equal((await run(`${addAcme} --credentials-file -`, { stdin })).exit, 0)
      assert.equal((await secretsOf('acme')).callbackToken?.value.reveal(), 'stdin-canary-4')
    })
    it('names everything missing at once without one, exit 2', async () => {
      const { exit, json } = await run('merchant add --json')
      assert.equal(exit, 2)
      for (const name of ['NAME', '--environment', '--slug', 'MHLOOP_LOOP_API_KEY', 'MHLOOP_MASONHUB_TOKEN']) {
        assert.ok(json().error.message.includes(name), name)
      }
      assert.deepEqual(await readdir(folder()), [])
    })
    it('has no flag for a secret, and repeats none that is tried (F59)', async () => {
      for (const flag of ['--api-key=canary-5', '--loop-api-key=canary-5', '--token', '--masonhub-token']) {
        const { exit, stderr } = await run([...addAcme.split(' '), flag, 'canary-6'], { env: keys })
        assert.equal(exit, 2)
        assert.match(stderr, /Secrets are never given as flags/)
      }
      assert.deepEqual(await readdir(folder()), [])
    })
    it('refuses a second merchant of the same name, and leaves the first alone', async () => {
      await run(addAcme, { env: keys })
      const { exit, json } = await run(`${addAcme} --json`, { env: { ...keys, MHLOOP_LOOP_API_KEY: 'other-canary' } })
      assert.deepEqual([exit, json().error.code], [2, 'MERCHANT_EXISTS'])
      assert.equal((await secretsOf('acme')).loopApiKey?.value.reveal(), keys.MHLOOP_LOOP_API_KEY)
    })
    it('refuses wrong values before it asks for anything', async () => {
      const cases: [string, RegExp][] = [
        ['merchant add Acme', /lower-case letters/],
        ['merchant add env', /environment variables/],
        [`${addAcme} --refunds maybe`, /on or off/],
        [`${addAcme} --masonhub-base-url http://masonhub.example/x`, /https/],
        [`${addAcme} --masonhub-base-url https://app.masonhub.co/demo/api/v1`, /production/],
      ]
      for (const [argv, message] of cases) {
        const { exit, stderr } = await run(argv, { env: keys })
        assert.equal(exit, 2, argv)
        assert.match(stderr, message)
      }
      assert.deepEqual(await readdir(folder()), [])
    })
    it('lets refunds of a production merchant out only when its name is typed (F66)', async () => {
      const argv = `${addLive} --refunds on`
      assert.equal((await run(argv, { env: keys })).exit, 9)
      assert.equal((await run(argv, { env: keys, tty: true, answers: ['yes'] })).exit, 9)
      assert.deepEqual(await readdir(folder()), [])
      assert.equal((await run(argv, { env: keys, tty: true, answers: ['live.shop'] })).exit, 0)
    })
  })

  describe('list, show and use', () => {
    beforeEach(async () => {
      await run(addAcme, { env: keys })
      await run(addLive, { env: keys })
    })
    it('list every merchant, with the current one and what is missing', async () => {
      await fileCredentialStore(env()).remove('live.shop')
      const { data } = (await run('merchant list --json')).json()
      assert.deepEqual(
        data.merchants.map(({ name, current, missing }: Record<string, unknown>) => [name, current, missing]),
        [
          ['acme', true, []],
          ['live.shop', false, ['loopApiKey', 'masonhubToken']],
        ],
      )
      assert.equal(
        (await run('merchant list')).stdout.split('\n')[0],
        'name\tenvironment\tslug\trefunds\tcredentials\tcurrent',
      )
    })
    it('list the merchant of the environment first, as the one that commands work for', async () => {
      const { data } = (await run('merchant list --json', { env: { ...keys, MHLOOP_MASONHUB_SLUG: 'x' } })).json()
      assert.deepEqual(
        data.merchants.map(({ name, current }: Record<string, unknown>) => [name, current]),
        [
          ['env', true],
          ['acme', false],
          ['live.shop', false],
        ],
      )
    })
    it('show every setting with its origin, and of secrets only that they are there', async () => {
      const { stdout } = await run('merchant show')
      assert.match(stdout, /^slug +demo$/m)
      assert.match(stdout, /^refunds +off \(default\)$/m)
      assert.match(stdout, /^loop-api-key +present/m)
      assert.match(stdout, /^callback-token +absent$/m)
      const printed = (await run('merchant show --json', { env: { ...keys, MHLOOP_MASONHUB_SLUG: 'x' } })).json()
      assert.deepEqual([printed.merchant, printed.data.settings.slug], ['env', { value: 'x', origin: 'env' }])
      assert.equal(printed.data.secrets.loopApiKey.place, 'environment')
    })
    it('choose another, also one with a dot in its name', async () => {
      const { data } = (await run('merchant use live.shop --json')).json()
      assert.deepEqual(data, { name: 'live.shop', environment: 'production', previous: 'acme' })
      assert.equal((await run('merchant show --json')).json().merchant, 'live.shop')
    })
    it('say which one was meant, exit 5', async () => {
      for (const verb of ['show', 'use', 'remove']) {
        const { exit, stderr } = await run(`merchant ${verb} amce`)
        assert.equal(exit, 5)
        assert.match(stderr, /Did you mean "acme"/)
      }
    })
    it('refuse loose and malformed files with exit 2, the same under --json', async () => {
      await chmod(join(folder(), 'credentials.json'), 0o644)
      const loose = await run('merchant list --json')
      assert.deepEqual([loose.exit, loose.json().error.code], [2, 'CONFIG_UNSAFE'])
      assert.match(loose.json().error.hint ?? '', /^chmod 600 /)
      await writeFile(join(folder(), 'profiles.json'), '{')
      const malformed = await run('merchant list --json')
      assert.deepEqual([malformed.exit, malformed.json().error.code], [2, 'CONFIG_MALFORMED'])
    })
  })

  describe('set', () => {
    beforeEach(() => run(addAcme, { env: keys }))
    it('changes several settings at once, and shows before and after', async () => {
      const { data } = (
        await run('merchant set refunds-per-hour 20 refunds-per-day 20 cutoff 2026-10-01 --json')
      ).json()
      assert.deepEqual(data.changed, [
        { key: 'refundsPerHour', before: 60, after: 20 },
        { key: 'refundsPerDay', before: 500, after: 20 },
        { key: 'cutoff', before: null, after: '2026-10-01T00:00:00.000Z' },
      ])
      await run('merchant set refunds-per-hour default --yes')
      const { policy } = (await readProfiles(env())).merchants.acme ?? {}
      assert.deepEqual(policy?.limits, { refundsPerDay: 20 })
    })
    it('changes nothing when one of them is wrong', async () => {
      const before = await readFile(join(folder(), 'profiles.json'), 'utf8')
      for (const [argv, message] of [
        ['merchant set refunds-per-hour 20 refnds on', /Did you mean "refunds"/],
        ['merchant set refunds-per-hour 20 refunds-per-day many', /whole number/],
        ['merchant set refunds-per-hour', /needs a value/],
        ['merchant set', /KEY VALUE/],
      ] as const) {
        const { exit, stderr } = await run(argv)
        assert.equal(exit, 2)
        assert.match(stderr, message)
      }
      assert.equal(await readFile(join(folder(), 'profiles.json'), 'utf8'), before)
    })
    it('takes no secret as an argument, and repeats none that is tried (F59)', async () => {
      const { exit, json } = await run('merchant set loop-api-key argument-canary --json')
      assert.deepEqual([exit, json().error.code], [2, 'SECRET_IN_ARGUMENTS'])
      assert.equal((await secretsOf('acme')).loopApiKey?.value.reveal(), keys.MHLOOP_LOOP_API_KEY)
    })
    it('takes a secret typed blind, or from standard input', async () => {
      await run('merchant set callback-token --no-check', { tty: true, answers: ['blind-canary-1'] })
      await run('merchant set loop-webhook-secret - --no-check', { stdin: 'piped-canary-1\n' })
      const { callbackToken, loopWebhookSecret } = await secretsOf('acme')
      assert.deepEqual(
        [callbackToken?.value.reveal(), loopWebhookSecret?.value.reveal()],
        ['blind-canary-1', 'piped-canary-1'],
      )
      assert.equal((await run('merchant set callback-token')).exit, 2)
    })
    it('switches refunds on in production only when the name is typed (F66)', async () => {
      await run(addLive, { env: keys })
      const refundsOf = async () => (await run('merchant show live.shop --json')).json().data.settings.refunds.value
      assert.equal((await run('merchant set -m live.shop refunds on')).exit, 9)
      assert.equal((await run('merchant set -m live.shop refunds on', { tty: true, answers: ['live'] })).exit, 9)
      assert.equal(await refundsOf(), false)
      assert.equal((await run('merchant set -m live.shop refunds on --yes')).exit, 0)
      assert.equal(await refundsOf(), true)
      assert.equal((await run('merchant set -m live.shop refunds off')).exit, 0)
    })
    it('asks about whatever lets more real money out, by whichever settings, and about nothing else (G9)', async () => {
      const local = '--loop-base-url http://127.0.0.1:9/api --masonhub-base-url http://127.0.0.1:9/demo/api/v1'
      await run(`merchant add there --environment sandbox --slug demo --no-check ${local}`, { env: keys })
      const stored = () => readFile(join(folder(), 'profiles.json'), 'utf8')
      const refused = async (settings: string) => {
        const before = await stored()
        const { exit, json } = await run(`merchant set -m there --no-check ${settings} --json`)
        assert.deepEqual([exit, json().error.code], [9, 'CONFIRMATION_NEEDED'], settings)
        assert.equal(await stored(), before)
      }
      const taken = async (settings: string) =>
        assert.equal((await run(`merchant set -m there --no-check ${settings}`)).exit, 0, settings)
      // Vendors on this machine move no real money; the real Loop, or environment production, does.
      await refused('environment production refunds on')
      await refused('loop-base-url default loop-api-key env:KEY refunds on')
      await taken('refunds on refunds-per-hour 1000')
      await refused('environment production')
      await refused('loop-base-url default loop-api-key env:KEY')
      await run('merchant set -m there --no-check environment production --yes')
      await taken(
        'refunds-per-hour 5 refunds-per-day 5 largest-refund 10 first-by-hand 3 destinations 1 outcomes refund',
      )
      for (const more of [
        'refunds-per-hour 6',
        'refunds-per-day default',
        'largest-refund none',
        'largest-refund 10.01',
        'first-by-hand 2',
        'destinations every',
        'outcomes refund,credit',
        'loop-base-url default loop-api-key env:KEY',
        'cutoff default refunds-per-hour 1000 largest-refund 5',
      ]) {
        await refused(more)
      }
      await taken('refunds-per-hour 4 largest-refund 9 first-by-hand 4 cutoff 2026-10-01')
      await refused('cutoff none')
      const wrong = await run('merchant set -m there largest-refund none', { tty: true, answers: ['ther'] })
      assert.equal(wrong.exit, 9)
      const typed = await run('merchant set -m there largest-refund none', { tty: true, answers: ['there'] })
      assert.equal(typed.exit, 0)
      await taken('refunds off')
    })
    it('adding with refunds on asks wherever the Loop is the real one (G9)', async () => {
      const add = `merchant add sandy --environment sandbox --slug demo --no-check --refunds on`
      assert.equal((await run(add, { env: keys })).exit, 9)
      assert.equal((await run(`${add} --loop-base-url http://127.0.0.1:9/api`, { env: keys })).exit, 0)
    })
    it('leaves the merchant of the environment alone', async () => {
      const { exit } = await run('merchant set refunds on', { env: { ...keys, MHLOOP_MASONHUB_SLUG: 'x' } })
      assert.equal(exit, 2)
    })
  })

  describe('remove', () => {
    beforeEach(() => run(addAcme, { env: keys }))
    it('asks, and removes profile and secrets', async () => {
      assert.equal((await run('merchant remove acme')).exit, 9)
      assert.equal((await run('merchant remove acme', { tty: true, answers: [false] })).exit, 9)
      assert.ok((await secretsOf('acme')).loopApiKey)
      const { exit, json } = await run('merchant remove acme --yes --json')
      assert.deepEqual([exit, json().data.secrets, json().data.wasCurrent], [0, ['loopApiKey', 'masonhubToken'], true])
      assert.deepEqual((await readProfiles(env())).merchants, {})
      assert.doesNotMatch(await readFile(join(folder(), 'credentials.json'), 'utf8'), /canary/)
    })
    it('wants the name of a production merchant typed (F66)', async () => {
      await run(addLive, { env: keys })
      assert.equal((await run('merchant remove live.shop', { tty: true, answers: ['live'] })).exit, 9)
      assert.equal((await run('merchant remove live.shop', { tty: true, answers: ['live.shop'] })).exit, 0)
    })
  })

  it('keep their files private', async () => {
    await run(addAcme, { env: keys })
    for (const file of await readdir(folder()))
      assert.equal((await stat(join(folder(), file))).mode & 0o777, 0o600, file)
  })
})
