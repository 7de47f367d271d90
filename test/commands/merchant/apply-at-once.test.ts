/** Several onboarding scripts run at the same time: what they store for different merchants is no conflict. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Fault } from '../../../src/core/errors/fault.ts'
import { readMerchantsFile } from '../../../src/merchants/apply/merchants-file.ts'
import type { Profile, Profiles } from '../../../src/merchants/profiles/profile.ts'
import { readProfiles, updateProfile, updateProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import { applyPlans, prepareApply } from '../../../src/usecases/merchants/apply-merchants.ts'
import { runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const writer = fileURLToPath(new URL('../../merchants/files/writer.ts', import.meta.url))

describe('merchant apply beside other merchant commands (H31)', () => {
  const folder = temporaryFolder()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder(), MHLOOP_CREDENTIAL_STORE: 'file' })
  const run = (argv: string, stdin?: string) =>
    runMhloop(argv, { configDir: folder(), dataDir: `${folder()}/data`, ...(stdin === undefined ? {} : { stdin }) })
  const apply = (text: string, more = '') => run(`merchant apply -f - --no-check ${more} --json`, text)
  const merchants = async () => (await readProfiles(env())).merchants
  const file = (desired: Record<string, string>) =>
    `merchants:\n${Object.entries(desired)
      .map(([name, more]) => `  ${name}: { environment: sandbox, slug: demo, ${more} }`)
      .join('\n')}\n`
  const prepare = (text: string, prune = false) =>
    prepareApply({ env: env(), declared: readMerchantsFile(text).merchants, prune, store: null, now: new Date() })
  const change = (name: string, policy: Profile['policy'] & {}) =>
    updateProfile(env(), name, new Date(), (profile) => ({ ...profile, policy: { ...profile.policy, ...policy } }))
  const without = (name: string) => (before: Profiles) => ({
    ...before,
    merchants: Object.fromEntries(Object.entries(before.merchants).filter(([other]) => other !== name)),
  })

  it('H31: several at once, while another process adds merchants all the time, lose nothing', async () => {
    const child = spawn(process.execPath, [writer, 'script', '100'], {
      env: { ...process.env, MHLOOP_CONFIG_DIR: folder() },
      stdio: 'inherit',
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const names = ['a', 'b', 'c', 'd']
    const rounds = ['refunds: off', 'cutoff: 2026-10-01', 'refunds-per-hour: 7']
    for (const more of rounds) {
      const runs = await Promise.all(names.map((name) => apply(file({ [name]: more, shared: more }))))
      assert.deepEqual(
        runs.map(({ exit, stdout }) => (exit === 0 ? 0 : stdout)),
        names.map(() => 0),
      )
    }
    assert.equal(await ended, 0)
    const stored = await merchants()
    assert.equal(Object.keys(stored).length, 105)
    for (const name of [...names, 'shared']) assert.equal(stored[name]?.policy?.limits?.refundsPerHour, 7)
  })

  it('H31: other merchants, another current one, a journal that began to work, and the same change are no conflict', async () => {
    await apply(file({ acme: 'refunds: off', other: 'refunds: off' }))
    const plan = await prepare(file({ acme: 'cutoff: 2026-10-01, refunds-per-hour: 9', fresh: 'refunds: off' }))
    await run('merchant use other')
    await change('other', { refunds: true })
    await change('acme', { cutoff: '2026-10-01T00:00:00.000Z' })
    const journal = { id: 'j', place: 'sqlite:/j.db', since: '2026-11-01T00:00:00.000Z' }
    await updateProfile(env(), 'acme', new Date(), (profile) => ({ ...profile, journal }))
    await apply(file({ fresh: 'refunds: off' }))
    const done = await applyPlans(env(), plan)
    assert.deepEqual(
      done.map(({ name, action }) => `${name} ${action}`),
      ['acme changed', 'fresh unchanged'],
    )
    const { acme, other } = await merchants()
    assert.deepEqual([acme?.journal, acme?.policy?.limits?.refundsPerHour], [journal, 9])
    assert.equal(other?.policy?.refunds, true)
    assert.equal((await readProfiles(env())).current, 'other')
  })

  it('H31: what was not in the plan stays: a merchant added meanwhile is not pruned, an unchanged one not put back', async () => {
    await apply(file({ acme: 'refunds: off', old: 'refunds: off' }))
    const plan = await prepare(file({ acme: 'refunds: off' }), true)
    await apply(file({ newcomer: 'refunds: off' }))
    await change('acme', { refunds: true })
    await applyPlans(env(), plan)
    const stored = await merchants()
    assert.deepEqual(Object.keys(stored).sort(), ['acme', 'newcomer'])
    assert.equal(stored.acme?.policy?.refunds, true)
  })

  it('H31: the same merchant, changed otherwise, is a conflict that names it; nothing is stored', async () => {
    const conflicts: [title: string, meanwhile: () => Promise<unknown>, desired: string, prune?: boolean][] = [
      ['another value', () => change('acme', { cutoff: '2026-09-01T00:00:00.000Z' }), 'cutoff: 2026-10-01'],
      ['another setting', () => change('acme', { refunds: true }), 'refunds: off, cutoff: 2026-10-01'],
      ['removed', () => updateProfiles(env(), without('acme')), 'cutoff: 2026-10-01'],
      ['pruned, but changed', () => change('acme', { refunds: true }), '', true],
    ]
    for (const [title, meanwhile, desired, prune = false] of conflicts) {
      await updateProfiles(env(), (before) => ({ ...before, merchants: {} }))
      await apply(file({ acme: 'refunds: off' }))
      await fileCredentialStore(env()).write('acme', { loopApiKey: secret('kept-canary') }, new Date())
      const plan = await prepare(prune ? 'merchants: {}\n' : file({ acme: desired, more: 'refunds: off' }), prune)
      await meanwhile()
      const before = await readProfiles(env())
      await assert.rejects(applyPlans(env(), plan), (error) => {
        assert.ok(error instanceof Fault && error.code === 'PROFILES_CHANGED' && error.merchant === 'acme', title)
        assert.match(
          error.message,
          /^The profile of acme was changed by another process in the meantime\. Nothing was stored\.$/,
        )
        return true
      })
      assert.deepEqual(await readProfiles(env()), before, title)
      assert.ok((await fileCredentialStore(env()).list('acme')).loopApiKey, title)
    }
    await updateProfiles(env(), (before) => ({ ...before, merchants: {} }))
    const plan = await prepare(file({ acme: 'cutoff: 2026-10-01' }))
    await apply(file({ acme: 'refunds-per-hour: 3' }))
    await assert.rejects(applyPlans(env(), plan), /The profile of acme was changed/, 'added by another user')
  })

  it('H31, G8: a merchant that leaves its host is not merged: a secret may have been given for that host since', async () => {
    const at = (host: string) => file({ acme: `masonhub-base-url: "http://${host}:9/x"` })
    await apply(at('127.0.0.1'))
    const plan = await prepare(at('127.0.0.2'))
    await run('merchant set -m acme --no-check masonhub-token -', 'given-meanwhile-canary')
    await assert.rejects(applyPlans(env(), plan), /The profile of acme was changed/)
  })
})
