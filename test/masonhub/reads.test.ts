import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Fault } from '../../src/core/errors/fault.ts'
import { createMasonHubClient } from '../../src/masonhub/create-masonhub-client.ts'
import { identifiers, page, wireRma } from './build.ts'
import { fakeTransport, loginPage, type Reply, type SeenRequest } from './fake-transport.ts'

/** A server that filters by exact identifier, after it splits the list at commas. */
const filtering =
  (stored: readonly (string | null)[]) =>
  ({ query }: SeenRequest): Reply => {
    const requested = query.cid?.split(',') ?? []
    return { json: page(stored.filter((id) => id !== null && requested.includes(id)).map((id) => wireRma(id))) }
  }

/** One record, as the client reads it. */
async function readOne(record: object) {
  const { rmas } = createMasonHubClient(fakeTransport(() => ({ json: [{ customer_identifier: 'rma123', ...record }] })))
  const [rma] = (await rmas.byCustomerIdentifiers(['rma123'])).get('rma123') ?? []
  assert.ok(rma)
  return rma
}

const rejectsWith = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Fault, String(error))
  assert.equal(error.code, code)
  assert.notEqual(error.hint, null)
  return true
}

describe('RMAs by our identifier', () => {
  it('takes thirty rows without an envelope for all, once an envelope has said that more would fit', async () => {
    const ids = identifiers(90)
    let answers = 0
    const transport = fakeTransport(({ query }): Reply => {
      const rows = query.offset === '0' ? (query.cid ?? '').split(',').map((id) => wireRma(id)) : []
      answers += 1
      return { json: answers === 1 ? page(rows) : rows }
    })
    const { rmas } = createMasonHubClient(transport)
    await rmas.byCustomerIdentifiers(ids.slice(0, 30))
    assert.equal((await rmas.byCustomerIdentifiers(ids.slice(30))).size, 60)
    assert.equal(transport.count, 3)
  })

  it('asks for 30 at a time, with bare commas, and leaves out ids without an RMA', async () => {
    const stored = identifiers(70).filter((_, index) => index % 2 === 0)
    const transport = fakeTransport(filtering(stored))
    const found = await createMasonHubClient(transport).rmas.byCustomerIdentifiers([...identifiers(70), '99900001', ''])
    assert.deepEqual([...found.keys()].sort(), stored)
    assert.deepEqual(
      transport.seen.map(({ query }) => query.cid?.split(',').length),
      [30, 30, 10],
    )
    assert.equal(transport.seen[2]?.rawQuery, `?cid=${identifiers(70).slice(60).join(',')}&limit=100&offset=0`)
    assert.ok(transport.seen.every(({ effect, path }) => effect === 'read' && path === '/rmas'))
  })

  it('asks for nothing when given nothing', async () => {
    const transport = fakeTransport(() => ({ json: [] }))
    assert.equal((await createMasonHubClient(transport).rmas.byCustomerIdentifiers([])).size, 0)
    assert.equal(transport.count, 0)
  })

  it('keeps every record of an id, deleted ones too (F39)', async () => {
    const records = [
      wireRma('99904598', { id: 'a', status: 'deleted', deleted_at: '2026-11-02T00:00:00Z' }),
      wireRma('99904598', { id: 'b' }),
    ]
    const { rmas } = createMasonHubClient(fakeTransport(() => ({ json: page(records) })))
    const found = (await rmas.byCustomerIdentifiers(['99904598'])).get('99904598') ?? []
    assert.deepEqual(
      found.map(({ rmaId, status, deletedAt }) => [rmaId, status, deletedAt]),
      [
        ['a', 'deleted', '2026-11-02T00:00:00.000Z'],
        ['b', 'open', null],
      ],
    )
  })

  for (const [name, reply] of [
    ['an empty envelope', { json: page([]) }],
    ['an envelope with null, as Go writes an empty list', { json: { limit: 100, data: null } }],
    ['an empty array', { json: [] }],
    ['null', { text: 'null' }],
    ['404 with a message', { status: 404, json: { message: 'could not be found' } }],
  ] as [string, Reply][]) {
    it(`reads ${name} as none`, async () => {
      const { rmas } = createMasonHubClient(fakeTransport(() => reply))
      assert.equal((await rmas.byCustomerIdentifiers(['99904598'])).size, 0)
    })
  }

  for (const [name, code, reply] of [
    ['a login page (API-001)', 'MASONHUB_WRONG_SLUG', loginPage],
    ['a login page with 200', 'MASONHUB_WRONG_SLUG', { text: '<html>log in</html>' }],
    ['404 as a web page', 'MASONHUB_WRONG_SLUG', { status: 404, text: '<html>nothing</html>' }],
    ['401', 'MASONHUB_UNAUTHORIZED', { status: 401, json: { message: 'The access token is missing or invlid.' } }],
    ['403', 'MASONHUB_FORBIDDEN', { status: 403, json: {} }],
    ['half of the JSON', 'MASONHUB_UNREADABLE', { text: '{"data":[{' }],
    ['an object without data', 'MASONHUB_UNREADABLE', { json: { message: 'hello' } }],
    ['a record that is no object', 'MASONHUB_UNREADABLE', { json: ['99904598'] }],
    ['500', 'MASONHUB_SERVER_ERROR', { status: 500, json: { message: 'oops' } }],
    ['no answer', 'MASONHUB_UNREACHABLE', { failure: { kind: 'timeout', sent: 'maybe' } }],
  ] as [string, string, Reply][]) {
    it(`throws ${code} for ${name}`, async () => {
      const { rmas } = createMasonHubClient(fakeTransport(() => reply))
      await assert.rejects(rmas.byCustomerIdentifiers(['99904598']), rejectsWith(code))
    })
  }

  for (const broken of [
    { status: 500, json: { message: 'oops' } },
    { status: 200, json: ['no record'] },
  ]) {
    const failing = (bad: readonly string[]) => {
      const respond = filtering(identifiers(90))
      return fakeTransport(
        (request): Reply => (bad.some((id) => request.query.cid?.split(',').includes(id)) ? broken : respond(request)),
      )
    }

    it(`F47: a list that fails (${broken.status}) is halved until the unreadable record is alone`, async () => {
      const ids = identifiers(90)
      const bad = ['99900007', '99900008', '99900009', '99900010', '99900071']
      const transport = failing(bad)
      const unreadable: string[] = []
      const found = await createMasonHubClient(transport).rmas.byCustomerIdentifiers(ids, {
        onUnreadable: (id) => void unreadable.push(id),
      })
      assert.deepEqual(unreadable, bad)
      assert.deepEqual(
        [...found.keys()].sort(),
        ids.filter((id) => !bad.includes(id)),
      )
      assert.ok(transport.count < 45, `${transport.count} requests`)
      await assert.rejects(createMasonHubClient(failing(bad)).rmas.byCustomerIdentifiers(ids))
    })

    it(`F47: when nothing can be read (${broken.status}), it throws after few requests`, async () => {
      const ids = identifiers(90)
      for (const requested of [ids, ids.slice(0, 30)]) {
        const transport = failing(ids)
        const reading = createMasonHubClient(transport).rmas.byCustomerIdentifiers(requested, {
          onUnreadable: () => {},
        })
        await assert.rejects(reading, Fault)
        assert.ok(transport.count < 12, `${transport.count} requests`)
      }
    })
  }

  it('F47: a bad record in each of the first three lists hides no other', async () => {
    const ids = identifiers(150)
    const bad = ['99900005', '99900035', '99900065']
    const respond = filtering(ids)
    const transport = fakeTransport(
      (request): Reply =>
        bad.some((id) => request.query.cid?.split(',').includes(id))
          ? { status: 500, json: { message: 'oops' } }
          : respond(request),
    )
    const unreadable: string[] = []
    const found = await createMasonHubClient(transport).rmas.byCustomerIdentifiers(ids, {
      onUnreadable: (id) => void unreadable.push(id),
    })
    assert.deepEqual([unreadable, found.size], [bad, 147])
  })

  it('F45: an outage that begins after the first list is blamed on no record, and met with few requests', async () => {
    const ids = identifiers(600)
    const respond = filtering(ids)
    const transport = fakeTransport(
      (request): Reply => (transport.count > 1 ? { status: 500, json: { message: 'oops' } } : respond(request)),
    )
    const unreadable: string[] = []
    const reading = createMasonHubClient(transport).rmas.byCustomerIdentifiers(ids, {
      onUnreadable: (id) => void unreadable.push(id),
    })
    await assert.rejects(reading, Fault)
    assert.ok(unreadable.length < 3 && transport.count < 40, `${unreadable.length}, ${transport.count} requests`)
  })

  it('F34, F47: a server that ignores cid is not taken for one with unreadable records', async () => {
    const { rmas } = createMasonHubClient(fakeTransport(() => ({ json: page([wireRma('1'), wireRma('99904598')]) })))
    const requested = ['99904598', '99904599']
    await assert.rejects(
      rmas.byCustomerIdentifiers(requested, { onUnreadable: () => assert.fail() }),
      rejectsWith('MASONHUB_UNREADABLE'),
    )
  })

  for (const [name, requested, stored] of [
    ['none of ours', ['99904598'], ['1', '2']],
    ['not all of ours', ['99904598', '99904599'], ['99904598', '2']],
    ['nameless ones, from the dock (RCV-007)', ['99904598'], [null]],
  ] as const) {
    it(`F34: does not believe a server that ignores cid and shows ${name}`, async () => {
      const { rmas } = createMasonHubClient(fakeTransport(() => ({ json: page(stored.map((id) => wireRma(id))) })))
      await assert.rejects(rmas.byCustomerIdentifiers(requested), rejectsWith('MASONHUB_UNREADABLE'))
    })
  }

  it('F34: never gives a record of another id', async () => {
    const { rmas } = createMasonHubClient(
      fakeTransport(() => ({ json: page(['1', '99904598', null].map((id) => wireRma(id))) })),
    )
    const found = await rmas.byCustomerIdentifiers(['99904598'])
    assert.deepEqual(
      [...found].map(([id, records]) => [id, records.map(({ customerIdentifier }) => customerIdentifier)]),
      [['99904598', ['99904598']]],
    )
  })

  it('a filter that ignores case finds nothing else, and is no offence', async () => {
    const { rmas } = createMasonHubClient(fakeTransport(() => ({ json: page([wireRma('LOOP-1673')]) })))
    assert.equal((await rmas.byCustomerIdentifiers(['loop-1673'])).size, 0)
  })

  it('by UUID: filters by id, whatever its case', async () => {
    const id = '7BDA07F7-be88-42dc-a26b-800e211c44f4'
    const transport = fakeTransport(() => ({ json: page([wireRma(null, { id: id.toLowerCase() })]) }))
    const rmas = await createMasonHubClient(transport).rmas.byIds([id])
    assert.deepEqual(
      rmas.map(({ rmaId }) => rmaId),
      [id.toLowerCase()],
    )
    assert.equal(transport.seen[0]?.rawQuery, `?id=${id.toLowerCase()}&limit=100&offset=0`)
  })
})

