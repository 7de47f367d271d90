import assert from 'node:assert/strict'
import type { Journal, RefundLimits } from '../../../src/journal/journal.ts'
import { at, effect, generous, minutes, onEachEngine, refund } from '../fresh.ts'

onEachEngine('claiming a refund', ({ freshJournal }) => {
  let journal: Journal
  let dispose: () => Promise<void>
  beforeEach(async () => {
    ;({ journal, dispose } = await freshJournal())
  })
  afterEach(() => dispose())

  const claim = async (returnId: string, limits: Partial<RefundLimits> = {}, when = at, merchant = 'acme') => {
    const { effectId } = await journal.effects.plan(refund(returnId, { merchant }), when)
    return await journal.effects.claimRefund(effectId, 'ann@desk', when, { ...generous, ...limits })
  }
  const outcome = async (...parameters: Parameters<typeof claim>) => {
    const result = await claim(...parameters)
    return result.claimed ? 'claimed' : result.code
  }
  const settle = async (returnId: string, to: 'accepted' | 'refused') => {
    const [found] = await journal.effects.find({ merchant: 'acme', returnIds: [returnId], kinds: ['process'] })
    assert.ok(found)
    await journal.effects.settle(found.effectId, { from: ['sent'], to, evidence: 'answer', at, actor: 'ann@desk' })
  }
  const giveUp = async (returnId: string) => {
    const openClaim = (await journal.claims.of(returnId)).find(({ givenUpAt }) => givenUpAt === null)
    assert.ok(openClaim)
    const how = { posted: false, evidence: 'nothing left', at, actor: 'ann@desk' }
    assert.equal((await journal.claims.giveUp(openClaim.nonce, how))?.state, 'planned')
  }

  it('succeeds once per return, ever (F1, F8)', async () => {
    const won = await claim('1')
    assert.ok(won.claimed)
    assert.deepEqual([won.effect.state, won.effect.owner, won.effect.sentAt], ['sent', 'ann@desk', at])
    for (const to of ['accepted', 'refused'] as const) {
      const lost = await claim('1')
      assert.ok(!lost.claimed)
      assert.equal(lost.code, 'NOT_PLANNED')
      await settle('1', to)
    }
    assert.equal(await outcome('1'), 'NOT_PLANNED')
  })

  it('says what blocks it', async () => {
    await claim('1')
    const lost = await claim('1')
    assert.ok(!lost.claimed)
    assert.equal(lost.message, 'This refund was already sent by ann@desk, and is now sent.')
    assert.equal(
      (await journal.effects.claimRefund('unknown', 'ann@desk', at, generous)).claimed,
      false,
      'an effect that does not exist',
    )
  })

  it('is for refunds only', async () => {
    const { effectId } = await journal.effects.plan(effect({ kind: 'flag' }), at)
    await assert.rejects(journal.effects.claimRefund(effectId, 'ann@desk', at, generous), { code: 'JOURNAL_MISUSED' })
  })

  it('is stopped by a pause of the merchant or of all, also explicitly, until resumed', async () => {
    await journal.refunds.pause('acme', 'odd totals', 'bob@desk', at)
    const stopped = await claim('1', { explicit: true })
    assert.ok(!stopped.claimed)
    assert.equal(stopped.message, `Refunds of acme have been paused by bob@desk since ${at}: odd totals.`)
    assert.equal(await outcome('7', {}, at, 'other'), 'claimed')
    await journal.refunds.pause(null, 'fire', 'bob@desk', at)
    assert.equal(await outcome('8', {}, at, 'other'), 'REFUNDS_PAUSED')
    assert.deepEqual(await journal.refunds.pauses(), [
      { merchant: null, reason: 'fire', actor: 'bob@desk', at },
      { merchant: 'acme', reason: 'odd totals', actor: 'bob@desk', at },
    ])
    assert.equal(await journal.refunds.resume('acme', 'bob@desk', at), true)
    assert.equal(await journal.refunds.resume('acme', 'bob@desk', at), false)
    assert.equal(await outcome('1'), 'REFUNDS_PAUSED')
    assert.equal(await journal.refunds.resume(null, 'bob@desk', at), true)
    assert.equal(await outcome('1'), 'claimed')
  })

  it('is refused for a return that was sent under another merchant name: one Loop account may have two', async () => {
    assert.equal(await outcome('1'), 'claimed')
    const second = await claim('1', { explicit: true }, at, 'env')
    assert.ok(!second.claimed)
    assert.deepEqual(
      [second.code, second.message],
      ['NOT_PLANNED', 'This refund was already sent for merchant acme, and is now sent.'],
    )
    await giveUp('1')
    assert.equal(await outcome('1', {}, at, 'env'), 'claimed')
    assert.equal(await outcome('1'), 'NOT_PLANNED')
  })

  it('is refused once another run has claimed it since it was decided, and given it up (G1)', async () => {
    await claim('1')
    await giveUp('1')
    const late = await claim('1', { pastClaims: 0 })
    assert.ok(!late.claimed)
    assert.deepEqual(
      [late.code, late.message],
      ['NOT_PLANNED', 'Another run of mhloop has claimed this refund in the meantime and given it up; check it again.'],
    )
    assert.equal(await outcome('1', { pastClaims: 1 }), 'claimed')
  })

  it('holds the hourly limit, per merchant, over the last 60 minutes (F23)', async () => {
    const limits = { refundsPerHour: 2 }
    assert.equal(await outcome('1', limits, at), 'claimed')
    assert.equal(await outcome('2', limits, minutes(30)), 'claimed')
    assert.equal(await outcome('3', limits, minutes(59)), 'HOURLY_LIMIT')
    assert.equal(await outcome('3', { ...limits, explicit: true }, minutes(59)), 'HOURLY_LIMIT')
    assert.equal(await outcome('7', limits, minutes(59), 'other'), 'claimed')
    assert.equal(await outcome('3', limits, minutes(60)), 'claimed')
  })

  it('holds the daily limit', async () => {
    const limits = { refundsPerDay: 1 }
    assert.equal(await outcome('1', limits, at), 'claimed')
    assert.equal(await outcome('2', limits, minutes(24 * 60 - 1)), 'DAILY_LIMIT')
    assert.equal(await outcome('2', limits, minutes(24 * 60)), 'claimed')
  })

  it('counts refunds stamped in the future: the clock may have been set back (C5)', async () => {
    assert.equal(await outcome('1', { refundsPerHour: 1 }, minutes(600)), 'claimed')
    assert.equal(await outcome('2', { refundsPerHour: 1 }, at), 'HOURLY_LIMIT')
  })

  it('refuses when a limit is no number, or nothing is allowed', async () => {
    assert.equal(await outcome('1', { refundsPerHour: Number.NaN }), 'HOURLY_LIMIT')
    assert.equal(await outcome('1', { refundsPerDay: Number.NaN }), 'DAILY_LIMIT')
    assert.equal(await outcome('1', { firstByHand: Number.NaN }), 'FIRST_BY_HAND')
    assert.equal(await outcome('1', { refundsPerHour: 0 }), 'HOURLY_LIMIT')
  })

  it('gives the budget back only when surely nothing was sent', async () => {
    const limits = { refundsPerHour: 1 }
    await claim('1', limits)
    await giveUp('1')
    assert.equal(await journal.refunds.sentSince('acme', minutes(-1)), 0)
    assert.equal(await outcome('2', limits), 'claimed')
    await settle('2', 'refused')
    assert.equal(await journal.refunds.sentSince('acme', minutes(-1)), 1)
    assert.equal(await outcome('1', limits), 'HOURLY_LIMIT')
  })

  it('needs the first refunds of a merchant explicitly, and counts those that Loop accepted', async () => {
    const limits = { firstByHand: 2 }
    assert.equal(await outcome('1', limits), 'FIRST_BY_HAND')
    for (const [returnId, to] of [
      ['1', 'accepted'],
      ['2', 'refused'],
    ] as const) {
      assert.equal(await outcome(returnId, { ...limits, explicit: true }), 'claimed')
      await settle(returnId, to)
    }
    assert.equal(await outcome('3', limits), 'FIRST_BY_HAND')
    assert.equal(await outcome('3', { ...limits, explicit: true }), 'claimed')
    assert.equal(await outcome('4', limits), 'FIRST_BY_HAND')
    await settle('3', 'accepted')
    assert.equal(await outcome('4', limits), 'claimed')
  })

  it('is refused once the lease has ended under which it was decided, or another run has it (F9)', async () => {
    let now = at
    const opened = await freshJournal({ now: () => new Date(now) })
    const { effects, leases } = opened.journal
    const code = async (owner: string) => {
      const { effectId } = await effects.plan(refund('1'), at)
      const result = await effects.claimRefund(effectId, 'ann@desk', at, {
        ...generous,
        lease: { subject: 's', owner },
      })
      return result.claimed ? 'claimed' : result.code
    }
    assert.equal(await code('run-1'), 'LEASE_LOST', 'never held')
    await leases.acquire('acme', 's', 'run-1', 60_000)
    now = minutes(1)
    assert.equal(await code('run-1'), 'LEASE_LOST', 'it has ended')
    await leases.acquire('acme', 's', 'run-2', 60_000)
    assert.equal(await code('run-1'), 'LEASE_LOST', 'another has taken over')
    assert.equal(await code('run-2'), 'claimed')
    await opened.dispose()
  })

  it('waits in quarantine, also explicitly, until that is lifted (F11)', async () => {
    await journal.refunds.quarantine('acme', 'restored from a backup', 'bob@desk', at)
    const stopped = await claim('1', { explicit: true })
    assert.ok(!stopped.claimed)
    assert.deepEqual(
      [stopped.code, stopped.message],
      ['QUARANTINED', `Refunds of acme have been waiting in quarantine since ${at}: restored from a backup.`],
    )
    assert.equal(await outcome('7', {}, at, 'other'), 'claimed')
    const expected = {
      merchant: 'acme',
      reason: 'restored from a backup',
      actor: 'bob@desk',
      since: at,
      forgets: false,
    }
    assert.deepEqual(await journal.refunds.quarantineOf('acme'), expected)
    const release = (merchant: string) => journal.refunds.release(merchant, 'ann@desk', minutes(20))
    assert.deepEqual([await release('acme'), await release('acme')], [true, false])
    assert.equal(await outcome('1'), 'claimed')
  })

  it('waits in the quarantine of all, unknown merchants included, until each is released (F11)', async () => {
    await journal.refunds.quarantine(null, 'restored from a backup', 'bob@desk', at)
    assert.equal(await outcome('1'), 'QUARANTINED')
    assert.equal(await outcome('7', {}, at, 'unheard of'), 'QUARANTINED')
    assert.equal((await journal.refunds.quarantineOf('acme'))?.forgets, true)
    const later = { receivedAt: minutes(90) }
    assert.equal(await journal.refunds.release('acme', 'ann@desk', minutes(20)), true)
    assert.equal(await outcome('1', later), 'claimed')
    assert.equal(await outcome('7', later, at, 'unheard of'), 'QUARANTINED')
    await journal.refunds.quarantine(null, 'restored once more', 'bob@desk', minutes(30))
    assert.equal(await outcome('2', later), 'QUARANTINED')
    assert.equal(await journal.refunds.release('acme', 'ann@desk', minutes(50)), true)
    assert.equal(await outcome('2', later), 'claimed')
  })

  it('waits after a second restore, also if the first release was dated by a clock far ahead (F11, C5)', async () => {
    await journal.refunds.quarantine(null, 'restored from a backup', 'bob@desk', at)
    const later = { receivedAt: '2031-01-01T00:00:00.000Z' }
    await journal.refunds.release('acme', 'ann@desk', '2030-01-01T00:00:00.000Z')
    assert.equal(await outcome('1', later), 'claimed')
    await journal.refunds.quarantine(null, 'restored once more', 'bob@desk', minutes(30))
    assert.equal(await outcome('2', later), 'QUARANTINED')
    assert.equal((await journal.refunds.quarantineOf('acme'))?.reason, 'restored once more')
    assert.equal(await journal.refunds.release('acme', 'ann@desk', minutes(50)), true)
    assert.equal(await journal.refunds.quarantineOf('acme'), null)
  })

  it('is released though the clock was set back since the quarantine began (C5)', async () => {
    await journal.refunds.quarantine('acme', 'moved', 'bob@desk', minutes(30))
    assert.equal(await journal.refunds.release('acme', 'ann@desk', at), true)
    assert.equal(await journal.refunds.quarantineOf('acme'), null)
    await journal.refunds.quarantine(null, 'restored', 'bob@desk', minutes(30))
    assert.equal(await journal.refunds.release('acme', 'ann@desk', at), true)
    assert.equal(await journal.refunds.quarantineOf('acme'), null)
  })

  it('claims nothing after a restore that was received before the end of the quarantine, or at an unknown time (F11)', async () => {
    await journal.refunds.quarantine(null, 'restored from a backup', 'bob@desk', at)
    await journal.refunds.release('acme', 'ann@desk', minutes(20))
    for (const receivedAt of [null, 'someday', at, minutes(20), minutes(30)])
      assert.equal(await outcome('1', { receivedAt, explicit: true }), 'MAYBE_SENT', String(receivedAt))
    assert.equal(await outcome('1', { receivedAt: minutes(31) }), 'claimed')
  })

  it('claims as ever after a quarantine of one merchant, whose journal has forgotten nothing', async () => {
    await journal.refunds.quarantine('acme', 'moved while a refund was in progress', 'bob@desk', at)
    await journal.refunds.release('acme', 'ann@desk', minutes(20))
    assert.equal(await outcome('1', { receivedAt: at }), 'claimed')
  })

  it('changes nothing when it is refused', async () => {
    await journal.refunds.pause(null, 'fire', 'bob@desk', at)
    await claim('1')
    const [row] = await journal.effects.find({ returnIds: ['1'] })
    assert.deepEqual([row?.state, row?.attempts, row?.sentAt], ['planned', 0, null])
    assert.deepEqual(
      (await journal.history.of('acme', '1')).map(({ what }) => what),
      ['planned'],
    )
  })
})
