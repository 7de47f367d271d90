/** Grades and dispositions on the wire (loop.md §6, §14.1): both forms, batches, and what an answer proves. */
import assert from 'node:assert/strict'
import type { UnitGrade } from '../../../src/core/grades/grade.ts'
import { createLoopClient } from '../../../src/loop/create-loop-client.ts'
import { fakeTransport, type Reply } from '../../masonhub/fake-transport.ts'

const newest = 'https://api.loopreturns.com/api/2026-10'
const older = 'https://api.loopreturns.com/api/2026-07'
const condition = { subject: 'Item condition grade', title: 'Grade D', grade: 'grade_d' }

function aGrade(special: Partial<UnitGrade> = {}): UnitGrade {
  return {
    lineItemId: '501',
    condition,
    word: 'grade_d',
    description: 'It arrived damaged.',
    note: null,
    inspectedAt: '2026-11-10T10:00:07.123Z',
    ...special,
  }
}

const many = (count: number) => Array.from({ length: count }, (_, index) => aGrade({ lineItemId: String(501 + index) }))
type Body = { items: Record<string, unknown>[] }

function talking(baseUrl: string, respond?: (body: Body, request: number) => Reply) {
  const transport = fakeTransport(({ body }) => {
    const provided = body as Body
    return respond?.(provided, transport.seen.length) ?? { json: provided.items }
  })
  const bodies = () => transport.seen.map(({ body }) => body as Body)
  return { loop: createLoopClient(transport, baseUrl), transport, bodies }
}

describe('grades on the wire (loop.md §6, §14.1)', () => {
  it('since 2026-10 a condition is an object', async () => {
    const { loop, bodies, transport } = talking(newest)
    assert.deepEqual(await loop.grade([aGrade({ note: 'Torn.' })]), { kind: 'accepted' })
    const common = { line_item_id: 501, note: 'Torn.', inspected_at: '2026-11-10 10:00:07' }
    const item = { ...common, description: 'It arrived damaged.', condition_category: condition }
    assert.deepEqual(bodies(), [{ items: [item] }])
    const [request] = transport.seen
    assert.deepEqual([request?.method, request?.path, request?.effect], ['POST', '/dispositioning/grade', 'repeatable'])
  })

  it('before 2026-10 it is a word', async () => {
    const { loop, bodies } = talking(older)
    await loop.grade([aGrade()])
    assert.equal(bodies()[0]?.items[0]?.['condition_category'], 'grade_d')
  })

  it('a condition that the form has no value for is left out, never guessed (H42)', async () => {
    const [now, before] = [talking(newest), talking(older)]
    await now.loop.grade([aGrade({ condition: null, word: 'missing' })])
    await before.loop.grade([aGrade({ condition: { subject: 'Mine', title: 'Bad', grade: null }, word: null })])
    for (const { bodies } of [now, before]) {
      assert.deepEqual(Object.keys(bodies()[0]?.items[0] ?? {}).sort(), ['description', 'inspected_at', 'line_item_id'])
    }
  })

  it('a disposition is the same in both', async () => {
    for (const baseUrl of [newest, older]) {
      const { loop, bodies, transport } = talking(baseUrl)
      const unit = { lineItemId: '501', disposition: 'back_to_stock', note: null, inspectedAt: null } as const
      assert.deepEqual(await loop.assess([unit]), { kind: 'accepted' })
      assert.deepEqual(bodies(), [{ items: [{ line_item_id: 501, disposition_outcome: 'back_to_stock' }] }])
      assert.equal(transport.seen[0]?.path, '/dispositioning/assess')
    }
  })

  it('a time that cannot be read is left out', async () => {
    const { loop, bodies } = talking(newest)
    await loop.grade([aGrade({ inspectedAt: 'yesterday' })])
    assert.equal('inspected_at' in (bodies()[0]?.items[0] ?? {}), false)
  })

  it('never more than 30 units go into one request', async () => {
    const { loop, bodies } = talking(newest)
    assert.deepEqual(await loop.grade(many(61)), { kind: 'accepted' })
    assert.deepEqual(
      bodies().map(({ items }) => items.length),
      [30, 30, 1],
    )
  })

  it('the first request that is not accepted ends the rest, and its answer holds for all', async () => {
    const refusal: Reply = { status: 422, json: { message: 'The given data was invalid.' } }
    const { loop, bodies } = talking(newest, (body, request) => (request === 2 ? refusal : { json: body.items }))
    const answer = await loop.grade(many(61))
    assert.equal(answer.kind, 'refused')
    assert.equal(bodies().length, 2)
  })

  it('when a later request surely was not sent, the whole is in doubt', async () => {
    const { loop } = talking(newest, (body, request) =>
      request === 2 ? { failure: { kind: 'connection', sent: 'no' } } : { json: body.items },
    )
    assert.equal((await loop.grade(many(31))).kind, 'in_doubt')
  })

  const answers: [string, Reply, string][] = [
    [
      'an array that names every unit, ids as text',
      { json: [{ line_item_id: '501' }, { line_item_id: '502' }] },
      'accepted',
    ],
    ['an array that lacks a unit', { json: [{ line_item_id: 501 }] }, 'in_doubt'],
    ['true', { json: true }, 'in_doubt'],
    [
      'an array under another status',
      { status: 202, json: [{ line_item_id: 501 }, { line_item_id: 502 }] },
      'in_doubt',
    ],
    ['401', { status: 401, json: { message: 'Unauthorized' } }, 'refused'],
    ["403, somebody else's unit", { status: 403, json: { message: 'Not of this shop.' } }, 'refused'],
    ['422', { status: 422, json: { message: 'x', errors: { 'items.0.condition_category': ['wrong'] } } }, 'refused'],
    ['429', { status: 429, json: { message: 'Too Many Attempts.' } }, 'refused'],
    ['500', { status: 500, json: { message: 'Server Error' } }, 'in_doubt'],
    ['no answer', { failure: { kind: 'timeout', sent: 'maybe' } }, 'in_doubt'],
    ['no connection', { failure: { kind: 'connection', sent: 'no' } }, 'not_sent'],
  ]
  for (const [about, reply, kind] of answers) {
    it(`${about}: ${kind.replace('_', ' ')}`, async () => {
      const { loop } = talking(newest, () => reply)
      assert.equal((await loop.grade(many(2))).kind, kind)
    })
  }
})
