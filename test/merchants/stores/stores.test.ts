import assert from 'node:assert/strict'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from '../../../src/core/errors/fault.ts'
import { runProgram } from '../../../src/merchants/references/run-program.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { encryptRecords, fileCredentialStore, plainRecords } from '../../../src/merchants/stores/file-store.ts'
import { keychainOf } from '../../../src/merchants/stores/keychain.ts'
import { keychainCredentialStore } from '../../../src/merchants/stores/keychain-store.ts'
import { chooseStore } from '../../../src/merchants/stores/stores.ts'
import { onKeychain } from '../../keychain.ts'
import { onQuickScrypt, useRealScrypt } from '../../quick-scrypt.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { until } from '../../until.ts'

const now = new Date('2026-10-01T00:00:00Z')
const later = new Date('2026-11-01T00:00:00Z')

function fails(code: string, exit: number, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof Fault, String(error))
    assert.deepEqual([error.code, error.exit], [code, exit], error.message)
    assert.match(`${error.message} ${error.hint}`, words)
    return true
  }
}

describe('a keychain', () => {
  const folder = temporaryFolder()
  const keychain = onKeychain()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder() })
  const store = () => keychainCredentialStore(env())

  it('holds one entry for each merchant and secret, with its age (F22)', async () => {
    await store().write('acme', { loopApiKey: secret('key-of-acme'), masonhubToken: secret('token-of-acme') }, now)
    await store().write('other', { loopApiKey: secret('key-of-other') }, later)
    assert.deepEqual([...keychain().entries.keys()].sort(), [
      'mhloop/acme/loop-api-key',
      'mhloop/acme/masonhub-token',
      'mhloop/other/loop-api-key',
    ])
    const { loopApiKey, masonhubToken } = await store().read('acme')
    assert.deepEqual(
      [loopApiKey?.value.reveal(), loopApiKey?.since, masonhubToken?.value.reveal()],
      ['key-of-acme', now.toISOString(), 'token-of-acme'],
    )
    assert.deepEqual(await store().list('other'), { loopApiKey: { since: later.toISOString(), encrypted: null } })
    await store().remove('acme')
    assert.deepEqual([...keychain().entries.keys()], ['mhloop/other/loop-api-key'])
  })
  it('is asked for nothing that is not needed', async () => {
    await store().read('acme', ['loopApiKey'])
    assert.deepEqual(keychain().calls, ['get mhloop/acme/loop-api-key'])
  })
  it('keeps what is there, where only what is missing is to be added', async () => {
    await store().write('acme', { callbackToken: secret('first-token') }, now)
    await store().writeMissing('acme', { callbackToken: secret('second-token'), receiverKey: secret('a-key') }, later)
    const { callbackToken, receiverKey } = await store().read('acme')
    assert.deepEqual([callbackToken?.value.reveal(), receiverKey?.value.reveal()], ['first-token', 'a-key'])
  })
  it('takes away last, so that what stops in between leaves nothing missing', async () => {
    await store().write('acme', { nextMasonhubToken: secret('next-token') }, now)
    keychain().calls.length = 0
    await store().write('acme', { nextMasonhubToken: null, masonhubToken: secret('next-token') }, now)
    assert.deepEqual(keychain().calls, ['set mhloop/acme/masonhub-token', 'remove mhloop/acme/nextMasonhubToken'])
  })
  it('gives a secret that another tool put there', async () => {
    keychain().entries.set('mhloop/acme/loop-api-key', 'plain-secret')
    const { loopApiKey } = await store().read('acme')
    assert.deepEqual([loopApiKey?.value.reveal(), loopApiKey?.since], ['plain-secret', null])
  })
})

