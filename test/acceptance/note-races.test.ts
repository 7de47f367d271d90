/** Row F21 of failures.md, when several runs write the note of one flag and one of them is late. */
import assert from 'node:assert/strict'
import { acceptance, type Harness, hour, minute } from './harness.ts'

async function missing(at: Harness): Promise<string> {
  const id = at.file()
  await at.sync({ returnIds: [id] })
  at.pass(hour)
  at.receive(id, { lines: [] })
  return id
}

async function statesOf(at: Harness, id: string): Promise<string[]> {
  const all = [...(await at.effects(id, 'flag')), ...(await at.effects(id, 'note'))]
  return all.map(({ kind, state }) => `${kind} ${state}`)
}

describe('acceptance: several at the note of one flag (F21)', () => {
  const open = acceptance()

  it('planned for a flag that then never left: it has an end with it, and a later flag has its own', async () => {
    const at = await open()
    const id = await missing(at)
    const [planning, recorded] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const { effects } = at.journal
    const looking = at.worker({
      journal: {
        ...at.journal,
        effects: {
          ...effects,
          async plan(...args) {
            planning.resolve()
            await recorded.promise
            return await effects.plan(...args)
          },
        },
      },
    })
    const observations: Promise<unknown>[] = []
    const late = at.worker({
      loop: {
        ...at.context.loop,
        async flag() {
          at.sandbox.loop.flag(id)
          observations.push(looking.resolve(id))
          await planning.promise
          return { kind: 'not_sent', detail: 'its turn came too late' }
        },
      },
    })
    await late.resolve(id)
    recorded.resolve()
    await Promise.all(observations)
    await at.resolve(id)
    assert.deepEqual(await statesOf(at, id), ['flag abandoned', 'note abandoned'])
    assert.deepEqual(at.notes(id), [])
    at.sandbox.loop.reopen(id)
    at.pass(hour)
    await at.resolve('ready', { wait: minute })
    assert.deepEqual(await statesOf(at, id), ['flag abandoned', 'flag confirmed', 'note abandoned', 'note confirmed'])
    assert.equal(at.notes(id).length, 1)
  })

  it('F9 frozen between its list and the journal: a note that another run has tried since is not tried a third time', async () => {
    const at = await open()
    const id = await missing(at)
    const { loop } = at.context
    const lost = at.worker({ loop: { ...loop, addNote: async () => ({ kind: 'in_doubt', detail: 'no answer' }) } })
    await lost.resolve(id, { wait: minute })
    assert.deepEqual(await statesOf(at, id), ['flag confirmed', 'note in_doubt'])
    at.pass(20 * minute)
    const other = at.worker({
      loop: {
        ...loop,
        async addNote(...args) {
          await loop.addNote(...args)
          return { kind: 'in_doubt', detail: 'no answer' }
        },
      },
    })
    const frozen = at.worker({
      loop: {
        ...loop,
        async notes(returnId) {
          const overview = await loop.notes(returnId)
          at.pass(20 * minute)
          await other.resolve(id)
          return overview
        },
      },
    })
    await frozen.resolve(id)
    assert.equal(at.notes(id).length, 1)
    await at.resolve(id)
    assert.deepEqual(await statesOf(at, id), ['flag confirmed', 'note confirmed'])
    assert.equal(at.notes(id).length, 1)
  })

  it('F9 frozen between its reading and the journal: a flag that another run sends meanwhile is not called failed', async () => {
    const at = await open()
    const id = await missing(at)
    const { loop } = at.context
    const { effects } = at.journal
    const [judging, woken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const observations: Promise<unknown>[] = []
    const looking = at.worker({
      journal: {
        ...at.journal,
        effects: {
          ...effects,
          async settle(...args) {
            judging.resolve()
            await woken.promise
            return await effects.settle(...args)
          },
        },
      },
    })
    const late = at.worker({
      loop: {
        ...loop,
        async flag() {
          at.pass(16 * minute)
          observations.push(looking.resolve(id))
          await judging.promise
          return { kind: 'not_sent', detail: 'its turn came too late' }
        },
      },
    })
    await late.resolve(id)
    const other = at.worker({
      loop: {
        ...loop,
        async flag(...args) {
          woken.resolve()
          await Promise.all(observations)
          return await loop.flag(...args)
        },
      },
    })
    await other.resolve(id, { wait: minute })
    assert.deepEqual(await statesOf(at, id), ['flag confirmed', 'note confirmed'])
    assert.equal(at.notes(id).length, 1)
  })
})
