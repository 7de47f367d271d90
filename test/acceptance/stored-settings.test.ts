/** G4: the settings that are stored now bind a run that has read others before. */
import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { Fault } from '../../src/core/errors/fault.ts'
import type { Policy } from '../../src/core/merchants/policy.ts'
import type { Profile } from '../../src/merchants/profiles/profile.ts'
import { profilesPath, updateProfile, updateProfiles } from '../../src/merchants/profiles/profiles.ts'
import { findMerchant } from '../../src/merchants/profiles/resolve-merchant.ts'
import type { MerchantContext } from '../../src/usecases/merchant-context.ts'
import { proposeMany } from '../../src/usecases/resolve/propose.ts'
import { resolveMany } from '../../src/usecases/resolve/resolve-many.ts'
import { acceptance, codesOf, type Harness, hour, policyOf, type Worker } from './harness.ts'

/** A worker of a stored merchant, and changes that another process makes to the merchant meanwhile. */
type Stored = {
  at: Harness
  worker: Worker
  /** Changes the file, as `merchant set` in another process does. */
  set(policy: { [K in keyof Policy]?: Policy[K] | Partial<Policy[K]> }): Promise<void>
  change(change: (profile: Profile) => Profile): Promise<void>
  remove(): Promise<void>
  path: string
}

async function storedAt(at: Harness, changes: Partial<MerchantContext> = {}): Promise<Stored> {
  const env = { MHLOOP_CONFIG_DIR: `${at.folder}/config` }
  const { merchant } = at.context
  const timestamp = at.clock.now().toISOString()
  const profile: Profile = {
    environment: merchant.environment,
    loop: merchant.loop,
    masonhub: merchant.masonhub,
    policy: policyOf(),
    addedAt: timestamp,
    changedAt: timestamp,
  }
  await updateProfiles(env, () => ({ version: 1, current: null, merchants: { acme: profile } }))
  const found = await findMerchant({ name: 'acme', env })
  const change = async (how: (profile: Profile) => Profile) =>
    void (await updateProfile(env, 'acme', at.clock.now(), how))
  return {
    at,
    worker: at.worker({ merchant: found.merchant, stored: found.stored, ...changes }),
    change,
    set: (policy) =>
      change(
        (before) =>
          ({
            ...before,
            policy: { ...before.policy, ...policy, limits: { ...before.policy?.limits, ...policy.limits } },
          }) as Profile,
      ),
    remove: async () => void (await updateProfiles(env, (before) => ({ ...before, merchants: {} }))),
    path: profilesPath(env),
  }
}

async function received(at: Harness): Promise<string> {
  const id = at.file()
  await at.sync({ returnIds: [id] })
  at.pass(hour)
  at.receive(id)
  return id
}

const fault = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Fault, String(error))
  assert.equal(error.code, code)
  assert.equal(error.merchant, 'acme')
  assert.ok(error.hint)
  return true
}

