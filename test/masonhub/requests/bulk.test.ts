import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { RowAnswer } from '../../../src/masonhub/client.ts'
import { bulkRows, verdictOf } from '../../../src/masonhub/requests/bulk.ts'

/** The verdicts on these identifiers, as the client combines them. */
function verdicts(body: unknown, ids: readonly string[]): Record<string, RowAnswer['kind']> {
  const rows = bulkRows(body) ?? []
  return Object.fromEntries(
    ids.map((id) => [
      id,
      verdictOf(
        rows.filter(({ identifier }) => identifier === id),
        'r1',
      ).kind,
    ]),
  )
}

const taken = "301: 'b1' is already taken and 'customer_identifier' must be unique"
const good = { customer_identifier: 'a1', status: 'success', uri: 'https://x/rmas?cid=a1' }
const bad = { customer_identifier: 'b1', status: 'failure', messages: [{ customer_identifier: [taken] }] }
const counts = { records_submitted: 9, records_processed: 2, records_failed: 0, records_succeeded: 9 }

describe('bulk envelope (API-004, masonhub.md §3.4)', () => {
  const sameMeaning: [string, unknown][] = [
    ['an object with results', { ...counts, results: [good, bad] }],
    ['a bare array of rows', [good, bad]],
    ['an array around the envelope', [{ ...counts, results: [good, bad] }]],
    ['two envelopes', [{ results: [good] }, { results: [bad] }]],
    ['rows in another order', { results: [bad, good] }],
    [
      'capitals and url',
      [
        { customer_identifier: 'a1', status: 'Success', url: 'x' },
        { ...bad, status: 'Failure' },
      ],
    ],
    ['shouting', [{ ...good, status: 'SUCCESS' }, bad]],
    ['counts that contradict the rows', { ...counts, records_failed: 2, results: [good, bad] }],
    ['fields that nobody documents', { results: [{ ...good, system_id: null, x: { y: 1 } }, bad], extra: true }],
    ['null messages on success', { results: [{ ...good, messages: null }, bad] }],
    ['a remark on success', { results: [{ ...good, messages: ['Callback url updated successfuly.'] }, bad] }],
    ['rows of ids that we never sent', { results: [{ ...bad, customer_identifier: 'z9' }, good, bad] }],
    ['noise between the rows', { results: [null, 'text', 7, good, {}, bad] }],
  ]
  for (const [name, body] of sameMeaning) {
    it(`reads ${name}`, () => assert.deepEqual(verdicts(body, ['a1', 'b1']), { a1: 'accepted', b1: 'refused' }))
  }

  for (const [name, messages, flat] of [
    [
      'fields with errors',
      [{ field_name: 'package_id', errors: ['is too short', 'is odd'] }],
      ['package_id: is too short', 'package_id: is odd'],
    ],
    ['fields with coded errors', [{ field_name: 'customer_identifier', errors: [taken] }], [taken]],
    ['texts', ['Sku not found.'], ['Sku not found.']],
    ['a map per message', [{ customer_identifier: [taken] }], [taken]],
    ['a map with one text', [{ status: 'wrong state' }], ['status: wrong state']],
    ['nothing', undefined, []],
    ['null', null, []],
    ['one bare text', 'Order not found.', ['Order not found.']],
  ] as const) {
    it(`flattens messages: ${name}`, () => {
      const answer = verdictOf(bulkRows([{ ...bad, messages }]) ?? [], 'r1')
      assert.deepEqual(answer, { kind: 'refused', code: flat[0] === taken ? '301' : null, messages: [...flat] })
    })
  }

  it('takes the code from the first message that has one', () => {
    const messages = ['Something is wrong.', "409: 'b1' must be in the 'open' status to be updated.", taken]
    const answer = verdictOf(bulkRows([{ ...bad, messages }]) ?? [], 'r1')
    assert.equal(answer.kind === 'refused' && answer.code, '409')
  })

  it('prints no terminal escapes of a message (F55)', () => {
    const answer = verdictOf(bulkRows([{ ...bad, messages: ['no\u001b[31m red\u202e'] }]) ?? [], 'r1')
    assert.deepEqual(answer.kind === 'refused' && answer.messages, ['no[31m red'])
  })

  for (const status of ['queued', 'deleted', 'ok', 'successful', '', true, null, 1]) {
    it(`holds the status ${JSON.stringify(status)} for a failure (F32)`, () => {
      assert.deepEqual(verdicts([{ customer_identifier: 'a1', status }], ['a1']), { a1: 'refused' })
    })
  }

  it('lets any failure win over a success of the same id', () => {
    assert.deepEqual(verdicts([good, { ...bad, customer_identifier: 'a1' }, good], ['a1']), { a1: 'refused' })
  })

  it('joins an identifier that came as a number', () => {
    assert.deepEqual(verdicts([{ customer_identifier: 99904598, status: 'success' }], ['99904598']), {
      '99904598': 'accepted',
    })
  })

  it('leaves an id without a row, or with a nameless one, in doubt', () => {
    assert.deepEqual(verdicts({ results: [{ ...good, customer_identifier: null }] }, ['a1']), { a1: 'in_doubt' })
    assert.deepEqual(verdicts({ results: [] }, ['a1']), { a1: 'in_doubt' })
    assert.deepEqual(verdicts([], ['a1']), { a1: 'in_doubt' })
  })

  for (const body of [undefined, null, 'callbacks deleted', 7, {}, { message: 'hello' }, { results: null }]) {
    it(`does not take ${JSON.stringify(body)} for an answer`, () => assert.equal(bulkRows(body), null))
  }

  it('reports that a label was bought (F36)', () => {
    const data = { return_label_url: 'https://x/return-labels/d.pdf', return_tracking_number: '9302020514103629166400' }
    const labels = [data, { return_tracking_number: '93020' }, { return_label_url: '' }, null].map((additional_data) =>
      verdictOf(bulkRows([{ ...good, additional_data }]) ?? [], 'r1'),
    )
    assert.deepEqual(
      labels.map((answer) => answer.kind === 'accepted' && answer.labelUrl),
      [data.return_label_url, '93020', null, null],
    )
  })
})

