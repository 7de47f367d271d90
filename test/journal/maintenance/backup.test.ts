import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Journal } from '../../../src/journal/journal.ts'
import { backUp, restore } from '../../../src/journal/maintenance/backup.ts'
import { move, moveJournal } from '../../../src/journal/maintenance/move.ts'
import { journalOn, openEngine, openJournal } from '../../../src/journal/open-journal.ts'
import { markMoved } from '../../../src/journal/sqlite/moved.ts'
import { needsPostgres, skipWithoutPostgres } from '../../postgres/needs-postgres.ts'
import {
  at,
  clock,
  effect,
  event,
  freshFile,
  freshFolder,
  generous,
  minutes,
  type Opened,
  onEachEngine,
  refund,
  returnIds,
} from '../fresh.ts'

const by = { actor: 'ann@desk', at }

/** A day of work: more than one page of everything that the journal stores. */
async function work({ effects, links, parcels, events, cursors, refunds, leases }: Journal): Promise<void> {
  const ids = returnIds(1_100)
  const seen = ids.map((returnId) => ({
    returnId,
    customerIdentifier: `r${returnId}`,
    orderName: `#${returnId}`,
    returnUpdatedAt: at,
  }))
  await links.see('acme', seen, at)
  await links.setStatus('acme', [{ returnId: '1', status: 'held', reason: 'X', announced: ['7'] }], at)
  const label = { kind: 'label', lineItemIds: ['7'], status: 'delivered', changedAt: at } as const
  await parcels.see(
    'acme',
    ids.map((returnId) => ({ ...label, returnId, parcelId: `1Z${returnId}` })),
    at,
  )
  await effects.planMany(
    ids.map((returnId) => effect({ returnId })),
    at,
  )
  const { effectId } = await effects.plan(refund('1'), at)
  await effects.claimRefund(effectId, 'ann@desk', at, generous)
  await effects.plan(refund('2', { merchant: 'other' }), at)
  await events.storeMany([
    event({ body: '{"half', state: 'quarantined', reason: 'NOT_JSON' }),
    event({ digest: 'e2', merchant: 'third' }),
  ])
  await cursors.advance('acme', 'asn', at)
  await refunds.pause('other', 'odd', 'bob@desk', at)
  await leases.acquire('acme', '1', 'somebody', 60_000)
}

/** Everything that the journal stores, without what a restore adds. */
async function remembered(journal: Journal) {
  const histories = await Promise.all(['1', '2', '1100'].map((id) => journal.history.of('acme', id)))
  const { counts } = await journal.health({ deep: true })
  return {
    installation: await journal.installationId(),
    effects: await journal.effects.find({}),
    links: await journal.links.find('acme'),
    parcels: await journal.parcels.of('acme', returnIds(1_100)),
    events: await journal.events.find({}),
    cursor: await journal.cursors.get('acme', 'asn'),
    pauses: await journal.refunds.pauses(),
    histories,
    counts,
  }
}

