/** Grades back to Loop (loop.md §6, §14.1): who gets one, when, and in whose words. Rows H42 to H45 of failures.md. */
import assert from 'node:assert/strict'
import type { OwnGradeRule } from '../../src/core/grades/grade.ts'
import type { Receipt } from '../../src/sandbox/masonhub/types.ts'
import { settleSent } from '../../src/usecases/serve/jobs.ts'
import { workOnReturns } from '../../src/usecases/serve/work-on-returns.ts'
import { acceptance, type Harness, type HarnessOptions, hour, minute } from './harness.ts'

const options = { resolve: true, report: () => undefined }
const work = (at: Harness, id: string) => workOnReturns(at.context, [id], options)
const two = { units: [{ sku: 'TEE-BLK-M', quantity: 2 }, { sku: 'CAP-RED' }] }

function receiptOf(...lines: [sku: string, ...parts: [disposition: string, quantity: number][]][]): Receipt {
  return {
    lines: lines.map(([sku, ...parts]) => ({
      sku,
      received: parts.map(([disposition, quantity]) => ({ disposition, quantity })),
    })),
  } as Receipt
}

const damaged = receiptOf(['TEE-BLK-M', ['available', 1], ['damaged', 1]], ['CAP-RED', ['quality-control', 1]])

describe('acceptance: grades back to Loop', () => {
  const openAny = acceptance()
  const open = (more: HarnessOptions = {}, rules: OwnGradeRule[] = []) =>
    openAny({ ...more, policy: { grades: { on: true, rules }, ...more.policy } })

  async function received(at: Harness, receipt?: Receipt, overrides = two): Promise<string> {
    const id = at.file(overrides)
    await at.sync({ returnIds: [id] })
    at.pass(hour)
    at.receive(id, receipt)
    return id
  }

  const unitsOf = (at: Harness, id: string) => at.sandbox.loop.returns.get(Number(id))?.units ?? []
  const gradesOf = (at: Harness, id: string) =>
    unitsOf(at, id).map(({ condition, disposition }) => [
      condition === null ? null : (condition.category?.grade ?? condition.description),
      disposition?.disposition_outcome ?? null,
    ])
  /** A person grades the second unit. */
  function writeGradeB(at: Harness, id: string): void {
    const [, second] = unitsOf(at, id)
    assert.ok(second)
    second.condition = {
      description: 'Worn',
      category: { subject: 'Item condition grade', title: 'Grade B', grade: 'grade_b', name: 'Grade B', parent: null },
      processor: null,
      note: null,
      inspectedAt: null,
      images: [],
    }
  }
  const sentGrades = (at: Harness) =>
    at.requests('loop', 'POST').filter(({ path }) => path.includes('/dispositioning/'))

  it('are off unless the merchant wants them', async () => {
    const at = await openAny()
    const id = await received(at, damaged)
    await work(at, id)
    assert.deepEqual(sentGrades(at), [])
    assert.deepEqual(await at.effects(id, 'grade'), [])
  })

  it('a bad receipt: each unit gets what the warehouse found, and the return its flag', async () => {
    const at = await open()
    const id = await received(at, damaged)
    await work(at, id)
    assert.deepEqual(gradesOf(at, id), [
      ['grade_a', 'back_to_stock'],
      ['grade_d', null],
      [null, 'resale_hold'],
    ])
    const [, second] = unitsOf(at, id)
    assert.match(second?.condition?.description ?? '', /damaged.*1 of 2 units of this SKU/)
    assert.equal(at.groundTruth('return_flagged', id).length, 1)
    await work(at, id)
    assert.deepEqual(
      [...(await at.effects(id, 'grade')), ...(await at.effects(id, 'assess'))].map(({ state }) => state),
      ['confirmed', 'confirmed'],
    )
    assert.equal(sentGrades(at).length, 2)
  })

  it('waits until the refund is confirmed (H43)', async () => {
    const at = await open({ faults: { 'loop.grade-starts-processing': 1 } })
    const id = await received(at)
    await work(at, id)
    assert.equal((await at.effects(id, 'process'))[0]?.state, 'accepted')
    assert.deepEqual(
      (await at.effects(id, 'grade')).map(({ state }) => state),
      ['planned'],
    )
    assert.deepEqual(sentGrades(at), [])
    at.pass(minute)
    await settleSent(at.context, options)
    assert.equal((await at.effects(id, 'process'))[0]?.state, 'confirmed')
    assert.deepEqual(gradesOf(at, id), Array(3).fill(['grade_a', 'back_to_stock']))
    at.pass(hour)
    assert.equal(at.sandbox.loop.refundsPaid(id), 1)
  })

  it('a shop in which a grade starts its own automation still pays once (H43)', async () => {
    const at = await open({ faults: { 'loop.grade-starts-processing': 1 } })
    const id = await received(at, damaged)
    await work(at, id)
    at.pass(hour)
    await work(at, id)
    assert.equal(at.paidByUs(id), 0)
    assert.ok(at.sandbox.loop.refundsPaid(id) <= 1)
  })

  it('while a refund waits for a person, no grade goes out', async () => {
    const at = await open({ policy: { refunds: false, grades: { on: true, rules: [] } } })
    const id = await received(at)
    await work(at, id)
    at.pass(hour)
    await settleSent(at.context, options)
    assert.deepEqual(sentGrades(at), [])
    at.sandbox.loop.process(id)
    at.pass(minute)
    await work(at, id)
    assert.equal(gradesOf(at, id)[0]?.[0], 'grade_a')
  })

  it('closed returns are graded, too (A-60)', async () => {
    const at = await open()
    const id = await received(at, damaged)
    at.sandbox.loop.process(id)
    at.pass(minute)
    await work(at, id)
    assert.deepEqual(gradesOf(at, id)[1], ['grade_d', null])
    assert.equal(at.paidByUs(id), 0)
  })

  it('no category is made in a shop, whatever arrives (H42)', async () => {
    const at = await open()
    const some = receiptOf(['TEE-BLK-M', ['available', 1]], ['CAP-RED', ['damaged', 1]])
    const wrong: Receipt = { ...some, unexpected: [{ sku: 'TEE-BLK-S' }] }
    for (const receipt of [damaged, wrong, { lines: [] } as Receipt]) {
      const id = await received(at, receipt)
      await work(at, id)
      assert.ok(gradesOf(at, id).some(([grade]) => grade !== null))
    }
    assert.deepEqual(at.groundTruth('category_created'), [])
  })

  it("a merchant's own condition makes one category, once", async () => {
    const condition = { subject: 'Warehouse', title: 'Not in the box', grade: null }
    const at = await open({}, [{ result: 'missing', condition, disposition: 'missing' }])
    for (const _ of [1, 2]) await work(at, await received(at, { lines: [] }))
    assert.equal(at.groundTruth('category_created').length, 1)
  })

  it('what somebody else has written is left alone (H44)', async () => {
    const at = await open()
    const id = await received(at, damaged)
    writeGradeB(at, id)
    await work(at, id)
    at.pass(hour)
    await work(at, id)
    assert.deepEqual(
      gradesOf(at, id).map(([grade]) => grade),
      ['grade_a', 'grade_b', null],
    )
  })

  it('a corrected receipt corrects our own grades, and no others', async () => {
    const at = await open()
    const id = await received(at, damaged)
    await work(at, id)
    await work(at, id)
    const [first] = unitsOf(at, id)
    assert.ok(first)
    first.condition = null
    at.pass(hour)
    at.receive(id, receiptOf(['TEE-BLK-M', ['damaged', 2]], ['CAP-RED', ['quality-control', 1]]))
    await work(at, id)
    at.pass(hour)
    await work(at, id)
    assert.deepEqual(
      gradesOf(at, id).map(([grade]) => grade),
      ['grade_d', 'grade_d', null],
    )
  })

  it('a lost answer: found by reading, and sent again only if it is not there', async () => {
    const at = await open({ faults: { 'loop.drop-answer-dispositioning': 1 } })
    const id = await received(at, damaged)
    await work(at, id)
    assert.equal((await at.effects(id, 'grade'))[0]?.state, 'in_doubt')
    at.fault('loop.drop-answer-dispositioning', 0)
    await work(at, id)
    assert.equal((await at.effects(id, 'grade'))[0]?.state, 'confirmed')
    assert.equal(sentGrades(at).filter(({ path }) => path.endsWith('/grade')).length, 1)
  })

  it('a lost request: sent again after a quarter of an hour', async () => {
    const at = await open({ faults: { 'loop.drop-request-dispositioning': 1 } })
    const id = await received(at, damaged)
    await work(at, id)
    at.fault('loop.drop-request-dispositioning', 0)
    at.pass(20 * minute)
    await work(at, id)
    assert.deepEqual(gradesOf(at, id)[1], ['grade_d', null])
  })

  it('where details show no grades, none is sent: it could overwrite another (H44, A-58)', async () => {
    const at = await open({ faults: { 'loop.details-lack-list-fields': 2 } })
    const id = await received(at, damaged)
    writeGradeB(at, id)
    await work(at, id)
    at.pass(hour)
    at.receive(id, receiptOf(['TEE-BLK-M', ['damaged', 2]], ['CAP-RED', ['quality-control', 1]]))
    await work(at, id)
    assert.deepEqual(gradesOf(at, id)[1], ['grade_b', null])
    assert.deepEqual(sentGrades(at), [])
    // The rest of the work goes on.
    assert.equal(at.groundTruth('return_flagged', id).length, 1)
  })

  it('where details no longer show grades, an accepted one counts as done (A-58)', async () => {
    const at = await open()
    const id = await received(at, damaged)
    await work(at, id)
    at.fault('loop.details-lack-list-fields', 2)
    for (const _ of [1, 2, 3]) {
      await work(at, id)
      at.pass(hour)
    }
    assert.deepEqual(
      (await at.effects(id, 'grade')).map(({ state }) => state),
      ['confirmed'],
    )
    assert.equal(sentGrades(at).filter(({ path }) => path.endsWith('/grade')).length, 1)
  })

  it('a unit that has left the return since is no sign that Loop lost its grade', async () => {
    const at = await open()
    const id = await received(at, damaged)
    await work(at, id)
    at.sandbox.loop.edit(id, { remove: [1] })
    at.pass(20 * minute)
    await work(at, id)
    assert.deepEqual(
      (await at.effects(id, 'grade')).map(({ state }) => state),
      ['confirmed'],
    )
  })

  it('an RMA that the journal does not know is not graded (H45)', async () => {
    const at = await open()
    const id = await received(at, damaged)
    const stranger = at.worker({ journal: await at.foreignJournal() })
    await workOnReturns(stranger.context, [id], options)
    assert.deepEqual(sentGrades(at), [])
  })
})
