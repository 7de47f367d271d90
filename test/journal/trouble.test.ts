import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { Fault } from '../../src/core/errors/fault.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { schemaVersion } from '../../src/journal/schema/migrations.ts'
import { type RetryClock, retryWhileBusy } from '../../src/journal/sqlite/retry-while-busy.ts'
import { at, clock, effect, event, freshFile, generous, minutes, refund, returnIds } from './fresh.ts'

describe('when the disk under the journal fails (F46)', () => {
  let opened: Awaited<ReturnType<typeof freshFile>>
  beforeEach(async () => {
    opened = await freshFile()
  })
  afterEach(() => opened.dispose())

  const pragma = (text: string) => sql.raw(`pragma ${text}`).execute(opened.engine.store)
  const unwritable = (reason: RegExp) => (error: unknown) => {
    assert.ok(error instanceof Fault, String(error))
    assert.deepEqual([error.code, error.exit, error.blame], ['JOURNAL_UNWRITABLE', 1, 'machine'])
    assert.ok(error.message.includes(opened.engine.location))
    assert.match(error.message, reason)
    assert.notEqual(error.hint, null)
    return true
  }

  it('a full disk acknowledges nothing, and what was there stays', async () => {
    const { journal } = opened
    const { effectId } = await journal.effects.plan(refund('1'), at)
    await pragma('max_page_count = 1')
    const many = returnIds(2000, 100).map((returnId) => effect({ returnId, payload: 'x'.repeat(200) }))
    await assert.rejects(journal.effects.planMany(many, at), unwritable(/disk is full/))
    assert.equal((await journal.effects.find({})).length, 1)
    // Fills the rest of the last page: after some rounds, claiming the refund no longer fits.
    const fill = async () => {
      for (const returnId of returnIds(500, 5000)) await journal.effects.plan(effect({ returnId }), at)
    }
    await assert.rejects(fill(), unwritable(/disk is full/))
    const before = await journal.history.of('acme', '1')
    const claimed = await journal.effects
      .claimRefund(effectId, 'ann@desk', at, generous)
      .catch((error: unknown) => error)
    if (claimed instanceof Error) {
      assert.deepEqual((await journal.effects.get(effectId))?.state, 'planned')
      assert.deepEqual(await journal.history.of('acme', '1'), before)
    } else assert.equal((await journal.effects.get(effectId))?.state, 'sent')
    assert.deepEqual((await journal.health({ deep: true })).problems, [])
    await pragma('max_page_count = 1000000')
    await fill()
  })

  it('an event that does not fit is not acknowledged', async () => {
    await pragma('max_page_count = 1')
    const events = [event({ digest: 'small' }), event({ digest: 'large', body: 'x'.repeat(100_000) })]
    await assert.rejects(opened.journal.events.storeMany(events), unwritable(/full/))
    assert.deepEqual(await opened.journal.events.find({}), [])
  })

  it('a read-only file refuses writes and still shows what it holds', async () => {
    const { journal } = opened
    const { effectId } = await journal.effects.plan(effect(), at)
    await pragma('query_only = on')
    await assert.rejects(journal.effects.claim(effectId, 'ann@desk', at), unwritable(/read-only/))
    await assert.rejects(journal.refunds.pause(null, 'x', 'ann@desk', at), unwritable(/read-only/))
    assert.equal((await journal.effects.get(effectId))?.state, 'planned')
  })

  it('a transaction that fails as it begins is ended: no process waits for its lock, and the next one works', async () => {
    const { journal, engine } = opened
    const { effectId } = await journal.effects.plan(effect(), at)
    const other = new DatabaseSync(engine.location)
    other.exec('alter table meta rename to hidden')
    await assert.rejects(journal.effects.claim(effectId, 'ann@desk', at))
    other.exec('begin immediate; alter table hidden rename to meta; commit')
    other.close()
    assert.equal((await journal.effects.claim(effectId, 'ann@desk', at))?.state, 'sent')
  })

  it('a damaged page is found by a full check, and by any reading of it', async () => {
    const { journal, engine, folder } = opened
    await journal.effects.planMany(
      returnIds(500).map((returnId) => effect({ returnId, payload: 'x'.repeat(500) })),
      at,
    )
    await journal.close()
    const bytes = readFileSync(engine.location)
    bytes.fill(0xee, 60 * 4096)
    writeFileSync(engine.location, bytes)
    const again = await openJournal(undefined, { dataDir: folder, clock })
    const corrupt = { code: 'JOURNAL_CORRUPT' }
    const { problems } = await again.health({ deep: true }).catch((error: unknown) => {
      assert.equal(error instanceof Fault && error.code, 'JOURNAL_CORRUPT')
      return { problems: ['The file is damaged: '] }
    })
    assert.match(problems.join(' '), /The file is damaged/)
    await assert.rejects(again.effects.find({}), corrupt)
    await again.close()
  })
})

