/** G5 and G6: a running process finds what is stored now. */
import assert from 'node:assert/strict'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import type { Profile } from '../../../src/merchants/profiles/profile.ts'
import { changeConfiguration, updateProfile, updateProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { fileVersion } from '../../../src/merchants/profiles/stored-merchant.ts'
import { type MerchantNow, watchMerchants } from '../../../src/merchants/profiles/watch-merchants.ts'
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

describe('the stored merchants, read again and again', () => {
  const folder = temporaryFolder()
  const env = () => ({ MHLOOP_CONFIG_DIR: `${folder()}/config` })
  const add = async (name: string, more: Partial<Profile> = {}) => {
    await updateProfiles(env(), (before) => ({
      ...before,
      merchants: { ...before.merchants, [name]: { ...profile, ...more } },
    }))
  }
  const keep = (name: string, secrets: Record<string, string>) =>
    fileCredentialStore(env()).write(
      name,
      Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, secret(value)])),
      now,
    )
  const whole = { loopApiKey: 'a loop key', masonhubToken: 'a masonhub token' }
  const codes = (found: MerchantNow[]) => found.map(({ name, fault }) => [name, fault?.code ?? null])
  const endpointKey = ([found]: MerchantNow[]) => found?.endpoint?.receiverKey?.reveal() ?? null
  const tokens = ([found]: MerchantNow[]) => found?.endpoint?.callbackTokens.map((token) => token.reveal())

  it('G5 come and go; one that is broken hides no other', async () => {
    const readMerchants = watchMerchants(env(), null)
    assert.deepEqual(await readMerchants(), [])
    await add('acme')
    assert.deepEqual(codes(await readMerchants()), [['acme', 'CREDENTIALS_MISSING']])
    await keep('acme', whole)
    await add('broken', { secrets: { loopApiKey: 'env:NOT_SET', masonhubToken: 'env:NOT_SET' } })
    assert.deepEqual(codes(await readMerchants()), [
      ['acme', null],
      ['broken', 'CREDENTIALS_UNREADABLE'],
    ])
    await updateProfiles(env(), (before) => ({ ...before, merchants: {} }))
    assert.deepEqual(await readMerchants(), [])
  })

  it('F66 an incomplete environment is a merchant that can’t be used, unless stored merchants refer to its variables', async () => {
    const some = { ...env(), MHLOOP_LOOP_API_KEY: 'a-loop-key', MHLOOP_MASONHUB_TOKEN: 'a-masonhub-token' }
    assert.deepEqual(codes(await watchMerchants(some, null)()), [['env', 'CREDENTIALS_MISSING']])
    await add('acme', {
      secrets: { loopApiKey: 'env:MHLOOP_LOOP_API_KEY', masonhubToken: 'env:MHLOOP_MASONHUB_TOKEN' },
    })
    assert.deepEqual(codes(await watchMerchants(some, null)()), [['acme', null]])
  })

  it('G6 a rotated callback token, another receiver key: seen at the next look, and the work is not begun anew', async () => {
    await add('acme')
    await keep('acme', { ...whole, receiverKey: 'k'.repeat(43), callbackToken: 'old' })
    const readMerchants = watchMerchants(env(), null)
    const [before] = await readMerchants()
    assert.deepEqual([endpointKey(await readMerchants()), tokens(await readMerchants())], ['k'.repeat(43), ['old']])
    await keep('acme', { callbackToken: 'new', receiverKey: 'n'.repeat(43) })
    assert.deepEqual([endpointKey(await readMerchants()), tokens(await readMerchants())], ['n'.repeat(43), ['new']])
    const [after] = await readMerchants()
    assert.equal(before?.version, after?.version)
  })

  it('G7 other credentials, hosts or intervals, or a merchant that was removed and added again: another version; another policy: the same', async () => {
    await add('acme')
    await keep('acme', whole)
    const readMerchants = watchMerchants(env(), null)
    const version = async () => (await readMerchants())[0]?.version
    let last = await version()
    const change = (how: (before: Profile) => Profile) => updateProfile(env(), 'acme', now, how)
    await change((before) => ({ ...before, policy: { refunds: true } }))
    assert.equal(await version(), last)
    const changes = [
      () => keep('acme', { masonhubToken: 'another' }),
      () => change((before) => ({ ...before, masonhub: { ...before.masonhub, slug: 'other' } })),
      () => change((before) => ({ ...before, intervals: { poll: '1m' } })),
      () => change((before) => ({ ...before, addedAt: '2026-11-01T00:00:00.000Z' })),
    ]
    for (const apply of changes) {
      await apply()
      const next = await version()
      assert.notEqual(next, last, apply.toString())
      last = next
    }
  })

  it('G6 a secret in a file is read again when the file is another one, as Kubernetes and Docker swap it', async () => {
    const place = `${folder()}/secrets`
    await mkdir(place, { mode: 0o700 })
    await writeFile(`${place}/token`, 'old', { mode: 0o600 })
    await add('acme', { secrets: { callbackToken: `file:${place}/token` } })
    await keep('acme', whole)
    const readMerchants = watchMerchants(env(), null)
    assert.deepEqual(tokens(await readMerchants()), ['old'])
    await writeFile(`${place}/next`, 'new', { mode: 0o600 })
    await rename(`${place}/next`, `${place}/token`)
    assert.deepEqual(tokens(await readMerchants()), ['new'])
  })

  it('G6 whatever mhloop changes in the keychain leaves a sign on the disk, by which it is read again', async () => {
    await add('acme')
    const before = fileVersion(env().MHLOOP_CONFIG_DIR)
    await changeConfiguration(env(), async () => undefined)
    assert.notEqual(fileVersion(env().MHLOOP_CONFIG_DIR), before)
  })

  it('H30 storing leaves no listener that sends a signal on a second time', async () => {
    await add('acme')
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
      for (const listener of process.listeners(signal)) assert.doesNotMatch(String(listener), /exit\(signal\)/, signal)
  })

  it('G5 a named one that is not there yet, or no longer, is reported as such', async () => {
    const readMerchants = watchMerchants(env(), 'acme')
    assert.deepEqual(codes(await readMerchants()), [['acme', 'MERCHANT_UNKNOWN']])
    await add('other')
    await add('acme')
    await keep('acme', whole)
    assert.deepEqual(codes(await readMerchants()), [['acme', null]])
  })

  it('the merchant of the environment is as it was at the start', async () => {
    const trio = { MHLOOP_LOOP_API_KEY: 'key', MHLOOP_MASONHUB_TOKEN: 'token', MHLOOP_MASONHUB_SLUG: 'demo' }
    const readMerchants = watchMerchants({ ...env(), ...trio }, null)
    const [first] = await readMerchants()
    assert.deepEqual([first?.name, first?.fault], ['env', null])
    assert.equal((await readMerchants())[0], first)
  })
})
