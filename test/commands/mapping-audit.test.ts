import assert from 'node:assert/strict'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

type Audit = {
  checked: { returns: number; rmas: number }
  findings: { code: string; severity: string; returnId: string | null; fix: string | null; fixed: boolean }[]
  fixed: number
  sync: { dryRun: boolean; created: unknown[] } | null
}

describe('mapping audit', () => {
  const bench = onBench()
  const audit = async (argv: string, exit: number): Promise<Audit> => {
    const run = await bench().run(`mapping audit ${argv} --json`)
    assert.equal(run.exit, exit, run.stdout + run.stderr)
    assertObeysSchema(run.json())
    return run.json().data
  }

  it('both sides agree: nothing found, 0', async () => {
    bench().file({ units: [{ sku: 'TEE-BLK-M', reason: undefined }] as never })
    await bench().run('asn sync')
    const data = await audit('--only RMA_MISSING,LINES_DIFFER', 0)
    assert.deepEqual([data.findings, data.fixed, data.sync], [[], 0, null])
    assert.deepEqual(data.checked, { returns: 1, rmas: 1 })
  })

  it('infos alone end with 0: an unmapped reason is sent as "other", and that is all', async () => {
    bench().file({ units: [{ sku: 'TEE-BLK-M', reason: 'Changed my mind' }] })
    await bench().run('asn sync')
    const { findings } = await audit('', 0)
    assert.deepEqual(
      findings.map(({ code, severity }) => [code, severity]),
      [['REASON_UNMAPPED', 'info']],
    )
  })

  it('a terminal shows once what one command corrects for many returns; a pipe gets every finding', async () => {
    const unmapped = [1, 2, 3].map(() => bench().file({ units: [{ sku: 'TEE-BLK-M', reason: 'Changed my mind' }] }))
    const held = [1, 2].map(() =>
      bench().file({ units: [{ sku: 'CAP-RED', reason: undefined }] as never, label: { after: 'never' } }),
    )
    await bench().run('asn sync')
    const codes = '--only REASON_UNMAPPED,WAITING_FOR_TRACKING'
    const { stdout } = await bench().run(`mapping audit ${codes}`, { tty: true })
    assert.equal(stdout.match(/REASON_UNMAPPED/g)?.length, 1)
    assert.match(stdout, new RegExp(`${unmapped[0]} and +`))
    assert.match(stdout, /2 more/)
    for (const returnId of held) assert.ok(stdout.includes(returnId), 'each has a cause of its own')
    const piped = await bench().run(`mapping audit ${codes}`)
    assert.equal(piped.stdout.match(/REASON_UNMAPPED/g)?.length, 3)
    const csv = await bench().run(`mapping audit ${codes} --format csv`, { tty: true })
    assert.equal(csv.stdout.match(/REASON_UNMAPPED/g)?.length, 3)
  })

  it('a missing RMA ends with 3, and names the command that corrects it', async () => {
    const returnId = bench().file()
    const { findings } = await audit('--only rma_missing', 3)
    assert.deepEqual(
      findings.map(({ code, fix, fixed }) => [code, fix, fixed]),
      [['RMA_MISSING', `mhloop asn sync ${returnId} -m env`, false]],
    )
    assert.equal(bench().sandbox.masonhub.rmas.size, 0)
    const csv = await bench().run('mapping audit --only RMA_MISSING --format csv')
    assert.equal(csv.exit, 3)
    assert.ok(csv.stdout.includes(`"error","RMA_MISSING","${returnId}"`))
    assert.match(csv.stderr, /Compared 1 return and 0 RMAs/)
  })

  it('reports what takes too long on its way, after days that the merchant sets (H40)', async () => {
    const { loop, masonhub } = bench().sandbox
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000)
    /** A return whose label has had its status for some days. */
    const since = (days: number, desired: Parameters<ReturnType<typeof bench>['file']>[0] = {}) => {
      const returnId = bench().file(desired)
      for (const label of loop.returns.get(Number(returnId))?.labels ?? []) label.updatedAt = ago(days).getTime()
      return returnId
    }
    const unusedLabel = { after: 0, status: 'new', walks: false } as const
    const delivered = since(4, { label: { ...unusedLabel, status: 'delivered' } })
    const onItsWay = since(15)
    const unused = since(22, { createdAt: ago(22), label: unusedLabel })
    since(0, { label: unusedLabel })
    since(1)
    await bench().run('asn sync --since 60d')
    const codes = 'DELIVERED_NOT_RECEIVED,NO_CARRIER_SCAN,LABEL_UNUSED'
    const { findings } = await audit(`--only ${codes} --since 60d`, 3)
    assert.deepEqual(
      new Map(findings.map(({ returnId, code }) => [returnId, code])),
      new Map([
        [delivered, 'DELIVERED_NOT_RECEIVED'],
        [onItsWay, 'NO_CARRIER_SCAN'],
        [unused, 'LABEL_UNUSED'],
      ]),
    )
    const page = await bench().run(`rma show ${delivered}`)
    assert.match(page.stdout, /DELIVERED_NOT_RECEIVED The carrier delivered it 4 days ago/)
    masonhub.warehouse.receive(delivered)
    assert.doesNotMatch((await bench().run(`rma show ${delivered}`)).stdout, /DELIVERED_NOT_RECEIVED/)
  })

  it('names the return of a bag that arrived without an RMA (loop.md §14.4)', async () => {
    const returnMethod = { provider: 'happyreturns', methodType: 'drop_off' }
    const returnId = bench().file({ label: { after: 'never' }, returnMethod })
    bench().bag(returnId, 'HR200250DB9E,HR200250DB9F')
    const units = [{ disposition: 'available', quantity: 1 }] as const
    bench().sandbox.masonhub.warehouse.createAtDock({
      packageId: 'HR200250DB9F',
      lines: [{ sku: 'TEE-BLK-M', received: [...units] }],
    })
    const { findings } = await audit('--only UNANNOUNCED_RECEIPT', 3)
    assert.deepEqual(
      findings.map((one) => [one.returnId, one.fix]),
      [[returnId, `mhloop rma show ${returnId} -m env`]],
    )
  })

  it('--fix --dry-run shows the plan and sends nothing: 3', async () => {
    bench().file()
    const data = await audit('--fix --dry-run', 3)
    assert.equal(data.sync?.dryRun, true)
    assert.equal(data.sync?.created.length, 1)
    assert.equal(data.fixed, 0)
    assert.equal(bench().sandbox.masonhub.rmas.size, 0)
  })

  it('--fix asks first: without a terminal 9, declined 9, and nothing was done', async () => {
    bench().file()
    assert.equal((await bench().run('mapping audit --fix --json')).exit, 9)
    const declined = await bench().run('mapping audit --fix', { tty: true, answers: [false] })
    assert.equal(declined.exit, 9)
    assert.match(declined.stderr, /To be created \(1\)/)
    assert.equal(bench().sandbox.masonhub.rmas.size, 0)
  })

  it('--fix --yes syncs what a sync would mend, marks it fixed, and ends with 0 when nothing else remains', async () => {
    const returnId = bench().file()
    const data = await audit('--fix --yes', 0)
    assert.equal(data.fixed, 1)
    assert.ok(data.findings.filter(({ code }) => code === 'RMA_MISSING').every(({ fixed }) => fixed))
    assert.equal(bench().sandbox.masonhub.rmas.current(returnId)?.status, 'open')
  })

  it('--fix leaves what only a person can mend: 3', async () => {
    bench().file({ units: [{ sku: 'NO-SUCH-SKU' }] })
    bench().file()
    const data = await audit('--fix --yes', 3)
    assert.equal(data.fixed, 1)
    assert.deepEqual(
      data.findings.filter(({ fixed, severity }) => !fixed && severity === 'error').map(({ code }) => code),
      ['SKU_UNKNOWN'],
    )
  })

  it('RMAs that belong to no return are reported', async () => {
    bench().sandbox.masonhub.warehouse.createAtDock()
    const { findings } = await audit('', 3)
    assert.deepEqual(
      findings.map(({ code, returnId }) => [code, returnId]),
      [['UNANNOUNCED_RECEIPT', null]],
    )
  })

  it('Ctrl-C ends with 130 and calls nothing an orphan: half of the returns were never read', async () => {
    bench().sandbox.masonhub.warehouse.createAtDock()
    const run = await bench().run('mapping audit --fix --yes --json', { interruptAfter: Promise.resolve() })
    assert.equal(run.exit, 130)
    assertObeysSchema(run.json())
    assert.ok(!run.stdout.includes('UNANNOUNCED_RECEIPT'))
  })

  it('an unknown code ends with 2 and a suggestion, and asks no vendor', async () => {
    const run = await bench().run('mapping audit --only RMA_MISING --only NONSENSE')
    assert.equal(run.exit, 2)
    assert.match(run.stderr, /Did you mean "RMA_MISSING"/)
    assert.match(run.stderr, /Unknown finding code "NONSENSE"/)
    assert.equal(bench().sandbox.requestCounts.loop, 0)
  })

  it('--dry-run without --fix is a usage fault: an audit changes nothing anyway', async () => {
    assert.equal((await bench().run('mapping audit --dry-run')).exit, 2)
  })
})