onEachEngine('a backup of the journal', ({ name, freshPlace, freshJournal }) => {
  let opened: Opened
  let folder: string
  let remove: () => Promise<void>
  beforeEach(async () => {
    opened = await freshJournal()
    ;({ folder, remove } = await freshFolder())
  })
  afterEach(async () => {
    await opened.dispose()
    await remove()
  })

  for (const target of ['sqlite', 'postgres'] as const) {
    it(`holds everything, and is restored into ${target} as it was, with every merchant in quarantine (F11)`, async function () {
      if (target === 'postgres') await skipWithoutPostgres(this)
      await work(opened.journal)
      const file = join(folder, 'backup.db')
      const done = await backUp(opened.engine, file)
      assert.deepEqual([done.file, done.merchants], [file, ['acme', 'other', 'third']])
      assert.ok(done.sizeBytes > 0)
      const bytes = readFileSync(file)
      await opened.journal.effects.plan(effect({ returnId: 'later' }), at)
      const place = target === name ? await freshPlace() : await placeOn(target)
      const engine = await openEngine(place.location, { dataDir: '', clock })
      const journal = journalOn(engine, clock)
      const { copied, quarantined } = await restore(engine, file, by)
      assert.deepEqual([copied.links, copied.effects, copied.events], [1_100, 1_102, 2])
      assert.deepEqual(quarantined, ['acme', 'other', 'third'])
      const before = await remembered(opened.journal)
      const after = await remembered(journal)
      const later = before.effects.pop()
      assert.equal(later?.returnId, 'later')
      before.counts.effects.planned -= 1
      before.counts.history -= 1
      assert.deepEqual(after, before)
      const claim = await journal.effects.plan(refund('5000'), at)
      const refused = await journal.effects.claimRefund(claim.effectId, 'ann', at, { ...generous, explicit: true })
      assert.equal(!refused.claimed && refused.code, 'QUARANTINED')
      assert.notEqual(await journal.refunds.quarantineOf('unheard of'), null)
      assert.equal(
        (await journal.effects.find({})).at(-1)?.returnId,
        '5000',
        'what is new comes after what was restored',
      )
      assert.equal((await journal.history.of('acme', '5000')).length, 1)
      assert.deepEqual(readFileSync(file), bytes, 'the backup stays what it was')
      await assert.rejects(restore(engine, file, by), { code: 'JOURNAL_NOT_EMPTY', exit: 6 })
      await engine.store.destroy()
      await place.remove()
    })
  }

  it('is consistent while others write, whole or not there at all, and no other user may read it (F62)', async () => {
    await opened.journal.effects.planMany(
      returnIds(600).map((returnId) => effect({ returnId })),
      at,
    )
    const file = join(folder, 'backup.db')
    let stop = false
    const writing = (async () => {
      for (let number = 1_000; !stop; number += 1) {
        await opened.journal.effects.plan(effect({ returnId: String(number) }), at)
      }
    })()
    await backUp(opened.engine, file)
    stop = true
    await writing
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder), ['backup.db'], 'nothing is left beside it')
    const copy = await openJournal(`sqlite:${file}`, { dataDir: '' })
    const { counts, problems } = await copy.health({ deep: true })
    assert.deepEqual([problems, counts.effects.planned], [[], counts.history], 'each effect with its history')
    await copy.close()
  })

  it('never replaces a file, and says where it may be written', async () => {
    const file = join(folder, 'backup.db')
    writeFileSync(file, 'mine')
    await assert.rejects(backUp(opened.engine, file), { code: 'BACKUP_EXISTS', exit: 2 })
    assert.equal(readFileSync(file, 'utf8'), 'mine')
    await assert.rejects(backUp(opened.engine, join(folder, 'nowhere', 'b.db')), { code: 'BACKUP_UNWRITABLE' })
  })

  it('is restored without /tmp, as in a container whose root is read-only, and leaves no copy', async () => {
    await opened.journal.effects.plan(effect(), at)
    const file = join(folder, 'backup.db')
    await backUp(opened.engine, file)
    const place = await freshPlace()
    const before = process.env.TMPDIR
    process.env.TMPDIR = join(folder, 'no-such-folder')
    try {
      const engine = await openEngine(place.location, { dataDir: '', clock })
      const { copied } = await restore(engine, file, { ...by, dataDir: folder })
      assert.equal(copied.effects, 1)
      await engine.store.destroy()
      assert.deepEqual(readdirSync(folder), ['backup.db'])
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
      await place.remove()
    }
  })

  it('that is damaged or none at all is not restored', async () => {
    await assert.rejects(restore(opened.engine, join(folder, 'nothing'), by), { code: 'BACKUP_NOT_FOUND', exit: 5 })
    const file = join(folder, 'backup.db')
    writeFileSync(file, 'some text that is long enough to be taken for a database'.repeat(50))
    await assert.rejects(restore(opened.engine, file, by), { code: 'JOURNAL_CORRUPT' })
    assert.deepEqual(await opened.journal.effects.find({}), [])
  })

  async function placeOn(target: 'sqlite' | 'postgres') {
    const other = others.get(target)
    assert.ok(other)
    return await other()
  }
})

