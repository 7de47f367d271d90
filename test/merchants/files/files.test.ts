import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Fault } from '../../../src/core/errors/fault.ts'
import { withLock } from '../../../src/merchants/profiles/lock.ts'
import type { Profile } from '../../../src/merchants/profiles/profile.ts'
import { profileOf, readProfiles, updateProfile, updateProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const now = new Date('2026-10-01T00:00:00Z')
const profile: Profile = {
  environment: 'sandbox',
  masonhub: { slug: 'demo' },
  addedAt: now.toISOString(),
  changedAt: now.toISOString(),
}
const refusal = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Fault)
  assert.equal(error.code, code)
  assert.match(error.message, message)
  return true
}
const add = (env: Record<string, string>, name: string) =>
  updateProfiles(env, (before) => ({ ...before, merchants: { ...before.merchants, [name]: profile } }))

describe('profiles on disk', () => {
  const folder = temporaryFolder()
  const env = () => ({ MHLOOP_CONFIG_DIR: join(folder(), 'mhloop') })
  const file = () => join(env().MHLOOP_CONFIG_DIR, 'profiles.json')

  it('H25 in a folder that can never be are a fault with the cause, and not “no merchant yet”', async () => {
    await writeFile(join(folder(), 'file'), '')
    for (const below of ['mhloop', 'some/mhloop']) {
      const unusable = { MHLOOP_CONFIG_DIR: join(folder(), 'file', below) }
      await assert.rejects(readProfiles(unusable), refusal('CONFIG_UNSAFE', /is below something that is not a folder/))
    }
  })

  it('H25 in the place of a file or a device: the hint moves away the former only', async () => {
    const place = join(folder(), 'file')
    await writeFile(place, '')
    for (const [named, hint] of [
      [place, `mv ${place} ${place}.old`],
      ['/dev/null', 'export MHLOOP_CONFIG_DIR=/a/folder/of/yours'],
    ] as const)
      await assert.rejects(readProfiles({ MHLOOP_CONFIG_DIR: named }), { code: 'CONFIG_UNSAFE', hint })
  })

  it('are 0600 in a folder of 0700 (F62)', async () => {
    await add(env(), 'acme')
    assert.equal((await stat(file())).mode & 0o777, 0o600)
    assert.equal((await stat(env().MHLOOP_CONFIG_DIR)).mode & 0o777, 0o700)
  })
  it('leave signals to mhloop: one SIGTERM stays one, and abandons nothing that is in flight (F7)', async () => {
    await add(env(), 'acme')
    for (const signal of ['SIGHUP', 'SIGXCPU', 'SIGVTALRM'] as const) assert.equal(process.listenerCount(signal), 0)
  })
  it('keep merchant names with dots whole (conf would nest them)', async () => {
    await add(env(), 'acme.myshopify.com')
    await add(env(), 'acme.other')
    assert.deepEqual(Object.keys((await readProfiles(env())).merchants), ['acme.myshopify.com', 'acme.other'])
  })
  it('keep fields that a newer version wrote', async () => {
    await mkdir(env().MHLOOP_CONFIG_DIR, { mode: 0o700 })
    const newer = { version: 1, current: null, later: 1, merchants: { acme: { ...profile, later: { x: 2 } } } }
    await writeFile(file(), JSON.stringify(newer), { mode: 0o600 })
    await updateProfile(env(), 'acme', now, (before) => before)
    assert.deepEqual(JSON.parse(await readFile(file(), 'utf8')), newer)
  })
  it('leave no temporary file and no lock behind, also when a change fails', async () => {
    await add(env(), 'acme')
    await assert.rejects(
      updateProfile(env(), 'nobody', now, (before) => before),
      refusal('MERCHANT_UNKNOWN', /nobody/),
    )
    assert.deepEqual(await readdir(env().MHLOOP_CONFIG_DIR), ['profiles.json'])
  })
  it('are no one when there is no file yet, and nothing is made by reading', async () => {
    assert.deepEqual(await readProfiles(env()), { version: 1, current: null, merchants: {} })
    assert.deepEqual(await readdir(folder()), [])
  })
  it('never answer for names of the language itself', async () => {
    const profiles = await add(env(), 'acme')
    for (const name of ['__proto__', 'constructor', 'toString']) {
      assert.throws(() => profileOf(profiles, name), refusal('MERCHANT_UNKNOWN', /There is no merchant/))
    }
  })

  const malformed: [string, string, RegExp][] = [
    ['no JSON', '{"version":1,"secret":"file-canary"', /not valid JSON/],
    [
      'a wrong field',
      JSON.stringify({ version: 1, current: null, merchants: { acme: { ...profile, environment: 'prod' } } }),
      /merchants\.acme\.environment/,
    ],
    [
      'a largest refund in no currency',
      JSON.stringify({
        version: 1,
        current: null,
        merchants: { acme: { ...profile, policy: { limits: { largestRefund: {} } } } },
      }),
      /merchants\.acme\.policy\.limits\.largestRefund/,
    ],
    ['another version', JSON.stringify({ version: 2, current: null, merchants: {} }), /another version/],
    ['no object', '[]', /version|object/],
  ]
  for (const [name, text, message] of malformed) {
    it(`that are malformed (${name}) are refused by file and field, and stay as they are`, async () => {
      await mkdir(env().MHLOOP_CONFIG_DIR, { mode: 0o700 })
      await writeFile(file(), text, { mode: 0o600 })
      for (const act of [() => readProfiles(env()), () => add(env(), 'other')]) {
        await assert.rejects(act, (error) => {
          refusal('CONFIG_MALFORMED', message)(error)
          assert.equal((error as Fault).exit, 2)
          assert.ok((error as Fault).message.includes(file()))
          assert.doesNotMatch((error as Fault).message, /canary/)
          return true
        })
      }
      assert.equal(await readFile(file(), 'utf8'), text)
    })
  }

  it('reached by a symbolic link are refused, and the link stays what it was (F62)', async () => {
    const victim = join(folder(), 'victim.json')
    await writeFile(victim, JSON.stringify({ version: 1, current: null, merchants: {} }), { mode: 0o600 })
    await mkdir(env().MHLOOP_CONFIG_DIR, { mode: 0o700 })
    await symlink(victim, file())
    await assert.rejects(readProfiles(env()), refusal('CONFIG_UNSAFE', /symbolic link/))
    await assert.rejects(add(env(), 'acme'), refusal('CONFIG_UNSAFE', /symbolic link/))
    assert.deepEqual(JSON.parse(await readFile(victim, 'utf8')).merchants, {})
  })
  it('that are a pipe are refused, and nothing waits for their content (F62)', async function () {
    if (process.platform === 'win32') {
      process.stderr.write('skipped: Windows has no such files\n')
      this.skip()
    }
    await mkdir(env().MHLOOP_CONFIG_DIR, { mode: 0o700 })
    execFileSync('mkfifo', ['-m', '600', file()])
    await assert.rejects(readProfiles(env()), refusal('CONFIG_UNSAFE', /not a regular file/))
  })
  it('in a folder that can’t be made are refused, and it is not tried for ever', async function () {
    if (process.platform !== 'linux') {
      process.stderr.write('skipped: only Linux has such a folder\n')
      this.skip()
    }
    await assert.rejects(add({ MHLOOP_CONFIG_DIR: '/proc/nothing/mhloop' }, 'acme'), { code: 'ENOENT' })
  })
  it('in a folder that is a symbolic link are refused (F62)', async () => {
    await mkdir(join(folder(), 'elsewhere'), { mode: 0o700 })
    await symlink(join(folder(), 'elsewhere'), env().MHLOOP_CONFIG_DIR)
    await assert.rejects(readProfiles(env()), refusal('CONFIG_UNSAFE', /symbolic link/))
    await assert.rejects(add(env(), 'acme'), refusal('CONFIG_UNSAFE', /symbolic link/))
    assert.deepEqual(await readdir(join(folder(), 'elsewhere')), [])
  })
  it('that others can change, in themselves or by their folder, are refused with the command that repairs it (F62)', async () => {
    await add(env(), 'acme')
    await chmod(file(), 0o622)
    await assert.rejects(readProfiles(env()), (error) => (error as Fault).hint === `chmod 600 ${file()}`)
    await chmod(file(), 0o600)
    await chmod(env().MHLOOP_CONFIG_DIR, 0o777)
    await assert.rejects(
      readProfiles(env()),
      (error) => (error as Fault).hint === `chmod 700 ${env().MHLOOP_CONFIG_DIR}`,
    )
    await chmod(env().MHLOOP_CONFIG_DIR, 0o700)
    await chmod(folder(), 0o777)
    await assert.rejects(readProfiles(env()), refusal('CONFIG_UNSAFE', /everyone can write/))
    await chmod(folder(), 0o1777)
    assert.ok((await readProfiles(env())).merchants.acme)
  })
  it('of someone else are refused (F62)', async function () {
    if (process.geteuid?.() !== 0) {
      process.stderr.write('skipped: only root can give a file to someone else\n')
      this.skip()
    }
    await add(env(), 'acme')
    await chown(file(), 12345, 12345)
    await assert.rejects(readProfiles(env()), refusal('CONFIG_UNSAFE', /another user/))
  })
})

