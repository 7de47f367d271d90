import assert from 'node:assert/strict'
import type { Harness } from '../harness.ts'
import { startHarness } from '../harness.ts'

const gradeA = { subject: 'Item condition grade', title: 'Grade A' }

/** Two forms of one thing: a word before 2026-10, an object since. */
describe('Loop stand-in: conditions by version (loop.md §14.1)', () => {
  let harness: Harness
  let returnId: string
  let ids: number[]
  beforeEach(async () => {
    harness = await startHarness({ faults: { 'loop.rate-limit': 0 } })
    returnId = harness.file({ units: [{ sku: 'A', quantity: 2 }] })
    ids = harness.sandbox.loop.returns.get(Number(returnId))?.units.map((unit) => unit.lineItemId) ?? []
  })
  afterEach(() => harness.sandbox.stop())

  const grade = (category: unknown, version = '/2026-10', more: Record<string, unknown> = {}) => {
    const item = { line_item_id: ids[0], description: 'As new', condition_category: category, ...more }
    return harness.post('/dispositioning/grade', { items: [item] }, { version })
  }
  const displayed = async (version: string) => {
    const list = await harness.get('/warehouse/return/list', { version })
    const details = await harness.get(`/warehouse/return/details?return_id=${returnId}`, { version })
    const [inList, inDetails] = [list.body[0], details.body].map((row) => row.line_items[0].condition)
    assert.deepEqual(inList, inDetails)
    return inList?.condition_category
  }
  const made = () =>
    harness.sandbox.world.groundTruth.entries
      .filter(({ what }) => what === 'category_created')
      .map(({ returnId, detail }) => [returnId, detail['subject'], detail['title']])

  for (const version of ['/2026-10', '/latest', '/unstable']) {
    it(`${version} takes and answers an object, and refuses the word`, async () => {
      const answer = await grade(gradeA, version)
      assert.equal(answer.status, 200, answer.text)
      const category = { ...gradeA, grade: 'grade_a', category_name: 'Grade A', category_parent: null }
      assert.deepEqual(answer.body[0].condition_category, category)
      assert.deepEqual(await displayed(version), category)
      const refused = await grade('grade_a', version)
      assert.equal(refused.status, 422)
      assert.deepEqual(Object.keys(refused.body.errors), ['items.0.condition_category'])
      assert.deepEqual(made(), [])
    })
  }

  for (const version of ['/2026-07', '/v1', '']) {
    it(`${version || 'no version'} takes and answers the word, and refuses the object`, async () => {
      const answer = await grade('grade_d', version)
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body[0].condition_category, 'grade_d')
      assert.equal(await displayed(version), 'grade_d')
      assert.equal((await grade(gradeA, version)).status, 422)
    })
  }

  it('shows in each version’s own form what was written in the other’s', async () => {
    await grade('missing', '/v1')
    assert.equal((await displayed('/2026-10')).grade, 'missing')
    await grade(gradeA)
    assert.equal(await displayed('/2026-07'), 'grade_a')
  })

  it('makes a category for a pair that fits none, once, and shows older versions no word for it', async () => {
    const own = { subject: 'Condition', title: 'Return 4711: one sleeve torn' }
    for (let call = 0; call < 2; call += 1) assert.equal((await grade(own)).status, 200)
    assert.deepEqual(made(), [[returnId, own.subject, own.title]])
    assert.equal(await displayed('/v1'), null)
  })

  it('wants subject and title, and at most 100 characters in each part', async () => {
    const long = 'x'.repeat(101)
    for (const [category, field] of [
      [{ title: 'Grade A' }, 'subject'],
      [{ subject: gradeA.subject, title: '' }, 'title'],
      [{ ...gradeA, title: long }, 'title'],
      [{ ...gradeA, grade: long }, 'grade'],
      [{ ...gradeA, category_name: long }, 'category_name'],
      [{ ...gradeA, category_parent: 5 }, 'category_parent'],
    ] as const) {
      const refused = await grade(category)
      assert.equal(refused.status, 422, field)
      assert.deepEqual(Object.keys(refused.body.errors), [`items.0.condition_category.${field}`])
    }
    assert.equal((await grade([gradeA])).status, 422)
    assert.deepEqual(made(), [])
  })

  it('needs no category, but a description of 1 to 255 characters', async () => {
    assert.equal((await grade(undefined)).status, 200)
    assert.equal(await displayed('/2026-10'), null)
    for (const description of ['', 'x'.repeat(256), undefined]) {
      assert.equal((await grade(gradeA, '/2026-10', { description })).status, 422)
    }
  })

  it('grades all items of a request or none: 403 if one is another shop’s', async () => {
    const items = [ids[0], 7].map((id) => ({ line_item_id: id, description: 'As new', condition_category: gradeA }))
    assert.equal((await harness.post('/dispositioning/grade', { items })).status, 403)
    assert.equal(await displayed('/2026-10'), undefined)
  })
})
