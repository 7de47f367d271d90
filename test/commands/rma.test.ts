import assert from 'node:assert/strict'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

type Listed = {
  rmas: {
    returnId: string | null
    status: string
    standing: string | null
    units: { expected: number; received: number }
  }[]
}
type History = {
  returnId: string
  standing: string
  entries: { at: string; what: string }[]
  effects: { kind: string; state: string }[]
}

describe('rma list', () => {
  const bench = onBench()

  it('lists RMAs with their return, units and standing; RMAs of the dock have no return', async () => {
    const { file, sandbox } = bench()
    const open = file({ units: [{ sku: 'TEE-BLK-M', quantity: 2 }] })
    const received = file()
    await bench().run('asn sync')
    sandbox.masonhub.warehouse.receive(received)
    sandbox.masonhub.warehouse.createAtDock({
      lines: [{ sku: 'CAP-RED', received: [{ disposition: 'available', quantity: 1 }] }],
    })
    const run = await bench().run('rma list --json')
    assert.equal(run.exit, 0)
    assertObeysSchema(run.json())
    const { rmas }: Listed = run.json().data
    const of = (returnId: string | null) => rmas.find((rma) => rma.returnId === returnId)
    assert.equal(rmas.length, 3)
    assert.deepEqual(
      [of(open)?.status, of(open)?.units, of(open)?.standing],
      ['open', { expected: 2, received: 0 }, 'open'],
    )
    assert.deepEqual([of(received)?.status, of(received)?.units.received], ['received', 1])
    assert.equal(of(null)?.standing, null)
    const some = await bench().run('rma list --status received --format ndjson')
    assert.equal(some.stdout.trim().split('\n').length, 2)
  })

  it('an empty window says so on stderr, and how to widen it', async () => {
    const run = await bench().run('rma list --since 1h')
    assert.deepEqual([run.exit, run.stdout], [0, ''])
    assert.match(run.stderr, /mhloop rma list -m env --since 30d/)
  })
})

describe('rma history', () => {
  const bench = onBench()

  it('prints every attempt, oldest first, and the state of each write', async () => {
    const returnId = bench().file({ orderName: '#4711' })
    await bench().run('asn sync')
    await bench().run('asn sync')
    const run = await bench().run(['rma', 'history', '#4711', '--json'])
    assert.equal(run.exit, 0)
    assertObeysSchema(run.json())
    const data: History = run.json().data
    assert.equal(data.returnId, returnId)
    assert.deepEqual(
      data.effects.map(({ kind, state }) => [kind, state]),
      [['rma.create', 'confirmed']],
    )
    assert.deepEqual(
      data.entries.map(({ at }) => at),
      data.entries.map(({ at }) => at).toSorted(),
    )
    const sent = data.entries.findIndex(({ what }) => what === 'sent')
    assert.ok(data.entries.slice(0, sent).some(({ what }) => what === 'planned'))
    const human = await bench().run(`rma history ${returnId}`)
    assert.match(human.stdout, new RegExp(`^Return ${returnId} · #4711 · open`))
    assert.match(human.stdout, /rma\.create +confirmed/)
  })

  it('asks no vendor about a return that the journal knows', async () => {
    const returnId = bench().file()
    await bench().run('asn sync')
    const { loop, masonhub } = bench().sandbox.requestCounts
    assert.equal((await bench().run(`rma history ${returnId}`)).exit, 0)
    assert.deepEqual({ ...bench().sandbox.requestCounts }, { loop, masonhub })
  })

  it('a return that only Loop knows has no history, which is no failure', async () => {
    const returnId = bench().file()
    const run = await bench().run(`rma history ${returnId} --json`)
    assert.equal(run.exit, 0)
    assertObeysSchema(run.json())
    assert.deepEqual((run.json().data as History).entries, [])
    assert.match((await bench().run(`rma history ${returnId}`)).stdout, /never seen by mhloop/)
  })

  it('a return that was resolved without ever having been synced shows what was done, and is not called unseen', async () => {
    const returnId = bench().file()
    await bench().run(`asn sync ${returnId}`)
    bench().sandbox.masonhub.warehouse.receive(returnId)
    // The journal of another machine knows nothing of the sync.
    const elsewhere = { dataDir: `${bench().dataDir}-elsewhere` }
    const resolved = await bench().run(`rma resolve ${returnId} --refund --yes`, elsewhere)
    assert.equal(resolved.exit, 0, resolved.stdout + resolved.stderr)
    const { stdout } = await bench().run(`rma history ${returnId}`, elsewhere)
    assert.doesNotMatch(stdout, /never seen/)
    assert.match(stdout, /History \(\d+, UTC\)/)
    assert.match(stdout, /never synced with this journal/)
  })

  it('several returns of an order are listed, none is picked: 5', async () => {
    const ids = [bench().file({ orderName: '#4711' }), bench().file({ orderName: '#4711' })]
    await bench().run('asn sync')
    const run = await bench().run(['rma', 'history', '4711', '--json'])
    assert.equal(run.exit, 5)
    assert.ok(ids.every((id) => run.json().error.message.includes(id)))
  })

  it('an unknown id ends with 5', async () => {
    assert.equal((await bench().run('rma history 123456')).exit, 5)
  })
})

