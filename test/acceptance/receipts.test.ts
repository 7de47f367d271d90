/**
 * The returns acceptance suite of masonhub.md §14.3, part RCV: what mhloop tells Loop about what the warehouse
 * received.
 */
import assert from 'node:assert/strict'
import type { NewReturn, NewUnit } from '../../src/sandbox/loop/register.ts'
import { milestones, type Receipt } from '../../src/sandbox/masonhub/types.ts'
import { acceptance, codesOf, type Harness, hour, minute } from './harness.ts'

const tee: NewUnit = { sku: 'TEE-BLK-M', price: 2_500 }
const jeans: NewUnit = { sku: 'JEAN-IND-32', price: 8_900 }

/** A return that is filed, announced and received, and whose receipt shows. */
async function received(at: Harness, overrides: NewReturn, receipt?: Receipt): Promise<string> {
  const id = at.file(overrides)
  await at.sync()
  at.pass(hour)
  at.receive(id, receipt)
  return id
}

/** Loop got one flag with its note, and no money moved. */
function assertFlagged(at: Harness, id: string, ...codes: string[]): void {
  assert.equal(at.groundTruth('return_flagged', id).length, 1)
  assert.equal(at.groundTruth('process_accepted', id).length, 0)
  assert.equal(at.sandbox.loop.refundsPaid(id), 0)
  assert.equal(at.sandbox.loop.returns.get(Number(id))?.state, 'review')
  assert.equal(at.notes(id).length, 1, `one note, with ${codes.join(', ')}`)
}

