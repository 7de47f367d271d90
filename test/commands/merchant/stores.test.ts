import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { useKeychain } from '../../../src/merchants/stores/keychain.ts'
import { noKeychain, onKeychain } from '../../keychain.ts'
import { onQuickScrypt } from '../../quick-scrypt.ts'
import { type RunOptions, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const keys = { MHLOOP_LOOP_API_KEY: 'loop-canary-11111', MHLOOP_MASONHUB_TOKEN: 'masonhub-canary-22222' }
const add = 'merchant add acme --environment sandbox --slug demo --no-check'
/** As on an operator's machine, where no variable chooses the store. */
const unsaid = { MHLOOP_CREDENTIAL_STORE: '' }

describe('where merchant commands keep secrets', () => {
  onQuickScrypt()
  const folder = temporaryFolder()
  const run = async (argv: string | string[], options: RunOptions = {}) => {
    const result = await runMhloop(argv, { configDir: folder(), ...options, env: { ...unsaid, ...options.env } })
    assert.doesNotMatch(result.stdout + result.stderr, /canary/, 'a secret was printed (F58)')
    return result
  }
  const profile = async () => (await readProfiles({ MHLOOP_CONFIG_DIR: folder() })).merchants.acme

  it('without a keychain nothing is stored unless the file is asked for, and then the profile remembers it (F61)', async () => {
    const refused = await run(`${add} --json`, { env: keys })
    assert.deepEqual([refused.exit, refused.json().error.code], [4, 'KEYCHAIN_UNAVAILABLE'])
    assert.match(refused.json().error.hint ?? '', /--store file/)
    assert.deepEqual(await readdir(folder()), [])
    assert.equal((await run(`${add} --store file`, { env: keys })).exit, 0)
    assert.equal((await profile())?.store, 'file')
    assert.equal((await run(`${add} --store paper`, { env: keys })).exit, 2)
  })

  it('encrypts the file when a passphrase is there, and says so (F61)', async () => {
    const MHLOOP_CREDENTIALS_PASSPHRASE = 'a passphrase-canary'
    await run(`${add} --store file`, { env: { ...keys, MHLOOP_CREDENTIALS_PASSPHRASE } })
    assert.doesNotMatch(await readFile(join(folder(), 'credentials.json'), 'utf8'), /canary/)
    assert.match(
      (await run('merchant show')).stdout,
      /^loop-api-key +present \(.*credentials\.json,\s+encrypted, since/m,
    )
    const closed = await run('asn list --json')
    assert.deepEqual([closed.exit, closed.json().error.code], [4, 'PASSPHRASE_MISSING'])
    const { data } = (await run('merchant list --json')).json()
    assert.deepEqual(data.merchants[0].missing, [])
  })

  it('H9: encrypt shows what it seals and asks; before, a passphrase refuses the open file', async () => {
    const env = { MHLOOP_CREDENTIALS_PASSPHRASE: 'a passphrase-canary' }
    await run(`${add} --store file`, { env: keys })
    const refused = (await run('asn list --json', { env })).json().error
    assert.deepEqual([refused.code, refused.exit], ['CREDENTIALS_TAMPERED', 4])
    assert.match(refused.hint ?? '', /mhloop merchant encrypt/)
    const plain = await readFile(join(folder(), 'credentials.json'), 'utf8')
    assert.equal((await run('merchant show --json', { env })).json().error.code, 'CREDENTIALS_TAMPERED')
    const unasked = await run('merchant encrypt', { env })
    assert.equal(unasked.exit, 9)
    assert.match(unasked.stderr, /^acme: Loop API key, since 20.*\nacme: MasonHub token, since 20/m)
    assert.equal((await run('merchant encrypt', { env, tty: true, answers: [false] })).exit, 9)
    assert.equal(await readFile(join(folder(), 'credentials.json'), 'utf8'), plain)
    const done = await run('merchant encrypt --yes', { env })
    assert.equal(done.exit, 0, done.stderr)
    assert.match(done.stdout, /Encrypted 2 secrets/)
    assert.doesNotMatch(await readFile(join(folder(), 'credentials.json'), 'utf8'), /canary/)
    assert.match((await run('merchant encrypt', { env })).stdout, /Nothing to encrypt/)
    assert.match((await run('merchant show', { env })).stdout, /^loop-api-key +present \(.*encrypted, since/ms)
  })

  it('takes the name back when its secrets can’t be kept: nothing is half-made', async () => {
    const sealed = { ...keys, MHLOOP_CREDENTIALS_PASSPHRASE: 'a passphrase-canary' }
    assert.equal((await run(`${add} --store file`, { env: sealed })).exit, 0)
    const before = await readFile(join(folder(), 'credentials.json'), 'utf8')
    const other = { ...keys, MHLOOP_CREDENTIALS_PASSPHRASE: 'another passphrase-canary' }
    const failed = await run(`${add.replace('acme', 'beta')} --store file --json`, { env: other })
    assert.equal(failed.exit, 4, failed.stdout)
    const { merchants, current } = await readProfiles({ MHLOOP_CONFIG_DIR: folder() })
    assert.deepEqual([Object.keys(merchants), current], [['acme'], 'acme'])
    assert.equal(await readFile(join(folder(), 'credentials.json'), 'utf8'), before)
  })

  describe('with a keychain', () => {
    const keychain = onKeychain()

    it('add keeps them there, and nothing on disk; remove takes them away', async () => {
      const { json } = await run(`${add} --json`, { env: keys })
      assert.equal(json().data.secrets.loopApiKey.place, 'keychain')
      assert.deepEqual(await readdir(folder()), ['profiles.json'])
      assert.deepEqual([...keychain().entries.keys()], ['mhloop/acme/loop-api-key', 'mhloop/acme/masonhub-token'])
      assert.match((await run('merchant show')).stdout, /^masonhub-token +present \(keychain, since 20/m)
      assert.deepEqual((await run('merchant remove acme --yes --json')).json().data.secrets, [
        'loopApiKey',
        'masonhubToken',
      ])
      assert.equal(keychain().entries.size, 0)
    })

    it('set --store moves everything there and back', async () => {
      await run(`${add} --store file`, { env: keys })
      await run('merchant set -m acme callback-token - --no-check', { stdin: 'callback-canary' })
      const since = async () => (await run('merchant show --json')).json().data.secrets.callbackToken.since
      const before = await since()
      assert.equal((await run('merchant set -m acme --store keychain')).exit, 0)
      assert.equal(keychain().entries.size, 3)
      assert.doesNotMatch(await readFile(join(folder(), 'credentials.json'), 'utf8'), /canary/)
      assert.equal(await since(), before, 'its age moved with it')
      assert.equal((await run('merchant set -m acme --store file')).exit, 0)
      assert.equal(keychain().entries.size, 0)
      assert.equal((await profile())?.store, 'file')
      assert.equal((await run('merchant list --json')).json().data.merchants[0].missing.length, 0)
    })
  })

  describe('F61: with a keychain that is out of reach', () => {
    const ends: (() => void)[] = []
    // Runs before the hook that restores the keychain that this one replaces.
    afterEach(() => {
      for (const end of ends.splice(0)) end()
    })
    const keychain = onKeychain()
    beforeEach(async () => {
      assert.equal((await run(add, { env: keys })).exit, 0)
      assert.equal(keychain().entries.size, 2)
      ends.push(useKeychain(noKeychain))
    })

    it('names the merchant and a command that gets it going again; that command works', async () => {
      const { exit, json } = await run('asn list --json')
      assert.deepEqual([exit, json().error.code], [4, 'KEYCHAIN_UNAVAILABLE'])
      assert.match(json().error.hint ?? '', /mhloop merchant set -m acme --store file loop-api-key masonhub-token$/)
      const { stderr } = await run('asn list')
      assert.match(stderr, /KEYCHAIN_UNAVAILABLE · merchant acme/)
      const set = await run('merchant set -m acme --no-check --store file loop-api-key masonhub-token', {
        tty: true,
        answers: ['loop-canary-33333', 'masonhub-canary-44444'],
      })
      assert.equal(set.exit, 0, set.stderr)
      assert.match(set.stderr, /other secrets of acme stay in the keychain/)
      assert.equal((await profile())?.store, 'file')
      assert.equal((await run('merchant list --json')).json().data.merchants[0].missing.length, 0)
    })

    it('is not left without secrets: one that is not given again keeps the store', async () => {
      const { exit, json } = await run('merchant set -m acme --no-check --store file loop-api-key - --json', {
        stdin: 'loop-canary-33333',
      })
      assert.deepEqual([exit, json().error.code], [4, 'KEYCHAIN_UNAVAILABLE'])
      assert.equal((await profile())?.store, 'keychain')
    })

    it('takes references instead, with a warning that the entries stay', async () => {
      const { exit, json } = await run('merchant set -m acme --no-check loop-api-key env:A masonhub-token env:B --json')
      assert.equal(exit, 0)
      assert.match(json().warnings.join(), /earlier secrets of acme stay in the keychain/)
      assert.deepEqual((await profile())?.secrets, { loopApiKey: 'env:A', masonhubToken: 'env:B' })
    })

    it('is removed, with a warning that names the entries', async () => {
      const { exit, json } = await run('merchant remove acme --yes --json')
      assert.deepEqual([exit, json().data.secrets], [0, []])
      assert.match(json().warnings.join(), /service mhloop whose accounts begin with acme\//)
      assert.equal(await profile(), undefined)
    })
  })

  it('set takes a reference in the place of a kept secret, and a secret in the place of a reference', async () => {
    await run(`${add} --store file`, { env: keys })
    const set = await run('merchant set -m acme loop-api-key env:ACME_KEY --no-check')
    assert.equal(set.exit, 0, set.stderr)
    assert.match(set.stdout, /loop-api-key +env:ACME_KEY/)
    assert.deepEqual((await profile())?.secrets, { loopApiKey: 'env:ACME_KEY' })
    assert.doesNotMatch(await readFile(join(folder(), 'credentials.json'), 'utf8'), /loop-canary/)
    const printed = await run('merchant show')
    assert.match(printed.stdout, /^loop-api-key +missing \(env:ACME_KEY\)\. .*ACME_KEY is not set/ms)
    const { secrets } = (await run('merchant show --json', { env: { ACME_KEY: 'x-canary-x' } })).json().data
    assert.deepEqual(secrets.loopApiKey, {
      present: true,
      place: 'reference',
      since: null,
      encrypted: null,
      reference: 'env:ACME_KEY',
      state: 'ok',
      problem: null,
    })
    await run('merchant set -m acme loop-api-key - --no-check', { stdin: 'typed-canary-3' })
    assert.equal((await profile())?.secrets, undefined)
    assert.match((await run('merchant show')).stdout, /^loop-api-key +present \(.*credentials\.json/m)
  })

  it('connect refuses a signing secret for a merchant whose profile fetches it elsewhere', async () => {
    await run(`${add} --store file`, { env: keys })
    const argv = ['merchant', 'set', '-m', 'acme', '--no-check', 'loop-webhook-secret', 'command:op read x']
    assert.equal((await run(argv)).exit, 0)
    const { keepWebhookSecret } = await import('../../../src/usecases/connect/secrets.ts')
    const { secret } = await import('../../../src/merchants/secrets/secret.ts')
    const keeping = keepWebhookSecret({ MHLOOP_CONFIG_DIR: folder() }, 'acme', secret('given-canary'), {
      now: new Date(),
      replace: true,
    })
    await assert.rejects(keeping, /refers to another place/)
  })
})
