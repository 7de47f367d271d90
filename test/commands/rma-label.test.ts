import assert from 'node:assert/strict'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

const days = 86_400_000

describe('rma label', () => {
  const bench = onBench()

  const waiting = () => bench().file({ label: { after: 'never' }, createdAt: new Date(Date.now() - 3 * days) })
  const requested = () =>
    bench().sandbox.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/labels'))

  it('asks first, sends once, and says what to do next', async () => {
    const returnId = waiting()
    const declined = await bench().run(`rma label ${returnId}`)
    assert.deepEqual([declined.exit, requested().length], [9, 0])
    const run = await bench().run(`rma label ${returnId} --yes`)
    assert.equal(run.exit, 0)
    assert.match(run.stdout, /^queued Loop makes a label for return \d+\.\n/)
    assert.ok(run.stdout.includes(`  mhloop rma show ${returnId} -m env`))
    assert.match(run.stderr, /^env · sandbox$/m)
    assert.equal(requested().length, 1)
    const again = await bench().run(`rma label ${returnId} --yes`)
    assert.equal(again.exit, 6)
    assert.match(again.stdout, /^refused Loop was asked for its label at \d\d:\d\d UTC/)
    const history = await bench().run(`rma history ${returnId}`)
    assert.match(history.stdout, /^label +accepted +1 +Loop has queued it\.$/m)
  })

  it('--wait shows the number, in JSON as well', async () => {
    bench().sandbox.world.faults.set('loop.label-min-ms', 100)
    bench().sandbox.world.faults.set('loop.label-max-ms', 100)
    const returnId = waiting()
    const run = await bench().run(`rma label ${returnId} --yes --wait --json`)
    assert.equal(run.exit, 0)
    assertObeysSchema(run.json())
    const number = bench().sandbox.loop.returns.get(Number(returnId))?.labels[0]?.trackingNumber
    assert.deepEqual(run.json().data, { returnId, outcome: 'confirmed', reasons: [], trackingNumber: number })
  })

  it('--dry-run sends nothing, and says what would be refused', async () => {
    const returnId = waiting()
    const would = await bench().run(`rma label ${returnId} -n --json`)
    assert.equal(would.exit, 0)
    assertObeysSchema(would.json())
    assert.deepEqual(would.json().data, {
      dryRun: true,
      returnId,
      outcome: 'skipped',
      reasons: [],
      trackingNumber: null,
    })
    assert.match((await bench().run(`rma label ${returnId} -n`)).stdout, /Nothing was sent \(--dry-run\)/)
    const refused = await bench().run(`rma label ${bench().file()} -n --json`)
    assert.equal(refused.exit, 6)
    assertObeysSchema(refused.json())
    assert.equal(refused.json().data.reasons[0].code, 'LABEL_EXISTS')
    assert.equal(requested().length, 0)
  })

  it('is the next step of a return that has waited for two days, in audit and show', async () => {
    const returnId = waiting()
    const fresh = bench().file({ label: { after: 'never' } })
    await bench().run('asn sync')
    const { data } = (await bench().run(`rma show ${returnId} --json`)).json()
    assert.deepEqual(data.next, {
      text: 'Loop has no tracking number yet; MasonHub needs one. Ask Loop for a label, unless the shopper ships it otherwise.',
      command: `mhloop rma label ${returnId} -m env`,
    })
    const young = (await bench().run(`rma show ${fresh} --json`)).json().data
    assert.equal(young.next.command, `mhloop asn sync ${fresh} -m env`)
    const audit = (await bench().run('mapping audit --only WAITING_FOR_TRACKING --json')).json().data
    const fixes = new Map(audit.findings.map((one: { returnId: string; fix: string }) => [one.returnId, one.fix]))
    assert.equal(fixes.get(returnId), `mhloop rma label ${returnId} -m env`)
    assert.equal(fixes.get(fresh), null)
  })

  it('an unknown return ends with 5, wrong credentials with 4', async () => {
    assert.equal((await bench().run('rma label 424242 --yes')).exit, 5)
    assert.equal((await bench().run(`rma label ${waiting()} --yes`, { env: { MHLOOP_LOOP_API_KEY: 'wrong' } })).exit, 4)
    assert.equal(requested().length, 0)
  })
})
