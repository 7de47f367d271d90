import assert from 'node:assert/strict'
import fc from 'fast-check'
import nock from 'nock'
import { exitCodes, Fault } from '../../../src/core/errors/fault.ts'
import type { LoopReturn } from '../../../src/core/returns/return.ts'
import type { ListQuery, LoopClient } from '../../../src/loop/client.ts'
import { mockedNetwork } from '../../http/networks.ts'
import { listRow, loopClient, loopMock, root } from '../loop-at.ts'

const day: ListQuery = {
  from: '2026-11-20T00:00:00Z',
  to: '2026-11-21T00:00:00Z',
  filter: 'updated_at',
  states: ['open'],
}

async function pagesOf(loop: LoopClient, query: ListQuery = day): Promise<LoopReturn[][]> {
  const pages: LoopReturn[][] = []
  for await (const page of loop.list(query)) pages.push(page)
  return pages
}

const idsOf = (pages: LoopReturn[][]) => pages.flat().map((one) => one.returnId)

/** Answers every list request by a function of its query, and records the queries. */
function lists(answer: (query: Record<string, string>) => unknown): Record<string, string>[] {
  const queries: Record<string, string>[] = []
  loopMock()
    .persist()
    .get(`${root}/warehouse/return/list`)
    .query(true)
    .reply(200, (request: Request) => {
      const query = Object.fromEntries(new URL(request.url).searchParams)
      queries.push(query)
      return answer(query) as never
    })
  return queries
}

const envelope = (returns: unknown[], nextPageUrl: unknown = null) => ({ returns, nextPageUrl, previousPageUrl: null })