describe('rma resolve while refunds are paused', () => {
  const bench = onBench()

  for (const [whose, flag] of [
    ['this merchant', '-m env'],
    ['all merchants', '--all-merchants'],
  ] as const) {
    it(`says so before it asks, and in a dry run (${whose})`, async () => {
      const env = { MHLOOP_REFUNDS: 'on' }
      const returnId = bench().file()
      await bench().run('asn sync')
      bench().sandbox.masonhub.warehouse.receive(returnId)
      await bench().run(['refunds', 'pause', ...flag.split(' '), '--reason', 'wrong dispositions'])
      const output = new RegExp(`paused, so none will go out: wrong dispositions .*mhloop refunds resume ${flag}`)
      const declined = await bench().run(`rma resolve ${returnId}`, { env, tty: true, answers: [false] })
      assert.match(declined.stderr.replaceAll('\n', ' '), output)
      const dry = await bench().run(`rma resolve ${returnId} --dry-run --json`, { env })
      assert.match(dry.json().warnings.join(), output)
      const run = await bench().run(`rma resolve ${returnId} --yes --json`, { env })
      assertObeysSchema(run.json())
      assert.equal(run.exit, 3)
      assert.equal(run.json().data.results[0].reasons[0].code, 'REFUNDS_PAUSED')
      assert.equal(bench().sandbox.loop.refundsPaid(returnId), 0)
    })
  }
})

describe('rma show, parcels', () => {
  const bench = onBench()

  it('names every bag and label, as Loop has them (loop.md §14.4)', async () => {
    const dropOff = bench().file({
      label: { after: 'never' },
      returnMethod: { provider: 'happyreturns', methodType: 'drop_off' },
    })
    bench().bag(dropOff, 'HR200250DB9E,HR200250DB9F')
    bench().sandbox.world.faults.set('loop.details-lack-list-fields', 0)
    const page = await bench().run(`rma show ${dropOff}`)
    assert.match(page.stdout, /^Parcel +bag HR200250DB9E, bag HR200250DB9F +–$/m)
    for (const typed of ['HR200250DB9F', ' hr200250db9e ']) {
      const found = await bench().run(['rma', 'show', typed, '--json'])
      assert.deepEqual([found.exit, found.json().data.returnId], [0, dropOff], typed)
    }
    assert.equal((await bench().run('rma show HR200250DB9G')).exit, 5)
    const json = (await bench().run(`rma show ${dropOff} --json`)).json()
    assertObeysSchema(json)
    const { bags, labels, method } = json.data.loop
    assert.deepEqual([bags, method.provider], [['HR200250DB9E', 'HR200250DB9F'], 'happyreturns'])
    assert.deepEqual(
      (labels as { trackingNumber: string | null; status: string }[]).map((one) => [one.trackingNumber, one.status]),
      [[null, 'pending']],
    )
    const mail = bench().file()
    const record = bench().sandbox.loop.returns.get(Number(mail))
    const [label] = record?.labels ?? []
    assert.ok(label)
    const show = (await bench().run(`rma show ${mail} --json`)).json()
    assertObeysSchema(show)
    assert.deepEqual(show.data.loop.labels, [
      {
        trackingNumber: label.trackingNumber,
        carrier: label.carrier,
        status: 'in_transit',
        updatedAt: show.data.loop.labels[0].updatedAt,
        lineItemIds: label.lineItemIds.map(String),
      },
    ])
    assert.equal(Math.floor(Date.parse(show.data.loop.labels[0].updatedAt) / 1000), Math.floor(label.updatedAt / 1000))
  })
})