describe('credentials on disk', () => {
  const folder = temporaryFolder()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder() })
  const file = () => join(folder(), 'credentials.json')
  const store = () => fileCredentialStore(env())

  it('are 0600, per merchant, and one secret replaces only itself', async () => {
    await store().write('acme', { loopApiKey: secret('key-one-1'), masonhubToken: secret('token-one') }, now)
    await store().write('other', { loopApiKey: secret('key-other') }, now)
    await store().write('acme', { loopApiKey: secret('key-two-2') }, now)
    assert.equal((await stat(file())).mode & 0o777, 0o600)
    const { loopApiKey, masonhubToken } = await store().read('acme')
    assert.deepEqual([loopApiKey?.value.reveal(), masonhubToken?.value.reveal()], ['key-two-2', 'token-one'])
    await store().remove('acme')
    assert.deepEqual(await store().read('acme'), {})
    assert.equal((await store().read('other')).loopApiKey?.value.reveal(), 'key-other')
  })
  it('that others could read are refused, with the command that repairs it (F62)', async () => {
    await store().write('acme', { loopApiKey: secret('mode-canary') }, now)
    for (const mode of [0o640, 0o604, 0o660]) {
      await chmod(file(), mode)
      const unsafe = (error: unknown) =>
        refusal('CONFIG_UNSAFE', /readable by other users/)(error) && (error as Fault).hint === `chmod 600 ${file()}`
      await assert.rejects(store().read('acme'), unsafe)
      await assert.rejects(store().write('acme', {}, now), unsafe)
    }
  })
  it('reached by a symbolic link are refused, and its target is untouched (F62)', async () => {
    const victim = join(folder(), 'victim')
    await writeFile(victim, 'mine', { mode: 0o600 })
    await symlink(victim, file())
    await assert.rejects(store().read('acme'), refusal('CONFIG_UNSAFE', /symbolic link/))
    await assert.rejects(
      store().write('acme', { loopApiKey: secret('x') }, now),
      refusal('CONFIG_UNSAFE', /symbolic link/),
    )
    assert.equal(await readFile(victim, 'utf8'), 'mine')
  })
  it('that are malformed are refused without repeating what is in them', async () => {
    await writeFile(file(), '{"version":1,"merchants":{"acme":{"loopApiKey":"disk-canary"}}}', { mode: 0o600 })
    await assert.rejects(store().read('acme'), (error) => {
      refusal('CONFIG_MALFORMED', /merchants\.acme\.loopApiKey/)(error)
      assert.doesNotMatch((error as Fault).message, /canary/)
      return true
    })
  })
})

