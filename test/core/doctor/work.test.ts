import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  paidBeforeReceipt,
  paidInSpiteOfFlag,
  type RecentReturn,
  staleVerdict,
} from '../../../src/core/doctor/returns.ts'
import {
  doubtVerdict,
  inboxVerdict,
  type OpenEffect,
  parkedVerdict,
  pullVerdict,
  type RefundsState,
  refundsVerdict,
  silenceVerdict,
} from '../../../src/core/doctor/work.ts'
import { effectKinds, effectStates } from '../../../src/journal/journal.ts'
import { anRma, aReturn } from '../build.ts'

const now = new Date('2026-11-25T12:00:00.000Z')
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString()
const effect = (changes: Partial<OpenEffect>): OpenEffect => ({
  effectId: 'e',
  returnId: '1',
  kind: 'process',
  state: 'sent',
  sentAt: ago(20),
  ...changes,
})

describe('effects without an end', () => {
  const of = (changes: Partial<OpenEffect>) => doubtVerdict([effect(changes)], 'acme', now).status

  it('F2: a refund may take a quarter of an hour; after it a person is asked', () => {
    assert.deepEqual([of({ sentAt: ago(15) }), of({ sentAt: ago(15.1) })], ['warn', 'fail'])
  })

  it('F6: a refund or flag that Loop accepted and never did is in doubt; an RMA write waits for its sync', () => {
    for (const kind of ['process', 'remove', 'flag']) assert.equal(of({ state: 'accepted', kind }), 'fail')
    assert.equal(of({ state: 'accepted', sentAt: ago(5) }), 'ok')
    assert.equal(of({ state: 'accepted', kind: 'rma.create' }), 'ok')
  })

  it('each is held by one check at most, and nothing settled by any', () => {
    const effects = fc.array(
      fc.record({
        kind: fc.constantFrom(...effectKinds),
        state: fc.constantFrom(...effectStates),
        sentAt: fc.option(fc.integer({ min: 0, max: 600 }).map(ago)),
      }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(effects, (list) => {
        const all = list.map((one) => effect(one))
        const parked = parkedVerdict(all, 'acme').status !== 'ok'
        const doubted = doubtVerdict(all, 'acme', now).status !== 'ok'
        assert.equal(
          parked,
          all.some(({ state }) => state === 'parked'),
        )
        const open = all.some(({ state }) => ['sent', 'in_doubt', 'accepted'].includes(state))
        if (!open) assert.equal(doubted, false)
        if (all.some(({ state }) => state === 'sent' || state === 'in_doubt')) assert.ok(doubted)
      }),
    )
  })
})

describe('messages and pulls', () => {
  const filed = (minutes: number) =>
    aReturn({ returnId: String(minutes), createdAt: ago(minutes), updatedAt: ago(minutes) })
  const heard = { loop: [ago(60)], masonhub: [], connectedAt: null }

  it('F25: a return filed after the last webhook, long enough ago, has lost its own', () => {
    const of = (...minutes: number[]) => silenceVerdict({ ...heard, returns: minutes.map(filed) }, 'acme', now).status
    assert.deepEqual([of(), of(70), of(50), of(10), of(44), of(70, 30)], ['ok', 'ok', 'ok', 'ok', 'fail', 'fail'])
  })

  it('when Loop can’t be read, the check does not say that nothing was due', () => {
    const of = (loop: string[]) => silenceVerdict({ ...heard, loop, returns: null }, 'acme', now).status
    assert.deepEqual([of([]), of([ago(60)])], ['skipped', 'ok'])
  })

  it('no webhook is expected for what was filed before we were connected', () => {
    const of = (connectedAt: string | null, loop: string[] = []) =>
      silenceVerdict({ loop, masonhub: [], returns: [filed(120)], connectedAt }, 'acme', now).status
    assert.deepEqual([of(ago(60)), of(ago(180)), of(null), of(ago(180), [ago(90)])], ['ok', 'fail', 'ok', 'ok'])
  })

  it('a pull lags by the oldest change that it has not read', () => {
    const of = (...minutes: number[]) => pullVerdict(ago(2_000), minutes.map(filed), 'acme', now).status
    assert.deepEqual([of(), of(5), of(60), of(61, 5), of(1_441), of(2_001)], ['ok', 'ok', 'ok', 'warn', 'fail', 'ok'])
    assert.equal(pullVerdict(null, [filed(61)], 'acme', now).status, 'skipped')
  })

  it('an inbox is worked on within a quarter of an hour', () => {
    assert.deepEqual(
      [null, ago(14), ago(16)].map((oldest) => inboxVerdict(oldest, now).status),
      ['ok', 'ok', 'fail'],
    )
  })
})

describe('automatic refunds', () => {
  it('off and first-by-hand are choices; a pause and a used-up limit need attention', () => {
    const refundsState: RefundsState = {
      lane: 'open',
      pause: null,
      forAll: false,
      pausedAs: null,
      hour: { used: 1, limit: 60 },
      day: { used: 2, limit: 500 },
      firstByHand: { required: 3, done: 1 },
    }
    const states = ['open', 'off', 'first by hand', 'paused', 'limit reached'] as const
    assert.deepEqual(
      states.map((one) => refundsVerdict({ ...refundsState, lane: one }, 'acme').status),
      ['ok', 'ok', 'ok', 'warn', 'warn'],
    )
    const remedy = (pausedAs: string | null, forAll = false) =>
      refundsVerdict({ ...refundsState, lane: 'paused', pausedAs, forAll }, 'acme').remedy
    // Only the name that was paused can lift the pause, here another name of the account (G10).
    assert.equal(remedy('twin'), 'mhloop refunds resume -m twin')
    assert.equal(remedy('acme'), 'mhloop refunds resume -m acme')
    assert.equal(remedy(null, true), 'mhloop refunds resume --all-merchants')
  })
})

describe('returns that went their own way', () => {
  const paid = { ...aReturn().money, wasProcessed: true }
  const closed = aReturn({ state: 'closed', money: paid, updatedAt: ago(100) })
  const recent: RecentReturn = {
    loopReturn: closed,
    rmas: [anRma({ status: 'open' })],
    processedByUs: false,
    flaggedAt: null,
  }

  it('F19: only what was paid, by others, before the warehouse had it', () => {
    const of = (changes: Partial<RecentReturn>) => paidBeforeReceipt({ ...recent, ...changes })
    assert.ok(of({}))
    assert.ok(!of({ processedByUs: true }))
    assert.ok(!of({ rmas: [] }))
    assert.ok(!of({ rmas: null }))
    assert.ok(!of({ loopReturn: { ...closed, state: 'open' } }))
    assert.ok(!of({ loopReturn: { ...closed, money: aReturn().money } }))
    assert.ok(of({ rmas: [anRma({ status: 'received', receivedAt: ago(99) })] }))
    assert.ok(!of({ rmas: [anRma({ status: 'received', receivedAt: ago(101) })] }))
  })

  it('F20: only what was paid so soon after our flag that no person can have decided it', () => {
    const of = (minutes: number | null, changes: Partial<RecentReturn> = {}) =>
      paidInSpiteOfFlag({ ...recent, flaggedAt: minutes === null ? null : ago(minutes), ...changes })
    assert.deepEqual([of(null), of(101), of(114), of(115), of(99)], [false, true, true, false, false])
    assert.ok(!of(101, { processedByUs: true }))
  })

  it('F29: one that MasonHub has received, unnoticed, is worse than one that is late', () => {
    const of = (status: 'open' | 'received' | 'deleted') =>
      staleVerdict([{ returnId: '1', since: ago(60_000), rmas: [anRma({ status })] }], 1, 'acme')
    assert.deepEqual([of('open').status, of('received').status, of('deleted').status], ['warn', 'fail', 'ok'])
    assert.equal(of('received').remedy, 'mhloop rma resolve 1 -m acme --dry-run')
    assert.match(
      staleVerdict([{ returnId: '1', since: '', rmas: [anRma({ status: 'open' })] }], 90, 'acme').message,
      /1 of 90/,
    )
  })
})
