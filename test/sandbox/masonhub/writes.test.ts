import assert from 'node:assert/strict'
import type { Dock, Json } from './dock-harness.ts'
import { address, line, openDock, rma, rowsOf, texts } from './dock-harness.ts'

describe('MasonHub stand-in: writing RMAs (masonhub.md §4.3-§4.7)', () => {
  let dock: Dock
  beforeEach(async () => {
    dock = await openDock()
  })
  afterEach(() => dock.sandbox.stop())

  const post = (...records: unknown[]) => dock.ask('POST', '/rmas', records)
  async function read(identifier: string): Promise<Json[]> {
    return (await dock.ask('GET', `/rmas?cid=${encodeURIComponent(identifier)}`)).body.data
  }
  async function refusal(record: Record<string, unknown>): Promise<string[]> {
    const { status, body } = await post(record)
    assert.equal(status, 200)
    assert.equal(body.results[0].status, 'failure')
    return texts(body.results[0])
  }

  it('RMA-001 creates an open RMA of version 1 with the tracking number as package_id, and buys nothing', async () => {
    const { status, body } = await post(rma('99904598'))
    assert.equal(status, 200)
    assert.deepEqual(body, {
      records_submitted: 1,
      records_processed: 1,
      records_failed: 0,
      records_succeeded: 1,
      results: [
        {
          customer_identifier: '99904598',
          status: 'success',
          uri: `${dock.sandbox.masonhubBaseUrl}/rmas?cid=99904598`,
        },
      ],
    })
    const [record] = await read('99904598')
    assert.equal(record.status, 'open')
    assert.equal(record.version, 1)
    assert.equal(record.package_id, '1Z99904598')
    assert.equal(record.line_items[0].not_on_original_rma, false)
    assert.equal(dock.masonhub.labelsBought.length, 0)
    assert.deepEqual(
      dock.sandbox.world.groundTruth.entries.map((entry) => [entry.what, entry.returnId]),
      [['rma_created', '99904598']],
    )
  })

  it('RMA-005 takes the good records of a batch and refuses the bad one with 303', async () => {
    const bad = rma('10002', { line_items: [line('NO-SUCH-SKU', 1)] })
    const { body } = await post(rma('10001'), bad, rma('10003'))
    assert.deepEqual([body.records_submitted, body.records_failed, body.records_succeeded], [3, 1, 2])
    const row = body.results.find((one: Json) => one.customer_identifier === '10002')
    assert.deepEqual(texts(row), ["303: 'Sku' with customer_identifier 'NO-SUCH-SKU' does not exist"])
    assert.equal((await read('10002')).length, 0)
    assert.equal((await read('10003')).length, 1)
  })

  it('RMA-006 refuses an identifier that is taken with 301, also twice in one batch and before it shows', async () => {
    dock.fault('masonhub.visible-after-ms', 5_000)
    const { body } = await post(rma('10001'), rma('10001'))
    assert.deepEqual(
      body.results.map((row: Json) => row.status),
      ['success', 'failure'],
    )
    const [text] = await refusal(rma('10001'))
    assert.equal(text, "301: '10001' is already taken and 'customer_identifier' must be unique")
    assert.equal((await read('10001')).length, 0)
  })

  it('RMA-004 takes 30 records and answers 400 to 31, writing nothing', async () => {
    const many = Array.from({ length: 31 }, (_, index) => rma(String(20_000 + index)))
    const refused = await post(...many)
    assert.equal(refused.status, 400)
    assert.equal(typeof refused.body.message, 'string')
    assert.equal(dock.masonhub.rmas.size, 0)
    assert.equal((await post(...many.slice(0, 30))).body.records_succeeded, 30)
    assert.equal((await dock.ask('PUT', '/rmas', many)).status, 400)
  })

  it('RMA-009 refuses a reason code outside the five', async () => {
    for (const code of ['fit', 'damage', 'defective', '', undefined]) {
      const [text] = await refusal(rma('10001', { line_items: [line('HAT', 1, { return_reason_code: code })] }))
      assert.match(text ?? '', /return_reason_code/)
    }
    const all = ['tooBig', 'tooSmall', 'damaged', 'wrongItem', 'other']
    const lines = all.map((code) => line('HAT', 1, { return_reason_code: code }))
    assert.equal((await post(rma('10001', { line_items: lines }))).body.records_succeeded, 1)
  })

  it('refuses inventory statuses of the receiving vocabulary (masonhub.md §9.1)', async () => {
    const lines = [line('HAT', 1, { return_inventory_status: 'quality-control' })]
    assert.match((await refusal(rma('10001', { line_items: lines })))[0] ?? '', /return_inventory_status/)
  })

  it('wants package_id when the label flag is false, and the whole address when it is true', async () => {
    assert.match((await refusal(rma('10001', { package_id: undefined })))[0] ?? '', /package_id/)
    const expected = (await refusal(rma('10001', { generate_return_label: true }))).join(' ')
    for (const field of Object.keys(address)) assert.ok(expected.includes(field), field)
    const abroad = { ...address, customer_address_country_code: 'CA', generate_return_label: true }
    assert.match((await refusal(rma('10001', abroad)))[0] ?? '', /US/)
  })

  it('F35 enforces every documented length, in characters', async () => {
    const tooLong: [string, number][] = [
      ['manifest_id', 20],
      ['package_id', 100],
      ['customer_address_name', 30],
      ['customer_address_street_line_one', 40],
      ['customer_address_state', 2],
      ['customer_instructions', 250],
    ]
    for (const [field, longest] of tooLong) {
      assert.match((await refusal(rma('10001', { [field]: 'x'.repeat(longest + 1) })))[0] ?? '', new RegExp(field))
    }
    assert.match((await refusal(rma('1673')))[0] ?? '', /customer_identifier/)
    const notes = (text: string) => rma('10001', { line_items: [line('HAT', 1, { return_notes: text })] })
    assert.match((await refusal(notes('x')))[0] ?? '', /return_notes/)
    assert.match((await refusal(notes('x'.repeat(51))))[0] ?? '', /return_notes/)
    assert.equal((await post(notes('🧢'.repeat(50)))).body.records_succeeded, 1)
    dock.fault('masonhub.enforce-lengths', 0)
    assert.equal((await post(rma('1673'))).body.records_succeeded, 1)
  })

  it('refuses records without lines, of other types, or that are no objects, each for itself', async () => {
    const odd = [rma('10001', { line_items: [] }), rma('10002', { customer_identifier: 10_002 }), 'text', null, 7]
    const { status, body } = await post(...odd, rma('10003'))
    assert.equal(status, 200)
    assert.equal(body.records_failed, odd.length)
    assert.equal(dock.masonhub.rmas.size, 1)
    assert.equal((await dock.ask('POST', '/rmas', rma('10004'))).status, 400)
  })

  it('F36 buys a label when the flag is omitted, sets the package, and the ground truth records it', async () => {
    const { body } = await post(rma('10001', { ...address, generate_return_label: undefined, package_id: undefined }))
    const { additional_data: additional } = body.results[0]
    assert.match(additional.return_tracking_number, /^93020205141036\d{8}$/)
    const [record] = await read('10001')
    assert.equal(record.package_id, additional.return_tracking_number)
    assert.equal(record.return_label_url, additional.return_label_url)
    assert.equal(dock.masonhub.labelsBought.length, 1)
    const bought = dock.sandbox.world.groundTruth.entries.filter((entry) => entry.what === 'label_bought')
    assert.deepEqual(
      bought.map((entry) => entry.returnId),
      ['10001'],
    )
  })

  it('buys no label when one of the rules refuses the record', async () => {
    await post(rma('10001', { ...address, generate_return_label: true, line_items: [line('NO-SUCH-SKU', 1)] }))
    assert.equal(dock.masonhub.labelsBought.length, 0)
  })

  it('serves the label as a PDF to the bearer of a token only', async () => {
    const { body } = await post(rma('10001', { ...address, generate_return_label: true }))
    const url: string = body.results[0].additional_data.return_label_url
    const path = url.slice(dock.sandbox.masonhubBaseUrl.length)
    assert.equal((await dock.ask('GET', path, undefined, null)).status, 401)
    const label = await dock.ask('GET', path)
    assert.equal(label.headers.get('content-type'), 'application/pdf')
    assert.match(label.text, /^%PDF-1\.4[\s\S]*%%EOF\n$/)
    assert.equal((await dock.ask('GET', '/return-labels/other.pdf')).status, 404)
  })

  it('RMA-010 PUT replaces everything, raises the version, and loses what is left out', async () => {
    await post(rma('10001', { customer_instructions: 'Dry clean' }))
    const changed = rma('10001', { package_id: '1ZCHANGED', line_items: [line('HAT', 3)] })
    assert.equal((await dock.ask('PUT', '/rmas', [changed])).body.results[0].status, 'success')
    const [record] = await read('10001')
    assert.equal(record.version, 2)
    assert.equal(record.package_id, '1ZCHANGED')
    assert.equal(record.customer_instructions, undefined)
    assert.deepEqual(
      record.line_items.map((one: Json) => [one.customer_sku_id, one.quantity]),
      [['HAT', 3]],
    )
    assert.equal(dock.masonhub.rmas.get('10001')?.states.length, 2)
  })

  it('F36 PUT without the label flag buys a label, too', async () => {
    await post(rma('10001'))
    await dock.ask('PUT', '/rmas', [rma('10001', { ...address, generate_return_label: undefined })])
    assert.equal(dock.masonhub.labelsBought.length, 1)
    assert.notEqual((await read('10001'))[0].package_id, '1Z10001')
  })

  it('RMA-011, F37 PUT and DELETE are refused with 409 once receiving began, and with 303 if unknown', async () => {
    await post(rma('10001'))
    dock.masonhub.warehouse.milestone('10001', 'receivingStarted')
    const updated = await dock.ask('PUT', '/rmas', [rma('10001')])
    assert.deepEqual(texts(updated.body.results[0]), ["409: '10001' must be in the 'open' status to be updated."])
    const deleted = await dock.ask('DELETE', '/rmas', [{ customer_identifier: '10001' }])
    assert.deepEqual(texts(deleted.body.results[0]), ["409: '10001' must be in the 'open' status to be deleted."])
    assert.equal((await read('10001'))[0].version, 1)
    for (const method of ['PUT', 'DELETE']) {
      const unknown = await dock.ask(method, '/rmas', [rma('10009')])
      assert.deepEqual(texts(unknown.body.results[0]), ["303: 'RMA' with customer_identifier '10009' does not exist"])
    }
  })

  it('RMA-012, RMA-013 DELETE is soft, and the identifier can be used again', async () => {
    await post(rma('10001'))
    const gone = await dock.ask('DELETE', '/rmas', [{ customer_identifier: '10001' }])
    assert.equal(gone.body.results[0].status, 'success')
    const [deleted] = await read('10001')
    assert.equal(deleted.status, 'deleted')
    assert.equal(typeof deleted.deleted_at, 'string')
    assert.equal((await post(rma('10001'))).body.records_succeeded, 1)
    assert.deepEqual(
      (await read('10001')).map((record) => record.status),
      ['deleted', 'open'],
    )
    assert.equal(dock.masonhub.rmas.get('10001')?.states.at(-1)?.status, 'open')
  })

  it('F39 refuses a deleted identifier for ever, if the switch says so', async () => {
    dock.fault('masonhub.deleted-reusable', 0)
    await post(rma('10001'))
    await dock.ask('DELETE', '/rmas', [{ customer_identifier: '10001' }])
    assert.match((await refusal(rma('10001')))[0] ?? '', /^301: /)
  })

  it('DELETE takes more than 30', async () => {
    const ids = Array.from({ length: 35 }, (_, index) => ({ customer_identifier: String(30_000 + index) }))
    dock.masonhub.addRmas(ids.map((id) => rma(id.customer_identifier)))
    assert.equal((await dock.ask('DELETE', '/rmas', ids)).body.records_succeeded, 35)
  })

  it('RMA-003 takes lines of two orders, and checks orders only when the switches say so', async () => {
    dock.masonhub.addOrders([{ customerIdentifier: 'ORDER-1', lines: [{ sku: 'HAT', quantity: 1 }] }])
    const of = (orderId: string, sku: string, quantity = 1) => [line(sku, quantity, { customer_order_id: orderId })]
    const two = [...of('ORDER-1', 'HAT', 5), ...of('ORDER-2', 'SHIRT-S')]
    assert.equal((await post(rma('10001', { line_items: two }))).body.records_succeeded, 1)
    dock.fault('masonhub.known-order-checks', 1)
    assert.match((await refusal(rma('10002', { line_items: of('ORDER-1', 'SHIRT-S') })))[0] ?? '', /not on order/)
    assert.match((await refusal(rma('10002', { line_items: of('ORDER-1', 'HAT', 2) })))[0] ?? '', /only 1/)
    assert.equal((await post(rma('10002', { line_items: of('ORDER-2', 'HAT') }))).body.records_succeeded, 1)
    dock.fault('masonhub.strict-orders', 1)
    assert.match((await refusal(rma('10003', { line_items: of('ORDER-2', 'HAT') })))[0] ?? '', /^303: 'Order'/)
    assert.equal((await post(rma('10003', { line_items: of('ORDER-1', 'HAT') }))).body.records_succeeded, 1)
  })

  it('refuses a shared package_id only when the switch says so', async () => {
    await post(rma('10001', { package_id: '1ZSHARED' }))
    assert.equal((await post(rma('10002', { package_id: '1ZSHARED' }))).body.records_succeeded, 1)
    dock.fault('masonhub.package-id-unique', 1)
    assert.match((await refusal(rma('10003', { package_id: '1ZSHARED' })))[0] ?? '', /package_id/)
  })

  it('F33 one bad record fails its whole batch, at each index, and nothing is written', async () => {
    for (const [name, status] of [
      ['masonhub.batch-400', 400],
      ['masonhub.batch-500', 500],
    ] as const) {
      dock.fault(name, 1)
      for (const at of [0, 2, 4]) {
        const batch = Array.from({ length: 5 }, (_, index) =>
          rma(String(40_000 + index), index === at ? { return_type: 'other' } : {}),
        )
        assert.equal((await post(...batch)).status, status)
        assert.equal(dock.masonhub.rmas.size, 0)
      }
      dock.fault(name, 0)
    }
  })

  it('C9 success means queued: it shows late, and can be lost there', async () => {
    dock.fault('masonhub.visible-after-ms', 300)
    await post(rma('10001'))
    dock.clock.advance(299)
    assert.equal((await read('10001')).length, 0)
    dock.clock.advance(1)
    assert.equal((await read('10001')).length, 1)
    await dock.ask('PUT', '/rmas', [rma('10001', { manifest_id: 'new' })])
    assert.equal((await read('10001'))[0].manifest_id, '#1001-R1')
    dock.clock.advance(300)
    assert.equal((await read('10001'))[0].manifest_id, 'new')
    dock.fault('masonhub.lose-queued', 1)
    assert.equal((await post(rma('10002'))).body.records_succeeded, 1)
    dock.clock.advance(60_000)
    assert.equal((await read('10002')).length, 0)
  })

  it('answers with rows that are missing, nameless, of unknown status or refused by chance, when asked to', async () => {
    const batch = () => Array.from({ length: 3 }, (_, index) => rma(String(50_000 + dock.masonhub.rmas.size + index)))
    dock.fault('masonhub.drop-result-row', 1)
    assert.equal((await post(...batch())).body.results.length, 2)
    dock.fault('masonhub.drop-result-row', 0)
    assert.equal(dock.masonhub.rmas.size, 3)
    dock.fault('masonhub.unknown-result-status', 1)
    assert.ok((await post(...batch())).body.results.every((row: Json) => row.status === 'queued'))
    dock.fault('masonhub.unknown-result-status', 0)
    dock.fault('masonhub.null-result-identifier', 1)
    assert.ok((await post(...batch())).body.results.every((row: Json) => row.customer_identifier === null))
    dock.fault('masonhub.null-result-identifier', 0)
    dock.fault('masonhub.fail-create', 1)
    const size = dock.masonhub.rmas.size
    assert.equal((await post(...batch())).body.records_failed, 3)
    assert.equal(dock.masonhub.rmas.size, size)
  })

  it('keeps the expected counters of SKUs through create, update, delete', async () => {
    await post(rma('10001', { line_items: [line('HAT', 2), line('SHIRT-S', 1)] }), rma('10002'))
    assert.equal(dock.masonhub.inventory('HAT')['expected'], 2)
    assert.equal(dock.masonhub.inventory('SHIRT-S')['expected'], 2)
    await dock.ask('PUT', '/rmas', [rma('10001', { line_items: [line('HAT', 5)] })])
    await dock.ask('DELETE', '/rmas', [{ customer_identifier: '10002' }])
    assert.equal(dock.masonhub.inventory('HAT')['expected'], 5)
    assert.equal(dock.masonhub.inventory('SHIRT-S')['expected'], 0)
  })
})

