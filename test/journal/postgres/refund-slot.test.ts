/** Two transactions that plan a refund of one return at the same moment (F8). */
import assert from 'node:assert/strict'
import type pg from 'pg'
import type { Journal } from '../../../src/journal/journal.ts'
import { openJournal } from '../../../src/journal/open-journal.ts'
import { needsPostgres } from '../../postgres/needs-postgres.ts'
import { asOwner, freshPlace, type Place } from '../../postgres/server.ts'
import { until } from '../../until.ts'
import { at, refund } from '../fresh.ts'

describe('a refund that is planned while another transaction plans one of another kind', () => {
  needsPostgres()

  let place: Place
  let journal: Journal
  beforeEach(async () => {
    place = await freshPlace()
    journal = await openJournal(place.location, { dataDir: '' })
  })
  afterEach(async () => {
    await journal.close()
    await place.drop()
  })

  const removePlanned = `insert into effects
    (effect_id, merchant, return_id, kind, generation, state, digest, payload, actor, attempts, planned_at)
    values ('theirs', 'acme', '1', 'remove', 0, 'planned', 'd', '{}', 'bob', 0, '${at}')`
  const waits = async (client: pg.Client) => {
    const waiting = `select 1 from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where not l.granted and a.query ilike '%effects%'`
    return (await client.query(waiting)).rows.length > 0
  }

  /** Plans a process while their remove is planned and not committed yet; returns the state of the process. */
  const planMeanwhile = async (end: 'commit' | 'rollback') =>
    await asOwner(async (client) => {
      await client.query(`set search_path = ${place.schema}`)
      await client.query('begin')
      await client.query(removePlanned)
      const planning = journal.effects.plan(refund('1', { digest: 'd2' }), at)
      await until(() => waits(client))
      await client.query(end)
      return (await planning).state
    })

  it('is abandoned, or planned when the other one came to nothing', async () => {
    assert.equal(await planMeanwhile('rollback'), 'planned')
    await abandon()
    assert.equal(await planMeanwhile('commit'), 'abandoned')
  })

  it('stays abandoned if it was so before', async () => {
    await journal.effects.plan(refund('1'), at)
    await abandon()
    assert.equal(await planMeanwhile('commit'), 'abandoned')
    const states = (await journal.effects.find({ returnIds: ['1'] })).map(({ kind, state }) => [kind, state])
    assert.deepEqual(states, [
      ['process', 'abandoned'],
      ['remove', 'planned'],
    ])
  })

  it('is abandoned also when it is new', async () => {
    assert.equal(await planMeanwhile('commit'), 'abandoned')
  })

  async function abandon(): Promise<void> {
    const [row] = await journal.effects.find({ kinds: ['process'] })
    const change = { from: ['planned'] as const, to: 'abandoned' as const, evidence: 'e', at, actor: 'ann@desk' }
    await journal.effects.settle(row?.effectId ?? '', change)
  }
})