describe('when another process holds the lock', () => {
  const busyError = (errcode: number) => Object.assign(new Error('database is locked'), { errcode })
  const clockOf = (): RetryClock & { slept: number[] } => {
    let now = 0
    const slept: number[] = []
    return {
      slept,
      now: () => now,
      random: () => 1,
      sleep: async (milliseconds) => {
        slept.push(milliseconds)
        now += milliseconds
      },
    }
  }

  it('it is tried again, ever less often, until it works', async () => {
    const retryClock = clockOf()
    // SQLITE_BUSY, SQLITE_BUSY_RECOVERY, SQLITE_BUSY_SNAPSHOT, SQLITE_PROTOCOL.
    const errors = [5, 261, 517, 15].map(busyError)
    const work = () => {
      const error = errors.shift()
      if (error) throw error
      return 'done'
    }
    assert.equal(await retryWhileBusy(work, 'j.db', retryClock), 'done')
    assert.deepEqual(retryClock.slept, [1, 2, 4, 8])
  })

  it('patience ends after half a minute, with a Fault that says what to do', async () => {
    const retryClock = clockOf()
    const stuck = retryWhileBusy(
      () => {
        throw busyError(5)
      },
      'j.db',
      retryClock,
    )
    await assert.rejects(stuck, { code: 'JOURNAL_BUSY', exit: 1, blame: 'machine' })
    assert.ok(retryClock.now() >= 30_000 && retryClock.now() < 31_000)
  })

  it('nothing else is tried again', async () => {
    const retryClock = clockOf()
    const error = new Error('a broken rule')
    const failing = retryWhileBusy(
      () => {
        throw error
      },
      'j.db',
      retryClock,
    )
    await assert.rejects(failing, (thrown) => thrown === error)
    assert.deepEqual(retryClock.slept, [])
  })

  it('a reader does not wait for a writer', async () => {
    const { engine, journal, dispose } = await freshFile()
    const { effectId } = await journal.effects.plan(effect(), at)
    const other = new DatabaseSync(engine.location)
    other.exec('begin immediate')
    other.exec(`update effects set digest = 'd2'`)
    assert.equal((await journal.effects.get(effectId))?.digest, 'd1')
    other.exec('commit')
    other.close()
    assert.equal((await journal.effects.get(effectId))?.digest, 'd2')
    await dispose()
  })

  it('transactions of one process queue up behind each other', async () => {
    const { journal, dispose } = await freshFile()
    const effects = returnIds(20).map((returnId) => effect({ returnId }))
    await Promise.all(effects.map((one) => journal.effects.plan(one, at)))
    await Promise.all(effects.map((one) => journal.effects.plan({ ...one, actor: 'bob@desk' }, at)))
    assert.equal((await journal.effects.find({ merchant: 'acme' })).length, 20)
    await dispose()
  })
})

describe("the journal's health", () => {
  it('counts what is there, and finds nothing wrong with a fresh one', async () => {
    const { journal, engine, dispose } = await freshFile()
    await journal.links.see(
      'acme',
      [{ returnId: '1', customerIdentifier: 'r1', orderName: null, returnUpdatedAt: null }],
      at,
    )
    const { effectId } = await journal.effects.plan(effect(), at)
    await journal.effects.claim(effectId, 'ann@desk', minutes(-1))
    const health = await journal.health({ deep: true })
    assert.deepEqual(
      [health.engine, health.location, health.schemaVersion, health.problems, health.leftovers],
      ['sqlite', engine.location, schemaVersion, [], 0],
    )
    assert.deepEqual(
      [health.counts.returns, health.counts.events, health.counts.history, health.counts.effects.sent],
      [1, 0, 2, 1],
    )
    assert.equal(health.counts.effects.planned, 0)
    assert.ok(health.sizeBytes > 0 && health.walBytes > 0 && (health.freeBytes ?? 0) > 0)
    await dispose()
  })

  it('names effects whose outcome is unsettled for long (F2)', async () => {
    const { journal, dispose } = await freshFile()
    const effects = await journal.effects.planMany(
      returnIds(3).map((returnId) => effect({ returnId })),
      at,
    )
    const [first, second] = effects.map(({ effectId }) => effectId)
    assert.ok(first && second)
    await journal.effects.claim(first, 'ann@desk', minutes(-16))
    assert.deepEqual((await journal.health()).problems, ['One effect was sent over 15 minutes ago and is not settled.'])
    await journal.effects.claim(second, 'ann@desk', minutes(-20))
    const health = await journal.health()
    assert.equal(health.leftovers, 2)
    assert.match(health.problems.join(), /^2 effects were sent/)
    await dispose()
  })

  it('says when a setting is not as it must be', async () => {
    const { engine, journal, dispose } = await freshFile()
    await sql.raw('pragma synchronous = normal').execute(engine.store)
    assert.deepEqual((await journal.health()).problems, ["SQLite's synchronous is 1, not 2."])
    await dispose()
  })
})
