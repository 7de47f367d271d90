import assert from 'node:assert/strict'
import type { Journal } from '../../../src/journal/journal.ts'
import { at, effect, generous, minutes, onEachEngine, refund } from '../fresh.ts'

onEachEngine('effects in the journal', ({ freshJournal }) => {
  let journal: Journal
  let dispose: () => Promise<void>
  beforeEach(async () => {
    ;({ journal, dispose } = await freshJournal())
  })
  afterEach(() => dispose())

  const settle = (effectId: string, change: Partial<Parameters<Journal['effects']['settle']>[1]>) =>
    journal.effects.settle(effectId, {
      from: ['sent'],
      to: 'confirmed',
      evidence: 'seen',
      at: minutes(2),
      actor: 'ann@desk',
      ...change,
    })

  it('are planned once: a second planner gets the row of the first', async () => {
    const first = await journal.effects.plan(effect(), at)
    const second = await journal.effects.plan(effect({ digest: 'd2', actor: 'bob@desk' }), minutes(1))
    assert.deepEqual(second, first)
    assert.deepEqual(first, {
      effectId: first.effectId,
      merchant: 'acme',
      returnId: '99904598',
      kind: 'rma.create',
      generation: 0,
      state: 'planned',
      digest: 'd1',
      payload: { lines: 1 },
      evidence: null,
      actor: 'ann@desk',
      owner: null,
      attempts: 0,
      plannedAt: at,
      sentAt: null,
      settledAt: null,
      parkedBecause: null,
    })
  })

  it('are kept apart by merchant, return, kind and generation (F22)', async () => {
    const planned = await journal.effects.planMany(
      [
        effect(),
        effect({ merchant: 'other' }),
        effect({ returnId: '2' }),
        effect({ kind: 'flag' }),
        effect({ generation: 1 }),
      ],
      at,
    )
    assert.equal(new Set(planned.map(({ effectId }) => effectId)).size, 5)
    assert.equal(await journal.effects.lastGeneration('acme', '99904598', 'rma.create'), 1)
    assert.equal(await journal.effects.lastGeneration('acme', '99904598', 'note'), -1)
  })

  it('planned twice in one list are one effect, given back twice', async () => {
    const [one, other] = await journal.effects.planMany([effect(), effect({ digest: 'd2' })], at)
    assert.equal(one?.effectId, other?.effectId)
    assert.equal(other?.digest, 'd1')
  })

  it('are claimed by one owner only (F8)', async () => {
    const { effectId } = await journal.effects.plan(effect(), at)
    const won = await journal.effects.claim(effectId, 'ann@desk', minutes(1))
    assert.deepEqual(
      { state: won?.state, owner: won?.owner, sentAt: won?.sentAt, attempts: won?.attempts },
      { state: 'sent', owner: 'ann@desk', sentAt: minutes(1), attempts: 1 },
    )
    assert.equal(await journal.effects.claim(effectId, 'bob@desk', minutes(1)), null)
    assert.deepEqual(await journal.effects.claimMany([effectId, 'unknown'], 'bob@desk', minutes(1)), [])
  })

  it('given back are claimed again, and counted', async () => {
    const { effectId } = await journal.effects.plan(effect(), at)
    await journal.effects.claim(effectId, 'ann@desk', minutes(1))
    const back = await settle(effectId, { to: 'planned', evidence: 'connection refused' })
    assert.deepEqual(
      { state: back?.state, owner: back?.owner, sentAt: back?.sentAt, settledAt: back?.settledAt },
      { state: 'planned', owner: null, sentAt: null, settledAt: null },
    )
    assert.equal((await journal.effects.claim(effectId, 'bob@desk', minutes(3)))?.attempts, 2)
  })

  it('are settled only from a state that the caller expects', async () => {
    const { effectId } = await journal.effects.plan(effect(), at)
    assert.equal(await settle(effectId, {}), null)
    await journal.effects.claim(effectId, 'ann@desk', minutes(1))
    const accepted = await settle(effectId, { to: 'accepted', evidence: 'yes' })
    assert.deepEqual(
      { state: accepted?.state, evidence: accepted?.evidence, settledAt: accepted?.settledAt },
      { state: 'accepted', evidence: 'yes', settledAt: minutes(2) },
    )
    assert.equal(await settle(effectId, {}), null)
    assert.equal(await settle('unknown', {}), null)
  })

  it('never take a step that is not legal, not even among many', async () => {
    const [one, other] = await journal.effects.planMany([effect(), effect({ returnId: '2' })], at)
    assert.ok(one && other)
    const changes = [
      { effectId: one.effectId, from: ['planned'] as const, to: 'abandoned' as const, evidence: 'changed' },
      { effectId: other.effectId, from: ['confirmed'] as const, to: 'planned' as const, evidence: 'again' },
    ]
    await assert.rejects(journal.effects.settleMany(changes, { at, actor: 'ann@desk' }), { code: 'JOURNAL_FORBIDDEN' })
    assert.equal((await journal.effects.get(one.effectId))?.state, 'planned')
  })

  it('settled twice in one list take both steps, in order', async () => {
    const { effectId } = await journal.effects.plan(effect(), at)
    await journal.effects.claim(effectId, 'ann@desk', at)
    await journal.effects.settleMany(
      [
        { effectId, from: ['sent'], to: 'accepted', evidence: 'yes' },
        { effectId, from: ['accepted'], to: 'confirmed', evidence: 'seen' },
      ],
      { at, actor: 'ann@desk' },
    )
    const history = await journal.history.of('acme', '99904598')
    assert.deepEqual(
      history.map(({ what }) => what),
      ['planned', 'sent', 'accepted', 'confirmed'],
    )
  })

  it('are found by merchant, returns, kinds and states, in the order in which they were planned', async () => {
    await journal.effects.planMany(
      [effect({ returnId: '3' }), effect({ returnId: '1', kind: 'flag' }), effect({ merchant: 'other' })],
      at,
    )
    const ids = async (filter: Parameters<Journal['effects']['find']>[0]) =>
      (await journal.effects.find(filter)).map(({ returnId }) => returnId)
    assert.deepEqual(await ids({ merchant: 'acme' }), ['3', '1'])
    assert.deepEqual(await ids({ merchant: 'acme', returnIds: ['1', '3', '3'] }), ['3', '1'])
    assert.deepEqual(await ids({ kinds: ['flag'] }), ['1'])
    assert.deepEqual(await ids({ states: ['sent'] }), [])
    assert.deepEqual(await ids({ returnIds: [] }), [])
    assert.deepEqual(await ids({ states: [] }), [])
  })

  it('keep evidence from outside on one safe line (F55)', async () => {
    const { effectId } = await journal.effects.plan(effect(), at)
    await journal.effects.claim(effectId, 'ann@desk', at)
    const settled = await settle(effectId, { evidence: 'no\u001b[31m\nway' })
    assert.equal(settled?.evidence, 'no[31m⏎way')
    assert.equal((await journal.history.of('acme', '99904598')).at(-1)?.message, 'rma.create confirmed: no[31m⏎way')
  })

  it('that were sent again since are left alone by a run that read the earlier try (F9)', async () => {
    const { effectId } = await journal.effects.plan(effect(), at)
    await journal.effects.claim(effectId, 'worker-1', minutes(1))
    await settle(effectId, { to: 'in_doubt' })
    await settle(effectId, { from: ['in_doubt'], to: 'planned', attempts: 1 })
    await journal.effects.claim(effectId, 'worker-2', minutes(2))
    await settle(effectId, { to: 'in_doubt' })
    assert.equal(await settle(effectId, { from: ['in_doubt'], to: 'planned', attempts: 1 }), null)
    assert.equal((await journal.effects.get(effectId))?.state, 'in_doubt')
    assert.equal((await settle(effectId, { from: ['in_doubt'], to: 'planned', attempts: 2 }))?.state, 'planned')
  })

  it('write their history with every step, whoever takes it', async () => {
    const { effectId } = await journal.effects.plan(effect(), at)
    await journal.effects.claim(effectId, 'worker-1', minutes(1))
    await settle(effectId, { to: 'in_doubt', evidence: 'no answer', actor: 'worker-1' })
    await settle(effectId, { from: ['in_doubt'], evidence: 'MasonHub shows it', at: minutes(3), actor: 'bob@desk' })
    const history = await journal.history.of('acme', '99904598')
    assert.deepEqual(
      history.map(({ at: when, actor, what, message }) => [when, actor, what, message]),
      [
        [at, 'ann@desk', 'planned', 'rma.create planned'],
        [minutes(1), 'worker-1', 'sent', 'rma.create about to be sent'],
        [minutes(2), 'worker-1', 'in_doubt', 'rma.create in doubt: no answer'],
        [minutes(3), 'bob@desk', 'confirmed', 'rma.create confirmed: MasonHub shows it'],
      ],
    )
    assert.ok(history.every((entry) => entry.effectId === effectId && entry.kind === 'rma.create'))
  })

  it('refuse a moment that is none', async () => {
    await assert.rejects(journal.effects.plan(effect(), 'yesterday'), { code: 'JOURNAL_BAD_TIME' })
  })

  describe('of kind process', () => {
    it('exist once per return, whatever the generation asked for', async () => {
      await assert.rejects(journal.effects.plan(refund('1', { generation: 1 }), at), /check/i)
    })

    it('cannot be claimed around pauses and limits', async () => {
      const { effectId } = await journal.effects.plan(refund('1'), at)
      await assert.rejects(journal.effects.claim(effectId, 'ann@desk', at), { code: 'JOURNAL_MISUSED' })
      await assert.rejects(journal.effects.claimMany([effectId], 'ann@desk', at), { code: 'JOURNAL_MISUSED' })
      assert.equal((await journal.effects.get(effectId))?.state, 'planned')
    })

    it('once sent go back to planned only for their owner, who gives up its claim because nothing was sent (G1)', async () => {
      const { effectId } = await journal.effects.plan(refund('1'), at)
      const claim = await journal.effects.claimRefund(effectId, 'ann@desk', at, generous)
      assert.ok(claim.claimed)
      const forbidden = { code: 'JOURNAL_FORBIDDEN' }
      await assert.rejects(settle(effectId, { to: 'planned' }), forbidden)
      await assert.rejects(settle(effectId, { from: ['sent', 'in_doubt'], to: 'planned' }), forbidden)
      const how = { posted: true, evidence: 'nothing left', at, actor: 'ann@desk' }
      await assert.rejects(journal.claims.giveUp(claim.nonce, { ...how, actor: 'bob@desk' }), forbidden)
      assert.equal(await journal.claims.giveUp('another nonce', how), null)
      const change = { effectId, from: ['sent'] as const, to: 'planned' as const, evidence: 'again' }
      await assert.rejects(journal.effects.settleMany([change], { at, actor: 'ann@desk' }), forbidden)
      assert.equal((await journal.effects.get(effectId))?.state, 'sent')
      assert.equal((await journal.claims.giveUp(claim.nonce, how))?.state, 'planned')
      assert.equal(await journal.claims.giveUp(claim.nonce, how), null, 'once')
    })

    it('that were never sent take what is planned now, and may have been abandoned', async () => {
      const first = await journal.effects.plan(refund('1'), at)
      const changed = await journal.effects.plan(refund('1', { digest: 'd2', payload: { lines: 2 } }), minutes(1))
      assert.deepEqual([changed.effectId, changed.digest, changed.payload], [first.effectId, 'd2', { lines: 2 }])
      await settle(first.effectId, { from: ['planned'], to: 'abandoned' })
      const again = await journal.effects.plan(refund('1', { digest: 'd3' }), minutes(3))
      assert.deepEqual(again, await journal.effects.get(first.effectId))
      assert.deepEqual([again.state, again.digest, again.evidence], ['planned', 'd3', null])
    })

    it('that were sent are never renewed', async () => {
      const { effectId } = await journal.effects.plan(refund('1'), at)
      await journal.effects.claimRefund(effectId, 'ann@desk', at, generous)
      const sent = await journal.effects.get(effectId)
      assert.deepEqual(await journal.effects.plan(refund('1', { digest: 'd2' }), minutes(1)), sent)
      await settle(effectId, { to: 'refused' })
      assert.equal((await journal.effects.plan(refund('1', { digest: 'd2' }), minutes(1))).state, 'refused')
    })
  })
})
