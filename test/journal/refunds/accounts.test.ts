import assert from 'node:assert/strict'
import type { Claim } from '../../../src/journal/journal.ts'
import { at, generous, minutes, type Opened, onEachEngine, refund } from '../fresh.ts'

onEachEngine('refunds of one Loop account under several names (G10)', ({ freshJournal }) => {
  let opened: Opened
  beforeEach(async () => {
    opened = await freshJournal()
  })
  afterEach(() => opened.dispose())

  let count = 0
  async function claim(
    merchant: string,
    account: string,
    limits: { refundsPerHour?: number; firstByHand?: number; explicit?: boolean } = {},
    when = at,
  ): Promise<Claim> {
    const { journal } = opened
    const { effectId } = await journal.effects.plan(refund(String(++count), { merchant }), when)
    return await journal.effects.claimRefund(effectId, `${merchant}@desk`, when, { ...generous, account, ...limits })
  }
  const codeOf = (one: Claim) => (one.claimed ? 'claimed' : one.code)

  it('a pause of one name holds for the others, and says whose it is (G10)', async () => {
    const { refunds } = opened.journal
    await claim('acme', 'key-a')
    await refunds.pause('acme', 'odd', 'eve@desk', at)
    for (const name of ['acme', 'twin', 'env']) {
      const one = await claim(name, 'key-a')
      assert.equal(codeOf(one), 'REFUNDS_PAUSED')
      if (!one.claimed && name !== 'acme')
        assert.match(one.message, new RegExp(`acme, on the same Loop account as ${name},`))
    }
    assert.equal(codeOf(await claim('other', 'key-b')), 'claimed')
    await refunds.resume('acme', 'eve@desk', at)
    assert.equal(codeOf(await claim('twin', 'key-a')), 'claimed')
  })

  it('budgets and first explicit refunds are counted together (G10)', async () => {
    const { effects, refunds } = opened.journal
    for (const name of ['acme', 'twin']) {
      const one = await claim(name, 'key-a', { explicit: true })
      assert.ok(one.claimed)
      const step = { from: ['sent'], to: 'accepted', evidence: 'yes', at, actor: 'a' } as const
      await effects.settle(one.effect.effectId, step)
    }
    for (const name of ['acme', 'twin', 'env']) {
      const one = await claim(name, 'key-a', { refundsPerHour: 2 })
      assert.equal(codeOf(one), 'HOURLY_LIMIT', name)
      if (!one.claimed) assert.match(one.message, /2 refunds .* by acme, .*twin together \(one Loop account\)/)
    }
    assert.equal(codeOf(await claim('twin', 'key-a', { firstByHand: 2 }, minutes(90))), 'claimed')
    assert.equal(codeOf(await claim('twin', 'key-a', { firstByHand: 3 }, minutes(90))), 'FIRST_BY_HAND')
    assert.equal(codeOf(await claim('other', 'key-b', { refundsPerHour: 1 })), 'claimed')
    assert.equal(await refunds.sentSince('acme', minutes(-1)), 3)
    assert.equal(await refunds.countExplicit('acme'), 2)
    assert.equal(await refunds.countExplicit('other'), 0)
  })

  it('what is larger than the largest refund, or of unknown size, waits for a person, with the name whose limit it is (G10)', async () => {
    const { journal } = opened
    const setBy = { refundsPerHour: 'acme', refundsPerDay: 'acme', firstByHand: 'acme', largestRefund: 'twin' }
    const sized = async (paidOut: string | null | undefined, explicit = false): Promise<Claim> => {
      const { effectId } = await journal.effects.plan(refund(String(++count), { merchant: 'acme' }), at)
      const limits = { ...generous, account: 'key-a', explicit, largestRefund: '50.00', setBy }
      return await journal.effects.claimRefund(effectId, 'a', at, {
        ...limits,
        ...(paidOut === undefined ? {} : { paidOut }),
      })
    }
    for (const paidOut of ['50.01', null, undefined, 'much']) {
      const one = await sized(paidOut)
      assert.equal(codeOf(one), 'REFUND_TOO_LARGE', String(paidOut))
      if (!one.claimed) assert.match(one.message, /limit of twin, on the same Loop account, of 50\.00: a person/)
    }
    assert.equal(codeOf(await sized('50')), 'claimed')
    assert.equal(codeOf(await sized('50.01', true)), 'claimed')
  })

  it('limits that were put together for other names than the account has now claim nothing (G10)', async () => {
    const { journal } = opened
    await journal.refunds.joinAccount('acme', 'key-a', at)
    const names = ['acme', ...(await journal.refunds.namesBeside('acme', 'key-a'))]
    const { effectId } = await journal.effects.plan(refund(String(++count), { merchant: 'acme' }), at)
    await journal.refunds.joinAccount('twin', 'key-a', at)
    const claimBy = (some: readonly string[]) =>
      journal.effects.claimRefund(effectId, 'a', at, { ...generous, account: 'key-a', names: some })
    assert.equal(codeOf(await claimBy(names)), 'POLICY_CHANGED')
    assert.equal(codeOf(await claimBy(['twin', 'acme'])), 'claimed')
  })

  it('a key that was replaced restarts no budget, whichever name learns of it first (G10)', async () => {
    const { refunds } = opened.journal
    await claim('acme', 'key-1')
    await claim('acme', 'key-2')
    // This name has seen only the new key, and a third name only the old one.
    assert.equal(codeOf(await claim('twin', 'key-2', { refundsPerHour: 2 })), 'HOURLY_LIMIT')
    assert.equal(codeOf(await claim('third', 'key-1', { refundsPerHour: 2 })), 'HOURLY_LIMIT')
    assert.deepEqual(await refunds.namesBeside('third'), ['acme', 'twin'])
    assert.deepEqual(await refunds.namesBeside('newcomer', 'key-2'), ['acme', 'third', 'twin'])
  })

  it('the merchant env ties no two shops together: only its key of this moment counts (G10)', async () => {
    const { refunds } = opened.journal
    await claim('acme', 'key-a')
    await claim('env', 'key-a')
    await claim('env', 'key-b')
    await claim('berta', 'key-b')
    await refunds.pause('acme', 'odd', 'eve@desk', at)
    assert.equal(codeOf(await claim('berta', 'key-b')), 'claimed')
    assert.equal(codeOf(await claim('env', 'key-b')), 'claimed')
    assert.equal(codeOf(await claim('env', 'key-a')), 'REFUNDS_PAUSED')
    assert.deepEqual(await refunds.namesBeside('env', 'key-b'), ['berta'])
  })

  it('claims of one account at the same time, under different names, keep one budget (G10)', async () => {
    const names = ['acme', 'twin', 'third', 'env']
    const claims = Array.from({ length: 16 }, (_, index) =>
      claim(names[index % 4] ?? '', 'key-a', { refundsPerHour: 5 }),
    )
    const codes = (await Promise.all(claims)).map(codeOf)
    assert.equal(codes.filter((code) => code === 'claimed').length, 5)
    assert.equal(codes.filter((code) => code === 'HOURLY_LIMIT').length, 11)
  })

  it('an account is remembered once, and never the key (G10)', async () => {
    const { refunds } = opened.journal
    await refunds.joinAccount('acme', 'digest', at)
    await refunds.joinAccount('acme', 'digest', minutes(5))
    const rows = await opened.engine.store.selectFrom('accounts').selectAll().execute()
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [{ merchant: 'acme', account: 'digest', since: at }],
    )
  })
})