describe('one RMA (masonhub.md §3.7, §4)', () => {
  it('takes zero values for unset', async () => {
    const zeroDate = '0001-01-01T00:00:00Z'
    const rma = await readOne({
      id: '00000000-0000-0000-0000-000000000000',
      manifest_id: '',
      package_id: null,
      received_at: zeroDate,
      processed_at: '0000-12-31T20:00:00-04:00',
      deleted_at: zeroDate,
      notes: '',
      return_label_url: '',
      line_items: null,
    })
    assert.deepEqual(rma, {
      rmaId: null,
      customerIdentifier: 'rma123',
      manifestId: null,
      packageId: null,
      returnType: null,
      status: 'unknown',
      rawStatus: '',
      version: null,
      notes: null,
      instructions: null,
      labelUrl: null,
      receivedAt: null,
      createdAt: null,
      updatedAt: null,
      deletedAt: null,
      lines: [],
    })
  })

  it('reads received_at, else processed_at; both spellings of the instructions; dates as UTC', async () => {
    const both = await readOne({
      received_at: '2026-11-16T11:20:46.284951-05:00',
      processed_at: '2018-12-16T13:43:09Z',
    })
    assert.equal(both.receivedAt, '2026-11-16T16:20:46.284Z')
    assert.equal((await readOne({ processed_at: '2018-12-16T13:43:09Z' })).receivedAt, '2018-12-16T13:43:09.000Z')
    assert.equal((await readOne({ customer_instruction: 'Dry Clean' })).instructions, 'Dry Clean')
    assert.equal((await readOne({ customer_instructions: 'Wash', customer_instruction: 'x' })).instructions, 'Wash')
  })

  it('keeps a deletion date that is no date: something is not nothing', async () => {
    assert.equal((await readOne({ deleted_at: 'yesterday' })).deletedAt, 'yesterday')
  })

  for (const [word, status] of [
    ['open', 'open'],
    ['in-receiving', 'in-receiving'],
    ['received', 'received'],
    ['deleted', 'deleted'],
    ['Received', 'unknown'],
    ['tendered', 'unknown'],
    ['__proto__', 'unknown'],
  ] as const) {
    it(`reads the status ${word} as ${status}`, async () => {
      const rma = await readOne({ status: word })
      assert.deepEqual([rma.status, rma.rawStatus], [status, word])
    })
  }

  it('F31: keeps every digit of a parcel that came as a number', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[1-9]\d{4,39}$/), async (digits) => {
        const text = `[{"customer_identifier":"rma123","package_id":${digits}}]`
        const { rmas } = createMasonHubClient(fakeTransport(() => ({ text })))
        assert.equal((await rmas.byCustomerIdentifiers(['rma123'])).get('rma123')?.[0]?.packageId, digits)
      }),
    )
  })

  it('an identifier that came as a number is the same identifier', async () => {
    const { rmas } = createMasonHubClient(fakeTransport(() => ({ text: '[{"customer_identifier":99904598}]' })))
    assert.deepEqual([...(await rmas.byCustomerIdentifiers(['99904598'])).keys()], ['99904598'])
  })

  it('reads a receipt, with scalars as text too', async () => {
    const rma = await readOne({
      version: '8',
      status: 'received',
      line_items: [
        {
          customer_order_id: '54321',
          customer_sku_id: 'pants3456',
          quantity: '3',
          quantity_received: '2',
          return_reason_code: 'tooBig',
          return_notes: "Didn't fit.",
          return_inventory_status: 'qc',
          not_on_original_rma: 'false',
          receiving_details: {
            available: [{ notes: '', quantity: '1' }],
            qc: [{ notes: 'Has a hole', quantity: 1 }],
            short: { quantity: 1 },
            lost: null,
          },
        },
      ],
    })
    assert.equal(rma.version, 8)
    assert.deepEqual(rma.lines, [
      {
        sku: 'pants3456',
        quantity: 3,
        reasonCode: 'tooBig',
        requestedStatus: 'qc',
        notes: "Didn't fit.",
        orderId: '54321',
        quantityReceived: 2,
        notOnOriginalRma: false,
        received: [
          { disposition: 'available', quantity: 1, notes: null },
          { disposition: 'quality-control', quantity: 1, notes: 'Has a hole' },
          { disposition: 'short', quantity: 1, notes: null },
        ],
      },
    ])
  })

  for (const [name, line, expected] of [
    ['no details', {}, null],
    ['null details', { receiving_details: null }, null],
    ['empty details', { receiving_details: {} }, null],
    ['an empty disposition', { receiving_details: { available: [] } }, []],
  ] as const) {
    it(`F13: ${name} say nothing about what arrived`, async () => {
      const rma = await readOne({ line_items: [{ customer_sku_id: 'A1', quantity: 1, ...line }] })
      assert.deepEqual(rma.lines[0]?.received, expected)
    })
  }

  for (const details of [
    'available',
    7,
    true,
    [],
    [{ quantity: 1 }],
    { available: 1 },
    { available: [null] },
    { available: [{ quantity: 'one' }] },
    { available: [{}] },
    { available: [{ quantity: '1e3x' }] },
  ]) {
    it(`F14: what arrived is unreadable in ${JSON.stringify(details)}, never good`, async () => {
      const rma = await readOne({
        line_items: [{ customer_sku_id: 'A1', quantity: 1, quantity_received: 1, receiving_details: details }],
      })
      const received = rma.lines[0]?.received ?? []
      assert.ok(received.length > 0)
      assert.ok(received.every(({ quantity }) => Number.isNaN(quantity)))
    })
  }

  it('F15: unreadable counts are NaN, absent ones of the receipt null', async () => {
    const counts = async (line: object) => {
      const read = (await readOne({ line_items: [line] })).lines[0]
      return [read?.quantity, read?.quantityReceived]
    }
    assert.deepEqual(await counts({}), [Number.NaN, null])
    assert.deepEqual(await counts({ quantity: 'two', quantity_received: {} }), [Number.NaN, Number.NaN])
    assert.deepEqual(await counts({ quantity: 2, quantity_received: '' }), [2, null])
    assert.deepEqual(await counts({ quantity: '2.0', quantity_received: -1 }), [2, -1])
  })

  it('only a clear no keeps an item on the original RMA', async () => {
    const flags = [undefined, null, false, 'false', '', 0, true, 'true', 'yes', 1, {}]
    const read = await Promise.all(
      flags.map(async (flag) => (await readOne({ line_items: [{ not_on_original_rma: flag }] })).lines[0]),
    )
    assert.deepEqual(
      read.map((line) => line?.notOnOriginalRma),
      [false, false, false, false, false, false, true, true, true, true, true],
    )
  })
})

