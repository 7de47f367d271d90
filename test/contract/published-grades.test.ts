/**
 * Loop's OpenAPI files leave out the dispositioning endpoints. Their forms are published in words (loop.md §6, §14.1):
 * here they are a schema for each version, held against our client, the sandbox, and one against the other.
 */
import assert from 'node:assert/strict'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { UnitDisposition, UnitGrade } from '../../src/core/grades/grade.ts'
import { gradeWords, publishedConditions } from '../../src/core/grades/grade.ts'
import { createLoopClient } from '../../src/loop/create-loop-client.ts'
import { conditionOf, dispositionOf } from '../../src/loop/wire/condition.ts'
import { fakeTransport, type Reply } from '../masonhub/fake-transport.ts'
import { type Harness, startHarness } from '../sandbox/harness.ts'

const text = (most: number, least = 1) => ({ type: 'string', minLength: least, maxLength: most })
const common = { note: text(65_535), return_processor: text(100), inspected_at: text(40) }
const conditions = {
  '2026-07': { enum: [...gradeWords] },
  '2026-10': {
    type: 'object',
    required: ['subject', 'title'],
    properties: {
      subject: text(100),
      title: text(100),
      grade: { type: ['string', 'null'], maxLength: 100 },
      category_name: { type: ['string', 'null'], maxLength: 100 },
      category_parent: { type: ['string', 'null'], maxLength: 100 },
    },
    additionalProperties: false,
  },
} as const
type Version = keyof typeof conditions
const versions = ['2026-07', '2026-10'] as const

const bodyOf = (item: object) => ({
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', minItems: 1, maxItems: 30, items: item } },
  additionalProperties: false,
})
const gradeItem = (version: Version) => ({
  type: 'object',
  required: ['line_item_id', 'description'],
  properties: {
    ...common,
    line_item_id: { type: 'integer' },
    description: text(255),
    condition_category: conditions[version],
    images: { type: 'array', maxItems: 5, items: text(2_048) },
  },
  additionalProperties: false,
})
const assessItem = {
  type: 'object',
  required: ['line_item_id', 'disposition_outcome'],
  properties: {
    ...common,
    line_item_id: { type: 'integer' },
    disposition_outcome: { enum: ['back_to_stock', 'resale_hold', 'recycle', 'donate', 'missing'] },
  },
  additionalProperties: false,
}
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })

function assertFits(schema: object, value: unknown): void {
  const check = ajv.compile(schema)
  assert.ok(check(value), `${ajv.errorsText(check.errors)}: ${JSON.stringify(value)}`)
}

const unit = { lineItemId: '501', note: 'Tag is missing.', inspectedAt: '2026-11-10T12:00:00Z' }
const graded: UnitGrade[] = [
  ...[...publishedConditions].map(([word, condition]) => ({ ...unit, word, condition, description: 'It arrived.' })),
  { ...unit, condition: null, word: 'missing', description: 'It is not there.' },
  { ...unit, condition: { subject: 'Mine', title: 'Broken', grade: null }, word: null, description: 'Broken.' },
]
const assessed: UnitDisposition[] = (['back_to_stock', 'resale_hold', 'recycle', 'donate', 'missing'] as const).map(
  (disposition) => ({ ...unit, disposition }),
)

describe('grades, held against what Loop publishes (loop.md §6, §14.1)', () => {
  for (const version of versions) {
    it(`our client in ${version}`, async () => {
      const transport = fakeTransport(({ body }) => ({ json: (body as { items: unknown[] }).items }) as Reply)
      const loop = createLoopClient(transport, `https://api.loopreturns.com/api/${version}`)
      for (const one of graded) await loop.grade([one])
      for (const one of assessed) await loop.assess([one])
      for (const { path, body } of transport.seen) {
        assertFits(bodyOf(path.endsWith('/grade') ? gradeItem(version) : assessItem), body)
      }
      assert.equal(transport.seen.length, graded.length + assessed.length)
    })
  }

  describe('the sandbox', () => {
    let at: Harness
    let id: number
    beforeEach(async () => {
      at = await startHarness({ faults: { 'loop.rate-limit': 0 } })
      const returnId = at.file({ units: [{ sku: 'A' }] })
      id = at.sandbox.loop.returns.get(Number(returnId))?.units[0]?.lineItemId ?? 0
    })
    afterEach(() => at.sandbox.stop())

    /** Our client's own request, sent to the sandbox as it is. */
    async function sent(version: Version, path: string, send: (loop: ReturnType<typeof createLoopClient>) => unknown) {
      const transport = fakeTransport(() => ({ json: [] }))
      await send(createLoopClient(transport, `https://api.loopreturns.com/api/${version}`))
      const answer = await at.post(path, transport.seen[0]?.body, { version: `/${version}` })
      assert.equal(answer.status, 200, answer.text)
      return answer.body
    }

    for (const version of versions) {
      it(`takes our grades of ${version}, and answers in the published form, which we read`, async () => {
        for (const one of graded.map((grade) => ({ ...grade, lineItemId: String(id) }))) {
          const answer = await sent(version, '/dispositioning/grade', (loop) => loop.grade([one]))
          assertFits({ type: 'array', minItems: 1, items: gradeItem(version) }, answer)
          const read = conditionOf(answer[0])
          assert.equal(read?.description, one.description)
          const word = version === '2026-07' || one.condition?.grade ? one.word : null
          assert.equal(read?.grade ?? null, word)
        }
      })

      it(`takes our dispositions of ${version}`, async () => {
        for (const one of assessed.map((each) => ({ ...each, lineItemId: String(id) }))) {
          const answer = await sent(version, '/dispositioning/assess', (loop) => loop.assess([one]))
          assertFits({ type: 'array', minItems: 1, items: assessItem }, answer)
          assert.equal(dispositionOf(answer[0]), one.disposition)
        }
      })
    }

    it('refuses the word in 2026-10, by the published field (loop.md §14.1)', async () => {
      const item = { line_item_id: id, description: 'x', condition_category: 'grade_a' }
      const answer = await at.post('/dispositioning/grade', { items: [item] }, { version: '/2026-10' })
      assert.equal(answer.status, 422)
      assert.deepEqual(Object.keys(answer.body.errors), ['items.0.condition_category'])
    })
  })
})
