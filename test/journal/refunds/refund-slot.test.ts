/** A return has one slot for everything that moves money: either it is refunded as it is, or without some units. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { sql } from 'kysely'
import { isRefundKind, type RefundKind, refundKinds } from '../../../src/core/refunds/refund-kinds.ts'
import { effectKinds, type Journal, type RefundLimits } from '../../../src/journal/journal.ts'
import { isRefund } from '../../../src/journal/refunds/refund-checks.ts'
import { at, effect, generous, minutes, type Opened, onEachEngine, refund } from '../fresh.ts'

const orders = [
  ['process', 'remove'],
  ['remove', 'process'],
] as const satisfies [RefundKind, RefundKind][]

onEachEngine('one slot for process and remove (G16)', ({ freshJournal }) => {
  let opened: Opened
  let journal: Journal
  beforeEach(async () => {
    opened = await freshJournal()
    journal = opened.journal
  })
  afterEach(() => opened.dispose())

  const plan = (kind: RefundKind, change: Parameters<typeof refund>[1] = {}, when = at) =>
    journal.effects.plan(refund('1', { kind, ...change }), when)
  const claim = async (effectId: string, limits: Partial<RefundLimits> = {}) => {
    const result = await journal.effects.claimRefund(effectId, 'ann@desk', at, { ...generous, ...limits })
    return result.claimed ? 'claimed' : `${result.code}: ${result.message}`
  }
  const settle = (effectId: string, from: 'planned' | 'sent', to: 'abandoned' | 'accepted' | 'refused') =>
    journal.effects.settle(effectId, { from: [from], to, evidence: 'e', at, actor: 'ann@desk' })
  const giveUp = async () => {
    const open = (await journal.claims.of('1')).find(({ givenUpAt }) => givenUpAt === null)
    const how = { posted: false, evidence: 'nothing left', at, actor: 'ann@desk' }
    assert.equal((await journal.claims.giveUp(open?.nonce ?? '', how))?.state, 'planned')
  }
  const refusesWith = (pattern: RegExp) => (error: Error) => pattern.test(`${error.message} ${String(error.cause)}`)

  for (const [first, second] of orders) {
    it(`${first} keeps ${second} out, from the moment it is planned and for ever (F1, F8)`, async () => {
      const one = await plan(first)
      const other = await plan(second)
      assert.deepEqual(
        [one.state, other.state, other.evidence],
        ['planned', 'abandoned', 'Not planned: the return already has another refund.'],
      )
      const retained = async (state: string) => {
        const message = `NOT_PLANNED: The return already has another refund (${first}), which is ${state}.`
        assert.equal(await claim(other.effectId), message)
        assert.equal((await plan(second, { digest: `after ${state}` })).state, 'abandoned')
      }
      await retained('planned')
      assert.equal(await claim(one.effectId), 'claimed')
      await retained('sent')
      await settle(one.effectId, 'sent', 'refused')
      await retained('refused')
      assert.deepEqual(
        (await journal.history.of('acme', '1')).map(({ kind, what }) => `${kind} ${what}`),
        [`${first} planned`, `${second} abandoned`, `${first} sent`, `${first} refused`],
      )
    })

    it(`${second} takes the slot of a ${first} that was abandoned, which then does not come back`, async () => {
      const one = await plan(first)
      await settle(one.effectId, 'planned', 'abandoned')
      const other = await plan(second)
      assert.equal(other.state, 'planned')
      assert.equal((await plan(first, { digest: 'd2' }, minutes(1))).state, 'abandoned')
      assert.deepEqual(await journal.effects.get(one.effectId), await plan(first, { digest: 'd2' }, minutes(2)))
      assert.equal(await claim(other.effectId), 'claimed')
      assert.match(await claim(one.effectId), /^NOT_PLANNED/)
      await giveUp()
      await settle(other.effectId, 'planned', 'abandoned')
      const again = await plan(first, { digest: 'd3' }, minutes(3))
      assert.deepEqual([again.effectId, again.state, again.digest], [one.effectId, 'planned', 'd3'])
      assert.equal(await claim(one.effectId), 'claimed')
    })

    it(`${first} that was sent keeps ${second} out under every merchant name`, async () => {
      assert.equal(await claim((await plan(first)).effectId), 'claimed')
      const other = await plan(second, { merchant: 'env' })
      assert.equal(other.state, 'planned')
      const refused = 'NOT_PLANNED: This refund was already sent for merchant acme, and is now sent.'
      assert.equal(await claim(other.effectId, { explicit: true }), refused)
      await giveUp()
      assert.equal(await claim(other.effectId, { explicit: true }), 'claimed')
    })

    it(`${first} and ${second}, planned at once, are one refund`, async () => {
      const requested = [refund('1', { kind: first }), refund('1', { kind: second }), refund('2', { kind: second })]
      const states = async () => (await journal.effects.planMany(requested, at)).map(({ kind, state }) => [kind, state])
      const expected = [
        [first, 'planned'],
        [second, 'abandoned'],
        [second, 'planned'],
      ]
      assert.deepEqual(await states(), expected)
      const [one] = await journal.effects.find({ kinds: [first] })
      await settle(one?.effectId ?? '', 'planned', 'abandoned')
      assert.deepEqual(await states(), expected, 'both are abandoned, and only one is planned anew')
    })
  }

  it('is kept by the database, whatever the code does', async () => {
    const { effectId } = await plan('process')
    const other = await plan('remove')
    const { store } = opened.engine
    const around = [
      sql`update effects set state = 'planned' where effect_id = ${other.effectId}`,
      sql`update effects set state = 'sent', sent_at = ${at}, owner = 'eve' where effect_id = ${other.effectId}`,
    ]
    await assert.rejects(around[0]?.execute(store) ?? Promise.resolve(), refusesWith(/refund_of_a_return|UNIQUE/))
    await assert.rejects(around[1]?.execute(store) ?? Promise.resolve(), refusesWith(/sent at most once|UNIQUE/))
    assert.equal(await claim(effectId), 'claimed')
  })

  it('holds everything for a remove that holds for a process', async () => {
    await assert.rejects(plan('remove', { generation: 1 }), /check/i)
    const { effectId } = await plan('remove')
    await assert.rejects(journal.effects.claim(effectId, 'ann@desk', at), { code: 'JOURNAL_MISUSED' })
    assert.equal(await claim(effectId, { firstByHand: 1 }).then((said) => said.split(':')[0]), 'FIRST_BY_HAND')
    assert.equal(await claim(effectId, { explicit: true, firstByHand: 1 }), 'claimed')
    const { store } = opened.engine
    const planAgain = sql`update effects set state = 'planned', sent_at = null where effect_id = ${effectId}`
    await assert.rejects(planAgain.execute(store), refusesWith(/only once its claim is given up/))
    await settle(effectId, 'sent', 'accepted')
    await assert.rejects(planAgain.execute(store), refusesWith(/sent at most once/))
    const forget = sql`delete from effects where effect_id = ${effectId}`
    await assert.rejects(forget.execute(store), refusesWith(/never forgotten/))
    const settled = { from: ['accepted'] as const, to: 'planned' as const, evidence: 'e', at, actor: 'ann@desk' }
    await assert.rejects(journal.effects.settle(effectId, settled), { code: 'JOURNAL_FORBIDDEN' })
    assert.equal(await journal.refunds.sentSince('acme', minutes(-1)), 1)
    assert.equal(await journal.refunds.countExplicit('acme'), 1)
    const { effectId: next } = await journal.effects.plan(refund('2'), at)
    assert.equal((await claim(next, { refundsPerHour: 1 })).split(':')[0], 'HOURLY_LIMIT')
  })

  it('is never sent twice, in any interleaving of plans, claims, ends and gifts back (F1)', async () => {
    const steps = fc.array(
      fc.record({
        merchant: fc.constantFrom('acme', 'env'),
        kind: fc.constantFrom(...refundKinds),
        what: fc.constantFrom('plan' as const, 'claim', 'abandon', 'accept', 'give up'),
      }),
      { minLength: 4, maxLength: 20 },
    )
    let returns = 100
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        returns += 1
        const returnId = String(returns)
        let sent = 0
        for (const step of list) {
          sent += await take(returnId, step)
          assert.ok(sent === 0 || sent === 1, `${sent} refunds of one return are sent`)
          await assertOneEach(returnId)
        }
        const rows = await journal.effects.find({ returnIds: [returnId] })
        assert.equal(rows.filter(({ sentAt }) => sentAt !== null).length, sent)
      }),
      { numRuns: 40 },
    )
  })

  type Step = { merchant: string; kind: RefundKind; what: 'plan' | 'claim' | 'abandon' | 'accept' | 'give up' }

  /** By how many the refunds grow that are sent and not given back. */
  async function take(returnId: string, { merchant, kind, what }: Step): Promise<number> {
    if (what === 'plan') {
      await journal.effects.plan(refund(returnId, { merchant, kind }), at)
      return 0
    }
    const rows = await journal.effects.find({ merchant, returnIds: [returnId], kinds: [kind] })
    const effectId = rows[0]?.effectId
    if (effectId === undefined) return 0
    switch (what) {
      case 'claim':
        return (await claim(effectId)) === 'claimed' ? 1 : 0
      case 'abandon':
        await settle(effectId, 'planned', 'abandoned')
        return 0
      case 'accept':
        await settle(effectId, 'sent', 'accepted')
        return 0
      case 'give up': {
        const claims = await journal.claims.of(returnId)
        const open = claims.find((one) => one.effectId === effectId && one.givenUpAt === null)
        const how = { posted: true, evidence: 'e', at, actor: 'ann@desk' }
        return open && (await journal.claims.giveUp(open.nonce, how)) !== null ? -1 : 0
      }
    }
  }

  async function assertOneEach(returnId: string): Promise<void> {
    const rows = await journal.effects.find({ returnIds: [returnId] })
    for (const same of Map.groupBy(rows, ({ merchant }) => merchant).values()) {
      const living = same.filter(({ state }) => state !== 'abandoned').map(({ kind }) => kind)
      assert.ok(living.length <= 1, `${living} hold one slot`)
    }
  }

  it('means the same refunds in the code and in the database, and every kind can be planned', async () => {
    for (const [index, kind] of effectKinds.entries()) {
      const planned = await journal.effects.plan(effect({ kind, returnId: `kind ${index}` }), at)
      assert.equal(planned.state, 'planned')
    }
    const { store } = opened.engine
    const rows = await store.selectFrom('effects').select('kind').where(isRefund).execute()
    assert.deepEqual(rows.map(({ kind }) => kind).toSorted(), effectKinds.filter(isRefundKind).toSorted())
    assert.deepEqual(effectKinds.filter(isRefundKind).toSorted(), [...refundKinds].toSorted())
  })
})
