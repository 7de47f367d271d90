import assert from 'node:assert/strict'
import { chmod, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { Fault } from '../../../src/core/errors/fault.ts'
import type { Profile } from '../../../src/merchants/profiles/profile.ts'
import { updateProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { resolveMerchant } from '../../../src/merchants/profiles/resolve-merchant.ts'
import { isReference, readReference } from '../../../src/merchants/references/references.ts'
import { splitWords } from '../../../src/merchants/references/split-words.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { secretPlaces } from '../../../src/merchants/secrets/secret-places.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import { onKeychain } from '../../keychain.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const at = '2026-10-01T00:00:00.000Z'
const node = process.execPath

describe('a reference', () => {
  it('is read in each of its forms', () => {
    const read = (text: string) => {
      const found = readReference(text)
      return 'reference' in found ? found.reference : found.problem
    }
    assert.deepEqual(read('env:ACME_KEY'), { kind: 'env', variable: 'ACME_KEY' })
    assert.deepEqual(read('file:/run/secrets/key'), { kind: 'file', path: '/run/secrets/key' })
    assert.deepEqual(read('keychain:'), { kind: 'keychain', entry: null })
    assert.deepEqual(read('keychain:ops/acme/key'), {
      kind: 'keychain',
      entry: { service: 'ops', account: 'acme/key' },
    })
    assert.deepEqual(read("command:op read 'op://Ops/acme key/token'"), {
      kind: 'command',
      words: ['op', 'read', 'op://Ops/acme key/token'],
    })
  })
  it('is nothing else, and what is none is not repeated (F59)', () => {
    for (const text of [
      'canary-key',
      'env:',
      'env:A-B',
      'command:./get-key',
      'command:bin/get-key --now',
      'env:A B',
      'file:relative/canary',
      'keychain:canary',
      'command:',
      "command:a 'canary",
    ]) {
      assert.equal(isReference(text), false, text)
      assert.doesNotMatch(JSON.stringify(readReference(text)), /canary/)
    }
  })
  it('splits a command like a shell, and knows nothing else of one', () => {
    assert.deepEqual(splitWords(`a  "b c" d'e f'g \\"h ""`), ['a', 'b c', 'de fg', '"h', ''])
    assert.deepEqual(splitWords('echo $HOME; rm -rf * | cat > x'), [
      'echo',
      '$HOME;',
      'rm',
      '-rf',
      '*',
      '|',
      'cat',
      '>',
      'x',
    ])
    assert.deepEqual([splitWords('a "b'), splitWords("a 'b"), splitWords('a \\')], [null, null, null])
    const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        assert.deepEqual(splitWords(words.map(quoted).join(' ')), words)
      }),
    )
  })
})

