import assert from 'node:assert/strict'
import { type LoopReturn, methodUnsaid } from '../../../src/core/returns/return.ts'
import type { LoopClient } from '../../../src/loop/client.ts'
import { mockedNetwork } from '../../http/networks.ts'
import { listRow, loopClient, loopMock, root } from '../loop-at.ts'

const window = { from: '2026-11-20T08:00:00Z', to: '2026-11-21T08:00:00Z' }

async function asnOf(loop: LoopClient, asnQuery: Parameters<LoopClient['asn']>[0] = window): Promise<LoopReturn[]> {
  return (await Array.fromAsync(loop.asn(asnQuery))).flat()
}

function asnRow(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 7,
    return_line_item_id: '1',
    order_name: '#1001',
    state: 'open',
    sku: 'TEE-S',
    barcode: '',
    title: 'Tee',
    carrier: 'USPS',
    tracking_number: 'T1',
    label_status: 'new',
    currency: 'USD',
    created_at: '2026-11-20 09:00:00',
    updated_at: '2026-11-20 09:05:00',
    return_reason: 'Too small',
    return_method: null,
    outcome: 'refund',
    destination_id: '77',
    destination_name: 'Dallas',
    ...changes,
  }
}

function reports(answer: (query: Record<string, string>) => unknown): Record<string, string>[] {
  const queries: Record<string, string>[] = []
  loopMock()
    .persist()
    .get(`${root}/warehouse/reporting/asn`)
    .query(true)
    .reply(200, (request: Request) => {
      const query = Object.fromEntries(new URL(request.url).searchParams)
      queries.push(query)
      return answer(query) as never
    })
  return queries
}