describe('the lock', () => {
  const folder = temporaryFolder()
  const lock = () => join(folder(), 'lock')

  it('lets one in at a time', async () => {
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withLock(lock(), async () => {
          most = Math.max(most, ++inside)
          await new Promise(setImmediate)
          inside--
        }),
      ),
    )
    assert.equal(most, 1)
  })
  it('of a process that is gone is taken over', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => child.once('exit', resolve))
    await writeFile(lock(), JSON.stringify({ pid: child.pid, host: hostname(), nonce: 'dead' }))
    assert.equal(await withLock(lock(), async () => 'in'), 'in')
    assert.deepEqual(await readdir(folder()), [])
  })
  it('of another machine is taken over once it is a minute old', async () => {
    await writeFile(lock(), JSON.stringify({ pid: 1, host: 'elsewhere.invalid', nonce: 'old' }))
    const old = new Date(Date.now() - 61_000)
    await utimes(lock(), old, old)
    assert.equal(await withLock(lock(), async () => 'in'), 'in')
  }).timeout(60_000)
  it('that a killed process has created and not yet written to is taken over, and so is a guard of that kind', async () => {
    await writeFile(lock(), '')
    await writeFile(`${lock()}.takeover`, '')
    assert.equal(await withLock(lock(), async () => 'in'), 'in')
    assert.deepEqual(await readdir(folder()), [])
  }).timeout(60_000)
  it('that is held is left alone, however old it seems by a clock that has jumped (C5)', async () => {
    const long = new Date(Date.now() - 16 * 60_000)
    // A round that took too long on a busy machine proves nothing.
    for (let rounds = 0, stretched = true; stretched && rounds < 100; rounds += 1) {
      const began = performance.now()
      let waiter = Promise.resolve('')
      const held = await withLock(lock(), async (stillHeld) => {
        await utimes(lock(), long, long)
        waiter = withLock(lock(), async () => 'next')
        await pause(100)
        return await stillHeld().then(
          () => true,
          () => false,
        )
      })
      stretched = performance.now() - began > 1_500
      assert.ok(held || stretched)
      assert.equal(await waiter, 'next')
    }
  }).timeout(600_000)
  it('keeps a holder that lost it meanwhile from writing, and leaves the new holder its lock', async () => {
    await assert.rejects(
      withLock(lock(), async (stillHeld) => {
        await writeFile(lock(), 'someone else has it now')
        await stillHeld()
      }),
      refusal('CONFIG_LOCKED', /Nothing was changed/),
    )
    assert.equal(await readFile(lock(), 'utf8'), 'someone else has it now')
  })
  it('of long work says in its own words that it was lost, and stays young until then', async () => {
    const lost = new Fault('Another one took over.', { code: 'CONFIG_LOCKED', hint: '' })
    const old = new Date(Date.now() - 61_000)
    const work = withLock(
      lock(),
      async (stillHeld) => {
        await utimes(lock(), old, old)
        await stillHeld()
        assert.ok((await stat(lock())).mtimeMs > Date.now() - 50_000)
        await writeFile(lock(), 'someone else has it now')
        await stillHeld()
      },
      { busy: lost, lost },
    )
    await assert.rejects(work, /^Fault: Another one took over\.$/)
  })
})

describe('two processes that write a hundred times each', () => {
  const folder = temporaryFolder()
  it('lose nothing (conf alone loses half)', async () => {
    const writer = fileURLToPath(new URL('./writer.ts', import.meta.url))
    const exits = await Promise.all(
      ['one', 'two'].map((name) => {
        const child = spawn(process.execPath, [writer, name, '100'], {
          env: { ...process.env, MHLOOP_CONFIG_DIR: folder() },
          stdio: 'inherit',
        })
        return new Promise((resolve) => child.once('exit', resolve))
      }),
    )
    assert.deepEqual(exits, [0, 0])
    const { merchants } = await readProfiles({ MHLOOP_CONFIG_DIR: folder() })
    assert.equal(Object.keys(merchants).length, 200)
    assert.deepEqual(await readdir(folder()), ['profiles.json'])
  })
})
