import assert from 'node:assert/strict'
import type { Journal, SettingChange } from '../../../src/journal/journal.ts'
import { begun, withdrawn } from '../../../src/journal/records/setting-changes.ts'
import { at, minutes, onEachEngine } from '../fresh.ts'

onEachEngine('G11 changes of switches and settings', ({ freshJournal }) => {
  let journal: Journal
  let dispose: () => Promise<void>
  beforeEach(async () => {
    ;({ journal, dispose } = await freshJournal())
  })
  afterEach(() => dispose())

  const change = (more: Partial<SettingChange>): SettingChange => ({
    at,
    merchant: 'acme',
    actor: 'ann@desk',
    claimedActor: null,
    what: 'set',
    setting: 'refunds',
    before: 'off',
    after: 'on',
    reason: null,
    ...more,
  })

  it('G11 are listed newest first, those of all merchants with those of one', async () => {
    const mine = change({ claimedActor: 'ceo' })
    const all = change({ merchant: null, setting: 'pause' })
    await journal.changes.append([mine, change({ merchant: 'other' }), all])
    await journal.changes.append([])
    assert.deepEqual(await journal.changes.find({ merchants: ['acme'], limit: 10 }), [all, mine])
    assert.equal((await journal.changes.find({ limit: 10 })).length, 3)
    assert.deepEqual(await journal.changes.find({ merchants: ['acme'], settings: ['refunds'], limit: 10 }), [mine])
    assert.deepEqual(await journal.changes.find({ limit: 1 }), [all])
    assert.deepEqual(await journal.changes.find({ since: '2999-01-01T00:00:00.000Z', limit: 10 }), [])
    assert.deepEqual(await journal.changes.find({ until: '1999-01-01T00:00:00.000Z', limit: 10 }), [])
  })

  it('G11 control characters in what is recorded do not reach a terminal', async () => {
    await journal.changes.append([change({ after: 'on\u001b[31m', reason: 'why\u0007' })])
    assert.doesNotMatch(JSON.stringify(await journal.changes.find({ limit: 1 })), /u001b|u0007/)
  })

  it('G11 a pause and its end are recorded with who did it, and who is claimed, once each', async () => {
    const who = { actor: 'ann@desk', claimedActor: 'ceo' }
    await journal.refunds.pause('acme', 'odd totals', who, at)
    assert.equal((await journal.refunds.pauses())[0]?.actor, 'ann@desk (claimed: ceo)')
    assert.equal(await journal.refunds.resume('acme', 'bob@desk', at), true)
    assert.equal(await journal.refunds.resume('acme', 'bob@desk', at), false)
    assert.deepEqual(await journal.changes.find({ limit: 10 }), [
      change({ actor: 'bob@desk', what: 'resumed', setting: 'pause', before: 'on', after: 'off' }),
      change({ ...who, what: 'paused', setting: 'pause', reason: 'odd totals' }),
    ])
  })

  it('G11 what was begun is listed until its end is recorded, and never after that', async () => {
    const find = async () => (await journal.changes.find({ limit: 10 })).map(({ what, setting }) => [what, setting])
    const [one, other] = [change({}), change({ setting: 'cutoff' })]
    const marked = (row: SettingChange, mark: string) => ({ ...row, what: `${row.what}${mark}` })
    await journal.changes.append([marked(one, begun), marked(other, begun)])
    assert.deepEqual(await find(), [
      ['set begun', 'cutoff'],
      ['set begun', 'refunds'],
    ])
    await journal.changes.append([marked(other, withdrawn), change({ at: minutes(1), setting: 'cutoff' })])
    assert.deepEqual(await find(), [
      ['set', 'cutoff'],
      ['set begun', 'refunds'],
    ])
    // A change of another person or merchant, or at another time, does not say how this one ended.
    await journal.changes.append([change({ actor: 'bob@desk' }), change({ merchant: 'other' })])
    assert.ok((await find()).some(([what]) => what === 'set begun'))
    await journal.changes.append([one])
    assert.ok((await find()).every(([what]) => what === 'set'))
  })

  it('G11 a quarantine that begins and one that ends are recorded, with who and why', async () => {
    await journal.refunds.quarantine('acme', 'bound anew', 'ann@desk', at)
    assert.equal(await journal.refunds.release('acme', 'bob@desk', minutes(20)), true)
    assert.equal(await journal.refunds.release('acme', 'bob@desk', minutes(21)), false)
    await journal.refunds.quarantine(null, 'restored from a backup', 'ann@desk', minutes(30))
    await journal.refunds.quarantine(null, 'restored again', 'ann@desk', minutes(31))
    assert.equal(await journal.refunds.release('acme', 'mhloop@vm', minutes(50)), true)
    const summaries = (await journal.changes.find({ limit: 10 })).map((one) => {
      return [one.merchant, one.actor, one.what, one.setting, one.before, one.after, one.reason]
    })
    assert.deepEqual(summaries, [
      ['acme', 'mhloop@vm', 'released', 'quarantine', 'on', 'off', null],
      [null, 'ann@desk', 'quarantined', 'quarantine', 'on', 'on', 'restored again'],
      [null, 'ann@desk', 'quarantined', 'quarantine', 'off', 'on', 'restored from a backup'],
      ['acme', 'bob@desk', 'released', 'quarantine', 'on', 'off', null],
      ['acme', 'ann@desk', 'quarantined', 'quarantine', 'off', 'on', 'bound anew'],
    ])
  })
})
