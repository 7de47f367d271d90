import assert from 'node:assert/strict'
import type { Journal, SettingChange } from '../../src/journal/journal.ts'
import { at, onEachEngine } from './fresh.ts'

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

  it('G11 control characters in what is told do not reach a terminal', async () => {
    await journal.changes.append([change({ after: 'on\u001b[31m', reason: 'why\u0007' })])
    assert.doesNotMatch(JSON.stringify(await journal.changes.find({ limit: 1 })), /u001b|u0007/)
  })

  it('G11 a pause and its end are told with who did it, and who is claimed, once each', async () => {
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
})