const others = new Map<string, () => Promise<{ location: string; remove(): Promise<void> }>>()
onEachEngine('places', ({ name, freshPlace }) => others.set(name, freshPlace))

describe('moving a SQLite journal to PostgreSQL', () => {
  needsPostgres()

  let from: Awaited<ReturnType<typeof freshFile>>
  let place: { location: string; remove(): Promise<void> }
  beforeEach(async () => {
    from = await freshFile()
    const make = others.get('postgres')
    assert.ok(make)
    place = await make()
  })
  afterEach(async () => {
    await from.dispose()
    await place.remove()
  })

  it('loses nothing that was sent, quarantines only who has a refund under way, and closes the file for good (F11)', async () => {
    await work(from.journal)
    const running = await openJournal(`sqlite:${from.engine.location}`, { dataDir: '', clock })
    const to = await openEngine(place.location, { dataDir: '', clock })
    const journal = journalOn(to, clock)
    const { quarantined } = await move(from.engine, to, by)
    assert.deepEqual(quarantined, ['acme'])
    const quarantines = await Promise.all(['acme', 'other'].map((name) => journal.refunds.quarantineOf(name)))
    assert.deepEqual(
      quarantines.map((found) => found?.reason),
      ['moved while a refund was in progress', undefined],
    )
    const [sent] = await journal.effects.find({ kinds: ['process'], states: ['sent'] })
    assert.equal(sent?.returnId, '1')
    assert.equal((await journal.effects.claimRefund(sent?.effectId ?? '', 'eve', at, generous)).claimed, false)
    const gone = { code: 'JOURNAL_MOVED' }
    await assert.rejects(running.effects.plan(effect({ returnId: 'x' }), at), gone)
    await assert.rejects(
      running.effects.settle(sent?.effectId ?? '', {
        from: ['sent'],
        to: 'accepted',
        evidence: 'yes',
        at,
        actor: 'ann',
      }),
      gone,
    )
    await assert.rejects(openJournal(`sqlite:${from.engine.location}`, { dataDir: '' }), gone)
    await running.close()
    await to.store.destroy()
  })

  it('that broke off is taken up again; one that came to its end is not, and says where it is', async () => {
    await from.journal.effects.plan(effect(), at)
    const source = { location: `sqlite:${from.engine.location}`, dataDir: '' }
    const to = await openEngine(place.location, { dataDir: '' })
    await markMoved(from.engine, to.location)
    await assert.rejects(openJournal(source.location, { dataDir: '' }), { code: 'JOURNAL_MOVED' })
    const moved = await moveJournal(source, place.location, by)
    assert.deepEqual([moved.from, moved.to, moved.copied.effects], [from.engine.location, to.location, 1])
    await assert.rejects(moveJournal(source, place.location, by), { code: 'JOURNAL_MOVED' })
    await assert.rejects(moveJournal({ location: place.location, dataDir: '' }, place.location, by), { exit: 2 })
    await to.store.destroy()
  })

  it('that fails leaves the file as it was', async () => {
    await work(from.journal)
    const to = await openEngine(place.location, { dataDir: '', clock })
    const broken = { ...to, continueNumbering: async () => assert.fail('the disk of the server is full') }
    await assert.rejects(move(from.engine, broken, by), /full/)
    assert.deepEqual(await journalOn(to, clock).effects.find({}), [])
    assert.equal((await from.journal.effects.plan(effect({ returnId: 'x' }), minutes(1))).state, 'planned')
    await to.store.destroy()
    assert.ok(existsSync(from.engine.location))
  })
})
