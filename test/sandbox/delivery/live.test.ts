import assert from 'node:assert/strict'
import { exitCodes, Fault } from '../../../src/core/errors/fault.ts'
import type { ControlClient } from '../../../src/sandbox/control/control-client.ts'
import { createControlClient } from '../../../src/sandbox/control/control-client.ts'
import { rma, line as rmaLine } from '../masonhub/dock-harness.ts'
import type { Line } from './harness.ts'
import { openLine } from './harness.ts'

const minute = 60_000

describe('sandbox that runs by itself', () => {
  let line: Line
  let control: ControlClient
  beforeEach(async () => {
    line = await openLine()
    control = createControlClient(line.sandbox.url)
  })
  afterEach(() => line.close())

  /** Creates the RMAs that mhloop would: one for every return without an RMA. */
  function announceAll(): void {
    const { loop, masonhub } = line.sandbox
    for (const record of loop.returns.values()) {
      if (masonhub.rmas.get(String(record.id))) continue
      const [unit] = record.units
      if (!unit) continue
      const lines = [rmaLine(unit.sku, record.units.length)]
      masonhub.addRmas([rma(String(record.id), { line_items: lines, package_id: `parcel-${record.id}` })])
    }
  }

  it('files returns with labels, and receives what was announced, by varying plans', async () => {
    await line.webhook('return', 'return.created')
    assert.deepEqual(await control.live({ everyMs: minute, receiveAfterMs: 5 * minute }), {
      everyMs: minute,
      receiveAfterMs: 5 * minute,
    })
    for (let round = 0; round < 40; round += 1) {
      await line.pass(minute)
      announceAll()
    }
    await line.pass(0)
    const { loop, masonhub, seeded, deliveries } = line.sandbox
    assert.equal(loop.returns.size, 40)
    assert.equal(line.receiver.received.length, 40)
    assert.ok(deliveries.log.every(({ outcome }) => outcome === 'delivered'))
    const old = [...loop.returns.values()].slice(0, 30)
    const received = old.filter((record) => masonhub.rmas.current(String(record.id))?.status === 'received')
    const expected = old.filter((record) => seeded.get(String(record.id))?.receipt !== null)
    assert.deepEqual(
      received.map(({ id }) => id),
      expected.map(({ id }) => id),
    )
    assert.ok(received.every((record) => record.labels.every((label) => label.status === 'delivered')))
    assert.ok(new Set([...seeded.values()].map((one) => one.expected)).size > 1)
  })

  it('keeps a parcel at the dock until an RMA announces it', async () => {
    await control.live({ everyMs: minute, receiveAfterMs: minute })
    await line.pass(minute)
    await control.live({ everyMs: 0 })
    const [record] = line.sandbox.loop.returns.values()
    assert.ok(record)
    assert.notEqual(line.sandbox.seeded.get(String(record.id))?.receipt, null)
    await line.pass(3 * minute)
    announceAll()
    assert.equal(line.sandbox.masonhub.rmas.current(String(record.id))?.status, 'open')
    await line.pass(minute)
    assert.equal(line.sandbox.masonhub.rmas.current(String(record.id))?.status, 'received')
    await line.pass(minute)
    const receipts = line.sandbox.world.groundTruth.entries.filter(({ what }) => what === 'rma_received')
    assert.equal(receipts.length, 1)
  })

  it('a new rhythm replaces the old one, and 0 stops it', async () => {
    await control.live({ everyMs: minute })
    await control.live({ everyMs: 10 * minute })
    await line.pass(10 * minute)
    assert.equal(line.sandbox.loop.returns.size, 1)
    assert.deepEqual(await control.live({ everyMs: 0 }), { everyMs: 0, receiveAfterMs: 0 })
    await line.pass(60 * minute)
    assert.equal(line.sandbox.loop.returns.size, 1)
  })

  it('wants to know how often', async () => {
    const requested = control.live({ everyMs: -1 })
    await assert.rejects(requested, (error) => error instanceof Fault && error.exit === exitCodes.usage)
  })

  it('reports to other processes what was delivered', async () => {
    await line.webhook('return', 'return.created')
    const returnId = line.file()
    await line.pass(0)
    const [delivery] = await control.deliveries()
    assert.equal(delivery?.about, returnId)
    assert.equal(delivery?.outcome, 'delivered')
    assert.equal((await control.status()).deliveries['delivered'], 1)
  })
})
