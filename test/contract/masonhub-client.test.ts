import assert from 'node:assert/strict'
import type { DesiredRma, Rma } from '../../src/core/rmas/rma.ts'
import { createTransport } from '../../src/http/create-transport.ts'
import { createRateLimiter } from '../../src/http/rate-limit/rate-limit.ts'
import type { MasonHubClient } from '../../src/masonhub/client.ts'
import { createMasonHubClient } from '../../src/masonhub/create-masonhub-client.ts'
import { masonhubHeaders } from '../../src/masonhub/requests/authorization.ts'
import type { Dock } from '../sandbox/masonhub/dock-harness.ts'
import { openDock } from '../sandbox/masonhub/dock-harness.ts'

/** Our client against the stand-in, which shares no wire code with it. */
describe('MasonHub client and MasonHub stand-in understand each other', () => {
  it('API-004 the client reads the same from an account in quirk mode as from a calm one, for many seeds', async () => {
    const calm = await played({ 'masonhub.quirks': 0 }, 1)
    assert.equal(calm.found.length, 3)
    for (let seed = 1; seed <= 25; seed += 1) {
      const quirky = await played({ 'masonhub.quirks': 1, 'masonhub.shuffle-results': 1 }, seed)
      assert.deepEqual(quirky, calm, `seed ${seed}`)
    }
  })

  it('RMA-008, F36 nothing that the client writes ever buys a label', async () => {
    const { dock, client, close } = await connected({}, 1)
    await client.rmas.create([requested('10001')])
    await client.rmas.update([{ ...requested('10001'), manifestId: 'changed' }])
    assert.equal(dock.masonhub.rmas.current('10001')?.version, 2)
    assert.equal(dock.masonhub.labelsBought.length, 0)
    await close()
  })

  it('F34 an answer lost after the work is in doubt, and a reading finds the RMA', async () => {
    const { dock, client, close } = await connected({}, 1)
    dock.fault('masonhub.drop-next-create-answer', 1)
    const answers = await client.rmas.create([requested('10001')])
    assert.equal(answers.get('10001')?.kind, 'in_doubt')
    assert.equal((await client.rmas.byCustomerIdentifiers(['10001'])).get('10001')?.length, 1)
    const again = await client.rmas.create([requested('10001')])
    assert.deepEqual(
      [again.get('10001')].map((row) => row?.kind === 'refused' && row.code),
      ['301'],
    )
    await close()
  })
})

async function connected(
  faults: Record<string, number>,
  seed: number,
): Promise<{ dock: Dock; client: MasonHubClient; close(): Promise<void> }> {
  const dock = await openDock(faults, seed)
  const { masonhubToken } = dock.sandbox.world.installed
  const transport = createTransport({
    vendor: 'masonhub',
    baseUrl: dock.sandbox.masonhubBaseUrl,
    headers: () => masonhubHeaders(masonhubToken),
    rate: createRateLimiter({ perSecond: 10_000, burst: 10_000 }),
  })
  const close = async () => {
    transport.close()
    await dock.sandbox.stop()
  }
  return { dock, client: createMasonHubClient(transport), close }
}

/** One story through every endpoint that the client uses; what it read, without ids, which are random. */
async function played(faults: Record<string, number>, seed: number) {
  const { dock, client, close } = await connected(faults, seed)
  const unknownSku = { ...requested('10002'), lines: [{ ...oneLine, sku: 'NO-SUCH' }] }
  const created = await client.rmas.create([requested('10001'), unknownSku, requested('10003'), requested('10004')])
  const duplicate = await client.rmas.create([requested('10001')])
  const removed = await client.rmas.remove(['10004', '10009'])
  await client.callbacks.create([{ url: 'http://localhost:9999/', messageType: 'rmaEvent', apiVersion: '2.0' }])
  await client.holds.create(['rmaEvent'])
  const factory = await client.dataFactory.rmaEvent([{ customerIdentifier: '10001', event: 'receiveFull' }])
  dock.masonhub.warehouse.receive('10003', {
    lines: [{ sku: 'HAT', received: [{ disposition: 'qc', quantity: 1, notes: 'torn' }], quantityReceived: 2 }],
    unexpected: [{ sku: 'SHIRT-S' }],
  })
  const updated = await client.rmas.update([requested('10003')])
  const found = await client.rmas.byCustomerIdentifiers(['10001', '10002', '10003', '10004'])
  const holds = (await client.holds.list()).map((hold) => hold.messageType)
  await client.holds.remove(['rmaEvent'])
  const callbacks = await client.callbacks.list()
  const known = [...(await client.knownSkus(['HAT', 'NO-SUCH']))]
  await client.check()
  await close()
  return {
    created: [...created].map(([identifier, row]) => [identifier, row.kind, row.kind === 'refused' ? row.code : null]),
    refused: [...duplicate, ...removed, ...updated].map(([, row]) => (row.kind === 'refused' ? row.code : row.kind)),
    factory: factory.map((row) => row.kind),
    found: [...found.values()].flat().map(withoutIds),
    holds,
    held: dock.masonhub.outbound.messages.length,
    callbacks: callbacks.map(({ callbackId: _, ...rest }) => rest),
    known,
  }
}

function withoutIds({ rmaId: _, ...rma }: Rma): unknown {
  const timestamps = [rma.createdAt, rma.updatedAt, rma.receivedAt, rma.deletedAt]
  const { createdAt: _c, updatedAt: _u, receivedAt: _r, deletedAt: _d, ...rest } = rma
  // Before a receipt, received quantities are written as 0, as null, or not at all; the client may keep the difference.
  const lines = rest.lines.map((line) => (line.received === null ? { ...line, quantityReceived: null } : line))
  return {
    ...rest,
    lines,
    timestamps: timestamps.map((timestamp) => (timestamp === null ? null : Date.parse(timestamp))),
  }
}

const oneLine: DesiredRma['lines'][number] = {
  sku: 'HAT',
  quantity: 2,
  reasonCode: 'tooBig',
  requestedStatus: 'qc',
  notes: null,
  orderId: null,
}

function requested(customerIdentifier: string): DesiredRma {
  return {
    customerIdentifier,
    manifestId: '#1001-R1',
    packageId: `1Z${customerIdentifier}`,
    instructions: 'Fold',
    lines: [oneLine],
  }
}