describe('known SKUs (masonhub.md §7.1)', () => {
  const master =
    (skus: readonly string[], deleted: readonly string[] = []) =>
    ({ rawQuery }: SeenRequest): Reply => {
      // This server splits before it decodes, as a strict reading of the OpenAPI file says.
      const list = /[?&]cid=([^&]*)/.exec(rawQuery)?.[1]?.split(',').map(decodeURIComponent) ?? []
      const rows = list.flatMap((sku) => [
        ...(skus.includes(sku) ? [{ customer_identifier: sku, deleted_at: null, unique_sku_name: 'x' }] : []),
        ...(deleted.includes(sku) ? [{ customer_identifier: sku, deleted_at: '2026-01-01T00:00:00Z' }] : []),
      ])
      return { json: { include_counts: false, limit: 100, list_type: 'detail', offset: 0, data: rows } }
    }

  it('finds what is there, exactly, in lists of 30, and without counts', async () => {
    const skus = identifiers(61).map((id) => `SKU-${id}`)
    const transport = fakeTransport(master(skus.slice(1)))
    const known = await createMasonHubClient(transport).knownSkus([...skus, 'sku-99900002'])
    assert.deepEqual([...known].sort(), skus.slice(1))
    assert.equal(transport.count, 3)
    assert.ok(transport.seen.every(({ path, query }) => path === '/skus' && query.include_counts === 'false'))
  })

  it('H23 a SKU with a comma is left out of the check; ampersands, plus signs and others keep their meaning', async () => {
    const skus = ['MUG,BLUE', 'A&B', 'A+B', 'A B', '50%', 'Größe/L', '#1', 'x=y', '?']
    const transport = fakeTransport(master(skus))
    const known = await createMasonHubClient(transport).knownSkus(skus)
    assert.deepEqual([...known].sort(), [...skus].sort())
    assert.equal(transport.count, 1)
    assert.ok(transport.seen.every(({ query }) => !query.cid?.includes('MUG')))
  })

  it('H23 a SKU with a comma counts as known without a question: MasonHub answers to the write', async () => {
    const transport = fakeTransport(master([]))
    const known = await createMasonHubClient(transport).knownSkus(['MUG,BLUE'])
    assert.deepEqual([[...known], transport.count], [['MUG,BLUE'], 0])
  })

  for (const [requested, there] of [
    ['CAFE-1', 'CAFÉ-1'],
    ['STRASSE', 'straße'],
    ['CAFÉ-1', 'CAFE\u0301-1'],
    ['A B', 'A  B'],
    ['AB', 'A B'],
    ['tee', 'TEE'],
    ['SKO-ROD', 'SKØ-RØD'],
    ['Lodz-aether', 'Łódź-ÆTHER'],
    ['KIRMIZI', 'kırmızı'],
  ] as const) {
    it(`H22 “${there}”, found for “${requested}”, is not it, is named, and stops no other`, async () => {
      const transport = fakeTransport(() => ({
        json: page([{ customer_identifier: there }, { customer_identifier: 'OK' }]),
      }))
      const known = await createMasonHubClient(transport).knownSkus([requested, 'OK'])
      assert.deepEqual([[...known], [...(known.similar ?? [])]], [['OK'], [[requested, there]]])
    })
  }

  it('H22 a filter that is ignored is still a fault: what is there is unknown', async () => {
    const transport = fakeTransport(() => ({ json: page([{ customer_identifier: 'HAT' }]) }))
    await assert.rejects(createMasonHubClient(transport).knownSkus(['CAP']), /ignores the filter/)
  })

  it('a deleted SKU is unknown, unless it is there again', async () => {
    const { knownSkus } = createMasonHubClient(fakeTransport(master(['BACK'], ['GONE', 'BACK'])))
    assert.deepEqual([...(await knownSkus(['GONE', 'BACK']))], ['BACK'])
  })

  it('no URL grows too long for a proxy', async () => {
    const skus = identifiers(40).map((id) => `${'Ä'.repeat(90)}${id}`)
    const transport = fakeTransport(master(skus))
    assert.equal((await createMasonHubClient(transport).knownSkus(skus)).size, 40)
    assert.ok(transport.seen.every(({ rawQuery }) => rawQuery.length < 4200))
  })
})
