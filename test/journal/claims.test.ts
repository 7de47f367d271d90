import assert from 'node:assert/strict'
import type { Journal } from '../../src/journal/journal.ts'
import { at, generous, minutes, onEachEngine, refund } from './fresh.ts'

onEachEngine('a claim in the journal (G1)', ({ freshJournal }) => {
  let journal: Journal
  let dispose: () => Promise<void>
  beforeEach(async () => {
    ;({ journal, dispose } = await freshJournal())
  })
  afterEach(() => dispose())

  const claim = async (returnId = '1', when = at) => {
    const { effectId } = await journal.effects.plan(refund(returnId), when)
    const claimed = await journal.effects.claimRefund(effectId, 'ann@desk', when, generous)
    assert.ok(claimed.claimed)
    return claimed
  }
  const how = { posted: true, evidence: 'not seen', at: minutes(1), actor: 'ann@desk' }

  it('has a nonce of 128 bits that is never the same again', async () => {
    const nonces = new Set<string>()
    for (let round = 0; round < 5; round += 1) {
      const { nonce } = await claim()
      assert.match(nonce, /^[0-9a-f]{32}$/)
      nonces.add(nonce)
      await journal.claims.giveUp(nonce, how)
    }
    assert.equal(nonces.size, 5)
    const kept = await journal.claims.of('1')
    assert.deepEqual(new Set(kept.map(({ nonce }) => nonce)), nonces)
    assert.ok(kept.every(({ givenUpAt, posted }) => givenUpAt === minutes(1) && posted))
  })

  it('is there with the refund that it is for, or neither is', async () => {
    await journal.refunds.pause('acme', 'stop', 'bob@desk', at)
    const { effectId } = await journal.effects.plan(refund('1'), at)
    await journal.effects.claimRefund(effectId, 'ann@desk', at, generous)
    assert.deepEqual(await journal.claims.of('1'), [])
  })

  it('wins while its refund is still its own, and nothing has come in between', async () => {
    const { nonce, effect } = await claim()
    assert.equal(await journal.claims.win(nonce, at, {}), null)
    assert.notEqual((await journal.claims.of('1'))[0]?.seenAt, null)
    await journal.refunds.pause('acme', 'stop', 'bob@desk', at)
    assert.equal((await journal.claims.win(nonce, at, {}))?.code, 'REFUNDS_PAUSED')
    await journal.refunds.resume('acme')
    assert.equal((await journal.claims.win(nonce, at, { isCurrent: () => false }))?.code, 'POLICY_CHANGED')
    assert.equal((await journal.claims.win('another', at, {}))?.code, 'NOT_PLANNED')
    const settled = { from: ['sent'], to: 'in_doubt', evidence: 'lost', at, actor: 'ann@desk' } as const
    await journal.effects.settle(effect.effectId, settled)
    assert.equal((await journal.claims.win(nonce, at, {}))?.code, 'NOT_PLANNED')
    assert.equal(await journal.claims.giveUp(nonce, how), null, 'what was sent is not given up')
    assert.equal((await journal.claims.of('1'))[0]?.givenUpAt, null)
  })

  it('that is lost parks its refund in the same step, as never sent, and that is never confirmed', async () => {
    const { nonce, effect } = await claim()
    const park = { because: 'CLAIMED_ELSEWHERE', evidence: 'claimed by another' } as const
    const parked = await journal.claims.giveUp(nonce, { ...how, park })
    assert.deepEqual(
      [parked?.state, parked?.sentAt, parked?.parkedBecause, parked?.evidence],
      ['parked', null, 'CLAIMED_ELSEWHERE', 'claimed by another'],
    )
    const change = { from: ['parked'], evidence: 'paid', at, actor: 'ann@desk' } as const
    await assert.rejects(journal.effects.settle(effect.effectId, { ...change, to: 'confirmed' }), {
      code: 'JOURNAL_FORBIDDEN',
    })
    assert.equal((await journal.effects.settle(effect.effectId, { ...change, to: 'refused' }))?.state, 'refused')
    assert.equal((await journal.effects.plan(refund('1'), minutes(5))).state, 'refused', 'never planned anew')
  })

  it('of one return is told under any name of the merchant', async () => {
    const { nonce } = await claim()
    await journal.claims.giveUp(nonce, { ...how, posted: false })
    const { effectId } = await journal.effects.plan(refund('1', { merchant: 'env' }), at)
    const second = await journal.effects.claimRefund(effectId, 'ann@desk', minutes(2), generous)
    assert.ok(second.claimed)
    const claims = await journal.claims.of('1')
    assert.deepEqual(
      claims.map(({ merchant, posted }) => [merchant, posted]),
      [
        ['acme', false],
        ['env', true],
      ],
    )
  })
})