describe('ASN report (loop.md §4.1)', () => {
  mockedNetwork()

  it('asks for whole days, one more at the end of all', async () => {
    const queries = reports(() => [])
    assert.deepEqual(await asnOf(loopClient().loop), [])
    assert.deepEqual(queries, [{ from: '2026-11-20', to: '2026-11-22' }])
  })

  it('makes one return of its rows: a row is a unit', async () => {
    reports(() => [
      asnRow(),
      asnRow({ return_line_item_id: '2', tracking_number: 'T2' }),
      asnRow({ return_line_item_id: '3', tracking_number: 'T1', sku: '' }),
      asnRow({ id: '8', return_line_item_id: '9', tracking_number: 'N/A', carrier: '', label_status: 'pending' }),
    ])
    const [first, second] = await asnOf(loopClient().loop)
    assert.deepEqual(
      first?.units.map(({ lineItemId, sku }) => [lineItemId, sku]),
      [
        ['1', 'TEE-S'],
        ['2', 'TEE-S'],
        ['3', null],
      ],
    )
    assert.deepEqual(first?.trackingNumbers, ['T1', 'T2'])
    assert.deepEqual(
      first?.labels.map((label) => label.lineItemIds),
      [['1', '3'], ['2']],
    )
    assert.equal(first?.returnId, '7')
    assert.equal(first?.destinationName, 'Dallas')
    assert.deepEqual([second?.returnId, second?.trackingNumbers], ['8', []])
    assert.equal(second?.money.wasProcessed, null)
  })

  it("gathers the bags of a return's rows, and what it says about the method and the delivery (loop.md §14.4)", async () => {
    const boxFree = {
      return_method: 'happyreturns',
      return_method_rma_code: 'HRJYTQ5J',
      return_method_state: 'created',
      scannable_id: 'HR-SCAN',
      tracking_number: 'N/A',
      carrier: '',
      label_status: '',
    }
    const method = { provider: 'happyreturns', type: null, state: 'created', rmaId: 'HRJYTQ5J', scannableId: 'HR-SCAN' }
    reports(() => [
      asnRow({ ...boxFree, package_reference: 'HR1A' }),
      asnRow({ ...boxFree, return_line_item_id: '2', package_reference: 'HR2B' }),
      asnRow({ ...boxFree, return_line_item_id: '3', package_reference: 'HR1A,HR3C' }),
      asnRow({ ...boxFree, return_line_item_id: '4', package_reference: 'N/A' }),
      asnRow({ id: 8, return_method: { provider: 'happyreturns', rma_id: 'HR8' }, date_delivered: '' }),
      asnRow({ id: 9, date_delivered: '2026-11-20 08:00:00', label_updated_at: '2026-11-20 07:00:00' }),
      asnRow({ id: 9, return_line_item_id: '2', date_delivered: '2026-11-20 09:00:00' }),
      asnRow({ id: 9, return_line_item_id: '3', date_delivered: 'soon' }),
    ])
    const [bags, object, mail] = await asnOf(loopClient().loop)
    assert.deepEqual([bags?.bags, bags?.trackingNumbers], [['HR1A', 'HR2B', 'HR3C'], []])
    assert.deepEqual([bags?.method, bags?.returnMethod], [{ ...method, known: true }, 'happyreturns'])
    assert.deepEqual([object?.returnMethod, object?.method.rmaId, object?.deliveredAt], ['happyreturns', 'HR8', null])
    assert.deepEqual(mail?.method, { ...methodUnsaid, known: true })
    assert.equal(mail?.deliveredAt, '2026-11-20T09:00:00.000Z')
    assert.equal(mail?.labels[0]?.updatedAt, '2026-11-20T07:00:00.000Z')
  })

  it('knows no method, price, condition or disposition where a report has no such column', async () => {
    const { return_method: _left, ...row } = asnRow()
    reports(() => [row])
    const [only] = await asnOf(loopClient().loop)
    const [unit] = only?.units ?? []
    assert.deepEqual(only?.method, methodUnsaid)
    assert.deepEqual(
      [unit?.price, unit?.refund, unit?.condition, unit?.disposition],
      [null, null, undefined, undefined],
    )
  })

  it('cuts a long time into windows of at most 100 days, and gives no unit twice', async () => {
    const queries = reports(() => [asnRow()])
    const returns = await asnOf(loopClient().loop, { from: '2026-01-01', to: '2026-11-21' })
    assert.ok(queries.length >= 4)
    for (const { from, to } of queries) {
      assert.ok(Date.parse(to ?? '') - Date.parse(from ?? '') <= 100 * 86_400_000)
    }
    assert.equal(returns.length, 1)
    assert.equal(returns[0]?.units.length, 1)
  })

  it('asks for half of the time when the report is over the size cap', async () => {
    const days = ({ from, to }: Record<string, string>) => (Date.parse(to ?? '') - Date.parse(from ?? '')) / 86_400_000
    const queries = reports((query) => (days(query) > 10 ? `"${'x'.repeat(10_000_001)}"` : [asnRow()]))
    const returns = await asnOf(loopClient().loop, { from: '2026-11-01', to: '2026-11-16' })
    assert.deepEqual(queries.map(days), [16, 8, 8])
    assert.equal(returns[0]?.units.length, 1)
  })

  it('reads a single day that is over the size cap, because there is no less to ask for', async () => {
    reports(() => `[${' '.repeat(10_000_000)}${JSON.stringify(asnRow())}]`)
    assert.equal((await asnOf(loopClient().loop)).length, 1)
  })

  it('gives up when a single day makes no sense', async () => {
    reports(() => `"${'x'.repeat(10_000_001)}"`)
    await assert.rejects(asnOf(loopClient().loop), { code: 'LOOP_UNREADABLE', exit: 7 })
  })

  it('believes the later of two reports about a return', async () => {
    const later = { updated_at: '2026-11-20 10:00:00', state: 'review', tracking_number: 'T9' }
    const twoPieces = { from: '2026-01-01', to: '2026-05-01' }
    reports(({ from }) => (from === '2026-01-01' ? [asnRow(later)] : [asnRow()]))
    const [only, ...others] = await asnOf(loopClient().loop, twoPieces)
    assert.deepEqual([only?.state, only?.trackingNumbers, others], ['review', ['T9'], []])
  })

  it('gives a return that changed between two pieces again', async () => {
    const later = { updated_at: '2026-11-20 10:00:00', state: 'review' }
    reports(({ from }) => (from === '2026-01-01' ? [asnRow()] : [asnRow(later)]))
    const returns = await asnOf(loopClient().loop, { from: '2026-01-01', to: '2026-05-01' })
    assert.deepEqual(
      returns.map(({ state }) => state),
      ['open', 'review'],
    )
  })

  for (const [what, changes] of [
    ['a bag', { package_reference: 'HR1A' }],
    ['the status of a label', { label_status: 'in_transit' }],
    ['a delivery', { date_delivered: '2026-11-20 10:00:00' }],
  ] as const) {
    it(`gives a return again of which the next piece knows ${what}, with the same update time (A-07)`, async () => {
      reports(({ from }) => (from === '2026-01-01' ? [asnRow()] : [asnRow(changes)]))
      const returns = await asnOf(loopClient().loop, { from: '2026-01-01', to: '2026-05-01' })
      assert.equal(returns.length, 2)
      const [before, after] = returns.map(({ bags, labels, deliveredAt }) => ({ bags, labels, deliveredAt }))
      assert.notDeepEqual(before, after)
    })

    it(`but not one of which an older reading lacks ${what}`, async () => {
      const later = { ...changes, updated_at: '2026-11-20 10:00:00' }
      reports(({ from }) => (from === '2026-01-01' ? [asnRow(later)] : [asnRow()]))
      assert.equal((await asnOf(loopClient().loop, { from: '2026-01-01', to: '2026-05-01' })).length, 1)
    })
  }

  it('reads a return by itself when two pieces hold different units of it', async () => {
    reports(({ from }) => [asnRow({ return_line_item_id: from === '2026-01-01' ? '1' : '2' })])
    loopMock()
      .get(`${root}/warehouse/return/details`)
      .query({ return_id: '7' })
      .reply(200, listRow({ id: '7', line_items: [{ line_item_id: '1' }, { line_item_id: '2' }] }))
    const returns = await asnOf(loopClient().loop, { from: '2026-01-01', to: '2026-05-01' })
    assert.equal(returns.at(-1)?.units.length, 2)
  })

  describe('a return that two pieces show with different units, and whose details fail (F47)', () => {
    const months = { from: '2026-01-01', to: '2026-05-01' }
    const twoParts = () =>
      reports(({ from }) => {
        const unit = from === '2026-01-01' ? '1' : '2'
        return [
          asnRow({ return_line_item_id: unit }),
          asnRow({ id: '8', return_line_item_id: `8${unit}` }),
          asnRow({ id: '9', return_line_item_id: '9' }),
        ]
      })

    it('is reported to the caller, and the others come', async () => {
      twoParts()
      const details = `${root}/warehouse/return/details`
      loopMock().get(details).query({ return_id: '7' }).reply(200, { id: '7' })
      loopMock()
        .get(details)
        .query({ return_id: '8' })
        .reply(200, listRow({ id: '8', state: 'review' }))
      const reported: unknown[] = []
      const onUnreadable = (row: unknown) => void reported.push(row)
      const returns = await asnOf(loopClient().loop, { ...months, onUnreadable })
      assert.deepEqual(reported, [{ returnId: '7', where: 'its details' }])
      assert.equal(returns.findLast(({ returnId }) => returnId === '8')?.state, 'review')
      assert.ok(returns.some(({ returnId }) => returnId === '9'))
    })

    it('is thrown to a caller who does not ask, and so is what concerns all', async () => {
      twoParts()
      const answer = loopMock().persist().get(`${root}/warehouse/return/details`).query(true)
      answer.reply(401, { errors: 'Unauthorized.' })
      const onUnreadable = () => assert.fail('it concerns all')
      await assert.rejects(asnOf(loopClient().loop, { ...months, onUnreadable }), { code: 'LOOP_UNAUTHORIZED' })
      await assert.rejects(asnOf(loopClient().loop, months), { code: 'LOOP_UNAUTHORIZED' })
    })

    it('is given up with the rest', async () => {
      twoParts()
      const stopping = new AbortController()
      loopMock()
        .get(`${root}/warehouse/return/details`)
        .query(true)
        .reply(() => {
          stopping.abort()
          return [500, {}]
        })
      const { loop, transport } = loopClient()
      await assert.rejects(asnOf(loop, { ...months, signal: stopping.signal }), { code: 'INTERRUPTED' })
      assert.equal(transport.count, 3)
    })
  })

  it('goes on by fewer days after a piece that was too large', async () => {
    const days = ({ from, to }: Record<string, string>) => (Date.parse(to ?? '') - Date.parse(from ?? '')) / 86_400_000
    const queries = reports((query) => (days(query) > 30 ? `"${'x'.repeat(10_000_001)}"` : []))
    await asnOf(loopClient().loop, { from: '2026-08-01', to: '2026-11-01' })
    assert.deepEqual(queries.map(days), [93, 46, 23, 23, 23, 24])
  })

  it('asks for small pieces from the start where many returns are known, and for at least a day', async () => {
    const days = ({ from, to }: Record<string, string>) => (Date.parse(to ?? '') - Date.parse(from ?? '')) / 86_400_000
    const queries = reports(() => [])
    const asnQuery = async (expected: number) => {
      await asnOf(loopClient().loop, { from: '2026-10-01', to: '2026-10-11', expected })
      return queries.splice(0).map(days)
    }
    assert.deepEqual(await asnQuery(0), [11])
    assert.deepEqual(await asnQuery(2_000), [11])
    assert.deepEqual(await asnQuery(5_000), [4, 4, 3])
    assert.deepEqual(await asnQuery(1_000_000), [...Array(9).fill(1), 2])
  })

  it('passes over the rows of returns that the caller has, unread', async () => {
    reports(({ from }) => [
      asnRow({ return_line_item_id: from }),
      asnRow({ id: '8', return_line_item_id: null }),
      asnRow({ id: '9' }),
    ])
    const { loop, transport } = loopClient()
    const onUnreadable = () => assert.fail('nobody asked for it')
    const asnQuery = { from: '2026-08-01', to: '2026-11-20', except: new Set(['7', '8']), onUnreadable }
    const returns = await asnOf(loop, asnQuery)
    assert.deepEqual(
      returns.map(({ returnId }) => returnId),
      ['9'],
    )
    assert.equal(transport.count, 2, 'two pieces, and no return by itself')
  })

  it('refuses dates that Loop would silently read as 1970', async () => {
    const { loop, transport } = loopClient()
    await assert.rejects(asnOf(loop, { ...window, from: '2026-11-31x' }), { code: 'WINDOW_INVALID' })
    await assert.rejects(asnOf(loop, { ...window, to: 'now' }), { code: 'WINDOW_INVALID' })
    assert.equal(transport.count, 0)
  })

  for (const changes of [{ id: null }, { return_line_item_id: '' }, { id: 'RMA-1' }]) {
    it(`does not drop a row with ${JSON.stringify(changes)}`, async () => {
      reports(() => [asnRow(), asnRow(changes)])
      await assert.rejects(asnOf(loopClient().loop), { code: 'LOOP_UNREADABLE' })
    })
  }
})
