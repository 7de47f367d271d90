import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Fault } from '../../../src/core/errors/fault.ts'
import { createMasonHubClient } from '../../../src/masonhub/create-masonhub-client.ts'
import { identifiers, page, wireRma } from '../build.ts'
import { fakeTransport, type Reply, type SeenRequest } from '../fake-transport.ts'

const window = { from: '2026-11-01T00:00:00Z', to: '2026-11-30T00:00:00Z' }
const timestamp = (index: number) => new Date(Date.UTC(2026, 10, 1, 0, 0, index)).toISOString()
const collection = (count: number) =>
  identifiers(count).map((id, index) => wireRma(id, { created_at: timestamp(index) }))

type Row = ReturnType<typeof wireRma>

/** Serves a collection, which `change` may alter before each answer. */
function server(rows: Row[], change: (request: SeenRequest, number: number) => void = () => undefined) {
  let number = 0
  return fakeTransport((request): Reply => {
    change(request, number++)
    const [limit, offset] = [Number(request.query.limit), Number(request.query.offset)]
    return { json: page(rows.slice(offset, offset + limit), { limit, offset }) }
  })
}

async function read(transport: ReturnType<typeof server>, status?: string) {
  const pages: string[][] = []
  for await (const rmas of createMasonHubClient(transport).rmas.created({ ...window, ...(status ? { status } : {}) }))
    pages.push(rmas.map(({ customerIdentifier }) => customerIdentifier ?? ''))
  return pages
}

const twice = (ids: string[]) => ids.filter((id, index) => ids.indexOf(id) !== index)

