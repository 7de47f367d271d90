import assert from 'node:assert/strict'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

describe('rma show, grades (loop.md §6, §14.1)', () => {
  const bench = onBench()

  it('lists what Loop shows of each unit, whoever wrote it, and only then', async () => {
    const returnId = bench().file({ units: [{ sku: 'A' }, { sku: 'B' }] })
    assert.doesNotMatch((await bench().run(`rma show ${returnId}`)).stdout, /^Grades$/m)
    const [unit] = bench().sandbox.loop.returns.get(Number(returnId))?.units ?? []
    assert.ok(unit)
    const category = { subject: 'Item condition grade', title: 'Grade D', grade: 'grade_d', name: null, parent: null }
    const more = { processor: null, note: null, inspectedAt: null, images: [] }
    unit.condition = { description: 'A sleeve is torn.', category, ...more }
    unit.disposition = { disposition_outcome: 'recycle' }
    const { stdout } = await bench().run(`rma show ${returnId}`)
    assert.match(stdout, /^Grades$/m)
    assert.match(stdout, new RegExp(`^${unit.lineItemId} +A +Grade D +recycle +A sleeve is torn\\.$`, 'm'))
    const json = (await bench().run(`rma show ${returnId} --json`)).json()
    assertObeysSchema(json)
    const [first, second] = json.data.loop.units
    const { subject, title, grade } = category
    assert.deepEqual(first.condition, { subject, title, grade, description: 'A sleeve is torn.' })
    assert.deepEqual([first.disposition, second.condition, second.disposition], ['recycle', null, null])
  })
})
