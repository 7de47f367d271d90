import assert from 'node:assert/strict'
import type { Engine } from '../../../src/journal/database/engine.ts'
import type { Journal } from '../../../src/journal/journal.ts'
import { journalOn } from '../../../src/journal/open-journal.ts'
import { openPostgres } from '../../../src/journal/postgres/open-postgres.ts'
import { needsPostgres } from '../../postgres/needs-postgres.ts'
import { type Mishap, type Relay, startProxy } from '../../postgres/proxy.ts'
import { freshPlace, type Place, restartServer } from '../../postgres/server.ts'
import { at, clock, effect, event, generous, refund, returnIds } from '../fresh.ts'

/** On one machine, an answer that takes longer than this never comes. */
const timeouts = { answer: 3_000, outage: 20_000 }

describe('a connection to the shared journal that breaks', () => {
  needsPostgres()

  let place: Place
  let proxy: Relay
  const engines: Engine[] = []
  /** One journal through the proxy, and one directly. */
  let ours: Journal
  let theirs: Journal
  const open = async (location: string, provided = timeouts) => {
    const engine = await openPostgres(location, { clock, timeouts: provided })
    engines.push(engine)
    return journalOn(engine, clock)
  }
  beforeEach(async () => {
    place = await freshPlace()
    proxy = await startProxy(place.location)
    ours = await open(proxy.location)
    theirs = await open(place.location)
  })
  afterEach(async () => {
    for (const { store } of engines.splice(0)) await store.destroy()
    await proxy.close()
    await place.drop()
  })

  const planned = async (returnId = '1') => (await theirs.effects.plan(refund(returnId), at)).effectId
  const claim = (journal: Journal, effectId: string, owner = 'ann') =>
    journal.effects.claimRefund(effectId, owner, at, generous)
  const stateOf = async (effectId: string) => {
    const found = await theirs.effects.get(effectId)
    const history = await theirs.history.of('acme', found?.returnId ?? '')
    return [found?.state, found?.owner, found?.attempts, history.filter(({ what }) => what === 'sent').length]
  }

  for (const [mishap, what] of [
    ['unanswered', 'that came to pass is told as done'],
    ['lost', 'that never arrived is done again'],
    ['late', 'that is still under way comes to nothing, and is done again'],
    ['swallowed', 'that a silent line took is noticed, and done again'],
  ] as const satisfies [Mishap, string][]) {
    it(`while it commits: a claim ${what}, once (F1, F8)`, async () => {
      const effectId = await planned()
      proxy.next = mishap
      const result = await claim(ours, effectId)
      assert.deepEqual([result.claimed, proxy.count], [true, 1])
      await proxy.deliver()
      assert.deepEqual(await stateOf(effectId), ['sent', 'ann', 1, 1])
      assert.equal((await claim(theirs, effectId, 'bob')).claimed, false)
    })
  }

  it('while it commits, and the server can’t be asked: the claim is unknown, neither taken nor free (F1)', async () => {
    for (const [mishap, state] of [
      ['unanswered', 'sent'],
      ['lost', 'planned'],
    ] as const) {
      const journal = await open(proxy.location, { answer: 2_000, outage: 300 })
      const effectId = await planned(mishap)
      // On a busy machine, its first connection may be lost before the claim uses it.
      await journal.effects.find({})
      proxy.next = mishap
      proxy.isOpen = false
      await assert.rejects(claim(journal, effectId), { code: 'JOURNAL_OUTCOME_UNKNOWN', exit: 8, blame: 'machine' })
      proxy.isOpen = true
      const [found] = await stateOf(effectId)
      assert.equal(found, state, 'what is there is the truth, and whoever threw has sent nothing')
    }
  })

  it('before it commits: the whole transaction is done again, once', async () => {
    const effectId = await planned()
    const busy = returnIds(30).map((digest) => ours.events.storeMany([event({ digest })]))
    const claiming = claim(ours, effectId)
    proxy.cut()
    assert.equal((await claiming).claimed, true)
    assert.deepEqual((await Promise.all(busy)).flat(), Array(30).fill(true))
    assert.deepEqual(await stateOf(effectId), ['sent', 'ann', 1, 1])
    assert.equal((await theirs.events.find({})).length, 30)
  })

  it('under a read: it is read on another', async () => {
    await planned()
    const reads = returnIds(20).map(() => ours.effects.find({}))
    proxy.cut()
    for (const found of await Promise.all(reads)) assert.equal(found.length, 1)
  })

  it('again and again, under two owners who race: each refund is claimed by one, who knows it (F1, F8)', async () => {
    const ids = await Promise.all(returnIds(40).map(planned))
    const mishaps: Mishap[] = ['lost', 'unanswered', 'late']
    const won = new Map<string, string[]>()
    const race = async (owner: string, order: readonly string[]) => {
      for (const [index, effectId] of order.entries()) {
        if (index % 3 === 0) proxy.next = mishaps[(index / 3) % 3] ?? null
        if ((await claim(ours, effectId, owner)).claimed) won.set(effectId, [...(won.get(effectId) ?? []), owner])
      }
    }
    await Promise.all([race('ann', ids), race('bob', ids.toReversed())])
    await proxy.deliver()
    assert.ok(proxy.count >= 10, String(proxy.count))
    for (const effectId of ids) {
      const [owner, ...others] = won.get(effectId) ?? []
      assert.deepEqual(others, [])
      assert.deepEqual(await stateOf(effectId), ['sent', owner, 1, 1])
    }
  })

  it('because the server restarts, or crashes: everybody goes on, and what was acknowledged is there (F10)', async function () {
    let acknowledged = 0
    let stop = false
    const write = async () => {
      for (let number = 0; !stop; number += 1) {
        await ours.effects.plan(effect({ returnId: String(number) }), at)
        acknowledged += 1
      }
    }
    const writing = write()
    for (const how of ['restart', 'crash'] as const) {
      if (!(await restartServer(how))) {
        process.stderr.write('skipped: the server of MHLOOP_TEST_POSTGRES is not ours to restart\n')
        stop = true
        await writing
        this.skip()
      }
      const before = acknowledged
      while (acknowledged < before + 20) await new Promise((resolve) => setImmediate(resolve))
    }
    stop = true
    await writing
    const found = await theirs.effects.find({ merchant: 'acme' })
    assert.equal(found.length, acknowledged)
    const history = await Promise.all(found.map(({ returnId }) => theirs.history.of('acme', returnId)))
    assert.ok(history.every((entries) => entries.length === 1))
  })
})