describe('returns list (loop.md §4.2, F41)', () => {
  mockedNetwork()

  it('always sends every parameter', async () => {
    const queries = lists(() => envelope([listRow()]))
    await pagesOf(loopClient().loop)
    assert.deepEqual(queries, [
      {
        from: '2026-11-20T00:00:00.000Z',
        to: '2026-11-21T00:00:00.000Z',
        filter: 'updated_at',
        state: 'open',
        paginate: 'true',
        pageSize: '750',
      },
    ])
  })

  it('makes a pass for each of the five states, because without one cancelled and review are left out', async () => {
    const queries = lists(({ state }) => envelope([listRow({ id: String(state?.charCodeAt(1)), state })]))
    const { states: _, ...allStates } = day
    const pages = await pagesOf(loopClient().loop, allStates)
    assert.deepEqual(queries.map((query) => query.state).sort(), ['cancelled', 'closed', 'expired', 'open', 'review'])
    assert.equal(new Set(idsOf(pages)).size, idsOf(pages).length)
  })

  it('takes only the cursor of a next link that has lost our parameters', async () => {
    const queries = lists(({ cursor }) =>
      cursor
        ? envelope([listRow({ id: '2' })])
        : envelope(
            [listRow({ id: '1' })],
            'https://api.loopreturns.com/api/v1/warehouse/return/list?to=x&cursor=abc%3D',
          ),
    )
    assert.deepEqual(idsOf(await pagesOf(loopClient().loop)), ['1', '2'])
    assert.deepEqual(queries[1], { ...queries[0], cursor: 'abc=' })
  })

  it('stops when the cursor comes again', async () => {
    const queries = lists(() => envelope([listRow()], '/list?cursor=same'))
    assert.deepEqual(idsOf(await pagesOf(loopClient().loop)), ['99904598'])
    assert.deepEqual(
      queries.map(({ paginate, cursor }) => [paginate, cursor]),
      [
        ['true', undefined],
        ['true', 'same'],
        [undefined, undefined],
      ],
    )
  })

  describe('a cursor that comes again on a full page hides what comes next', () => {
    const full = Array.from({ length: 100 }, (_, index) =>
      listRow({ id: String(index + 1), updated_at: `2026-11-20T10:0${index % 10}:00.000Z` }),
    )
    const twoStates: ListQuery = { ...day, states: ['open', 'review'] }
    const stuck = () =>
      lists(({ state }) =>
        state === 'open' ? envelope(full, '/list?cursor=same') : envelope([listRow({ id: '500', state })]),
      )

    it('and is thrown after the last page, so that it hides no other return (F47)', async () => {
      const queries = stuck()
      const ids: string[] = []
      const reading = async () => {
        for await (const page of loopClient().loop.list(twoStates)) ids.push(...idsOf([page]))
      }
      await assert.rejects(reading(), (error) => {
        assert.ok(error instanceof Fault)
        assert.deepEqual([error.code, error.exit, error.blame], ['LOOP_UNREADABLE', exitCodes.vendorDown, 'loop'])
        assert.match(error.message, /list of open returns from 2026-11-20\S+ to \S+ does not end/)
        return true
      })
      assert.equal(ids.length, 101)
      assert.equal(queries.at(-1)?.state, 'review')
    })

    it('and is reported to a caller that wants to continue', async () => {
      stuck()
      const reported: string[] = []
      const onIncomplete = ({ code }: Fault) => void reported.push(code)
      const pages = await pagesOf(loopClient().loop, { ...twoStates, onIncomplete })
      assert.deepEqual([idsOf(pages).length, reported], [101, ['LOOP_UNREADABLE']])
    })

    it('also on a small page that was asked for', async () => {
      lists(() => envelope(full.slice(0, 5), '/list?cursor=same'))
      await assert.rejects(pagesOf(loopClient().loop, { ...day, pageSize: 5 }), { code: 'LOOP_UNREADABLE' })
    })
  })

  for (const link of ['https://loop.example/list?page=2', '', 7, 'https://loop.example/list?cursor=']) {
    it(`stops at a next link without cursor: ${JSON.stringify(link)}`, async () => {
      const queries = lists(() => envelope([listRow()], link))
      assert.equal((await pagesOf(loopClient().loop)).length, 1)
      assert.equal(queries.length, 1)
    })
  }

  it('reads a bare array', async () => {
    lists(() => [listRow()])
    assert.deepEqual(idsOf(await pagesOf(loopClient().loop)), ['99904598'])
  })

  it('cuts a long time into windows of at most 119 days that leave no gap', async () => {
    const queries = lists(() => envelope([]))
    await pagesOf(loopClient().loop, { ...day, from: '2026-01-01', to: '2026-11-21' })
    assert.equal(queries.length, 3)
    for (const [index, { from, to }] of queries.entries()) {
      assert.ok(Date.parse(to ?? '') - Date.parse(from ?? '') <= 119 * 86_400_000)
      if (index > 0) assert.equal(from, queries[index - 1]?.to)
    }
    assert.equal(queries[0]?.from, '2026-01-01T00:00:00.000Z')
    assert.equal(queries.at(-1)?.to, '2026-11-21T00:00:00.000Z')
  })

  describe('a return that changes while the list is read (F41)', () => {
    const at = (minute: number) => `2026-11-20T12:0${minute}:00.000Z`
    const statesOf = async (counts: Record<string, number>, states: ListQuery['states'] = ['open', 'review']) => {
      lists(({ state = '' }) =>
        envelope(counts[state] === undefined ? [] : [listRow({ state, updated_at: at(counts[state]) })]),
      )
      const pages = await pagesOf(loopClient().loop, { ...day, ...(states ? { states } : {}) })
      return pages.flat().map(({ state }) => state)
    }
    it('comes again when it is read as it was updated last', async () => {
      assert.deepEqual(await statesOf({ open: 1, review: 2 }), ['open', 'review'])
    })
    it('comes again when it moved within a second', async () => {
      assert.deepEqual(await statesOf({ open: 1, review: 1 }), ['open', 'review'])
    })
    for (const [what, change] of [
      ['a bag', { package_reference: 'HR1A' }],
      ['a label', { labels: [{ tracking_number: 'A1', status: 'new' }] }],
      ['the status of its label', { label_status: 'in_transit' }],
      ['other units', { line_items: [{ line_item_id: '2' }] }],
    ] as const) {
      it(`comes again when it got ${what} within a second (loop.md §14.6)`, async () => {
        // The second in which the first page ended is read once more, without pages.
        lists(({ cursor, paginate }) =>
          cursor || !paginate ? envelope([listRow(change)]) : envelope([listRow()], '/list?cursor=next'),
        )
        const pages = await pagesOf(loopClient().loop, { ...day, states: ['open'] })
        assert.deepEqual(idsOf(pages), ['99904598', '99904598'])
      })
    }
    it('does not come again as it was before', async () => {
      assert.deepEqual(await statesOf({ open: 2, review: 1 }), ['open'])
    })
    it('does not come again unchanged, on another page or from another window', async () => {
      lists(({ cursor }) => envelope([listRow(), listRow()], cursor ? null : '/list?cursor=next'))
      const pages = await pagesOf(loopClient().loop, { ...day, from: '2026-01-01', to: '2026-11-21' })
      assert.deepEqual(idsOf(pages), ['99904598'])
    })
  })

  describe('H25 a cursor that has expired', () => {
    /** Refuses the first `times` requests with a cursor. */
    const expiring = (times: number, status = 422) => {
      const seenRequests: (string | null)[] = []
      loopMock()
        .persist()
        .get(`${root}/warehouse/return/list`)
        .query(true)
        .reply((request: Request) => {
          const query = new URL(request.url).searchParams
          const cursor = query.get('cursor')
          if (!query.has('paginate')) return [200, []]
          seenRequests.push(cursor)
          const isRefused = cursor !== null && seenRequests.filter((one) => one !== null).length <= times
          if (isRefused) return [status, { errors: { message: 'The cursor is invalid.' } }]
          const body = cursor ? envelope([listRow({ id: '2' })]) : envelope([listRow({ id: '1' })], '/list?cursor=next')
          return [200, body]
        })
      return seenRequests
    }
    for (const status of [400, 404, 410, 422]) {
      it(`begins its window again, once, and yields nothing twice (${status})`, async () => {
        const seenRequests = expiring(1, status)
        assert.deepEqual(idsOf(await pagesOf(loopClient().loop)), ['1', '2'])
        assert.deepEqual(seenRequests, [null, 'next', null, 'next'])
      })
    }
    it('and expires again is Loop’s fault, reported with what to do', async () => {
      const seenRequests = expiring(9)
      await assert.rejects(pagesOf(loopClient().loop), (error) => {
        assert.ok(error instanceof Fault)
        assert.deepEqual([error.code, error.exit, error.blame], ['LOOP_CURSOR_EXPIRED', exitCodes.vendorDown, 'loop'])
        assert.match(error.message, /refused twice to continue .*The cursor is invalid/)
        assert.match(error.hint ?? '', /same command again/)
        return true
      })
      assert.equal(seenRequests.length, 4)
    })
  })

  it('gives a page before the next one is asked for', async () => {
    const queries = lists(({ cursor }) =>
      envelope([listRow({ id: cursor ? '2' : '1' })], cursor ? null : '/l?cursor=n'),
    )
    const pages = loopClient().loop.list(day)[Symbol.asyncIterator]()
    assert.equal((await pages.next()).value[0].returnId, '1')
    assert.equal(queries.length, 1)
  })

  describe('rows of one second, which a cursor of seconds can’t distinguish (loop.md §4.2, §14.6)', () => {
    type Row = { id: string; at: string }
    const second = (text: string) => Math.floor(Date.parse(text) / 1000)
    /**
     * A Loop whose cursor is only a second: rows with the same second as a page's last row are skipped, or repeated
     * (`repeats`). `pages`: the queries with a cursor.
     */
    const loopOf = (
      rows: readonly Row[],
      { size, repeats, newest }: { size: number; repeats: boolean; newest: boolean },
    ) =>
      lists((query) => {
        const { from = '', to = '', cursor } = query
        const sign = newest ? -1 : 1
        const isBehind = (at: string) => {
          if (cursor === undefined) return true
          const ahead = sign * (second(at) - Number(cursor))
          return repeats ? ahead >= 0 : ahead > 0
        }
        const found = rows
          .filter(({ at }) => Date.parse(at) >= Date.parse(from) && Date.parse(at) <= Date.parse(to) && isBehind(at))
          .sort((a, b) => sign * (Date.parse(a.at) - Date.parse(b.at)))
        const listed = (some: readonly Row[]) => some.map(({ id, at }) => listRow({ id, updated_at: at }))
        if (query.paginate !== 'true') return listed(found)
        const page = found.slice(0, size)
        const last = page.at(-1)
        const more = last !== undefined && found.length > page.length
        return envelope(listed(page), more ? `/list?cursor=${second(last.at)}` : null)
      })
    const at = (seconds: number) => new Date(Date.parse('2026-11-20T12:00:00Z') + seconds * 1000).toISOString()

    it('none is lost between two pages, whichever way the list runs, and none comes twice', async () => {
      const rows = [0, 1, 1, 1, 2, 3, 3, 3, 3, 9].map((seconds, index) => ({ id: String(index + 1), at: at(seconds) }))
      for (const repeats of [false, true])
        for (const newest of [false, true])
          for (const size of [2, 3, 4]) {
            loopOf(rows, { size, repeats, newest })
            const ids = idsOf(await pagesOf(loopClient().loop)).toSorted((a, b) => Number(a) - Number(b))
            assert.deepEqual(
              ids,
              rows.map(({ id }) => id),
              JSON.stringify({ repeats, newest, size }),
            )
            nock.cleanAll()
          }
    })

    it('property: for any times, page size, order and cursor (F41)', async () => {
      const worlds = fc.record({
        times: fc.array(fc.nat(6), { minLength: 1, maxLength: 14 }),
        size: fc.integer({ min: 2, max: 5 }),
        repeats: fc.boolean(),
        newest: fc.boolean(),
      })
      await fc.assert(
        fc.asyncProperty(worlds, async ({ times, ...how }) => {
          const rows = times.map((seconds, index) => ({ id: String(index + 1), at: at(seconds) }))
          loopOf(rows, how)
          const ids = idsOf(await pagesOf(loopClient().loop))
          nock.cleanAll()
          assert.deepEqual(new Set(ids), new Set(rows.map(({ id }) => id)))
          assert.equal(ids.length, rows.length)
        }),
        { numRuns: 40 },
      )
    })

    it('one page needs no further request', async () => {
      const queries = loopOf(
        [
          { id: '1', at: at(1) },
          { id: '2', at: at(1) },
        ],
        { size: 5, repeats: false, newest: true },
      )
      await pagesOf(loopClient().loop)
      assert.equal(queries.length, 1)
    })
  })

  it('halves a page that is over the size cap, and goes on from there', async () => {
    const queries = lists(({ pageSize }) =>
      Number(pageSize) > 300 ? `"${'x'.repeat(10_000_001)}"` : envelope([listRow()]),
    )
    assert.deepEqual(idsOf(await pagesOf(loopClient().loop)), ['99904598'])
    assert.deepEqual(
      queries.map((query) => query.pageSize),
      ['750', '375', '187'],
    )
  })

  for (const id of [undefined, null, '', 'N/A', {}, 1.5, '12a', -3]) {
    it(`does not drop a row whose id is ${JSON.stringify(id)}: it says that Loop is unreadable`, async () => {
      lists(() => envelope([listRow(), listRow({ id })]))
      await assert.rejects(pagesOf(loopClient().loop), (error: Error) => {
        assert.match(error.message, /returns\.1\.id/)
        return 'code' in error && error.code === 'LOOP_UNREADABLE'
      })
    })
  }

  it('does not drop a unit without id, nor take missing units for none', async () => {
    for (const line_items of [[{ sku: 'X' }], undefined, 'none']) {
      lists(() => envelope([listRow({ line_items })]))
      await assert.rejects(pagesOf(loopClient().loop), { code: 'LOOP_UNREADABLE', exit: 7, blame: 'loop' })
    }
  })

  it('refuses dates that Loop would misread, before sending', async () => {
    const { loop, transport } = loopClient()
    for (const window of [{ from: 'yesterday' }, { to: '21.11.2026' }, { from: '2026-11-22' }, { from: '' }]) {
      await assert.rejects(pagesOf(loop, { ...day, ...window }), { code: 'WINDOW_INVALID', exit: 2 })
    }
    assert.equal(transport.count, 0)
  })

  it('says what Loop refused about a request', async () => {
    loopMock()
      .get(/list/)
      .reply(422, { message: 'The from is invalid.', errors: { from: ['bad'] } })
    await assert.rejects(pagesOf(loopClient().loop), { code: 'LOOP_REJECTED', exit: 6 })
  })
})
