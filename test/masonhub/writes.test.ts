import assert from 'node:assert/strict'
import fc from 'fast-check'
import { reasonCodes, requestedStatuses } from '../../src/core/rmas/rma.ts'
import type { RowAnswer } from '../../src/masonhub/client.ts'
import { createMasonHubClient } from '../../src/masonhub/create-masonhub-client.ts'
import { anRma, identifiers } from './build.ts'
import { fakeTransport, loginPage, type Reply, type SeenRequest } from './fake-transport.ts'

type Record30 = { customer_identifier: string }

const bodyOf = (request: SeenRequest) => request.body as Record30[]
const accepted = (request: SeenRequest): Reply => ({
  json: { results: bodyOf(request).map((record) => ({ ...record, status: 'success' })) },
})
const many = (count: number) => identifiers(count).map((customerIdentifier) => anRma({ customerIdentifier }))

describe('RMA writes', () => {
  it('RMA-001: sends the least that MasonHub takes, and nothing empty', async () => {
    const transport = fakeTransport(accepted)
    await createMasonHubClient(transport).rmas.create([anRma({ manifestId: null })])
    const [request] = transport.seen
    assert.deepEqual(
      [request?.method, request?.path, request?.rawQuery, request?.effect],
      ['POST', '/rmas', '', 'once'],
    )
    assert.deepEqual(request?.body, [
      {
        customer_identifier: '99904598',
        return_type: 'rma_submitted_by_customer',
        generate_return_label: false,
        package_id: '9400111899223197428490',
        line_items: [
          { customer_sku_id: 'SHIRT-M', quantity: 1, return_reason_code: 'tooBig', return_inventory_status: 'qc' },
        ],
      },
    ])
  })

  it('RMA-010: a PUT carries every field, as a repeatable effect', async () => {
    const transport = fakeTransport(accepted)
    const lines = [
      { ...anRma().lines[0], sku: 'MUG', quantity: 3, notes: 'It is chipped', orderId: '5550001' },
    ] as ReturnType<typeof anRma>['lines']
    await createMasonHubClient(transport).rmas.update([anRma({ instructions: 'Also: 1Z9', lines })])
    const [request] = transport.seen
    assert.deepEqual([request?.method, request?.effect], ['PUT', 'repeatable'])
    assert.deepEqual(request?.body, [
      {
        customer_identifier: '99904598',
        return_type: 'rma_submitted_by_customer',
        generate_return_label: false,
        package_id: '9400111899223197428490',
        manifest_id: '#1001-R1',
        customer_instructions: 'Also: 1Z9',
        line_items: [
          {
            customer_sku_id: 'MUG',
            quantity: 3,
            return_reason_code: 'tooBig',
            return_inventory_status: 'qc',
            return_notes: 'It is chipped',
            customer_order_id: '5550001',
          },
        ],
      },
    ])
  })

  it('RMA-008, F36: generate_return_label is false in every record of every POST and PUT, and no field is empty', async () => {
    const maybe = fc.option(fc.string({ maxLength: 30 }))
    const line = fc.record({
      sku: fc.string({ minLength: 1 }),
      quantity: fc.integer({ min: 1, max: 99 }),
      reasonCode: fc.constantFrom(...reasonCodes),
      requestedStatus: fc.constantFrom(...requestedStatuses),
      notes: maybe,
      orderId: maybe,
    })
    const rma = fc.record({
      customerIdentifier: fc.string({ minLength: 5 }),
      manifestId: maybe,
      packageId: fc.string({ minLength: 5 }),
      instructions: maybe,
      lines: fc.array(line, { minLength: 1, maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(rma, { maxLength: 70 }), fc.constantFrom('create', 'update'), async (rmas, verb) => {
        const transport = fakeTransport(accepted)
        await createMasonHubClient(transport).rmas[verb as 'create' | 'update'](rmas)
        const records = transport.seen.flatMap((request) => request.body as Record<string, unknown>[])
        assert.equal(records.length, new Set(rmas.map(({ customerIdentifier }) => customerIdentifier)).size)
        for (const record of records) {
          assert.equal(record.generate_return_label, false)
          const fields = [record, ...(record.line_items as Record<string, unknown>[])].flatMap(Object.values)
          assert.ok(fields.every((value) => value !== '' && value !== null))
        }
      }),
      { numRuns: 60 },
    )
  })

  for (const [count, sizes] of [
    [0, []],
    [1, [1]],
    [30, [30]],
    [31, [30, 1]],
    [95, [30, 30, 30, 5]],
  ] as const) {
    it(`RMA-004: ${count} returns go in batches of ${JSON.stringify(sizes)}, and all are joined`, async () => {
      for (const verb of ['create', 'update', 'remove'] as const) {
        const transport = fakeTransport(accepted)
        const { rmas } = createMasonHubClient(transport)
        const answers = verb === 'remove' ? await rmas.remove(identifiers(count)) : await rmas[verb](many(count))
        assert.deepEqual(
          transport.seen.map((request) => bodyOf(request).length),
          sizes,
        )
        assert.deepEqual([...answers.keys()], identifiers(count))
        assert.ok([...answers.values()].every(({ kind }) => kind === 'accepted'))
      }
    })
  }

  it('RMA-012: a delete names nothing but the identifier', async () => {
    const transport = fakeTransport(accepted)
    await createMasonHubClient(transport).rmas.remove(['99904598'])
    assert.deepEqual(
      transport.seen.map(({ method, path, body, effect }) => ({ method, path, body, effect })),
      [{ method: 'DELETE', path: '/rmas', body: [{ customer_identifier: '99904598' }], effect: 'repeatable' }],
    )
  })

  it('RMA-005: one bad SKU fails its own return only', async () => {
    const transport = fakeTransport((request) => ({
      json: {
        results: bodyOf(request).map(({ customer_identifier }) =>
          customer_identifier === '99900002'
            ? {
                customer_identifier,
                status: 'failure',
                messages: ["303: 'Sku' with customer_identifier 'X' does not exist"],
              }
            : { customer_identifier, status: 'success' },
        ),
      },
    }))
    const answers = await createMasonHubClient(transport).rmas.create(many(3))
    assert.deepEqual(
      [...answers].map(([id, { kind }]) => [id, kind]),
      [
        ['99900001', 'accepted'],
        ['99900002', 'refused'],
        ['99900003', 'accepted'],
      ],
    )
    assert.deepEqual(answers.get('99900002'), {
      kind: 'refused',
      code: '303',
      messages: ["303: 'Sku' with customer_identifier 'X' does not exist"],
    })
  })

  it('RMA-006, RMA-011: codes 301 and 409 are returned as codes', async () => {
    for (const [code, text] of [
      ['301', "301: '99904598' is already taken and 'customer_identifier' must be unique"],
      ['409', "409: '99904598' must be in the 'open' status to be updated."],
    ]) {
      const row = {
        customer_identifier: '99904598',
        status: 'Failure',
        messages: [{ field_name: 'x', errors: [text] }],
      }
      const { rmas } = createMasonHubClient(fakeTransport(() => ({ json: [row] })))
      const answer = (await rmas.update([anRma()])).get('99904598')
      assert.deepEqual(answer, { kind: 'refused', code, messages: [text] })
    }
  })
})

function wordsOf(answer: RowAnswer): string {
  if (answer.kind === 'refused') return answer.messages.join(' ')
  return 'detail' in answer ? answer.detail : ''
}

describe('a batch that fails as a whole', () => {
  for (const [name, reply, kind, message] of [
    ['401', { status: 401, json: { message: 'bad' } }, 'refused', /^MASONHUB_UNAUTHORIZED: /],
    ['403', { status: 403, json: { message: 'bad' } }, 'refused', /^MASONHUB_FORBIDDEN: /],
    ['a login page', loginPage, 'refused', /^MASONHUB_WRONG_SLUG: /],
    ['429', { status: 429, json: { message: 'slow' } }, 'refused', /^MASONHUB_RATE_LIMITED: /],
    ['404', { status: 404, json: { message: 'none' } }, 'refused', /^MASONHUB_NOT_FOUND: .*404/],
    ['405', { status: 405, json: { message: 'no' } }, 'refused', /^MASONHUB_REJECTED: .*405/],
    ['408', { status: 408, json: { message: 'late' } }, 'in_doubt', /408/],
    ['500', { status: 500, json: { message: 'oops' } }, 'in_doubt', /500/],
    ['503', { status: 503, json: { message: 'oops' } }, 'in_doubt', /503/],
    ['200 without rows', { json: { message: 'welcome' } }, 'in_doubt', /could not be read/],
    ['200 HTML', { text: '<html>hello</html>' }, 'in_doubt', /could not be read/],
    ['200 and half of the JSON', { text: '{"results":[{' }, 'in_doubt', /could not be read/],
    ['a timeout', { failure: { kind: 'timeout', sent: 'maybe' } }, 'in_doubt', /the wire broke/],
    ['a refused connection', { failure: { kind: 'connection', sent: 'no' } }, 'not_sent', /the wire broke/],
    ['a key press', { failure: { kind: 'aborted', sent: 'maybe' } }, 'in_doubt', /interrupted/],
  ] as [string, Reply, string, RegExp][]) {
    it(`${name}: every record is ${kind}, and nothing is thrown`, async () => {
      for (const verb of ['create', 'update', 'remove'] as const) {
        const { rmas } = createMasonHubClient(fakeTransport(() => reply))
        const answers = verb === 'remove' ? await rmas.remove(identifiers(2)) : await rmas[verb](many(2))
        assert.equal(answers.size, 2)
        for (const answer of answers.values()) {
          assert.equal(answer.kind, kind)
          assert.match(wordsOf(answer), message)
          assert.match(wordsOf(answer), /\[request request-1\]/)
        }
      }
    })
  }

  for (const [name, reply] of [
    ['401', { status: 401, json: { message: 'bad' } }],
    ['a login page', loginPage],
    ['429', { status: 429, json: {} }],
    ['a refused connection', { failure: { kind: 'connection', sent: 'no' } }],
  ] as [string, Reply][]) {
    it(`API-001: after ${name} the rest is not sent`, async () => {
      const transport = fakeTransport(() => reply)
      const answers = [...(await createMasonHubClient(transport).rmas.create(many(65))).values()]
      assert.equal(transport.count, 1)
      assert.equal(answers.length, 65)
      assert.ok(answers.slice(30).every(({ kind }) => kind === 'not_sent'))
    })
  }

  for (const [name, reply] of [
    ['of maintenance', { text: '<html><body>We are down for maintenance.</body></html>' }],
    ['to log in', { text: '<html><form action="/login"></form></html>' }],
  ] as [string, Reply][]) {
    it(`H27: after a web page ${name} in place of the answer (200), no further create is sent blindly`, async () => {
      const transport = fakeTransport(() => reply)
      const answers = [...(await createMasonHubClient(transport).rmas.create(many(65))).values()]
      assert.equal(transport.count, 1)
      assert.ok(answers.slice(0, 30).every(({ kind }) => kind === 'in_doubt'))
      assert.ok(answers.slice(30).every(({ kind }) => kind === 'not_sent'))
    })
  }

  it('an answer of unknown shape (200) may be about one record, so it stops no other batch', async () => {
    const transport = fakeTransport(() => ({ json: { message: 'welcome' } }))
    await createMasonHubClient(transport).rmas.create(many(65))
    assert.equal(transport.count, 3)
  })

  it('a batch of unknown outcome stops no other batch, and is not cut up', async () => {
    const transport = fakeTransport((request) =>
      bodyOf(request)[0]?.customer_identifier === '99900001' ? { status: 500, json: {} } : accepted(request),
    )
    const answers = [...(await createMasonHubClient(transport).rmas.create(many(31))).values()]
    assert.equal(transport.count, 2)
    assert.ok(answers.slice(0, 30).every(({ kind }) => kind === 'in_doubt'))
    assert.equal(answers[30]?.kind, 'accepted')
  })

  it('F33: a bad record at any index is found, and only it is refused', async () => {
    for (let badIndex = 0; badIndex < 30; badIndex += 1) {
      const transport = fakeTransport((request) =>
        bodyOf(request).some(({ customer_identifier }) => customer_identifier === identifiers(30)[badIndex])
          ? { status: 400, json: { message: 'One or more parameters were bad.' } }
          : accepted(request),
      )
      const answers = await createMasonHubClient(transport).rmas.create(many(30))
      const refused = [...answers].filter(([, { kind }]) => kind !== 'accepted')
      assert.deepEqual(
        refused.map(([id, { kind }]) => [id, kind]),
        [[identifiers(30)[badIndex], 'refused']],
      )
      assert.ok(transport.count <= 12, `${transport.count} requests`)
    }
  })

  it('F33: a server with a smaller limit gets smaller batches', async () => {
    const transport = fakeTransport((request) =>
      bodyOf(request).length > 10 ? { status: 400, json: { message: 'too many' } } : accepted(request),
    )
    const answers = await createMasonHubClient(transport).rmas.update(many(30))
    assert.ok([...answers.values()].every(({ kind }) => kind === 'accepted'))
  })
})
