import assert from 'node:assert/strict'
import { setImmediate as round } from 'node:timers/promises'
import fc from 'fast-check'
import type { NewEvent } from '../../../src/journal/journal.ts'
import { createGroupCommit } from '../../../src/receiver/messages/group-commit.ts'
import { readLoopEvent } from '../../../src/receiver/messages/read-loop-event.ts'
import { at, webhook } from '../open-receiver.ts'

const event = (id: number): NewEvent => {
  const [read] = readLoopEvent('acme', Buffer.from(webhook({ id })), at)
  return read ?? assert.fail()
}

/** A store whose commits the test releases. */
function heldStore() {
  const calls: { ids: string[]; commit(): void; fail(): void }[] = []
  const store = (events: readonly NewEvent[]) =>
    new Promise<boolean[]>((resolve, reject) => {
      calls.push({
        ids: events.map(({ returnId }) => returnId ?? ''),
        commit: () => resolve(events.map(() => true)),
        fail: () => reject(new Error('the disk is full')),
      })
    })
  return { calls, store }
}

describe('events that arrive together', () => {
  it('are stored in one call, and those that come meanwhile in the next one', async () => {
    const { calls, store } = heldStore()
    const commit = createGroupCommit({
      store,
      mostWaiting: 100,
      mostWaitingBytes: 1_000_000,
      failed: () => assert.fail(),
    })
    const settled: number[] = []
    const add = (id: number) => commit.add([event(id)]).then(() => settled.push(id))
    const first = [1, 2, 3].map(add)
    while (calls.length < 1) await round()
    const second = [4, 5].map(add)
    await round()
    assert.deepEqual(
      calls.map(({ ids }) => ids),
      [['1', '2', '3']],
    )
    assert.deepEqual(settled, [], 'nobody is told before the commit (F26)')
    calls[0]?.commit()
    await Promise.all(first)
    assert.deepEqual(settled, [1, 2, 3])
    while (calls.length < 2) await round()
    assert.deepEqual(calls[1]?.ids, ['4', '5'])
    calls[1]?.commit()
    await Promise.all(second)
    assert.deepEqual(settled, [1, 2, 3, 4, 5])
  })

  it('fail together, and those after them are stored (F46)', async () => {
    const { calls, store } = heldStore()
    const errors: unknown[] = []
    const commit = createGroupCommit({
      store,
      mostWaiting: 100,
      mostWaitingBytes: 1_000_000,
      failed: (error) => errors.push(error),
    })
    const first = [commit.add([event(1)]), commit.add([event(2)])]
    while (calls.length < 1) await round()
    const later = commit.add([event(3)])
    calls[0]?.fail()
    const failed = { stored: false, because: 'failed' }
    assert.deepEqual(await Promise.all(first), [failed, failed])
    assert.equal(errors.length, 1)
    while (calls.length < 2) await round()
    calls[1]?.commit()
    assert.deepEqual(await later, { stored: true, isNew: [true] })
  })

  it('are not taken when too many wait, and are again once they were stored', async () => {
    const { calls, store } = heldStore()
    const commit = createGroupCommit({
      store,
      mostWaiting: 2,
      mostWaitingBytes: 1_000_000,
      failed: () => assert.fail(),
    })
    const taken = [commit.add([event(1)])]
    while (calls.length < 1) await round()
    taken.push(commit.add([event(2)]))
    const overloaded = { stored: false, because: 'overloaded' }
    assert.deepEqual(await commit.add([event(3)]), overloaded, 'one is being stored, one waits')
    calls[0]?.commit()
    while (calls.length < 2) await round()
    taken.push(commit.add([event(4)]))
    calls[1]?.commit()
    while (calls.length < 3) await round()
    calls[2]?.commit()
    for (const one of await Promise.all(taken)) assert.deepEqual(one, { stored: true, isNew: [true] })
    assert.deepEqual(
      calls.map(({ ids }) => ids),
      [['1'], ['2'], ['4']],
    )
  })

  it('each learn of their own events whether they were new', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(sizes, async (counts) => {
        const isOdd = ({ returnId }: NewEvent) => Number(returnId) % 2 === 1
        let calls = 0
        const commit = createGroupCommit({
          store: async (events) => {
            calls += 1
            return events.map(isOdd)
          },
          mostWaiting: 100,
          mostWaitingBytes: 1_000_000,
          failed: () => assert.fail(),
        })
        const groups = counts.map((count, group) => Array.from({ length: count }, (_, one) => event(group * 5 + one)))
        const results = await Promise.all(groups.map((events) => commit.add(events)))
        assert.deepEqual(
          results,
          groups.map((events) => ({ stored: true, isNew: events.map(isOdd) })),
        )
        assert.equal(calls, 1)
      }),
      { numRuns: 50 },
    )
  })
})
