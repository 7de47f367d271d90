import assert from 'node:assert/strict'
import type { KyselyPlugin } from 'kysely'
import type { Journal } from '../../../src/journal/journal.ts'
import { journalOn } from '../../../src/journal/open-journal.ts'
import { at, clock, effect, onEachEngine, returnIds } from '../fresh.ts'

/** Enough rows for several statements, and more than SQLite's limit of variables (32,766) in a single one. */
const many = 3000
/** Statements per 1000 rows in two pieces: read, write and history, and those of a transaction. */
const bearable = 12

onEachEngine('work on many rows', ({ freshJournal }) => {
  let journal: Journal
  let count = 0
  // Where no PostgreSQL can run, no journal was opened.
  let dispose = async () => {}
  before(async () => {
    const opened = await freshJournal()
    const counter: KyselyPlugin = {
      transformQuery: ({ node }) => {
        count += 1
        return node
      },
      transformResult: async ({ result }) => result,
    }
    journal = journalOn({ ...opened.engine, store: opened.engine.store.withPlugin(counter) }, clock)
    dispose = opened.dispose
  })
  after(() => dispose())

  const fewStatements = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    count = 0
    const result = await work()
    assert.ok(count > 0 && count <= (many / 1000) * bearable, `${count} statements for ${many} rows`)
    return result
  }
  const ids = returnIds(many)

  it('registers returns with few statements', async () => {
    const returns = ids.map((returnId) => ({
      returnId,
      customerIdentifier: `r${returnId}`,
      orderName: `#${Number(returnId) % 1000}`,
      returnUpdatedAt: at,
    }))
    for (const round of [1, 2]) {
      const links = await fewStatements(() => journal.links.see('acme', returns, at))
      assert.equal(links.length, many, `round ${round}`)
      assert.deepEqual(
        links.map(({ returnId }) => returnId),
        ids,
      )
      assert.equal(links.filter(({ ordinal }) => ordinal === 3).length, 1000)
    }
  })

  it('stores statuses with few statements', async () => {
    const changes = ids.map((returnId) => ({
      returnId,
      status: 'held' as const,
      reason: 'X',
      announced: [returnId],
    }))
    await fewStatements(() => journal.links.setStatus('acme', changes, at))
    const held = await fewStatements(() => journal.links.find('acme', { returnIds: ids, statuses: ['held'] }))
    assert.deepEqual(held.at(-1)?.announced, [held.at(-1)?.returnId])
    assert.equal(held.length, many)
  })

  it('plans, claims, settles and finds effects with few statements, and keeps the order', async () => {
    const requested = ids.toReversed().map((returnId) => effect({ returnId }))
    const planned = await fewStatements(() => journal.effects.planMany(requested, at))
    assert.deepEqual(
      planned.map(({ returnId }) => returnId),
      ids.toReversed(),
    )
    assert.deepEqual(await fewStatements(() => journal.effects.planMany(requested, at)), planned)
    const effectIds = planned.map(({ effectId }) => effectId)
    const claimed = await fewStatements(() => journal.effects.claimMany(effectIds, 'ann@desk', at))
    assert.deepEqual(
      claimed.map(({ effectId }) => effectId),
      effectIds,
    )
    const changes = effectIds.map((effectId, index) => ({
      effectId,
      from: ['sent'] as const,
      to: index % 2 === 0 ? ('confirmed' as const) : ('refused' as const),
      evidence: `answer ${index}`,
    }))
    await fewStatements(() => journal.effects.settleMany(changes, { at, actor: 'ann@desk' }))
    const found = await fewStatements(() => journal.effects.find({ merchant: 'acme', returnIds: ids }))
    assert.deepEqual(
      found.map(({ returnId, state, evidence }) => [returnId, state, evidence]),
      ids
        .toReversed()
        .map((returnId, index) => [returnId, index % 2 === 0 ? 'confirmed' : 'refused', `answer ${index}`]),
    )
    const { counts } = await journal.health()
    assert.equal(counts.history, many * 3)
  })

  it('plans refunds again with few statements', async () => {
    const refunds = (digest: string) => ids.map((returnId) => effect({ returnId, kind: 'process', digest }))
    const first = await journal.effects.planMany(refunds('d1'), at)
    const anew = await fewStatements(() => journal.effects.planMany(refunds('d2'), at))
    assert.deepEqual(
      anew,
      first.map((planned) => ({ ...planned, digest: 'd2' })),
    )
    assert.deepEqual(await journal.effects.find({ kinds: ['process'] }), anew)
  })
})
