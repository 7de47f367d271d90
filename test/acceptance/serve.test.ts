/**
 * Unattended: webhooks and callbacks complete a return, and so do polls alone (failures.md F25, F29; masonhub.md §14).
 */
import assert from 'node:assert/strict'
import { receiveSeeded } from '../../src/sandbox/seed/dock.ts'
import { seedSandbox } from '../../src/sandbox/seed/seed.ts'
import { type ConnectedHarness, connectedHarnesses, type End, openConnectedHarness } from './connected-harness.ts'
import { hour, minute } from './harness.ts'

const second = 1_000

describe('serve: a return goes to its end by itself', () => {
  const open = connectedHarnesses()

  it('filed → webhook → RMA; received → callback → refund, without any other call', async () => {
    const at = await open()
    const id = at.file()
    await at.work()
    at.pass(second)
    assert.equal(at.rma(id)?.status, 'open')
    assert.equal(
      (await at.events({ returnId: id })).every(({ state }) => state === 'done'),
      true,
    )
    at.receive(id)
    await at.work()
    at.pass(minute)
    await at.work()
    const { paid, flags, notes, state } = await at.end(id)
    // Two notes: the claim, and Loop's own note about the refund (G1).
    assert.deepEqual({ paid, flags, notes: notes.length, state }, { paid: 1, flags: 0, notes: 2, state: 'closed' })
  })

  it('the label comes later: label.created files the RMA with its number (F30)', async () => {
    const at = await open()
    const id = at.file({ label: { after: hour, status: 'pre_transit', walks: false } })
    await at.work()
    assert.equal(at.rma(id), undefined)
    at.pass(hour)
    await at.work()
    at.pass(second)
    const [label] = at.sandbox.loop.returns.get(Number(id))?.labels ?? []
    assert.equal(at.rma(id)?.packageId, label?.trackingNumber)
    assert.equal(at.groundTruth('label_bought').length, 0)
  })

  it('a damaged unit: flagged, with one note, whatever comes again afterwards', async () => {
    const at = await open()
    const id = at.file()
    await at.run(2 * minute, { jobs: false })
    at.receive(id, { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] })
    await at.run(2 * minute, { jobs: false })
    at.sandbox.masonhub.warehouse.milestone(id, 'delivered')
    await at.run(10 * minute)
    const { paid, flags, notes } = await at.end(id)
    assert.deepEqual({ paid, flags, notes: notes.length }, { paid: 0, flags: 1, notes: 1 })
  })
})

/** Serves every story of the sandbox until nothing changes any more; returns how each return ended, by its id. */
async function endsOf(at: ConnectedHarness): Promise<Record<string, End>> {
  // No message and no pull covers a return that was filed three years ago.
  const seeded = seedSandbox(at.sandbox, { seed: 3, count: 60 }).filter(({ tag }) => tag !== 'three-years-old')
  await at.run(90 * minute)
  // The daily rescan finds returns from before the window of the first pull.
  await at.job('rescan')
  for (const one of seeded) receiveSeeded(at.sandbox.masonhub, one)
  await at.run(100 * minute)
  const ends: Record<string, End> = {}
  for (const { returnId, tag } of seeded) ends[`${returnId} ${tag}`] = await at.end(returnId)
  return ends
}

/** Seeded returns that ended otherwise than they should have. */
function misled(at: ConnectedHarness): string[] {
  return [...at.sandbox.seeded.values()].flatMap(({ returnId, tag, expected }) => {
    const seenRequests = at.groundTruth('process_accepted', returnId).length
    const flagged = at.groundTruth('return_flagged', returnId).length
    const right = seenRequests === (expected === 'refund' ? 1 : 0) && flagged === (expected === 'flag' ? 1 : 0)
    return right ? [] : [`${returnId} ${tag}: should end in ${expected}, asked ${seenRequests}, flagged ${flagged}`]
  })
}

describe('serve: what is lost, doubled or late changes when something happens, never what', () => {
  const open = connectedHarnesses()
  let delivered: Record<string, End>
  before(async () => {
    const at = await openConnectedHarness()
    try {
      await at.connect()
      delivered = await endsOf(at)
      assert.ok((await at.events()).length > 60)
      assert.deepEqual(misled(at), [])
    } finally {
      await at.close()
    }
  })

  it('F25 F29 CB-003 every webhook and every callback lost: the same end', async () => {
    const at = await open({ faults: { 'loop.webhook-loss': 1, 'masonhub.callback-loss': 1 } })
    assert.deepEqual(await endsOf(at), delivered)
    assert.deepEqual(await at.events(), [], 'not one message came')
  })

  it('F50 CB-003 every message five times, in any order: the same end', async () => {
    const at = await open({
      faults: {
        'loop.webhook-duplicates': 4,
        'loop.webhook-delay-ms': 10 * minute,
        'masonhub.callback-duplicates': 4,
        'masonhub.callback-delay-ms': 10 * minute,
      },
    })
    assert.deepEqual(await endsOf(at), delivered)
    const repeated = at.receiver.counts().filter(({ outcome }) => outcome === 'repeated')
    assert.ok(repeated.reduce((sum, { count }) => sum + count, 0) > 200)
  })
})
