/** Evidence of fraud, reported by hand (loop.md §5.7). Row H46 of failures.md. */
import assert from 'node:assert/strict'
import type { Receipt } from '../../src/sandbox/masonhub/types.ts'
import { planReport, reportFraud } from '../../src/usecases/returns/report-fraud.ts'
import { acceptance, type Harness, hour } from './harness.ts'

const empty: Receipt = { lines: [] }

describe('acceptance: a report of fraud', () => {
  const open = acceptance()

  async function received(
    at: Harness,
    receipt?: Receipt,
    units = [{ sku: 'TEE-BLK-M', quantity: 2 }],
  ): Promise<string> {
    const id = at.file({ units })
    await at.sync({ returnIds: [id] })
    at.pass(hour)
    at.receive(id, receipt)
    return id
  }
  const reported = (at: Harness, id: string) =>
    at.groundTruth('fraud_reported', id).map(({ detail }) => detail.category)
  const asEmpty = { category: 'package-is-empty', comment: 'Nothing in it.' } as const

  it('an empty parcel: reported once, and the return stays as it is (A-66)', async () => {
    const at = await open()
    const id = await received(at, empty)
    const plan = await planReport(at.context, id)
    assert.equal(plan.refusal, null)
    const before = at.sandbox.loop.returns.get(Number(id))?.state
    const result = await reportFraud(at.context, id, asEmpty)
    assert.deepEqual([result.outcome, result.category], ['confirmed', 'package-is-empty'])
    assert.equal((await reportFraud(at.context, id, asEmpty)).reasons[0]?.code, 'REPORTED_BEFORE')
    assert.deepEqual(reported(at, id), ['package-is-empty'])
    assert.equal(at.requests('loop', 'POST', '/fraud-report').length, 1)
    assert.equal(at.sandbox.loop.returns.get(Number(id))?.state, before)
    assert.equal((await at.effects(id, 'report'))[0]?.state, 'confirmed')
  })

  it('without evidence nothing is sent (H46)', async () => {
    const at = await open()
    const fine = await received(at)
    const damaged = await received(at, {
      lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 2 }] }],
    })
    const underWay = at.file()
    await at.sync({ returnIds: [underWay] })
    for (const id of [fine, damaged, underWay]) {
      const result = await reportFraud(at.context, id, asEmpty)
      assert.deepEqual([result.outcome, result.reasons[0]?.code], ['refused', 'NO_EVIDENCE'])
    }
    assert.deepEqual(at.requests('loop', 'POST', '/fraud-report'), [])
  })

  it('a receipt that was corrected since it was shown: nothing is sent (H46)', async () => {
    const at = await open()
    const id = await received(at, empty)
    at.receive(id, { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 1 }] }] })
    const result = await reportFraud(at.context, id, asEmpty)
    assert.equal(result.reasons[0]?.code, 'CHANGED_SINCE_SHOWN')
    assert.deepEqual(reported(at, id), [])
  })

  it('a lost answer: in doubt, until a person asks once more and Loop says that there is one', async () => {
    const at = await open({ faults: { 'loop.drop-answer-fraud-report': 1 } })
    const id = await received(at, empty)
    assert.equal((await reportFraud(at.context, id, asEmpty)).outcome, 'in_doubt')
    at.pass(hour)
    await at.show(id)
    assert.equal(at.requests('loop', 'POST', '/fraud-report').length, 1, 'never by itself')
    at.fault('loop.drop-answer-fraud-report', 0)
    const again = await reportFraud(at.context, id, asEmpty)
    assert.deepEqual([again.outcome, again.reasons[0]?.code], ['confirmed', 'REPORTED_BEFORE'])
    assert.equal(reported(at, id).length, 1)
    assert.deepEqual(
      (await at.effects(id, 'report')).map(({ state, attempts }) => [state, attempts]),
      [['confirmed', 2]],
    )
  })

  it('two runs at once make one request', async () => {
    const at = await open()
    const id = await received(at, empty)
    const results = await Promise.all([1, 2].map(() => reportFraud(at.worker().context, id, asEmpty)))
    assert.equal(results.filter(({ outcome }) => outcome === 'confirmed').length, 1)
    assert.equal(at.requests('loop', 'POST', '/fraud-report').length, 1)
  })
})