describe('MasonHub stand-in: spelling of bulk answers (masonhub.md §3.4, F32, API-004)', () => {
  it('with quirks on shows every inconsistency, while the outcome of each record can still be read', async () => {
    const dock = await openDock({ 'masonhub.quirks': 1, 'masonhub.shuffle-results': 1 })
    const seen = { status: new Set(), link: new Set(), container: new Set(), messages: new Set(), counts: new Set() }
    let shuffled = false
    for (let round = 0; round < 120; round += 1) {
      const good = String(60_000 + round)
      const { body } = await dock.ask('POST', '/rmas', [rma(good), rma(`${good}X`, { package_id: undefined })])
      const rows = rowsOf(body)
      assert.equal(rows.length, 2)
      seen.container.add(containerOf(body))
      const envelope = Array.isArray(body) ? body[0] : body
      if (envelope.results) seen.counts.add(envelope.records_submitted === 2)
      shuffled ||= rows[0].customer_identifier !== good
      const accepted = rows.find((row) => row.customer_identifier === good)
      const refused = rows.find((row) => row.customer_identifier !== good)
      assert.match(accepted.status, /^success$/i)
      assert.match(refused.status, /^failure$/i)
      assert.match(texts(refused).join(), /package_id/)
      seen.link.add(accepted.url ? 'url' : 'uri')
      for (const row of rows) {
        seen.status.add(row.status)
        seen.messages.add(shapeOf(row.messages))
      }
    }
    assert.deepEqual([...seen.status].sort(), ['Failure', 'Success', 'failure', 'success'])
    assert.deepEqual([...seen.link].sort(), ['uri', 'url'])
    assert.deepEqual([...seen.container].sort(), ['envelope', 'rows', 'wrapped'])
    assert.deepEqual([...seen.messages].sort(), ['absent', 'empty', 'fields', 'map', 'null', 'texts'])
    assert.equal(seen.counts.size, 2)
    assert.ok(shuffled)
    await dock.sandbox.stop()
  })

  function containerOf(body: Json): string {
    if (!Array.isArray(body)) return 'envelope'
    return body[0].results ? 'wrapped' : 'rows'
  }

  function shapeOf(messages: Json): string {
    if (messages === undefined) return 'absent'
    if (messages === null) return 'null'
    if (messages.length === 0) return 'empty'
    if (typeof messages[0] === 'string') return 'texts'
    return 'field_name' in messages[0] ? 'fields' : 'map'
  }

  it('the same seed gives the same answers', async () => {
    const run = async (seed: number) => {
      const dock = await openDock({ 'masonhub.quirks': 1, 'masonhub.shuffle-results': 1 }, seed)
      const answers: string[] = []
      for (let round = 0; round < 10; round += 1) {
        const { text } = await dock.ask('POST', '/rmas', [rma(`7000${round}`), rma(`7000${round}Y`)])
        answers.push(text.replaceAll(dock.sandbox.url, ''))
      }
      await dock.sandbox.stop()
      return answers
    }
    assert.deepEqual(await run(5), await run(5))
    assert.notDeepEqual(await run(5), await run(6))
  })
})
