import assert from 'node:assert/strict'
import { methodUnsaid, type ReturnMethod } from '../../src/core/returns/return.ts'
import type { SyncResult } from '../../src/usecases/sync/result.ts'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

type Listed = {
  returns: {
    returnId: string
    state: string
    plan: string
    reason: { code: string } | null
    units: number
    trackingNumbers: string[]
    method: ReturnMethod
    bags: string[]
  }[]
}

describe('asn sync', () => {
  const bench = onBench()
  const sync = async (argv: string, exit = 0): Promise<SyncResult> => {
    const run = await bench().run(`asn sync ${argv} --json`)
    assert.equal(run.exit, exit, run.stdout + run.stderr)
    assertObeysSchema(run.json())
    assert.equal(run.json().merchant, 'env')
    return run.json().data
  }

  it('creates an RMA named by the return id (RMA-001, masonhub.md §12.1), and the second time nothing', async () => {
    const returnId = bench().file({ returnId: 99904598, units: [{ sku: 'TEE-BLK-M', quantity: 2 }] })
    const first = await sync('')
    assert.deepEqual(first.created, [{ returnId, units: 2 }])
    assert.equal(first.observed, 1)
    assert.equal(bench().sandbox.masonhub.rmas.current('99904598')?.status, 'open')
    const second = await sync('')
    assert.deepEqual(second.created, [])
    assert.equal(second.unchanged, 1)
    assert.equal(bench().sandbox.masonhub.rmas.size, 1)
    assert.equal(bench().sandbox.masonhub.labelsBought.length, 0)
  })

  it('corrects the package once to the label that moves, and names the unused one beside it (loop.md §14.5)', async () => {
    const { file, sandbox } = bench()
    const returnId = file({ label: { after: 0, walks: false } })
    const numbers = () => sandbox.loop.returns.get(Number(returnId))?.labels.map((label) => label.trackingNumber) ?? []
    await sync('')
    const announced = () => sandbox.masonhub.rmas.current(returnId)
    assert.equal(announced()?.packageId, numbers()[0])
    sandbox.loop.label(returnId, { parcels: [{ status: 'in_transit' }], walks: false })
    const [unused, moving] = numbers()
    const changed = await sync('')
    assert.deepEqual(
      changed.updated.map((one) => [one.returnId, one.changes]),
      [[returnId, [{ field: 'package_id', there: unused, wanted: moving }]]],
    )
    assert.equal(announced()?.packageId, moving)
    assert.equal(announced()?.customerInstructions, `Other parcels of this return: ${unused}`)
    sandbox.loop.ship(returnId, 'delivered')
    assert.equal((await sync('')).unchanged, 1)
    assert.equal(announced()?.packageId, moving)
  })

  it('a dry run shows what it would do and sends nothing', async () => {
    const returnId = bench().file()
    const result = await sync('--dry-run')
    assert.equal(result.dryRun, true)
    assert.deepEqual(result.created, [{ returnId, units: 1 }])
    assert.equal(bench().sandbox.masonhub.rmas.size, 0)
    const human = await bench().run('asn sync -n')
    assert.match(human.stdout, /To be created \(1\)/)
    assert.match(human.stdout, /Nothing was sent \(--dry-run\)/)
    assert.match(human.stderr, /^env · sandbox$/m)
  })

  it('holds what has no tracking number, and creates it once it has one (F30)', async () => {
    const returnId = bench().file({ label: { after: 'never' } })
    const held = await sync('')
    assert.deepEqual(
      held.held.map((one) => [one.returnId, one.reason]),
      [[returnId, 'WAITING_FOR_TRACKING']],
    )
    const human = await bench().run('asn sync')
    assert.equal(human.exit, 0)
    assert.match(human.stdout, /1 return: 1 held/)
    assert.match(human.stdout, /no tracking number yet.*WAITING_FOR_TRACKING/s)
    bench().sandbox.loop.label(returnId)
    assert.deepEqual((await sync('')).created, [{ returnId, units: 1 }])
  })

  it('holds what has only a number that MasonHub can’t take, without failing the shop’s sync (H41)', async () => {
    const short = bench().file({ label: { after: 0, parcels: [{ trackingNumber: '123' }] } })
    const good = bench().file()
    const result = await sync('')
    assert.deepEqual(
      result.held.map((one) => [one.returnId, one.reason, one.message]),
      [
        [
          short,
          'TRACKING_UNSENDABLE',
          "Loop's tracking number “123” can't be announced: it has 3 characters, and MasonHub allows 5 to 100.",
        ],
      ],
    )
    assert.deepEqual([result.failed, result.created], [[], [{ returnId: good, units: 1 }]])
    assert.deepEqual((await sync('')).held.length, 1)
    const list = await bench().run('asn list --json')
    const plans = (list.json().data as { returns: { returnId: string; plan: string }[] }).returns
    assert.equal(plans.find(({ returnId }) => returnId === short)?.plan, 'blocked')
    const [label] = bench().sandbox.loop.returns.get(Number(short))?.labels ?? []
    assert.ok(label)
    label.trackingNumber = '1Z999AA10123456784'
    assert.deepEqual((await sync('')).created, [{ returnId: short, units: 1 }])
  })

  it('updates an edited return, and deletes the RMA of a cancelled one', async () => {
    const edited = bench().file({ units: [{ sku: 'TEE-BLK-M' }, { sku: 'CAP-RED' }] })
    const cancelled = bench().file()
    await sync('')
    const { loop } = bench().sandbox
    loop.edit(edited, { remove: [1] })
    loop.cancel(cancelled)
    const result = await sync('')
    assert.deepEqual(
      result.updated.map(({ returnId }) => returnId),
      [edited],
    )
    const lines = result.updated[0]?.changes.find(({ field }) => field === 'lines')
    assert.deepEqual(lines, { field: 'lines', there: '1 × CAP-RED, 1 × TEE-BLK-M', wanted: '1 × TEE-BLK-M' })
    assert.deepEqual(result.deleted, [{ returnId: cancelled, reason: 'CANCELLED' }])
    assert.equal(bench().sandbox.masonhub.rmas.current(cancelled)?.status, 'deleted')
  })

  it('takes an id, an admin URL, an order name and a tracking number; others stay untouched', async () => {
    const { file, sandbox } = bench()
    const byId = file()
    const byUrl = file({ returnId: 99904598 })
    const byOrder = file({ orderName: '#4711' })
    const byTracking = file()
    file()
    const tracking = sandbox.loop.returns.get(Number(byTracking))?.labels[0]?.trackingNumber ?? ''
    const argv = [
      'asn',
      'sync',
      byId,
      'https://admin.loopreturns.com/returns/99904598',
      '#4711',
      tracking,
      byId,
      '--json',
    ]
    const run = await bench().run(argv)
    const data: SyncResult = run.json().data
    assert.equal(run.exit, 0)
    assert.equal(data.window, null)
    assert.deepEqual(data.created.map(({ returnId }) => returnId).sort(), [byId, byUrl, byOrder, byTracking].sort())
  })

  it('an order name of several returns lists them and exits 5; nothing is written', async () => {
    const one = bench().file({ orderName: '#4711' })
    const other = bench().file({ orderName: '#4711' })
    const run = await bench().run(['asn', 'sync', '#4711', '--json'])
    assert.equal(run.exit, 5)
    assertObeysSchema(run.json())
    assert.ok(run.json().error.message.includes(one) && run.json().error.message.includes(other))
    assert.equal(bench().sandbox.masonhub.rmas.size, 0)
  })

  it('one unknown id alone exits 5; among others it is reported, and the others go on', async () => {
    assert.equal((await bench().run('asn sync 123456')).exit, 5)
    const returnId = bench().file()
    const result = await sync(`123456 ${returnId}`, 3)
    assert.deepEqual(
      result.failed.map((one) => [one.returnId, one.code]),
      [['123456', 'RETURN_NOT_FOUND']],
    )
    assert.deepEqual(result.created, [{ returnId, units: 1 }])
  })

  it('- reads ids from stdin; from a terminal it is a usage fault at once', async () => {
    const ids = [bench().file(), bench().file()]
    bench().file()
    const run = await bench().run('asn sync - --json', { stdin: `${ids[0]}\n\n ${ids[1]} ` })
    assert.equal(run.exit, 0)
    assert.equal((run.json().data as SyncResult).created.length, 2)
    assert.equal((await bench().run('asn sync -', { tty: true })).exit, 2)
    assert.equal((await bench().run('asn sync -', { stdin: ' \n' })).exit, 2)
  })

  it('a SKU that MasonHub lacks fails that return only: 3', async () => {
    const bad = bench().file({ units: [{ sku: 'NO-SUCH-SKU' }] })
    const good = bench().file()
    const result = await sync('', 3)
    assert.deepEqual(
      result.failed.map((one) => [one.returnId, one.code]),
      [[bad, 'SKU_UNKNOWN']],
    )
    assert.deepEqual(result.created, [{ returnId: good, units: 1 }])
    const human = await bench().run('asn sync')
    assert.equal(human.exit, 3)
    assert.match(human.stdout, /Failed \(1\)/)
  })

  it('a create whose answer is lost is in doubt: 8; the next sync reads, and creates nothing twice (F34)', async () => {
    const returnId = bench().file()
    bench().sandbox.world.faults.set('masonhub.drop-next-create-answer', 100)
    const result = await sync('', 8)
    assert.deepEqual(
      result.failed.map((one) => [one.returnId, one.code]),
      [[returnId, 'IN_DOUBT']],
    )
    bench().sandbox.world.faults.set('masonhub.drop-next-create-answer', 0)
    const next = await sync('')
    assert.deepEqual([next.created, next.failed, next.unchanged], [[], [], 1])
    assert.equal(bench().sandbox.masonhub.rmas.size, 1)
  })

  it('G13 a script that repeats until 0 does not stop at a create that never arrived', async () => {
    const returnId = bench().file()
    bench().sandbox.world.faults.set('masonhub.drop-next-create-request', 100)
    for (const argv of ['', '', '--dry-run', returnId, `${returnId} --dry-run`]) {
      const { failed, unchanged, created } = await sync(argv, 8)
      assert.deepEqual([failed.map(({ code }) => code), unchanged, created], [['IN_DOUBT'], 0, []], argv)
    }
    const output = await bench().run('asn sync')
    assert.equal(output.exit, 8)
    assert.match(output.stdout, /1 return: 1 failed/)
    assert.equal(bench().sandbox.masonhub.rmas.size, 0)
  })

  it('wrong credentials end with 4, and say whose', async () => {
    const run = await bench().run('asn sync --json', { env: { MHLOOP_LOOP_API_KEY: 'wrong' } })
    assert.equal(run.exit, 4)
    assertObeysSchema(run.json())
    assert.match(run.json().error.code, /^LOOP_/)
  })

  it('MasonHub down ends with 7, creates nothing, and forgets nothing', async () => {
    const returnId = bench().file()
    bench().sandbox.world.faults.set('masonhub.down', 1)
    const run = await bench().run('asn sync --json')
    assert.equal(run.exit, 7)
    assertObeysSchema(run.json())
    bench().sandbox.world.faults.set('masonhub.down', 0)
    assert.deepEqual((await sync('')).created, [{ returnId, units: 1 }])
  })

  it('Ctrl-C ends with 130, and the next run does what was left', async () => {
    const returnId = bench().file()
    const interrupted = await bench().run('asn sync --json', { interruptAfter: Promise.resolve() })
    assert.equal(interrupted.exit, 130)
    assertObeysSchema(interrupted.json())
    assert.deepEqual((await sync('')).created, [{ returnId, units: 1 }])
  })

  it('--source asn reads the report alone', async () => {
    const returnId = bench().file()
    const result = await sync('--source asn --since 2d')
    assert.deepEqual(result.created, [{ returnId, units: 1 }])
    assert.ok(!bench().sandbox.requests.some(({ path }) => path.includes('/return/list')))
  })

  for (const argv of [
    'asn sync --since yesterday',
    'asn sync --until 2026-02-30',
    'asn sync --since 1d --until 2d',
    'asn sync --source webhooks',
    'asn sync 99904598 --since 1d',
    'asn list --since 2026-13-01',
    'asn list --state opened',
    'rma list --since 1700000000',
    'rma list --status lost',
  ]) {
    it(`"${argv}" ends with 2 before anything is asked (loop.md §4.1)`, async () => {
      const run = await bench().run(argv)
      assert.equal(run.exit, 2)
      assert.equal(bench().sandbox.requestCounts.loop + bench().sandbox.requestCounts.masonhub, 0)
    })
  }
})