describe('acceptance: what is stored now binds a running process (G4)', () => {
  const open = acceptance()

  it('G4 a process that read "refunds on" pays nothing after they were switched off, and pays when they are on again', async () => {
    const { at, worker, set } = await storedAt(await open())
    const id = await received(at)
    assert.equal((await worker.show(id)).decision.action, 'refund')
    await set({ refunds: false })
    const [off] = await worker.resolve('ready')
    assert.deepEqual([off?.action, codesOf(off)[0]], ['wait', 'REFUNDS_OFF'])
    await set({ refunds: true })
    await worker.resolve('ready')
    at.pass(hour)
    assert.equal(at.paidByUs(id), 1)
  })

  const changes: [what: string, change: Parameters<Stored['set']>[0]][] = [
    ['refunds off', { refunds: false }],
    ['a smaller largest-refund', { limits: { largestRefund: '1.00' } }],
    ['other outcomes', { outcomes: ['exchange'] }],
    ['a later cutoff', { cutoff: '2099-01-01T00:00:00.000Z' }],
  ]
  for (const [what, change] of changes) {
    it(`G4 decided under the old policy, not carried out under the new one: ${what}`, async () => {
      const { at, worker, set } = await storedAt(await open())
      const id = await received(at)
      const proposals = await proposeMany(worker.context, [id], { requested: 'rules', force: false })
      assert.equal(proposals[0]?.decision.action, 'refund')
      await set(change)
      const request = { requested: 'rules', force: false, note: null, wait: 0 } as const
      const { results, stoppedBy } = await resolveMany(worker.context, proposals, request)
      assert.deepEqual([results[0]?.outcome, codesOf(results[0])[0], stoppedBy], ['skipped', 'POLICY_CHANGED', null])
      assert.equal(at.requests('loop', 'POST').length, 0, 'Loop was told nothing')
      at.pass(hour)
      assert.equal(at.paidByUs(id), 0)
    })
  }

  it('G4 lower limits bind the very next refund: the budget is the one that is stored', async () => {
    const { at, worker, set } = await storedAt(await open())
    const ids = [await received(at), await received(at), await received(at)]
    await worker.resolve(ids.slice(0, 1))
    await set({ limits: { refundsPerHour: 1 } })
    const results = await worker.resolve(ids.slice(1))
    assert.deepEqual(
      results.map((one) => codesOf(one)[0]),
      ['HOURLY_LIMIT', 'HOURLY_LIMIT'],
    )
    await set({ limits: { refundsPerHour: 60, firstByHand: 2 } })
    const [byRules] = await worker.resolve(ids.slice(1, 2))
    assert.equal(codesOf(byRules)[0], 'FIRST_BY_HAND')
    at.pass(60_000)
    assert.equal(at.paidByUs(), 1)
  })

  it('G4 settings that change between the decision and the claim: the claim refuses in its own transaction', async () => {
    const { at, worker, set } = await storedAt(await open())
    const id = await received(at)
    const { journal } = worker.context
    const racing = at.worker({
      ...worker.context,
      journal: {
        ...journal,
        effects: {
          ...journal.effects,
          async claimRefund(...args) {
            await set({ refunds: false })
            return await journal.effects.claimRefund(...args)
          },
        },
      },
    })
    const [result] = await racing.resolve(id)
    assert.deepEqual([result?.outcome, codesOf(result)[0]], ['skipped', 'POLICY_CHANGED'])
    const [effect] = await at.effects(id, 'process')
    assert.equal(effect?.state, 'planned')
    at.pass(hour)
    assert.equal(at.paidByUs(id), 0)
    const [again] = await worker.resolve('ready')
    assert.equal(codesOf(again)[0], 'REFUNDS_OFF')
  })

  it("G4 another merchant's settings, or the current one, change nothing", async () => {
    const { at, worker, change } = await storedAt(await open())
    const id = await received(at)
    const proposals = await proposeMany(worker.context, [id], { requested: 'rules', force: false })
    await change((profile) => ({ ...profile, intervals: { poll: '7m' } }))
    const request = { requested: 'rules', force: false, note: null, wait: 0 } as const
    const { results } = await resolveMany(worker.context, proposals, request)
    assert.equal(results[0]?.outcome, 'accepted')
  })

  it('G4 a merchant that was removed: nothing more is done with what is still in memory, not even explicitly or with --force', async () => {
    const { at, worker, remove } = await storedAt(await open())
    const id = await received(at)
    const other = at.file()
    const proposals = await proposeMany(worker.context, [id], { requested: 'refund', force: true })
    await remove()
    const request = { requested: 'refund', force: true, note: null, wait: 0 } as const
    const { results, stoppedBy } = await resolveMany(worker.context, proposals, request)
    assert.deepEqual([results[0]?.outcome, stoppedBy?.code], ['skipped', 'MERCHANT_GONE'])
    await assert.rejects(worker.resolve(id), fault('MERCHANT_GONE'))
    await assert.rejects(worker.sync({ returnIds: [other] }), fault('MERCHANT_GONE'))
    assert.equal(at.rma(other), undefined)
    at.pass(hour)
    assert.equal(at.paidByUs(id), 0)
  })

  it('G4 settings that cannot be read stop the merchant until they can', async () => {
    const { at, worker, path } = await storedAt(await open())
    const id = await received(at)
    await worker.show(id)
    await chmod(path, 0o666)
    await assert.rejects(worker.resolve(id), fault('MERCHANT_UNREADABLE'))
    await chmod(path, 0o600)
    await worker.resolve(id)
    at.pass(hour)
    assert.equal(at.paidByUs(id), 1)
  })

  it('G4 other accounts under the same name: the run goes no further', async () => {
    const { at, worker, change } = await storedAt(await open())
    const id = await received(at)
    await worker.show(id)
    await change((profile) => ({ ...profile, masonhub: { ...profile.masonhub, slug: 'other' } }))
    await assert.rejects(worker.resolve(id), fault('MERCHANT_CHANGED'))
    await change((profile) => ({ ...profile, masonhub: { ...profile.masonhub, slug: 'demo' } }))
    await change((profile) => ({ ...profile, addedAt: '2027-01-01T00:00:00.000Z' }))
    await assert.rejects(worker.resolve(id), fault('MERCHANT_CHANGED'), 'removed and added again')
  })

  it('G1 bound to another journal meanwhile: the run goes no further with this one', async () => {
    const { at, worker, change } = await storedAt(await open())
    const [id, other] = [await received(at), await received(at)]
    const journal = {
      id: await at.journal.installationId(),
      place: at.journal.location,
      since: '2026-11-01T00:00:00.000Z',
    }
    await change((profile) => ({ ...profile, journal }))
    await worker.resolve(id)
    await change((profile) => ({ ...profile, journal: { ...journal, id: 'another' } }))
    await assert.rejects(worker.resolve(other), fault('JOURNAL_OTHER'))
    at.pass(hour)
    assert.deepEqual([at.paidByUs(id), at.paidByUs(other)], [1, 0])
  })

  it('G4 RMAs that were planned by outdated settings are not written; the next sync plans them again', async () => {
    const base = await open()
    const { at, worker, set } = await storedAt(base)
    const id = at.file()
    const { masonhub } = worker.context
    const slow = at.worker({
      ...worker.context,
      masonhub: {
        ...masonhub,
        async knownSkus(skus) {
          // The change comes after the plan and before the write.
          await set({ destinations: ['1'] })
          return await masonhub.knownSkus(skus)
        },
      },
    })
    const result = await slow.sync()
    assert.deepEqual([result.created, result.held.map(({ reason }) => reason)], [[], ['POLICY_CHANGED']])
    assert.equal(at.rma(id), undefined)
    const { skipped } = await worker.sync()
    assert.deepEqual(
      skipped.map(({ returnId, reason }) => [returnId, reason]),
      [[id, 'OTHER_DESTINATION']],
    )
  })

  it('G4 destinations taken away stop new RMAs, and not the refund of what the warehouse has received; the cutoff does', async () => {
    const { at, worker, set } = await storedAt(await open())
    const [paid, held] = [await received(at), await received(at)]
    await set({ destinations: ['1'] })
    const made = at.requests('masonhub', 'POST').length
    const late = at.file()
    const synced = await worker.sync({ returnIds: [late] })
    assert.deepEqual(synced.created, [])
    assert.equal(at.requests('masonhub', 'POST').length, made)
    assert.equal((await worker.resolve(paid))[0]?.outcome, 'accepted')
    await set({ cutoff: '2099-01-01T00:00:00.000Z' })
    const [remaining] = await worker.resolve(held)
    assert.deepEqual([remaining?.outcome, codesOf(remaining)], ['skipped', ['BEFORE_CUTOFF']])
  })
})