describe('a merchant whose secrets come from elsewhere', () => {
  const folder = temporaryFolder()
  const keychain = onKeychain()
  const env = (more: Record<string, string> = {}) => ({ MHLOOP_CONFIG_DIR: folder(), ...more })

  async function refer(secrets: Profile['secrets'], more: Partial<Profile> = {}): Promise<void> {
    const base = { environment: 'sandbox', masonhub: { slug: 'demo' }, addedAt: at, changedAt: at } as const
    const other = { ...base, secrets: { loopApiKey: 'env:KEY_OF_OTHER' } }
    await updateProfiles(env(), () => ({
      version: 1,
      current: 'acme',
      merchants: { acme: { ...base, ...more, ...(secrets ? { secrets } : {}) }, other },
    }))
  }
  const values = async (settings = env()) => {
    const { credentials } = await resolveMerchant({ env: settings })
    return [credentials.loopApiKey.reveal(), credentials.masonhubToken.reveal()]
  }
  const problem = async (settings = env()) => {
    const error = await resolveMerchant({ env: settings }).catch((caught: unknown) => caught)
    assert.ok(error instanceof Fault, String(error))
    assert.deepEqual([error.code, error.exit, error.hint], ['CREDENTIALS_UNREADABLE', 4, 'mhloop merchant show acme'])
    return error.message
  }

  it('gets them from variables, files, the keychain and commands, trimmed', async () => {
    const file = join(folder(), 'key')
    await writeFile(file, 'key-of-file\n', { mode: 0o600 })
    await refer({ loopApiKey: `file:${file}`, masonhubToken: 'env:ACME_TOKEN' })
    assert.deepEqual(await values(env({ ACME_TOKEN: ' token-of-env ' })), ['key-of-file', 'token-of-env'])
    keychain().entries.set('mhloop/acme/loop-api-key', 'key-of-keychain')
    keychain().entries.set('ops/acme', JSON.stringify({ value: 'token-of-keychain', since: at }))
    await refer({ loopApiKey: 'keychain:', masonhubToken: 'keychain:ops/acme' })
    assert.deepEqual(await values(), ['key-of-keychain', 'token-of-keychain'])
    await refer({ loopApiKey: 'keychain:', masonhubToken: `command:'${node}' -p '"token of".replaceAll(" ", "-")'` })
    assert.deepEqual(await values(), ['key-of-keychain', 'token-of'])
  })
  it('gets what was rotated elsewhere at the next reading, and asks only for what it needs', async () => {
    await refer({
      loopApiKey: 'keychain:ops/key',
      masonhubToken: 'keychain:ops/token',
      callbackToken: 'command:no-such-program-anywhere',
    })
    keychain().entries.set('ops/key', 'first-key').set('ops/token', 'first-token')
    const found = await resolveMerchant({ env: env() })
    keychain().entries.set('ops/token', 'second-token')
    assert.equal((await found.readSecrets(['masonhubToken'])).masonhubToken?.value.reveal(), 'second-token')
    assert.deepEqual(await values(), ['first-key', 'second-token'])
    await assert.rejects(found.readSecrets(), /no-such-program-anywhere is not on the PATH/)
  })
  it('keeps some and fetches others', async () => {
    await refer({ loopApiKey: 'env:ACME_KEY' })
    await fileCredentialStore(env()).write('acme', { masonhubToken: secret('kept-token') }, new Date(at))
    assert.deepEqual(await values(env({ ACME_KEY: 'key-of-env' })), ['key-of-env', 'kept-token'])
  })
  it('reports all that lead nowhere at once, and never what a command wrote to stderr (F58)', async () => {
    await refer({
      loopApiKey: 'env:ACME_KEY',
      masonhubToken: `command:'${node}' -e 'console.error("stderr-canary"); console.log("stdout-canary"); process.exit(3)'`,
    })
    const message = await problem()
    assert.match(
      message,
      /Loop API key can't be read: the environment variable ACME_KEY is not set\. The MasonHub token can't/,
    )
    assert.match(message, /ended with code 3/)
    assert.doesNotMatch(message, /canary/)
  })
  it('runs a command without shell, input, or any secret in its environment (F59, H8)', async () => {
    const expected =
      'JSON.stringify([process.argv.slice(1), Object.keys(process.env), require("node:fs").readFileSync(0, "utf8")]).replaceAll(/\\s/g, "_")'
    await refer({ loopApiKey: 'env:ACME_KEY', masonhubToken: `command:'${node}' -p '${expected}' $HOME ; *` })
    const settings = env({
      MHLOOP_MERCHANT: 'acme',
      ACME_KEY: 'key-of-acme',
      KEY_OF_OTHER: 'other',
      MHLOOP_LOOP_API_KEY: 'mine',
      MHLOOP_JOURNAL: 'postgres://with:password@localhost/journal',
      MHLOOP_CREDENTIALS_PASSPHRASE: 'a phrase of ours here',
      OP_SESSION: 'the one it needs',
      PGPASSWORD: 'of the journal',
      AWS_SECRET_ACCESS_KEY: 'of the cloud',
      PATH: process.env.PATH ?? '',
      HOME: '/home/me',
      LC_ALL: 'C.UTF-8',
      // A variable that a reference reads, or that is mhloop's own, is never granted to a command.
      MHLOOP_COMMAND_VARIABLES: 'OP_SESSION, ACME_KEY MHLOOP_JOURNAL,,NOT_SET',
    })
    const [argv, variables, input] = JSON.parse((await values(settings))[1] ?? '')
    assert.deepEqual([argv, input], [['$HOME', ';', '*'], ''])
    // macOS adds a variable of its own to every process.
    const seen = (variables as string[]).filter((name) => name !== '__CF_USER_TEXT_ENCODING')
    assert.deepEqual(seen.toSorted(), ['HOME', 'LC_ALL', 'OP_SESSION', 'PATH'])
  })
  it('refuses a file that others can read, by a link too, a folder, and what no key looks like (F62)', async () => {
    const file = join(folder(), 'key')
    await writeFile(file, 'file-canary', { mode: 0o600 })
    await refer({ loopApiKey: `file:${file}`, masonhubToken: 'env:ACME_TOKEN' })
    const settings = env({ ACME_TOKEN: 'token' })
    await chmod(file, 0o644)
    assert.match(await problem(settings), /is readable by other users/)
    await refer({ loopApiKey: `file:${folder()}/link`, masonhubToken: 'env:ACME_TOKEN' })
    await symlink(file, join(folder(), 'link'))
    assert.match(await problem(settings), /link is readable by other users/)
    await refer({ loopApiKey: `file:${folder()}`, masonhubToken: 'env:ACME_TOKEN' })
    assert.match(await problem(settings), /not a regular file/)
    await refer({ loopApiKey: `file:${folder()}/none`, masonhubToken: 'env:ACME_TOKEN' })
    assert.match(await problem(settings), /there is no file/)
    await refer({ loopApiKey: 'env:ACME_KEY', masonhubToken: 'env:ACME_TOKEN' })
    await assert.rejects(resolveMerchant({ env: { ...settings, ACME_KEY: 'two words-canary' } }), (error) => {
      assert.match((error as Fault).message, /copied completely/)
      assert.doesNotMatch((error as Fault).message, /canary/)
      return true
    })
  })

  it('is shown with the place, the age and the state of each secret, and never a secret (F58)', async () => {
    await writeFile(join(folder(), 'key'), 'places-canary', { mode: 0o600 })
    await refer({
      loopApiKey: `file:${folder()}/key`,
      masonhubToken: 'env:ACME_TOKEN',
      loopWebhookSecret: 'command:no-such-program-anywhere',
    })
    await fileCredentialStore(env()).write('acme', { callbackToken: secret('kept-canary') }, new Date(at))
    const places = await secretPlaces(env(), 'acme')
    assert.doesNotMatch(JSON.stringify(places), /canary/)
    assert.deepEqual(
      places.map(({ name, place, reference, state, problem }) => [name, place, reference, state, problem]),
      [
        ['loopApiKey', 'reference', `file:${folder()}/key`, 'ok', null],
        [
          'masonhubToken',
          'reference',
          'env:ACME_TOKEN',
          'missing',
          "The MasonHub token can't be read: the environment variable ACME_TOKEN is not set.",
        ],
        [
          'loopWebhookSecret',
          'reference',
          'command:no-such-program-anywhere',
          'unreadable',
          "The Loop webhook secret can't be read: no-such-program-anywhere is not on the PATH.",
        ],
        ['callbackToken', join(folder(), 'credentials.json'), null, 'ok', null],
        ['receiverKey', null, null, 'missing', null],
      ],
    )
    assert.deepEqual([places[3]?.since, places[3]?.encrypted], [at, false])
    assert.match(places[0]?.since ?? '', /^\d{4}-/)
  })
})

describe('a merchant whose keychain is gone', () => {
  const folder = temporaryFolder()
  it('is still shown, with why its secrets are not (F61)', async () => {
    const env = { MHLOOP_CONFIG_DIR: folder() }
    const profile = {
      environment: 'sandbox',
      masonhub: { slug: 'demo' },
      store: 'keychain',
      addedAt: at,
      changedAt: at,
    } as const
    await updateProfiles(env, () => ({ version: 1, current: 'acme', merchants: { acme: profile } }))
    const [first] = await secretPlaces(env, 'acme')
    assert.deepEqual([first?.place, first?.state], ['keychain', 'unreadable'])
    assert.match(first?.problem ?? '', /no keychain/)
    await assert.rejects(resolveMerchant({ env }), /no keychain/)
  })
})
