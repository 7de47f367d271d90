import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { HistoryEntry, Journal } from '../../src/journal/journal.ts'
import { at, effect, generous, minutes, type Opened, onEachEngine, refund } from './fresh.ts'

onEachEngine('the journal remembers', ({ freshJournal }) => {
  let journal: Journal
  let dispose: () => Promise<void>
  beforeEach(async () => {
    ;({ journal, dispose } = await freshJournal())
  })
  afterEach(() => dispose())

  it('one installation id, for ever (F12)', async () => {
    const id = await journal.installationId()
    assert.match(id, /^[0-9a-f-]{36}$/)
    assert.equal(await journal.installationId(), id)
  })

  it('history as it was recorded, in that order, made safe to print', async () => {
    const entry: HistoryEntry = {
      at,
      merchant: 'acme',
      returnId: '1',
      actor: 'ann@desk',
      what: 'decided',
      kind: null,
      effectId: null,
      message: 'flag: damaged',
    }
    await journal.history.append([
      entry,
      { ...entry, at: minutes(-5), message: 'late\u202e' },
      { ...entry, returnId: '2' },
    ])
    await journal.history.append([])
    assert.deepEqual(await journal.history.of('acme', '1'), [entry, { ...entry, at: minutes(-5), message: 'late' }])
    assert.deepEqual(await journal.history.of('other', '1'), [])
  })

  it('the furthest position of a cursor, whichever write came last (F40)', async () => {
    assert.equal(await journal.cursors.get('acme', 'asn'), null)
    await journal.cursors.advance('acme', 'asn', '2026-02-01T10:00:00Z')
    await journal.cursors.advance('acme', 'asn', '2026-02-01T09:59:59.999Z')
    await journal.cursors.advance('acme', 'asn', '2026-02-01T11:30:00+02:00')
    assert.equal(await journal.cursors.get('acme', 'asn'), '2026-02-01T10:00:00.000Z')
    await journal.cursors.advance('acme', 'asn', '2026-02-01T10:00:00.5Z')
    assert.equal(await journal.cursors.get('acme', 'asn'), '2026-02-01T10:00:00.500Z')
    assert.equal(await journal.cursors.get('other', 'asn'), null)
    assert.equal(await journal.cursors.get('acme', 'list'), null)
  })

  it('no cursor from the future, beyond what clocks differ (F40)', async () => {
    await journal.cursors.advance('acme', 'a', minutes(4))
    assert.equal(await journal.cursors.get('acme', 'a'), minutes(4))
    await journal.cursors.advance('acme', 'b', '2031-01-01T00:00:00Z')
    assert.equal(await journal.cursors.get('acme', 'b'), at)
    await assert.rejects(journal.cursors.advance('acme', 'a', 'N/A'), { code: 'JOURNAL_BAD_TIME' })
  })

  it('who holds a lease until it ends', async () => {
    let now = at
    const other = await freshJournal({ now: () => new Date(now) })
    const { leases } = other.journal
    const acquire = (owner: string, when: string) => {
      now = when
      return leases.acquire('acme', '1', owner, 10 * 60_000)
    }
    assert.equal(await acquire('ann', at), true)
    assert.equal(await acquire('bob', minutes(9)), false)
    assert.equal(await acquire('ann', minutes(9)), true, 'its owner may renew it')
    assert.equal(await acquire('bob', minutes(18)), false)
    assert.equal(await leases.acquire('other', '1', 'bob', 1_000), true)
    assert.equal(await acquire('bob', minutes(19)), true, 'it ended')
    await leases.release('acme', '1', 'ann')
    assert.equal(await acquire('ann', minutes(20)), false, 'only its owner may release it')
    await leases.release('acme', '1', 'bob')
    assert.equal(await acquire('ann', minutes(20)), true)
    await other.dispose()
  })
})

onEachEngine('the database itself refuses', ({ name, freshJournal }) => {
  let opened: Opened
  let effectId: string
  beforeEach(async () => {
    opened = await freshJournal()
    const { effects } = opened.journal
    effectId = (await effects.plan(refund('1'), at)).effectId
    await effects.claimRefund(effectId, 'ann@desk', at, generous)
    const change = { from: ['sent'] as const, to: 'parked' as const, evidence: 'silence', at, actor: 'ann@desk' }
    await effects.settle(effectId, change)
  })
  afterEach(() => opened.dispose())

  const run = (statement: string) => sql.raw(statement).execute(opened.engine.store)

  it('to rewrite or delete history', async () => {
    await assert.rejects(run(`update history set message = 'nothing happened'`), /append-only/)
    await assert.rejects(run('delete from history'), /append-only/)
    const around = name === 'sqlite' ? 'insert or replace into history select * from history' : 'truncate history'
    await assert.rejects(run(around), /append-only/)
  })

  it('to forget a refund that was sent, or to send it again', async () => {
    await assert.rejects(run('delete from effects'), /never forgotten/)
    if (name === 'postgres') await assert.rejects(run('truncate effects'), /never forgotten/)
    await assert.rejects(run(`update effects set state = 'planned', sent_at = null`), /at most once/)
    await assert.rejects(run(`update effects set state = 'sent'`), /at most once/)
    await assert.rejects(run(`update effects set return_id = '2'`), /identity/)
    assert.equal((await opened.journal.effects.get(effectId))?.state, 'parked')
  })

  it('a second refund row for a return, whatever its generation', async () => {
    const columns =
      'effect_id, merchant, return_id, kind, generation, state, digest, payload, actor, attempts, planned_at'
    const insert = (generation: number) =>
      run(`insert into effects (${columns})
        values ('x', 'acme', '1', 'process', ${generation}, 'planned', 'd', 'null', 'eve', 0, '${at}')`)
    await assert.rejects(insert(0), /unique/i)
    await assert.rejects(insert(1), /check/i)
  })

  it('states and kinds that do not exist, and a planned refund that was sent', async () => {
    const { effectId: other } = await opened.journal.effects.plan(effect(), at)
    const where = `where effect_id = '${other}'`
    await assert.rejects(run(`update effects set state = 'done' ${where}`), /check/i)
    await assert.rejects(run(`update effects set sent_at = '${at}' ${where}`), /check/i)
    await assert.rejects(run(`update effects set state = 'sent' ${where}`), /check/i)
  })
})
