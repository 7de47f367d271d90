/** A journal that an earlier mhloop has written. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Engine } from '../../../src/journal/database/engine.ts'
import { effectKinds } from '../../../src/journal/journal.ts'
import { journalOn } from '../../../src/journal/open-journal.ts'
import { schemaVersion } from '../../../src/journal/schema/migrations.ts'
import { at, clock, effect, generous, refund } from '../fresh.ts'

const insert = (columns: string, values: string) => `insert into effects
  (effect_id, merchant, return_id, generation, digest, payload, actor, planned_at, attempts, ${columns})
  values (${values})`

/** In words that schema 1 and 2 know, on both engines. Effects have gaps in their numbers, also at the end. */
export const rowsBefore = [
  insert(
    'kind, state, evidence, owner, sent_at, settled_at, by_hand',
    `'e1', 'acme', '1', 0, 'd', '{"rmaId":"R1"}', 'ann', '${at}', 1, 'process', 'accepted', 'true', 'ann', '${at}', '${at}', 1`,
  ),
  insert('kind, state', `'e2', 'acme', '2', 0, 'd', '{}', 'ann', '${at}', 0, 'note', 'planned'`),
  insert('kind, state', `'e3', 'acme', '2', 0, 'd', '{}', 'ann', '${at}', 0, 'process', 'abandoned'`),
  insert('kind, state', `'e4', 'acme', '2', 3, 'd', '{}', 'ann', '${at}', 0, 'rma.update', 'planned'`),
  insert('kind, state', `'e5', 'acme', '3', 0, 'd', '{}', 'ann', '${at}', 0, 'flag', 'planned'`),
  `delete from effects where effect_id in ('e2', 'e5')`,
]

export async function assertMigrated(engine: Engine): Promise<void> {
  const journal = journalOn(engine, clock)
  const { effects } = journal
  const { problems, schemaVersion: version } = await journal.health({ deep: true })
  assert.deepEqual([version, problems.filter((problem) => !/MB are left/.test(problem))], [schemaVersion, []])
  const [sent, ...others] = await effects.find({})
  assert.deepEqual(sent, {
    ...{ effectId: 'e1', merchant: 'acme', returnId: '1', kind: 'process', generation: 0, state: 'accepted' },
    ...{ digest: 'd', payload: { rmaId: 'R1' }, evidence: 'true', actor: 'ann', owner: 'ann', attempts: 1 },
    ...{ plannedAt: at, sentAt: at, settledAt: at, parkedBecause: null },
  })
  assert.deepEqual(
    others.map(({ effectId, kind, generation, state }) => [effectId, kind, generation, state]),
    [
      ['e3', 'process', 0, 'abandoned'],
      ['e4', 'rma.update', 3, 'planned'],
    ],
  )
  assert.equal(await journal.refunds.countExplicit('acme'), 1)
  for (const kind of ['process', 'remove'] as const) {
    const { effectId } = await effects.plan(refund('1', { kind, digest: 'd2' }), at)
    const claim = await effects.claimRefund(effectId, 'bob', at, { ...generous, explicit: true })
    assert.equal(claim.claimed ? 'claimed' : claim.code, 'NOT_PLANNED')
  }
  assert.deepEqual((await effects.find({ returnIds: ['1'], kinds: ['process'] }))[0], sent)
  await assert.rejects(sql`delete from effects where effect_id = 'e1'`.execute(engine.store))
  for (const kind of effectKinds) {
    const planned = await effects.plan(effect({ kind, returnId: `new ${kind}` }), at)
    assert.equal(planned.state, 'planned')
    const row = engine.store.selectFrom('effects').select('seq').where('effect_id', '=', planned.effectId)
    assert.ok((await row.executeTakeFirstOrThrow()).seq > 5, 'a number is used twice')
  }
}
