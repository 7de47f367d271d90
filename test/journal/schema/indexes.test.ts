import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import type { Journal } from '../../../src/journal/journal.ts'
import { at, effect, event, freshFile, generous, minutes, refund, returnIds } from '../fresh.ts'

/** The daily work of mhloop, in full pieces, because SQLite chooses an index by the number of values. */
async function dailyWork({ effects, links, parcels, history, events, refunds }: Journal): Promise<void> {
  const ids = returnIds(500)
  await links.see('acme', [{ returnId: '1', customerIdentifier: 'r1', orderName: '#1', returnUpdatedAt: null }], at)
  await links.setStatus('acme', [{ returnId: '1', status: 'held', reason: 'X' }], at)
  await links.find('acme', { returnIds: ids, statuses: ['held'] })
  await links.find('acme', { statuses: ['held', 'failed'] })
  await links.find('acme', { orderName: '#1' })
  const parcel = { kind: 'bag', lineItemIds: null, status: null, changedAt: null } as const
  await parcels.see(
    'acme',
    ids.map((returnId) => ({ ...parcel, returnId, parcelId: `HR-${returnId}` })),
    at,
  )
  await parcels.find('acme', 'HR-1')
  await parcels.of('acme', ids)
  const second = await effects.plan(refund('1'), at)
  await effects.plan(refund('1', { kind: 'remove' }), at)
  const many = await effects.planMany(
    ids.map((returnId) => effect({ returnId })),
    at,
  )
  const [first] = many
  assert.ok(first)
  await effects.plan(refund('1', { digest: 'd2' }), at)
  const claimed = await effects.claimMany(
    many.map(({ effectId }) => effectId),
    'ann@desk',
    at,
  )
  assert.equal(claimed.length, 500)
  const inDoubt = { from: ['sent'] as const, to: 'in_doubt' as const, evidence: 'no answer' }
  await effects.settleMany(
    many.slice(1).map(({ effectId }) => ({ effectId, ...inDoubt })),
    { at, actor: 'ann@desk' },
  )
  await effects.claimRefund(second.effectId, 'ann@desk', at, { ...generous, firstByHand: 1 })
  await effects.claimRefund(second.effectId, 'ann@desk', at, generous)
  await effects.settle(first.effectId, { from: ['sent'], to: 'accepted', evidence: 'yes', at, actor: 'ann@desk' })
  await effects.find({ merchant: 'acme', states: ['sent', 'in_doubt'] })
  await effects.find({ merchant: 'acme', returnIds: ids, states: ['sent'], kinds: ['process'] })
  await effects.lastGeneration('acme', '1', 'flag')
  await refunds.sentSince('acme', at)
  await history.of('acme', '1')
  await dailyEvents(events)
}

async function dailyEvents(events: Journal['events']): Promise<void> {
  await events.storeMany(returnIds(500).map((digest) => event({ digest })))
  await events.storeMany([event({ digest: 'unread', state: 'quarantined', body: '{' })])
  const due = await events.take('acme', 'w1', at, 500)
  assert.equal(due.length, 500)
  const settled = { state: 'done' as const, tries: 1, nextTryAt: null, reason: null }
  await events.settleMany(
    due.map(({ eventId }) => ({ eventId, ...settled })),
    at,
  )
  await events.get(due[0]?.eventId ?? '')
  await events.replay(due.map(({ eventId }) => eventId))
  await events.oldestNew()
  await events.oldestNew('acme')
  await events.find({ merchant: 'acme', newestFirst: true, limit: 50 })
  await events.find({ merchant: 'acme', states: ['quarantined'], limit: 50 })
  await events.find({ states: ['new', 'quarantined'] })
  await events.find({ merchant: 'acme', returnId: '99904598' })
  assert.equal(await events.forgetBodies(minutes(1)), 1)
}

describe('at 100,000 returns', () => {
  it('no daily statement reads a whole table, nor walks a state to find an effect by its id', async () => {
    const { engine, journal, dispose } = await freshFile()
    const statements = await preparedBy(() => dailyWork(journal))
    assert.ok(statements.length > 25)
    const database = new DatabaseSync(engine.location)
    for (const statement of statements) {
      const plan = database.prepare(`explain query plan ${statement}`).all()
      const steps = plan.map(({ detail }) => String(detail))
      const scans = steps.filter((step) => /^SCAN (effects|links|parcels|history|events)/.test(step))
      assert.deepEqual(scans, [], statement)
      if (!/"effect_id" (in|=)|effects\.effect_id =/.test(statement)) continue
      assert.ok(
        steps.some((step) => /SEARCH effects .*\(effect_id=\?\)/.test(step)),
        `${statement}: ${steps}`,
      )
    }
    database.close()
    await dispose()
  })
})

/** Every statement that any connection prepares during the work, without duplicates. */
async function preparedBy(work: () => Promise<void>): Promise<string[]> {
  const statements = new Set<string>()
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (sql, ...rest) {
    if (!/^\s*pragma/i.test(sql)) statements.add(sql)
    return prepare.call(this, sql, ...rest)
  }
  try {
    await work()
  } finally {
    DatabaseSync.prototype.prepare = prepare
  }
  return [...statements]
}