describe('rma show, several boxes', () => {
  const bench = onBench()

  it('says in which box each unit is, by whose number it counts, and until when (loop.md §14.5)', async () => {
    const parcels = [
      { trackingNumber: '9400111899220000000001', status: 'delivered' as const, units: [0] },
      { trackingNumber: '1Z999AA10123454321', status: 'in_transit' as const, carrier: 'UPS', units: [1] },
    ]
    const units = [{ sku: 'TEE-BLK-M' }, { sku: 'CAP-RED' }]
    const returnId = bench().file({ units, label: { after: 0, walks: false, parcels } })
    await bench().run('asn sync')
    const lines = [{ sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 1 }] }]
    bench().sandbox.masonhub.warehouse.receive(returnId, { lines })
    const { stdout } = await bench().run(`rma show ${returnId}`)
    assert.match(stdout, /^SKU +Reason +Box +Loop +RMA +Arrived$/m)
    assert.match(stdout, /^CAP-RED .* …4321 +1 +1 +1 missing$/m)
    assert.match(stdout, /^WAIT$/m)
    const [, , until = ''] =
      /1 of 1 × CAP-RED is in box …4321\s+\(UPS\),\s+in\s+transit\s+since\s+([\d-]+)\.\s+After\s+([\d-]+)\s+it/.exec(
        stdout,
      ) ?? []
    assert.notEqual(until, '', stdout)
    const json = (await bench().run(`rma show ${returnId} --json`)).json()
    assertObeysSchema(json)
    assert.deepEqual(
      (json.data.loop.units as { parcelId: string | null }[]).map(({ parcelId }) => parcelId),
      parcels.map(({ trackingNumber }) => trackingNumber),
    )
    const one = await bench().run(`rma show ${bench().file()}`)
    assert.doesNotMatch(one.stdout, / Box /, 'there is only one')
    const flagged = await bench().run(`rma resolve ${returnId} --refund --force --reason x --yes`)
    assert.equal(flagged.exit, 6, 'nothing overrides the wait')
  })
})

describe('rma resolve, held by policy (G12)', () => {
  const bench = onBench()

  async function received(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => bench().file())
    await bench().run('asn sync')
    for (const id of ids) bench().sandbox.masonhub.warehouse.receive(id)
    return ids
  }

  it('G12 refunds off: 3 when asked for by id, 0 in a sweep, in a plan as in a run', async () => {
    const [returnId = ''] = await received(1)
    for (const [argv, exit] of [
      [`${returnId} --yes`, 3],
      [`${returnId} --dry-run`, 3],
      [`${returnId}`, 3],
      ['--ready --yes', 0],
      ['--ready --dry-run', 0],
    ] as const) {
      const run = await bench().run(`rma resolve ${argv} --json`)
      assertObeysSchema(run.json())
      const [result] = run.json().data.results
      assert.deepEqual([run.exit, result.held, result.reasons[0].code], [exit, true, 'REFUNDS_OFF'], argv)
    }
    const output = await bench().run(`rma resolve ${returnId} --yes`)
    assert.match(output.stdout, /held back.*refunds are off/)
    assert.match(output.stdout, new RegExp(`^ {2}mhloop rma show ${returnId} -m env$`, 'm'))
    const printed = await bench().run(`rma show ${returnId}`)
    assert.match(printed.stdout, /REFUND, HELD BACK/)
    assert.match(printed.stdout, new RegExp(`^ {2}mhloop rma resolve ${returnId} -m env --refund$`, 'm'))
    const json = (await bench().run(`rma show ${returnId} --json`)).json()
    assertObeysSchema(json)
    assert.equal(json.data.held.code, 'REFUNDS_OFF')
  })

  it('G12 the question names the count and the total by currency of what will be sent', async () => {
    const ids = await received(2)
    const env = { MHLOOP_REFUNDS: 'on' }
    const outcome = await bench().run('rma resolve --ready', { env })
    assert.equal(outcome.exit, 9)
    assert.match(outcome.stderr, /Refund 2 returns \(50\.00 USD\) for env \(sandbox\)\?/)
    for (const id of ids) assert.equal(bench().sandbox.loop.refundsPaid(id), 0)
    await bench().run('refunds pause -m env --reason stop')
    const paused = await bench().run('rma resolve --ready', { env, tty: true, answers: [] })
    assert.equal(paused.exit, 0)
    assert.doesNotMatch(paused.stderr, /Refund 2/)
    assert.match(paused.stdout, /held back/)
  })
})
