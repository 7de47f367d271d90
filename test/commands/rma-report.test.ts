import assert from 'node:assert/strict'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

describe('rma report', () => {
  const bench = onBench()
  const reported = () =>
    bench().sandbox.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/fraud-report'))

  async function empty(): Promise<string> {
    const returnId = bench().file()
    await bench().run('asn sync')
    bench().sandbox.masonhub.warehouse.receive(returnId, { lines: [] })
    return returnId
  }

  it('asks first, says what it accuses of, and reports once', async () => {
    const returnId = await empty()
    const declined = await bench().run(`rma report ${returnId}`)
    assert.equal(declined.exit, 9)
    assert.match(declined.stderr, /Only for confirmed fraud/)
    const would = await bench().run(`rma report ${returnId} -n --json`)
    assertObeysSchema(would.json())
    assert.deepEqual([would.exit, would.json().data.category], [0, 'package-is-empty'])
    assert.match((await bench().run(`rma report ${returnId} -n`)).stdout, /none of 1 units? arrived/)
    assert.equal(reported().length, 0)
    const run = await bench().run(['rma', 'report', returnId, '--yes', '--comment', 'An empty bag.', '--json'])
    assert.equal(run.exit, 0)
    assertObeysSchema(run.json())
    assert.equal(run.json().data.outcome, 'confirmed')
    assert.deepEqual(reported()[0]?.body, { category: 'package-is-empty', comment: 'An empty bag.' })
    const again = await bench().run(`rma report ${returnId} --yes`)
    assert.equal(again.exit, 6)
    assert.match(again.stdout, /^refused /)
    assert.equal(reported().length, 1)
  })

  it('without evidence ends with 6, an unknown return with 5, an empty comment with 2', async () => {
    const fine = bench().file()
    await bench().run('asn sync')
    const run = await bench().run(`rma report ${fine} --yes --json`)
    assertObeysSchema(run.json())
    assert.deepEqual([run.exit, run.json().data.reasons[0].code], [6, 'NO_EVIDENCE'])
    assert.equal((await bench().run('rma report 424242 --yes')).exit, 5)
    assert.equal((await bench().run(['rma', 'report', fine, '--comment', ' ', '--yes'])).exit, 2)
    assert.equal((await bench().run(['rma', 'report', fine, '--comment', 'x'.repeat(513), '--yes'])).exit, 2)
    assert.equal(reported().length, 0)
  })
})