describe('which store (F61)', () => {
  it('a machine without a keychain is refused with the way out, unless the file is asked for', async () => {
    await assert.rejects(chooseStore({}, null), fails('KEYCHAIN_UNAVAILABLE', 4, /--store file/))
    await assert.rejects(
      chooseStore({ MHLOOP_CREDENTIAL_STORE: 'file' }, 'keychain'),
      fails('KEYCHAIN_UNAVAILABLE', 4, /./),
    )
    assert.equal(await chooseStore({}, 'file'), 'file')
    assert.equal(await chooseStore({ MHLOOP_CREDENTIAL_STORE: 'file' }, null), 'file')
    await assert.rejects(
      chooseStore({ MHLOOP_CREDENTIAL_STORE: 'paper' }, null),
      fails('STORE_UNKNOWN', 2, /keychain or file/),
    )
  })
  describe('where there is a keychain', () => {
    onKeychain()
    it('it is the keychain', async () => assert.equal(await chooseStore({}, null), 'keychain'))
  })
  it('a keychain that hangs is reported after its time, and its process is killed (F61)', async () => {
    const hung = keychainOf([process.execPath, '-e', 'setInterval(() => {}, 1000)'], 300)
    await assert.rejects(hung([], {}), fails('KEYCHAIN_SILENT', 4, /did not answer within 0.3 seconds.*Unlock it/))
  })
  it('a keychain that refuses, or is no program, is reported in its own words (F61)', async () => {
    const answering = (answer: string) =>
      keychainOf([process.execPath, '-e', `process.stdout.write(${JSON.stringify(answer)})`])
    const locked = answering(JSON.stringify({ problem: 'Platform failure: locked \u001b[2J.' }))
    await assert.rejects(locked([], {}), fails('KEYCHAIN_UNAVAILABLE', 4, /Platform failure: locked/))
    await assert.rejects(answering('not JSON')([], {}), fails('KEYCHAIN_UNAVAILABLE', 4, /helper/))
    await assert.rejects(keychainOf(['/no/such/program'])([], {}), fails('KEYCHAIN_UNAVAILABLE', 4, /helper/))
  })
  it('the helper gets no secret by argument, and of the environment only what a keychain needs (F59, H8)', async () => {
    const parrot =
      'process.stdin.resume().on("end", () => process.stdout.write(JSON.stringify({ values: [JSON.stringify([process.argv, process.env])] })))'
    const [said] = await keychainOf([process.execPath, '-e', parrot])(
      [{ action: 'set', service: 's', account: 'a', value: 'helper-canary' }],
      {
        MHLOOP_LOOP_API_KEY: 'helper-canary',
        PGPASSWORD: 'helper-canary',
        MHLOOP_COMMAND_VARIABLES: 'PGPASSWORD',
        NODE_OPTIONS: '--title=helper-canary',
        HOME: '/home/me',
        DBUS_SESSION_BUS_ADDRESS: 'unix:path=/bus',
      },
    )
    assert.doesNotMatch(said ?? '', /canary|MHLOOP/)
    const [, variables] = JSON.parse(said ?? '')
    delete variables.__CF_USER_TEXT_ENCODING
    assert.deepEqual(variables, { HOME: '/home/me', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/bus' })
  })
  it("the kernel's keyring, which a reboot empties, is never taken for a keychain (F61)", async function () {
    if (process.platform !== 'linux') {
      process.stderr.write('skipped: only Linux has such a keyring\n')
      this.skip()
    }
    // No session bus can exist at this address: without its option, the library would fall back to the kernel's
    // keyring.
    const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere', XDG_RUNTIME_DIR: '/nowhere' }
    const helper = fileURLToPath(new URL('../../../src/merchants/stores/keychain-process.ts', import.meta.url))
    const request = { action: 'get', service: 'mhloop-test', account: 'none' } as const
    await assert.rejects(
      keychainOf([process.execPath, helper], 20_000)([request], env),
      fails('KEYCHAIN_UNAVAILABLE', 4, /no Secret Service/),
    )
  })
})

describe('an encrypted credentials file (F61)', () => {
  onQuickScrypt()
  const folder = temporaryFolder()
  const passphrase = 'correct horse battery staple'
  const env = (more: Record<string, string> = {}) => ({
    MHLOOP_CONFIG_DIR: folder(),
    MHLOOP_CREDENTIALS_PASSPHRASE: passphrase,
    ...more,
  })
  const file = () => join(folder(), 'credentials.json')
  const stored = async () => JSON.parse(await readFile(file(), 'utf8'))
  const save = async (json: unknown) => await writeFile(file(), JSON.stringify(json), { mode: 0o600 })

  it('contains no secret in plain text, opens with the passphrase, and lists ages without it', async () => {
    useRealScrypt()
    await fileCredentialStore(env()).write('acme', { loopApiKey: secret('sealed-canary') }, now)
    assert.doesNotMatch(await readFile(file(), 'utf8'), /canary/)
    assert.equal((await stat(file())).mode & 0o777, 0o600)
    const { loopApiKey } = await fileCredentialStore(env()).read('acme')
    assert.deepEqual([loopApiKey?.value.reveal(), loopApiKey?.since], ['sealed-canary', now.toISOString()])
    const { MHLOOP_CREDENTIALS_PASSPHRASE: _, ...without } = env()
    assert.deepEqual(await fileCredentialStore(without).list('acme'), {
      loopApiKey: { since: now.toISOString(), encrypted: true },
    })
  })
  it('neither opens nor changes with a wrong passphrase, or with none', async () => {
    await fileCredentialStore(env()).write('acme', { loopApiKey: secret('sealed-canary') }, now)
    const before = await readFile(file(), 'utf8')
    const wrong = fileCredentialStore(env({ MHLOOP_CREDENTIALS_PASSPHRASE: 'another phrase of ours' }))
    const none = fileCredentialStore(env({ MHLOOP_CREDENTIALS_PASSPHRASE: '' }))
    for (const use of [wrong.read('acme'), wrong.write('acme', { loopApiKey: secret('x') }, now)]) {
      await assert.rejects(use, fails('PASSPHRASE_WRONG', 4, /not the one/))
    }
    for (const use of [none.read('acme'), none.write('acme', { loopApiKey: secret('x') }, now)]) {
      await assert.rejects(use, fails('PASSPHRASE_MISSING', 4, /MHLOOP_CREDENTIALS_PASSPHRASE/))
    }
    assert.equal(await readFile(file(), 'utf8'), before)
  })
  it('refuses a record that was swapped with another merchant, another secret, or changed (F22)', async () => {
    const store = fileCredentialStore(env())
    await store.write('acme', { loopApiKey: secret('key-of-acme'), callbackToken: secret('token-of-acme') }, now)
    await store.write('other', { loopApiKey: secret('key-of-other') }, now)
    const right = await stored()
    const { acme, other } = right.merchants
    const middle = 30
    const bent = `${acme.loopApiKey.sealed.slice(0, middle)}${acme.loopApiKey.sealed[middle] === 'A' ? 'B' : 'A'}${acme.loopApiKey.sealed.slice(middle + 1)}`
    for (const loopApiKey of [
      other.loopApiKey,
      acme.callbackToken,
      { ...acme.loopApiKey, sealed: bent },
      { ...acme.loopApiKey, since: '2030-01-01T00:00:00.000Z' },
      { ...acme.loopApiKey, sealed: 'short' },
    ]) {
      await save({ ...right, merchants: { ...right.merchants, acme: { ...acme, loopApiKey } } })
      await assert.rejects(store.read('acme'), fails('CREDENTIALS_TAMPERED', 4, /not used/))
    }
    await save(right)
    assert.equal((await store.read('acme')).loopApiKey?.value.reveal(), 'key-of-acme')
  })
  it('takes no open record in a sealed file for its own, neither reading nor sealing it with the rest (F61)', async () => {
    const store = fileCredentialStore(env())
    await store.write('acme', { loopApiKey: secret('key-of-acme') }, now)
    const sealed = JSON.parse(await readFile(file(), 'utf8'))
    const open = { value: 'key-of-an-intruder', since: now.toISOString() }
    sealed.merchants.acme.loopApiKey = open
    await writeFile(file(), JSON.stringify(sealed))
    for (const settings of [env(), { MHLOOP_CONFIG_DIR: folder() }]) {
      await assert.rejects(fileCredentialStore(settings).read('acme'), fails('CREDENTIALS_TAMPERED', 4, /not used/))
    }
    await store.write('other', { loopApiKey: secret('key-of-other') }, later)
    await assert.rejects(store.read('acme'), fails('CREDENTIALS_TAMPERED', 4, /not used/))
    await store.write('acme', { loopApiKey: secret('key-given-anew') }, later)
    assert.equal((await store.read('acme')).loopApiKey?.value.reveal(), 'key-given-anew')
    assert.doesNotMatch(await readFile(file(), 'utf8'), /intruder|anew/)
  })
  it('H9: uses no file that is not encrypted, and seals none by the way: it may be in the place of ours', async () => {
    const store = fileCredentialStore(env())
    await store.write('acme', { loopApiKey: secret('key-of-acme') }, now)
    const right = await readFile(file(), 'utf8')
    const swapped = { version: 1, merchants: { acme: { loopApiKey: { value: 'intruder', since: now.toISOString() } } } }
    const headless = { ...JSON.parse(right), sealing: undefined }
    for (const other of [swapped, headless]) {
      await save(other)
      const before = await readFile(file(), 'utf8')
      const rejection = fails(
        'CREDENTIALS_TAMPERED',
        4,
        /not encrypted, although a passphrase is set.*merchant encrypt/,
      )
      await assert.rejects(store.read('acme'), rejection)
      await assert.rejects(store.write('acme', { callbackToken: secret('another-secret') }, later), rejection)
      await assert.rejects(store.writeMissing('other', { callbackToken: secret('another-secret') }, later), rejection)
      assert.equal(await readFile(file(), 'utf8'), before)
    }
    await save(JSON.parse(right))
    assert.equal((await store.read('acme')).loopApiKey?.value.reveal(), 'key-of-acme')
  })
  it('H9: encrypts plain records only on request, and only those that were shown', async () => {
    await fileCredentialStore({ MHLOOP_CONFIG_DIR: folder() }).write('acme', { loopApiKey: secret('old-canary') }, now)
    const { records } = await plainRecords(env())
    assert.deepEqual(records, [{ merchant: 'acme', name: 'loopApiKey', since: now.toISOString() }])
    await assert.rejects(encryptRecords(env(), []), fails('CREDENTIALS_CHANGED', 6, /Nothing was encrypted/))
    await assert.rejects(plainRecords({ MHLOOP_CONFIG_DIR: folder() }), fails('PASSPHRASE_MISSING', 4, /openssl/))
    assert.match(await readFile(file(), 'utf8'), /old-canary/)
    await encryptRecords(env(), records)
    assert.doesNotMatch(await readFile(file(), 'utf8'), /canary/)
    const { loopApiKey } = await fileCredentialStore(env()).read('acme')
    assert.deepEqual([loopApiKey?.value.reveal(), loopApiKey?.since], ['old-canary', now.toISOString()])
    assert.deepEqual((await plainRecords(env())).records, [])
    await assert.rejects(
      plainRecords(env({ MHLOOP_CREDENTIALS_PASSPHRASE: 'another phrase of ours' })),
      fails('PASSPHRASE_WRONG', 4, /not the one/),
    )
  })
  it('takes the passphrase from a file, or from what systemd hands over, held to the same modes (F62)', async () => {
    const keyFile = join(folder(), 'mhloop-passphrase')
    await writeFile(keyFile, `${passphrase}\n`, { mode: 0o600 })
    await fileCredentialStore(env()).write('acme', { loopApiKey: secret('sealed-canary') }, now)
    for (const place of [{ MHLOOP_CREDENTIALS_PASSPHRASE_FILE: keyFile }, { CREDENTIALS_DIRECTORY: folder() }]) {
      const store = fileCredentialStore({ MHLOOP_CONFIG_DIR: folder(), ...place })
      assert.equal((await store.read('acme')).loopApiKey?.value.reveal(), 'sealed-canary')
    }
    await writeFile(join(folder(), 'loose'), passphrase)
    await chmod(join(folder(), 'loose'), 0o644)
    const loose = fileCredentialStore({
      MHLOOP_CONFIG_DIR: folder(),
      MHLOOP_CREDENTIALS_PASSPHRASE_FILE: join(folder(), 'loose'),
    })
    await assert.rejects(loose.read('acme'), fails('CONFIG_UNSAFE', 2, /readable by other users.*chmod 600/))
  })
  it('H25 reads a passphrase without the end of its line, however that was written', async () => {
    const keyFile = join(folder(), 'mhloop-passphrase')
    await fileCredentialStore(env()).write('acme', { loopApiKey: secret('sealed-canary') }, now)
    for (const ending of ['', '\n', '\r\n', '\r', '\n\n']) {
      await writeFile(keyFile, passphrase + ending, { mode: 0o600 })
      const places = [
        { MHLOOP_CREDENTIALS_PASSPHRASE: passphrase + ending },
        { MHLOOP_CREDENTIALS_PASSPHRASE_FILE: keyFile },
        { CREDENTIALS_DIRECTORY: folder() },
      ]
      for (const place of places) {
        const store = fileCredentialStore({ MHLOOP_CONFIG_DIR: folder(), ...place })
        assert.equal((await store.read('acme')).loopApiKey?.value.reveal(), 'sealed-canary', JSON.stringify(ending))
      }
    }
  })
  it('refuses a passphrase that is easy to guess', async () => {
    const store = fileCredentialStore(env({ MHLOOP_CREDENTIALS_PASSPHRASE: 'short-canary'.slice(0, 11) }))
    await assert.rejects(store.write('acme', { loopApiKey: secret('x') }, now), (error) => {
      fails('PASSPHRASE_UNUSABLE', 2, /12 characters.*openssl rand/)(error)
      assert.doesNotMatch(String((error as Fault).message), /short-can/)
      return true
    })
  })
})

describe('a program that is run', () => {
  const folder = temporaryFolder()
  const run = (script: string, more: Partial<Parameters<typeof runProgram>[0]> = {}) =>
    runProgram({
      words: [process.execPath, '-e', script],
      env: {},
      limit: { milliseconds: 20_000, bytes: 1000 },
      ...more,
    })

  it('gets its input, and ends with what it says', async () => {
    const upper = 'process.stdin.on("data", (d) => process.stdout.write(String(d).toUpperCase()))'
    assert.deepEqual(await run(upper, { input: 'abc' }), { outcome: 'ended', code: 0, stdout: 'ABC' })
    assert.deepEqual(await run('process.exit(7)'), { outcome: 'ended', code: 7, stdout: '' })
  })
  it('is killed with its children when it takes too long', async () => {
    const parent = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })`
    assert.deepEqual(await run(parent, { limit: { milliseconds: 400, bytes: 1000 } }), { outcome: 'timed-out' })
  })
  it('does not outlive us', async () => {
    const module = new URL('../../../src/merchants/references/run-program.ts', import.meta.url)
    const parent = `import { runProgram } from '${module}'
      const script = 'require("node:fs").appendFileSync(process.argv[1], process.pid + " "); setInterval(() => {}, 1000)'
      void runProgram({ words: [process.execPath, '-e', script, process.argv[1]], env: {}, limit: { milliseconds: 60000, bytes: 10 } })
      const { readFileSync } = await import('node:fs')
      setInterval(() => { try { if (readFileSync(process.argv[1], 'utf8').endsWith(' ')) process.exit(0) } catch {} }, 20)`
    const rejection = join(folder(), 'pid')
    const ran = await run('', {
      words: [process.execPath, '--input-type=module', '-e', parent, rejection],
    })
    assert.deepEqual(ran, { outcome: 'ended', code: 0, stdout: '' })
    const pid = Number(await readFile(rejection, 'utf8'))
    await until(() => {
      try {
        return !process.kill(pid, 0)
      } catch {
        return true
      }
    })
  })
  it('is killed when it says too much', async () => {
    assert.deepEqual(await run('for (;;) process.stdout.write("x".repeat(10_000))'), { outcome: 'too-much' })
  })
})
