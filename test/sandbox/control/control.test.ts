import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exitCodes, Fault } from '../../../src/core/errors/fault.ts'
import type { ControlClient } from '../../../src/sandbox/control/control-client.ts'
import { createControlClient } from '../../../src/sandbox/control/control-client.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import type { Harness } from '../harness.ts'
import { startHarness } from '../harness.ts'

const isFault = (code: string, exit: number) => (error: unknown) =>
  error instanceof Fault && error.code === code && error.exit === exit

describe('sandbox control from another process', () => {
  let harness: Harness
  let control: ControlClient
  beforeEach(async () => {
    harness = await startHarness()
    control = createControlClient(harness.sandbox.url)
  })
  afterEach(() => harness.sandbox.stop())

  /** Creates an RMA as a client would. */
  function announce(customerIdentifier: string, lines: [sku: string, quantity: number][]): void {
    harness.sandbox.masonhub.addSkus(lines.map(([sku]) => sku))
    harness.sandbox.masonhub.addRmas([
      {
        customer_identifier: customerIdentifier,
        return_type: 'rma_submitted_by_customer',
        generate_return_label: false,
        package_id: `parcel-${customerIdentifier}`,
        line_items: lines.map(([sku, quantity]) => ({
          customer_sku_id: sku,
          quantity,
          return_reason_code: 'other',
          return_inventory_status: 'available',
        })),
      },
    ])
  }
  const receiptOf = (customerIdentifier: string) =>
    harness.sandbox.masonhub.rmas.current(customerIdentifier)?.lines.map((line) => ({
      sku: line.sku,
      counted: line.quantityReceived,
      received: Object.fromEntries((line.received ?? []).map((units) => [units.disposition, units.quantity])),
    }))

  it('reports addresses and state', async () => {
    harness.file()
    const status = await control.status()
    assert.equal(status.loopBaseUrl, harness.sandbox.loopBaseUrl)
    assert.equal(status.masonhubBaseUrl, harness.sandbox.masonhubBaseUrl)
    assert.equal(status.settings.loopApiKey, harness.sandbox.world.installed.loopApiKey)
    assert.equal(status.settings.clock, 'manual')
    assert.deepEqual(status.loop.byState, { open: 1 })
    assert.equal(status.masonhub.rmas, 0)
    assert.deepEqual(status.changedFaults, [])
    assert.deepEqual(status.requests, { loop: 0, masonhub: 0 })
  })

  it('names every return that was paid more than once', async () => {
    const id = harness.file()
    for (let call = 0; call < 2; call += 1) await harness.post(`/warehouse/return/${id}/process`)
    await control.advance(5_000)
    const { truth } = await control.status()
    assert.equal(truth.refundsPaid, 2)
    assert.deepEqual(truth.paidMoreThanOnce, [{ returnId: id, times: 2 }])
    const ledger = (await control.groundTruth()) as { entries: { what: string }[] }
    assert.equal(ledger.entries.filter((entry) => entry.what === 'refund_paid').length, 2)
  })

  it('switches faults, and refuses all of a change that names an unknown one', async () => {
    const [changed] = await control.setFaults({ 'loop.down': 1 })
    assert.deepEqual([changed?.name, changed?.value, changed?.initial], ['loop.down', 1, 0])
    await assert.rejects(
      control.setFaults({ 'loop.down': 0, 'loop.dwon': 1 }),
      isFault('SANDBOX_FAULT_UNKNOWN', exitCodes.usage),
    )
    assert.equal(harness.sandbox.world.faults.get('loop.down'), 1)
    const status = await control.status()
    assert.deepEqual(
      status.changedFaults.map((fault) => fault.name),
      ['loop.down'],
    )
    const listed = await control.faults()
    assert.equal(listed.find((fault) => fault.name === 'loop.down')?.value, 1)
  })

  it('files returns and lets people act on them', async () => {
    const { returnId } = await control.createReturn({
      orderName: '77',
      units: [{ sku: 'A' }],
      label: { after: 'never' },
    })
    const labelled = await control.act(returnId, 'label', { parcels: [{ trackingNumber: '123' }], walks: false })
    assert.deepEqual(labelled.labels, [{ status: 'new', trackingNumber: '123' }])
    await control.act(returnId, 'ship', { status: 'delivered' })
    await control.act(returnId, 'edit', { add: [{ sku: 'B' }] })
    await control.act(returnId, 'note', { content: 'Called the shopper.' })
    const cancelled = await control.act(returnId, 'cancel')
    assert.equal(cancelled.state, 'cancelled')
    assert.equal((cancelled.units as unknown[]).length, 2)
    assert.deepEqual(cancelled.notes, ['Called the shopper.'])
    await assert.rejects(control.act(returnId, 'close'), isFault('SANDBOX_CONFLICT', exitCodes.usage))
    await assert.rejects(control.act('1', 'close'), isFault('SANDBOX_NOT_FOUND', exitCodes.notFound))
    await assert.rejects(control.act(returnId, 'burn'), isFault('SANDBOX_NOT_FOUND', exitCodes.notFound))
    await assert.rejects(
      control.act(returnId, 'ship', { status: 'lost' }),
      isFault('SANDBOX_CONFLICT', exitCodes.usage),
    )
  })

  it('seeds, and receives every parcel by its plan', async () => {
    const { added, stories } = await control.seed()
    assert.equal(added, stories.length)
    const idOf = (tag: string) => stories.find((story) => story.tag === tag)?.returnId ?? ''
    announce(idOf('one-line'), [['TEE-BLK-M', 1]])
    announce(idOf('damaged'), [['HOOD-GRY-L', 1]])
    announce(idOf('unexpected-item'), [['TEE-BLK-M', 1]])
    announce(idOf('counts-contradict'), [['TEE-BLK-M', 1]])
    announce(idOf('receiving-started'), [['HOOD-GRY-L', 1]])
    announce(idOf('in-transit'), [['TEE-BLK-M', 1]])
    announce(`loop-${idOf('short-id')}`, [['TEE-BLK-M', 1]])
    const { received, skipped } = await control.receive({ all: true })
    assert.equal(received.length, 6)
    assert.ok(skipped.some((one) => one.returnId === idOf('partial') && one.reason === 'no RMA announces it'))
    assert.deepEqual(receiptOf(idOf('one-line')), [{ sku: 'TEE-BLK-M', counted: 1, received: { available: 1 } }])
    assert.deepEqual(receiptOf(idOf('damaged')), [{ sku: 'HOOD-GRY-L', counted: 1, received: { damaged: 1 } }])
    assert.deepEqual(
      receiptOf(idOf('unexpected-item'))?.map((line) => line.sku),
      ['TEE-BLK-M', 'SOCK-3PK'],
    )
    assert.deepEqual(receiptOf(idOf('counts-contradict')), [
      { sku: 'TEE-BLK-M', counted: 0, received: { available: 1 } },
    ])
    assert.deepEqual(receiptOf('loop-1673'), [{ sku: 'TEE-BLK-M', counted: 1, received: { available: 1 } }])
    const status = (id: string) => harness.sandbox.masonhub.rmas.current(id)?.status
    assert.equal(status(idOf('receiving-started')), 'in-receiving')
    assert.equal(status(idOf('in-transit')), 'open')
    const again = await control.receive({ all: true })
    assert.deepEqual(again.received, [])
  })

  it('receives one parcel by its plan, by an event, or line by line', async () => {
    for (const id of ['50001', '50002', '50003', '50004', '50005'])
      announce(id, [
        ['SKU-A', 2],
        ['SKU-B', 1],
      ])
    await control.receive({ returnId: '50001' })
    assert.deepEqual(
      receiptOf('50001')?.map((line) => line.received),
      [{ available: 2 }, { available: 1 }],
    )
    await control.receive({ customerIdentifier: '50002', event: 'receivePartial' })
    assert.deepEqual(
      receiptOf('50002')?.map((line) => line.counted),
      [1, 1],
    )
    await control.receive({ returnId: 50003, event: 'receiveDamaged' })
    assert.deepEqual(
      receiptOf('50003')?.map((line) => line.received),
      [{ damaged: 2 }, { damaged: 1 }],
    )
    await control.receive({
      returnId: '50004',
      lines: [{ sku: 'SKU-A', received: { available: 1, 'quality-control': 1 }, counted: 7 }],
    })
    assert.deepEqual(receiptOf('50004')?.[0], {
      sku: 'SKU-A',
      counted: 7,
      received: { available: 1, 'quality-control': 1 },
    })
    await control.receive({ returnId: '50005', event: 'inTransit' })
    const { packageId } = harness.sandbox.masonhub.rmas.current('50005') ?? {}
    await control.receive({ parcelId: packageId, event: 'delivered' })
    await assert.rejects(control.receive({ parcelId: 'NOBODY' }), isFault('SANDBOX_NOT_FOUND', exitCodes.notFound))
    assert.equal(harness.sandbox.masonhub.rmas.current('50005')?.status, 'open')
    await assert.rejects(control.receive({ returnId: '9' }), isFault('SANDBOX_NOT_FOUND', exitCodes.notFound))
    await assert.rejects(control.receive({}), isFault('SANDBOX_BAD_REQUEST', exitCodes.usage))
    for (const wrong of [
      { event: 'explode' },
      { lines: [] },
      { lines: [{ sku: 'SKU-A', received: { available: -1 } }] },
    ]) {
      const incoming = control.receive({ returnId: '50005', ...wrong })
      await assert.rejects(incoming, isFault('SANDBOX_BAD_REQUEST', exitCodes.usage))
    }
  })

  it('advances a manual clock, not a real one', async () => {
    const { now } = await control.advance(60_000)
    assert.equal(now, '2026-11-23T12:01:00.000Z')
    const live = await startSandbox()
    const refused = createControlClient(live.url).advance(1)
    await assert.rejects(refused, isFault('SANDBOX_CONFLICT', exitCodes.usage))
    await live.stop()
  })

  it('refuses web pages and foreign host names (DNS rebinding)', async () => {
    const statusWith = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const incoming = request(`${harness.sandbox.url}/_sandbox/status`, { headers, agent: false }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        })
        incoming.on('error', reject).end()
      })
    assert.equal(await statusWith({ Origin: 'https://evil.example' }), 403)
    assert.equal(await statusWith({ Host: 'rebound.example' }), 403)
    assert.equal(await statusWith({}), 200)
  })

  it('calls a return id that is taken the caller’s mistake', async () => {
    const returnId = Number(harness.file())
    await assert.rejects(control.createReturn({ returnId }), isFault('SANDBOX_CONFLICT', exitCodes.usage))
  })

  it('says what to type when no sandbox answers, when something else does, and when the URL can be none', async () => {
    const { url } = harness.sandbox
    await harness.sandbox.stop()
    await assert.rejects(control.status(), (error) => {
      assert.ok(isFault('SANDBOX_UNREACHABLE', exitCodes.vendorDown)(error))
      assert.equal((error as Fault).hint, 'mhloop sandbox start')
      assert.ok((error as Fault).message.includes(url))
      return true
    })
    const other = createServer((_request, response) => response.end('<h1>Something else</h1>'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const incoming = createControlClient(elsewhere).status()
    await assert.rejects(incoming, isFault('SANDBOX_UNREACHABLE', exitCodes.vendorDown))
    await new Promise((resolve) => other.close(resolve))
    for (const wrong of ['https://app.masonhub.co', 'nonsense']) {
      const refused = createControlClient(wrong).status()
      await assert.rejects(refused, isFault('SANDBOX_URL_INVALID', exitCodes.usage))
    }
  })
})
