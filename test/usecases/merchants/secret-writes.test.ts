/** A change of a merchant that is refused under the lock leaves none of its secrets behind (H31). */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../../src/core/errors/fault.ts'
import { readMerchantsFile } from '../../../src/merchants/apply/merchants-file.ts'
import type { Profile } from '../../../src/merchants/profiles/profile.ts'
import { readProfiles, updateProfile, updateProfiles } from '../../../src/merchants/profiles/profiles.ts'
import type { SecretName } from '../../../src/merchants/secrets/credentials.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import { useKeychain } from '../../../src/merchants/stores/keychain.ts'
import {
  addMerchant,
  changeMerchant,
  type MerchantChange,
  removeMerchant,
} from '../../../src/usecases/merchants/add-merchant.ts'
import { applyPlans, prepareApply } from '../../../src/usecases/merchants/apply-merchants.ts'
import { secretsPutBackUnless } from '../../../src/usecases/merchants/secret-writes.ts'
import { onKeychain } from '../../keychain.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const early = new Date('2026-11-01T00:00:00.000Z')
const now = new Date('2026-11-30T00:00:00.000Z')

describe('secrets of a change that is refused', () => {
  const folder = temporaryFolder()
  const keychain = onKeychain()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder(), MHLOOP_CREDENTIAL_STORE: 'file' })
  const file = () => fileCredentialStore(env())
  const credentials = () => join(folder(), 'credentials.json')
  const values = async (name = 'acme') =>
    Object.fromEntries(Object.entries(await file().read(name)).map(([key, { value }]) => [key, value.reveal()]))
  const storedSecret = { loopApiKey: 'old-key', masonhubToken: 'old-token' }

  async function add(name = 'acme') {
    const secrets = { loopApiKey: secret('old-key'), masonhubToken: secret('old-token') }
    const profile = { environment: 'sandbox', masonhub: { slug: 'demo' } } as const
    await addMerchant(env(), early, { name, profile, secrets, store: 'file', check: false }, {})
  }
  const perHour = (most: number) => (profile: Profile) => ({
    ...profile,
    policy: { ...profile.policy, limits: { ...profile.policy?.limits, refundsPerHour: most } },
  })
  const set = (change: Partial<MerchantChange>) =>
    changeMerchant(
      env(),
      now,
      {
        name: 'acme',
        change: perHour(20),
        mayLoosen: false,
        secrets: { loopApiKey: secret('new-key') },
        references: {},
        check: false,
        // Another process lowers the limit, so this change would now raise it.
        beforeStoring: async () => void (await updateProfile(env(), 'acme', now, perHour(10))),
        ...change,
      },
      {},
    )
  const conflict = (message: RegExp) => (error: unknown) =>
    error instanceof Fault && error.code === 'PROFILES_CHANGED' && message.test(error.message)
  /** Changes one stored record as another program would, while the lock is held. */
  const edit = (record: (records: Record<string, object>) => void) => {
    const text = JSON.parse(readFileSync(credentials(), 'utf8'))
    record(text.merchants.acme)
    writeFileSync(credentials(), JSON.stringify(text), { mode: 0o600 })
  }

  /** A keychain that calls `hook` before it stores an entry. */
  const onSet = (hook: (account: string) => void) =>
    useKeychain(async (requests) =>
      requests.map(({ action, account, value }) => {
        if (action === 'get') return keychain().entries.get(account) ?? null
        if (action === 'remove') keychain().entries.delete(account)
        else {
          hook(account)
          keychain().entries.set(account, value ?? '')
        }
        return null
      }),
    )

  it('H31: a refused setting takes its new secret with it, and the old one is as it was, with its time', async () => {
    await add()
    const before = readFileSync(credentials(), 'utf8')
    await assert.rejects(set({}), conflict(/Nothing was stored\.$/))
    assert.deepEqual(JSON.parse(readFileSync(credentials(), 'utf8')), JSON.parse(before))
    const third = { loopWebhookSecret: secret('new-secret'), loopApiKey: secret('new-key') }
    await updateProfile(env(), 'acme', now, perHour(60))
    await assert.rejects(set({ secrets: third }), conflict(/Nothing was stored\.$/))
    assert.deepEqual(await values(), storedSecret)
  })

  it('H31: a refused move to another store leaves no copies there', async () => {
    await add()
    const change = (profile: Profile): Profile => ({ ...perHour(20)(profile), store: 'keychain' })
    await assert.rejects(set({ change }), conflict(/Nothing was stored\.$/))
    assert.deepEqual([...keychain().entries], [])
    assert.deepEqual(await values(), storedSecret)
  })

  it('H31: what another process has stored since stays', async () => {
    await add()
    let times = 0
    const change = (profile: Profile) => {
      times += 1
      if (times === 2) edit((records) => Object.assign(records, { loopApiKey: { value: 'theirs', since: '2026' } }))
      return perHour(20)(profile)
    }
    await assert.rejects(set({ change }), conflict(/Nothing was stored\.$/))
    assert.deepEqual(await values(), { ...storedSecret, loopApiKey: 'theirs' })
  })

  it('H31: a record that could not be read blocks nothing, and the message names it', async () => {
    await add()
    const unreadable = { loopApiKey: { sealed: 'canary', since: '2026' } }
    edit((records) => Object.assign(records, unreadable))
    await assert.rejects(set({}), conflict(/But the Loop API key of acme could not be put back as before\.$/))
    assert.deepEqual(await values(), { masonhubToken: 'old-token' })
    edit((records) => Object.assign(records, unreadable))
    const secrets = { loopApiKey: secret('new-key') }
    await changeMerchant(
      env(),
      now,
      { name: 'acme', change: (profile) => profile, mayLoosen: false, secrets, references: {}, check: false },
      {},
    )
    assert.deepEqual(await values(), { ...storedSecret, loopApiKey: 'new-key' })
  })

  it('H31, G7: beside other hosts, or without a profile, no old secret comes back', async () => {
    const at = (host: string) => (profile: Profile) => ({ ...profile, loop: { baseUrl: `http://${host}:9/x` } })
    for (const [name, meanwhile] of [
      ['moved', () => updateProfile(env(), 'acme', now, at('127.0.0.3'))],
      ['removed', () => updateProfiles(env(), (before) => ({ ...before, merchants: {} }))],
    ] as const) {
      await updateProfiles(env(), (before) => ({ ...before, merchants: {} }))
      await add()
      const refused = secretsPutBackUnless(env(), async ({ write }) => {
        await write(file(), 'acme', { loopApiKey: null }, now)
        await meanwhile()
        throw new Fault('Refused. Nothing was stored.', { code: 'PROFILES_CHANGED' })
      })
      await assert.rejects(refused, conflict(/^Refused\. But the Loop API key of acme could not be put back/))
      assert.deepEqual(await values(), { masonhubToken: 'old-token' }, name)
    }
  })

  it('H31: a new merchant whose secrets can be stored only in part leaves none and no profile', async () => {
    const undo = onSet((account) => {
      if (account.endsWith('masonhub-token')) throw new Fault('The keychain is full.', { code: 'KEYCHAIN_SILENT' })
    })
    const secrets = { loopApiKey: secret('new-key'), masonhubToken: secret('new-masonhub-token') }
    const profile = { environment: 'sandbox', masonhub: { slug: 'demo' } } as const
    const requested = { name: 'acme', profile, secrets, store: 'keychain', check: false } as const
    await assert.rejects(addMerchant(env(), now, requested, {}), /The keychain is full/)
    undo()
    assert.deepEqual([...keychain().entries], [])
    assert.deepEqual((await readProfiles(env())).merchants, {})
  })

  it('H31: a refused merchant apply moves no secret and removes none', async () => {
    await add()
    await add('gone')
    const text = 'merchants:\n  acme: { environment: sandbox, slug: demo, store: keychain, refunds-per-hour: 20 }\n'
    const { merchants } = readMerchantsFile(text)
    const plan = await prepareApply({ env: env(), declared: merchants, prune: true, store: null, now })
    const profiles = join(folder(), 'profiles.json')
    // The lock is held here, so a plain write stands for the other process.
    const undo = onSet(() => {
      const stored = JSON.parse(readFileSync(profiles, 'utf8'))
      Object.assign(stored.merchants.acme, perHour(10)(stored.merchants.acme))
      writeFileSync(profiles, JSON.stringify(stored), { mode: 0o600 })
    })
    await assert.rejects(applyPlans(env(), plan), conflict(/^The profile of acme was changed .*Nothing was stored\.$/))
    undo()
    assert.deepEqual([...keychain().entries], [])
    assert.deepEqual([await values(), await values('gone')], [storedSecret, storedSecret])
  })

  it('H31: a merchant that can not be removed keeps its secrets', async () => {
    await add()
    const profiles = join(folder(), 'profiles.json')
    const text = readFileSync(profiles, 'utf8')
    const secrets: SecretName[] = ['loopApiKey', 'masonhubToken']
    const refused = secretsPutBackUnless(env(), async ({ remove }) => {
      await remove(file(), 'acme')
      assert.deepEqual(await values(), {})
      throw new Fault('Another mhloop holds the lock. Nothing was changed.', { code: 'CONFIG_LOCKED' })
    })
    await assert.rejects(refused, /Nothing was changed\.$/)
    assert.deepEqual(await values(), storedSecret)
    assert.equal(readFileSync(profiles, 'utf8'), text)
    assert.deepEqual(await removeMerchant(env(), 'acme'), { secrets, wasCurrent: true })
    assert.deepEqual(await values(), {})
  })
})