describe('acceptance: receipts', () => {
  const open = acceptance()

  it('RCV-001 everything available: Loop processes once, however often it is requested', async () => {
    const at = await open()
    const id = await received(at, { units: [{ ...tee, quantity: 2 }, jeans] })
    const [resolved] = await at.resolve('ready')
    assert.deepEqual([resolved?.action, resolved?.outcome], ['refund', 'accepted'])
    assert.deepEqual(codesOf((await at.show(id)).decision), ['PROCESS_PENDING'], 'accepted is not paid')
    at.pass(minute)
    const [seen] = await at.resolve(id)
    assert.deepEqual([seen?.action, seen?.outcome], ['refund', 'confirmed'])
    await at.resolve('ready')
    await at.resolve(id, { requested: 'refund', force: true })
    assert.equal(at.groundTruth('process_accepted', id).length, 1)
    assert.equal(at.requests('loop', 'POST', '/process').length, 1)
    assert.deepEqual(
      at.groundTruth('refund_paid', id).map(({ detail }) => detail.amount),
      [13_900],
    )
    const overview = await at.show(id)
    assert.equal(overview.loopReturn?.state, 'closed')
    assert.deepEqual(codesOf(overview.decision), ['PROCESS_CONFIRMED'])
    assert.deepEqual(overview.findings, [])
  })

  it('RCV-001 with --wait the outcome is seen at once', async () => {
    const at = await open()
    const id = await received(at, { units: [tee] })
    const [resolved] = await at.resolve(id, { wait: minute })
    assert.deepEqual([resolved?.action, resolved?.outcome], ['refund', 'confirmed'])
    assert.equal(at.paidByUs(id), 1)
  })

  it('RCV-002 a partial receipt: flagged, the shortage in the note', async () => {
    const at = await open()
    const id = await received(
      at,
      { units: [{ ...jeans, quantity: 2 }] },
      { lines: [{ sku: 'JEAN-IND-32', received: [{ disposition: 'available', quantity: 1 }] }] },
    )
    const [resolved] = await at.resolve('ready', { wait: minute })
    assert.deepEqual([resolved?.action, resolved?.outcome, codesOf(resolved)], ['flag', 'confirmed', ['MISSING']])
    assertFlagged(at, id, 'MISSING')
    assert.match(at.notes(id)[0] ?? '', /1 of 2 × JEAN-IND-32 missing/)
  })

  it('RCV-002 received units of whole parcels add up: Loop is told nothing before the last of several parcels (F17)', async () => {
    const at = await open()
    const id = await received(
      at,
      { units: [tee, jeans] },
      {
        status: 'in-receiving',
        lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 1 }] }],
      },
    )
    assert.deepEqual(await at.resolve('ready'), [])
    const [early] = await at.resolve(id)
    assert.deepEqual([early?.action, codesOf(early)], ['wait', ['IN_RECEIVING']])
    at.pass(hour)
    at.receive(id)
    const [resolved] = await at.resolve('ready', { wait: minute })
    assert.deepEqual([resolved?.action, resolved?.outcome], ['refund', 'confirmed'])
    assert.equal(at.groundTruth('return_flagged').length, 0)
  })

  const dispositions = [
    ['damaged', 'DAMAGED', 'damaged'],
    ['quality-control', 'NOT_AVAILABLE', 'in quality control'],
    ['qc', 'NOT_AVAILABLE', 'in quality control'],
    ['refurbishing', 'NOT_AVAILABLE', 'in refurbishing'],
    ['under-investigation', 'NOT_AVAILABLE', 'under investigation'],
    ['short', 'MISSING', 'missing'],
    ['teleported', 'DISPOSITION_UNKNOWN', 'teleported'],
  ] as const
  for (const [disposition, code, words] of dispositions) {
    it(`RCV-003 ${disposition}: flagged, and the note says “${words}”`, async () => {
      const at = await open()
      const id = await received(
        at,
        { units: [tee] },
        { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition, quantity: 1, notes: 'Has a hole' }] }] },
      )
      const [resolved] = await at.resolve('ready', { wait: minute })
      assert.deepEqual([resolved?.action, resolved?.outcome], ['flag', 'confirmed'])
      assert.ok(codesOf(resolved).includes(code), codesOf(resolved).join())
      assertFlagged(at, id, code)
      assert.ok(at.notes(id)[0]?.includes(words), at.notes(id)[0])
      const overview = await at.show(id)
      assert.deepEqual(overview.receipt?.lines[0]?.notes, ['Has a hole'])
    })
  }

  it('RCV-003 policy may let the unclear wait; what is damaged is flagged all the same', async () => {
    const at = await open({ policy: { onUnclear: 'wait' } })
    const unclear = await received(
      at,
      { units: [tee] },
      { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'quality-control', quantity: 1 }] }] },
    )
    const damaged = await received(
      at,
      { units: [tee] },
      { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] },
    )
    const results = await at.resolve([unclear, damaged], { wait: minute })
    assert.deepEqual(
      results.map(({ action, outcome }) => [action, outcome]),
      [
        ['wait', 'skipped'],
        ['flag', 'confirmed'],
      ],
    )
    assert.equal(at.groundTruth('return_flagged', unclear).length, 0)
    assert.equal(at.groundTruth('process_accepted').length, 0)
  })

  it('RCV-003 played by MasonHub’s own data factory with random dispositions: paid only if every unit is available', async () => {
    const at = await open()
    const ids = Array.from({ length: 20 }, () => at.file({ units: [tee, jeans] }))
    await at.sync()
    at.pass(hour)
    const answers = await at.context.masonhub.dataFactory.rmaEvent(
      ids.map((customerIdentifier) => ({ customerIdentifier, event: 'receiveFull', randomizeInventoryStatuses: true })),
    )
    assert.ok(answers.every(({ kind }) => kind === 'accepted'))
    await at.resolve('ready', { wait: minute })
    let good = 0
    for (const id of ids) {
      const units = at.rma(id)?.lines.flatMap(({ received }) => received ?? []) ?? []
      const allAvailable = units.every(({ disposition }) => disposition === 'available')
      good += Number(allAvailable)
      assert.equal(at.paidByUs(id), Number(allAvailable), id)
      assert.equal(at.groundTruth('return_flagged', id).length, Number(!allAvailable), id)
    }
    assert.ok(good < ids.length)
  })

  it('RCV-004 an unexpected item: flagged, and the item named', async () => {
    const at = await open()
    for (const quantity of [0, 1]) {
      const id = await received(at, { units: [tee] }, { unexpected: [{ sku: 'SOCK-3PK', quantity }] })
      const [resolved] = await at.resolve('ready', { wait: minute })
      assert.deepEqual([resolved?.action, codesOf(resolved)], ['flag', ['UNANNOUNCED_ITEM']])
      assertFlagged(at, id, 'UNANNOUNCED_ITEM')
      assert.match(at.notes(id)[0] ?? '', /SOCK-3PK/)
    }
  })

  it('RCV-004 another SKU in place of the announced one: both are named', async () => {
    const at = await open()
    const id = await received(at, { units: [tee] }, { lines: [], unexpected: [{ sku: 'TEE-WHT-M' }] })
    const [resolved] = await at.resolve('ready', { wait: minute })
    assert.deepEqual(new Set(codesOf(resolved)), new Set(['MISSING', 'UNANNOUNCED_ITEM']))
    assertFlagged(at, id, 'MISSING', 'UNANNOUNCED_ITEM')
    assert.match(at.notes(id)[0] ?? '', /TEE-BLK-M[\s\S]*TEE-WHT-M|TEE-WHT-M[\s\S]*TEE-BLK-M/)
  })

  const crafted: [string, string, Receipt][] = [
    [
      'two came where one was announced',
      'EXTRA_UNITS',
      { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 2 }] }] },
    ],
    [
      'quantity_received says less than its details (F15)',
      'COUNTS_CONTRADICT',
      { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 1 }], quantityReceived: 0 }] },
    ],
    [
      'quantity_received says more than its details (F15)',
      'COUNTS_CONTRADICT',
      { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 1 }], quantityReceived: 2 }] },
    ],
    [
      'no receiving details at all (F13: the requested status is no receipt)',
      'MISSING',
      { lines: [{ sku: 'TEE-BLK-M', received: null }] },
    ],
  ]
  for (const [about, code, receipt] of crafted) {
    it(`RCV-005 ${about}: flagged`, async () => {
      const at = await open()
      const id = await received(at, { units: [tee] }, receipt)
      const [resolved] = await at.resolve('ready', { wait: minute })
      assert.equal(resolved?.action, 'flag')
      assert.ok(codesOf(resolved).includes(code), codesOf(resolved).join())
      assertFlagged(at, id, code)
    })
  }

  it('RCV-005 quantities as strings are the same quantities', async () => {
    const at = await open()
    const id = await received(at, { units: [{ ...tee, quantity: 3 }] }, { stringified: true })
    await at.resolve('ready', { wait: minute })
    assert.equal(at.paidByUs(id), 1)
  })

  it('RCV-006 carrier and dock milestones: no money moves, Loop is told nothing, and the RMA stays watched', async () => {
    const at = await open()
    const ids = milestones.map(() => at.file())
    await at.sync()
    at.pass(hour)
    for (const [index, id] of ids.entries()) {
      at.sandbox.masonhub.warehouse.milestone(id, milestones[index] ?? 'tendered')
    }
    assert.deepEqual(await at.resolve('ready'), [])
    const results = await at.resolve(ids)
    assert.deepEqual(
      results.map((result) => [result.action, codesOf(result)[0]]),
      milestones.map((event) => ['wait', event === 'receivingStarted' ? 'IN_RECEIVING' : 'NOT_RECEIVED']),
    )
    assert.equal(at.requests('loop', 'POST').length, 0)
    for (const id of ids) at.receive(id)
    await at.resolve('ready', { wait: minute })
    assert.equal(at.paidByUs(), ids.length)
  })

  it('RCV-007 unannounced parcels, returned to sender, without an id: left alone, and found by the audit', async () => {
    const at = await open()
    const id = await received(at, { units: [tee] })
    at.sandbox.masonhub.warehouse.createAtDock({ packageId: '1Z999AA10123456784' })
    at.sandbox.masonhub.warehouse.returnedToSender()
    const results = await at.resolve('ready', { wait: minute })
    assert.deepEqual(
      results.map(({ returnId, outcome }) => [returnId, outcome]),
      [[id, 'confirmed']],
    )
    const { findings } = await at.audit()
    assert.deepEqual(
      findings.map(({ code, returnId }) => [code, returnId]),
      [['UNANNOUNCED_RECEIPT', null]],
    )
    assert.equal(at.groundTruth('refund_paid').length, 1)
  })

  it('RCV-007 a dock-made RMA under a return’s own number is not a receipt of that return', async () => {
    const at = await open()
    const id = at.file({ units: [tee] })
    const line = { sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 1 }] }
    at.sandbox.masonhub.warehouse.createAtDock({ customerIdentifier: id, lines: [line] })
    for (const requested of ['rules', 'refund'] as const) {
      const [resolved] = await at.resolve(id, { requested, force: requested === 'refund' })
      assert.deepEqual([resolved?.action, codesOf(resolved)], ['wait', ['RMA_FOREIGN']])
    }
    assert.equal(at.requests('loop', 'POST').length, 0)
  })

  it('RCV-008 the refund switch is off: nothing is sent, it is reported as ready, and a person may pay explicitly', async () => {
    const at = await open({ policy: { refunds: false } })
    const id = await received(at, { units: [tee] })
    const [resolved] = await at.resolve('ready', { wait: minute })
    assert.deepEqual([resolved?.action, resolved?.outcome], ['wait', 'skipped'])
    assert.equal(codesOf(resolved)[0], 'REFUNDS_OFF')
    assert.equal(at.requests('loop', 'POST').length, 0)
    const overview = await at.show(id)
    assert.deepEqual(
      overview.findings.map(({ code }) => code),
      ['RECEIVED_UNRESOLVED'],
    )
    assert.equal(overview.next.command, `mhloop rma resolve ${id} -m acme --refund`)
    const [paid] = await at.resolve(id, { requested: 'refund', wait: minute })
    assert.equal(paid?.outcome, 'confirmed')
    assert.equal(at.paidByUs(id), 1)
  })

  it('RCV-008 with the switch off, a bad receipt is flagged all the same', async () => {
    const at = await open({ policy: { refunds: false } })
    const id = await received(at, { units: [tee] }, { lines: [] })
    await at.resolve('ready', { wait: minute })
    assertFlagged(at, id, 'MISSING')
  })
})