describe('RMAs created in a window (API-003, F42)', () => {
  it('reads one page once', async () => {
    const transport = server(collection(99))
    assert.deepEqual((await read(transport)).flat(), identifiers(99))
    assert.deepEqual(
      transport.seen.map(({ path, rawQuery }) => path + rawQuery),
      ['/rmas?sdt=2026-11-01T00%3A00%3A00Z&edt=2026-11-30T00%3A00%3A00Z&limit=100&offset=0'],
    )
  })

  it('yields nothing for an empty window, also when that is a 404', async () => {
    assert.deepEqual(await read(server([])), [])
    assert.deepEqual(await read(fakeTransport(() => ({ status: 404, json: { message: 'none' } }))), [])
  })

  for (const [count, requests] of [
    [100, 2],
    [101, 2],
    [250, 3],
    [300, 4],
  ] as const) {
    it(`reads ${count} RMAs, each once, in pages that show three rows again: ${requests} requests`, async () => {
      const transport = server(collection(count))
      const ids = (await read(transport)).flat()
      assert.deepEqual(ids, identifiers(count))
      assert.equal(transport.count, requests)
    })
  }

  for (const [what, passes, change] of [
    ['a row before it is gone', 2, (rows: Row[]) => rows.splice(0, 1)],
    ['a row came in before it', 2, (rows: Row[]) => rows.unshift(wireRma('new', { created_at: timestamp(100_000) }))],
    ['a row that was not read yet jumped to the front', 3, (rows: Row[]) => rows.unshift(...rows.splice(240, 1))],
  ] as const) {
    it(`reads all of it again after a page before which ${what}`, async () => {
      const rows = collection(250)
      const transport = server(rows, (_, number) => {
        if (number === 1) change(rows)
      })
      const ids = (await read(transport)).flat()
      assert.deepEqual(
        identifiers(250).filter((id) => !ids.includes(id) && rows.some((row) => row.customer_identifier === id)),
        [],
      )
      assert.equal(transport.seen.filter(({ query }) => query.offset === '0').length, passes)
    })
  }

  it('goes back when so many rows before a page are gone that it repeats none of them', async () => {
    const rows = collection(250)
    const transport = server(rows, (_, number) => {
      if (number === 1) rows.splice(0, 20)
    })
    const ids = (await read(transport)).flat()
    assert.deepEqual(ids.toSorted(), identifiers(250))
    assert.deepEqual(
      transport.seen.slice(0, 4).map(({ query }) => query.offset),
      ['0', '97', '0', '97'],
    )
  })

  it('no RMA is lost or doubled when earlier rows vanish between pages', async () => {
    const rows = collection(350)
    const transport = server(rows, (_, number) => {
      if (number > 0 && number < 4) rows.splice(0, 35)
    })
    const ids = (await read(transport)).flat()
    assert.deepEqual(twice(ids), [])
    const stayed = rows.map(({ customer_identifier }) => customer_identifier ?? '')
    assert.deepEqual(
      stayed.filter((id) => !ids.includes(id)),
      [],
    )
  })

  it('no RMA is lost or doubled when new ones come in front or behind', async () => {
    for (const place of ['unshift', 'push'] as const) {
      const rows = collection(220)
      let next = 0
      const transport = server(rows, () => {
        next += 1
        rows[place](wireRma(`new-${next}`, { created_at: timestamp(100_000 + next) }))
      })
      const ids = (await read(transport)).flat()
      assert.deepEqual(twice(ids), [])
      assert.deepEqual(
        identifiers(220).filter((id) => !ids.includes(id)),
        [],
      )
      assert.ok(transport.count < 12, 'RMAs that are newer than the scan keep it going')
    }
  })

  it('whatever vanishes while it reads, what stays is yielded once', async () => {
    const removals = fc.array(fc.tuple(fc.nat(399), fc.integer({ min: 1, max: 60 })), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 400 }), removals, async (count, gone) => {
        const rows = collection(count)
        const transport = server(rows, (_, number) => {
          const removal = gone[number - 1]
          if (removal) rows.splice(...removal)
        })
        const ids = (await read(transport)).flat()
        assert.deepEqual(twice(ids), [])
        assert.deepEqual(
          rows.filter(({ customer_identifier }) => !ids.includes(customer_identifier ?? '')),
          [],
        )
      }),
      { numRuns: 40 },
    )
  })

  it('says so when the list never holds still', async () => {
    const rows = collection(300)
    let number = 0
    const transport = fakeTransport(({ query }): Reply => {
      number += 1
      const offset = Number(query.offset)
      // Each pass shows other old rows at its end.
      const visibleRows = offset < 180 ? rows : identifiers(400).map((_, index) => wireRma(`odd-${number}-${index}`))
      return { json: page(visibleRows.slice(offset, offset + (offset < 180 ? 100 : 50)), { offset }) }
    })
    await assert.rejects(read(transport), (error) => {
      assert.ok(error instanceof Fault)
      assert.equal(error.code, 'MASONHUB_UNREADABLE')
      return true
    })
    assert.ok(number < 30)
  })

  it('says so when the server ignores the offset, instead of turning for ever', async () => {
    const rows = collection(100)
    const transport = fakeTransport(() => ({ json: page(rows) }))
    await assert.rejects(read(transport), { code: 'MASONHUB_UNREADABLE' })
    assert.equal(transport.count, 2)
  })

  for (const [name, heeded, echoed] of [
    ['gives 30 whatever the limit, and says so', 30, true],
    ['gives 30 whatever the limit, and does not say so', 30, false],
    ['gives 10 whatever the limit, and says so', 10, true],
  ] as const) {
    it(`reads to the end when the server ${name}`, async () => {
      const rows = collection(95)
      const transport = fakeTransport(({ query }): Reply => {
        const offset = Number(query.offset)
        const data = rows.slice(offset, offset + heeded)
        return { json: echoed ? page(data, { limit: heeded, offset }) : data }
      })
      assert.deepEqual((await read(transport)).flat().sort(), identifiers(95))
    })
  }

  it('filters by status itself, too', async () => {
    const rows = collection(4).map((row, index) => ({ ...row, status: index % 2 ? 'received' : 'open' }))
    const transport = server(rows)
    assert.deepEqual((await read(transport, 'received')).flat(), ['99900002', '99900004'])
    assert.equal(transport.seen[0]?.query.status, 'received')
  })

  it('distinguishes RMAs without an identifier', async () => {
    const rows = [
      wireRma(null, { id: 'a' }),
      wireRma(null, { id: 'b' }),
      wireRma(null, { id: null }),
      wireRma(null, { id: 'a' }),
    ]
    assert.equal((await read(server(rows as Row[]))).flat().length, 3)
  })
})