/** What really happened to one submitted record, and the rows in which MasonHub reports it. */
type SubmittedRecord = { id: string; rows: ('success' | 'failure' | 'odd')[] }

const submissions = fc
  .uniqueArray(fc.stringMatching(/^[a-z0-9-]{5,12}$/), { minLength: 1, maxLength: 12 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) =>
        fc
          .array(fc.constantFrom('success' as const, 'failure' as const, 'odd' as const), { maxLength: 3 })
          .map((rows): SubmittedRecord => ({ id, rows })),
      ),
    ),
  )

const spelling = {
  success: fc.constantFrom('success', 'Success', 'SUCCESS'),
  failure: fc.constantFrom('failure', 'Failure'),
  odd: fc.constantFrom('queued', 'deleted', '', null, 3, true),
}
const message = fc.oneof(
  fc.string(),
  fc.record({ field_name: fc.string(), errors: fc.array(fc.string()) }),
  fc.dictionary(fc.string(), fc.array(fc.string())),
)

function envelopeOf(all: readonly SubmittedRecord[]): fc.Arbitrary<unknown> {
  const rows = all.flatMap(({ id, rows: kinds }) =>
    kinds.map((kind) =>
      fc.record(
        {
          customer_identifier: fc.constant(id),
          status: spelling[kind] as fc.Arbitrary<unknown>,
          uri: fc.webUrl(),
          url: fc.string(),
          messages: fc.oneof(fc.constant(null), fc.array(message, { maxLength: 3 })),
          additional_data: fc.constantFrom(null, {}),
          more: fc.jsonValue(),
        },
        { requiredKeys: ['customer_identifier', 'status'] },
      ),
    ),
  )
  const stray = fc.record({ customer_identifier: fc.constantFrom(null, 'ABOVE', 'stray'), status: spelling.success })
  return fc
    .tuple(fc.tuple(...rows), fc.array(stray, { maxLength: 2 }), fc.nat(), fc.constantFrom('object', 'rows', 'wrapped'))
    .chain(([known, strays, count, container]) =>
      fc.shuffledSubarray([...known, ...strays], { minLength: known.length + strays.length }).map((results) => {
        if (container === 'rows') return results
        const envelope = { records_submitted: count, records_failed: count, results }
        return container === 'object' ? envelope : [envelope]
      }),
    )
}

describe('bulk envelope, generated (F32)', () => {
  it('joins on the id; unknown is failure; missing is in doubt', () => {
    const cases = submissions.chain((all) => fc.record({ all: fc.constant(all), body: envelopeOf(all) }))
    fc.assert(
      fc.property(cases, ({ all, body }) => {
        const expected = all.map(({ id, rows }) => [
          id,
          rows.length === 0 ? 'in_doubt' : rows.every((row) => row === 'success') ? 'accepted' : 'refused',
        ])
        const ids = all.map(({ id }) => id)
        assert.deepEqual(verdicts(JSON.parse(JSON.stringify(body)), ids), Object.fromEntries(expected))
      }),
    )
  })

  it('reads any JSON at all without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const rows = bulkRows(body)
        assert.ok(rows === null || Array.isArray(rows))
      }),
    )
  })
})
