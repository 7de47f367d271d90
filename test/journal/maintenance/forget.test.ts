import assert from 'node:assert/strict'
import type { Journal } from '../../../src/journal/journal.ts'
import { at, effect, event, generous, minutes, type Opened, onEachEngine, refund } from '../fresh.ts'

onEachEngine('forgetting shoppers (F64)', ({ freshJournal }) => {
  let opened: Opened
  let journal: Journal
  beforeEach(async () => {
    opened = await freshJournal()
    journal = opened.journal
  })
  afterEach(() => opened.dispose())

  const request = { before: minutes(60), at: minutes(90), actor: 'ann@desk', dryRun: false }

  /** A return that was announced, received and refunded. */
  async function refunded(returnId: string, when = at, merchant = 'acme'): Promise<void> {
    const seen = { returnId, customerIdentifier: returnId, orderName: `#ann-${returnId}`, returnUpdatedAt: when }
    await journal.links.see(merchant, [seen], when)
    await journal.events.storeMany([event({ merchant, returnId, digest: `e${merchant}${returnId}`, receivedAt: when })])
    const [stored] = await journal.events.find({ merchant, returnId })
    await journal.events.settleMany(
      [{ eventId: stored?.eventId ?? '', state: 'done', tries: 1, nextTryAt: null, reason: null }],
      when,
    )
    const created = await journal.effects.plan(effect({ merchant, returnId, payload: { to: 'Ann Example' } }), when)
    await journal.effects.claim(created.effectId, 'ann@desk', when)
    await settle(created.effectId, when)
    const { effectId } = await journal.effects.plan(refund(returnId, { merchant }), when)
    await journal.effects.claimRefund(effectId, 'ann@desk', when, generous)
    await settle(effectId, when)
    await journal.links.setStatus(
      merchant,
      [{ returnId, status: 'resolved', reason: 'refund', announced: ['1'] }],
      when,
    )
  }
  const settle = (effectId: string, when: string) =>
    journal.effects.settle(effectId, {
      from: ['sent'],
      to: 'confirmed',
      evidence: 'Ann Example has it',
      at: when,
      actor: 'ann@desk',
    })

  it('removes what one could be known by, and never a refund', async () => {
    await refunded('1')
    const [before] = await journal.effects.find({ kinds: ['process'] })
    assert.deepEqual(await journal.forget(request), {
      ...{ returns: 1, effects: 1, history: 6, events: 1, bodies: 0, kept: [] },
    })
    assert.deepEqual(await journal.effects.find({}), [before])
    const link = await journal.links.get('acme', '1')
    assert.deepEqual([link?.orderName, link?.announced, link?.status], [null, null, 'resolved'])
    const [entry, ...others] = await journal.history.of('acme', '1')
    assert.deepEqual([entry?.what, entry?.actor, others], ['forgotten', 'ann@desk', []])
    assert.deepEqual(await journal.events.find({}), [])
    assert.deepEqual(await journal.forget(request), {
      ...{ returns: 0, effects: 0, history: 0, events: 0, bodies: 0, kept: [] },
    })
  })

  it('keeps a flag and its note, which are never sent twice either, without what they said', async () => {
    await refunded('1')
    const said = { reasons: [{ code: 'MISSING', message: 'Ann Example' }], operatorNote: 'Ann Example called' }
    const flag = await journal.effects.plan(effect({ returnId: '1', kind: 'flag', payload: said }), at)
    const note = await journal.effects.plan(effect({ returnId: '1', kind: 'note', payload: { tag: '[mhloop 1]' } }), at)
    for (const { effectId } of [flag, note]) {
      await journal.effects.claim(effectId, 'ann@desk', at)
      await settle(effectId, at)
    }
    assert.equal((await journal.forget(request)).effects, 1)
    const [retainedFlag, retainedNote] = await journal.effects.find({ kinds: ['flag', 'note'] })
    assert.deepEqual(
      [retainedFlag, retainedNote],
      [
        { ...(await journal.effects.get(flag.effectId)), state: 'confirmed', digest: 'd1', evidence: null },
        { ...(await journal.effects.get(note.effectId)), state: 'confirmed', digest: 'd1', evidence: null },
      ],
    )
    assert.deepEqual(retainedFlag?.payload, { reasons: [], operatorNote: null })
    assert.deepEqual(retainedNote?.payload, { tag: '[mhloop 1]' })
    assert.doesNotMatch(JSON.stringify([retainedFlag, retainedNote]), /Ann Example/)
  })

  it('forgets parcels, because a tracking number leads to the shopper, and does not take them in again', async () => {
    await refunded('1')
    await refunded('2', minutes(61))
    const parcel = { parcelId: '1Z999AA10123456784', kind: 'label', lineItemIds: ['1'], status: 'delivered' } as const
    const seen = ['1', '2'].map((returnId) => ({ ...parcel, returnId, changedAt: at }))
    await journal.parcels.see('acme', seen, at)
    assert.equal((await journal.forget(request)).returns, 1)
    await journal.parcels.see('acme', [...seen, ...seen], minutes(100))
    const remaining = (await journal.parcels.find('acme', parcel.parcelId)).map(({ returnId }) => returnId)
    assert.deepEqual(remaining, ['2'])
  })

  it('keeps a refund of what arrived, and a report of fraud without what it said', async () => {
    await refunded('1')
    await journal.links.see(
      'acme',
      [{ returnId: '3', customerIdentifier: '3', orderName: '#3', returnUpdatedAt: at }],
      at,
    )
    await journal.links.setStatus('acme', [{ returnId: '3', status: 'resolved', reason: 'closed' }], at)
    const remove = await journal.effects.plan(refund('3', { kind: 'remove', payload: { removed: ['7'] } }), at)
    await journal.effects.claimRefund(remove.effectId, 'ann@desk', at, generous)
    await settle(remove.effectId, at)
    const before = await journal.effects.get(remove.effectId)
    const said = { comment: 'Ann Example sent an empty box' }
    for (const kind of ['report', 'grade', 'assess', 'label'] as const) {
      const { effectId } = await journal.effects.plan(effect({ returnId: '3', kind, payload: said }), at)
      await journal.effects.claim(effectId, 'ann@desk', at)
      await settle(effectId, at)
    }
    assert.equal((await journal.forget(request)).returns, 2)
    const remaining = await journal.effects.find({ returnIds: ['3'] })
    assert.deepEqual(
      remaining.map(({ kind, payload }) => [kind, payload]),
      [
        ['remove', { removed: ['7'] }],
        ['report', {}],
      ],
    )
    assert.deepEqual(remaining[0], before)
    assert.doesNotMatch(JSON.stringify(remaining[1]), /Ann Example/)
  })

  it('is not undone when Loop shows the return again, nor is it ever paid again', async () => {
    await refunded('1')
    await journal.forget(request)
    const seen = { returnId: '1', customerIdentifier: '1', orderName: '#ann-1', returnUpdatedAt: at }
    const [link] = await journal.links.see('acme', [seen], minutes(100))
    assert.equal(link?.orderName, null)
    const again = await journal.effects.plan(refund('1', { digest: 'd2' }), minutes(100))
    assert.equal(again.state, 'confirmed')
    assert.equal((await journal.effects.claimRefund(again.effectId, 'eve', minutes(100), generous)).claimed, false)
  })

  it('leaves alone what is open, what is too young, and other merchants', async () => {
    await refunded('young', minutes(61))
    await refunded('1', at, 'other')
    await refunded('doubtful')
    const note = await journal.effects.plan(effect({ returnId: 'doubtful', kind: 'note' }), at)
    await journal.effects.claim(note.effectId, 'ann@desk', at)
    const seen = { returnId: 'open', customerIdentifier: 'open', orderName: '#1', returnUpdatedAt: at }
    await journal.links.see('acme', [seen], at)
    assert.equal((await journal.forget({ ...request, merchant: 'acme' })).returns, 0)
    assert.equal((await journal.links.get('acme', 'open'))?.orderName, '#1')
    assert.equal((await journal.forget(request)).returns, 1)
  })

  it('H16 a refunded return stays resolved, whatever a sync files it under afterwards, and is forgotten', async () => {
    await refunded('1')
    for (const status of ['skipped', 'gone', 'failed', 'received', 'open'] as const)
      await journal.links.setStatus('acme', [{ returnId: '1', status, reason: 'CLOSED' }], minutes(5))
    const link = await journal.links.get('acme', '1')
    assert.deepEqual([link?.status, link?.reason], ['resolved', 'refund'])
    assert.equal((await journal.forget(request)).returns, 1)
  })

  it('H16 a return that Loop has closed by itself is over, too', async () => {
    await refunded('1')
    const seen = { returnId: 'closed', customerIdentifier: 'closed', orderName: '#2', returnUpdatedAt: at }
    await journal.links.see('acme', [seen], at)
    await journal.links.setStatus('acme', [{ returnId: 'closed', status: 'skipped', reason: 'CLOSED' }], at)
    assert.equal((await journal.forget(request)).returns, 2)
    assert.equal((await journal.links.get('acme', 'closed'))?.orderName, null)
  })

  it('H16 names what it keeps, and why', async () => {
    await refunded('parked')
    const note = await journal.effects.plan(effect({ returnId: 'parked', kind: 'note' }), at)
    await journal.effects.claim(note.effectId, 'ann@desk', at)
    await refunded('young', minutes(61))
    const returns = ['open', 'edited'].map((id) => {
      return { returnId: id, customerIdentifier: id, orderName: null, returnUpdatedAt: minutes(70) }
    })
    await journal.links.see('acme', returns, at)
    await journal.links.setStatus('acme', [{ returnId: 'edited', status: 'skipped', reason: 'CLOSED' }], at)
    const { kept: retained, returns: forgotten } = await journal.forget(request)
    assert.equal(forgotten, 0)
    assert.deepEqual(
      retained.map(({ returnId, merchant, code }) => [returnId, merchant, code]),
      [
        ['edited', 'acme', 'RECENT'],
        ['open', 'acme', 'NOT_OVER'],
        ['parked', 'acme', 'UNSETTLED'],
      ],
    )
    assert.match(retained[2]?.message ?? '', /^A note is sent: /)
  })

  it('H16 forgets the returns of one shopper by id, however young, and no other; a refund stays on record', async () => {
    await refunded('1', minutes(80))
    await refunded('2', minutes(80))
    const before = await journal.effects.find({ returnIds: ['1'], kinds: ['process'] })
    const byId = { ...request, before: null, returnIds: ['1', 'nobody'] }
    const { returns, kept: retained } = await journal.forget(byId)
    assert.equal(returns, 1)
    assert.deepEqual(
      retained.map(({ returnId, merchant, code }) => [returnId, merchant, code]),
      [['nobody', null, 'RETURN_UNKNOWN']],
    )
    assert.equal((await journal.links.get('acme', '1'))?.orderName, null)
    assert.equal((await journal.links.get('acme', '2'))?.orderName, '#ann-2')
    assert.deepEqual(await journal.effects.find({ returnIds: ['1'] }), before)
    const again = await journal.forget(byId)
    assert.deepEqual([again.returns, again.kept.map(({ code }) => code)], [0, ['FORGOTTEN_BEFORE', 'RETURN_UNKNOWN']])
  })

  it('says in a dry run what it would forget, and forgets nothing', async () => {
    await refunded('1')
    assert.equal((await journal.forget({ ...request, dryRun: true })).returns, 1)
    assert.equal((await journal.links.get('acme', '1'))?.orderName, '#ann-1')
  })

  it('empties the bodies of unreadable messages', async () => {
    await journal.events.storeMany([
      event({
        digest: 'x',
        returnId: null,
        body: '{"email":"ann@example.com"',
        state: 'quarantined',
        reason: 'NOT_JSON',
      }),
    ])
    assert.equal((await journal.forget(request)).bodies, 1)
    assert.equal((await journal.events.find({}))[0]?.body, '')
  })
})