describe('asn list', () => {
  const bench = onBench()

  it('says per return which RMA a sync would plan, and why not; writes nothing', async () => {
    const { file, sandbox } = bench()
    const desired = file({ units: [{ sku: 'TEE-BLK-M', quantity: 2 }] })
    const held = file({ label: { after: 'never' } })
    const closed = file({ state: 'closed' })
    const run = await bench().run('asn list --json')
    assert.equal(run.exit, 0)
    assertObeysSchema(run.json())
    const { returns }: Listed = run.json().data
    const plans = new Map(returns.map(({ returnId, plan, reason }) => [returnId, [plan, reason?.code ?? null]]))
    assert.deepEqual(plans.get(desired), ['wanted', null])
    assert.deepEqual(plans.get(held), ['held', 'WAITING_FOR_TRACKING'])
    assert.deepEqual(plans.get(closed), ['skipped', 'CLOSED'])
    assert.equal(returns.find(({ returnId }) => returnId === desired)?.units, 2)
    assert.equal(sandbox.requestCounts.masonhub, 0)
    const status = await bench().run('journal status --json')
    assert.equal((status.json().data as { counts: { returns: number } }).counts.returns, 0)
  })

  for (const source of ['list', 'asn'] as const) {
    it(`names the bags and the method of a drop-off, read from ${source} (loop.md §14.4)`, async () => {
      const { file, bag } = bench()
      const method = { provider: 'happyreturns', methodType: 'drop_off' }
      const dropOff = file({ label: { after: 'never' }, returnMethod: method })
      const mail = file()
      bag(dropOff, 'HR200250DB9E, HR200250DB9F')
      const run = await bench().run(`asn list --source ${source} --json`)
      assertObeysSchema(run.json())
      const { returns }: Listed = run.json().data
      const of = (id: string) => returns.find(({ returnId }) => returnId === id)
      assert.deepEqual([of(dropOff)?.bags, of(dropOff)?.trackingNumbers], [['HR200250DB9E', 'HR200250DB9F'], []])
      assert.deepEqual([of(dropOff)?.method.provider, of(dropOff)?.method.known], ['happyreturns', true])
      assert.deepEqual([of(mail)?.bags, of(mail)?.method], [[], { ...methodUnsaid, known: true }])
      const csv = await bench().run(`asn list --source ${source} --format csv`)
      assert.match(csv.stdout, /"trackingNumbers","bags",/)
      assert.ok(csv.stdout.includes('"","HR200250DB9E HR200250DB9F"'))
    })
  }

  it('--state keeps only these, and may be repeated', async () => {
    const open = bench().file()
    const cancelled = bench().file({ state: 'cancelled' })
    bench().file({ state: 'closed' })
    const run = await bench().run('asn list --state open --state cancelled --json')
    const { returns }: Listed = run.json().data
    assert.deepEqual(returns.map(({ returnId }) => returnId).sort(), [open, cancelled].sort())
  })

  it('a terminal of 80 columns cuts no id and no code', async () => {
    const returnId = bench().file({ returnId: 1234567890123456, orderName: '#4711', label: { after: 'never' } })
    const list = await bench().run('asn list', { tty: true })
    assert.match(list.stdout, new RegExp(`^${returnId} +#4711 +open +1 +held +Loop has no`, 'm'))
    const audit = await bench().run('mapping audit', { tty: true })
    assert.match(audit.stdout, new RegExp(`^WAITING_FOR_TRACKING +${returnId} +Loop has no`, 'm'))
    for (const line of `${list.stdout}${audit.stdout}`.split('\n')) assert.ok(line.length <= 80, line)
  })

  it('as CSV for a spreadsheet, as tab-separated text in a pipe, and nothing on stdout when there is nothing', async () => {
    const none = await bench().run('asn list')
    assert.deepEqual([none.exit, none.stdout], [0, ''])
    assert.match(none.stderr, /announces nothing/)
    const returnId = bench().file({ orderName: '#4711' })
    const csv = await bench().run('asn list --format csv')
    assert.match(csv.stdout, /^"returnId","orderName","state","units",/)
    assert.ok(csv.stdout.includes(`"${returnId}","#4711","open","1",`))
    const lines = (await bench().run('asn list --format ndjson')).stdout.trim().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).returnId),
      [returnId],
    )
  })
})
