/** What the table of effects refuses, whatever the code does: SQLite builds it anew for schema 3, with all its checks. */
import assert from 'node:assert/strict'
import { type Insertable, sql } from 'kysely'
import type { Schema } from '../../../src/journal/schema/schema.ts'
import { at, type Opened, onEachEngine } from '../fresh.ts'

type Row = Insertable<Schema['effects']>

onEachEngine('the table of effects', ({ freshJournal }) => {
  let opened: Opened
  beforeEach(async () => {
    opened = await freshJournal()
  })
  afterEach(() => opened.dispose())

  const row = (change: Partial<Row> = {}): Row => ({
    effect_id: 'e1',
    merchant: 'acme',
    return_id: '1',
    kind: 'flag',
    generation: 0,
    state: 'planned',
    digest: 'd',
    payload: '{}',
    actor: 'ann',
    attempts: 0,
    planned_at: at,
    ...change,
  })
  const insert = (change: Partial<Row>) =>
    opened.engine.store
      .insertInto('effects')
      .values(row(change))
      .execute()
      .then(() => 'taken')
  const refused = async (change: Partial<Row>, why: RegExp) =>
    await assert.rejects(insert(change), (error: Error) => why.test(`${error.message} ${String(error.cause)}`))

  it('refuses what contradicts itself', async () => {
    const sent = { state: 'sent', sent_at: at, owner: 'ann' } as const
    const check = /check/i
    await refused({ kind: 'refund' as Row['kind'] }, check)
    await refused({ state: 'done' as Row['state'] }, check)
    await refused({ generation: -1 }, check)
    await refused({ kind: 'process', generation: 1 }, check)
    await refused({ kind: 'remove', generation: 1 }, check)
    await refused({ attempts: -1 }, check)
    await refused({ by_hand: 2 }, check)
    await refused({ sent_at: at }, check)
    await refused({ ...sent, owner: null }, check)
    await refused({ ...sent, sent_at: null }, check)
    await refused({ digest: null as unknown as string }, /null/i)
    assert.equal(await insert(sent), 'taken')
  })

  it('refuses a second row for the same, and another identity', async () => {
    assert.equal(await insert({}), 'taken')
    const unique = /unique/i
    await refused({}, unique)
    await refused({ effect_id: 'e2' }, unique)
    await refused({ return_id: '2' }, unique)
    assert.equal(await insert({ effect_id: 'e2', generation: 1 }), 'taken')
    for (const column of ['effect_id', 'merchant', 'return_id', 'kind']) {
      const change = sql`update effects set ${sql.ref(column)} = 'note' where effect_id = 'e1'`
      await assert.rejects(change.execute(opened.engine.store), (error: Error) =>
        /keeps its identity/.test(`${error.message} ${String(error.cause)}`),
      )
    }
  })
})
