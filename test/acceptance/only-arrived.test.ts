/**
 * A person refunds only what arrived: Loop takes the missing units out and pays for the rest (loop.md §5.5), at most
 * once per return, whoever asks, and however.
 */
import assert from 'node:assert/strict'
import { exitCodes } from '../../src/core/errors/fault.ts'
import { claimsIn } from '../../src/core/refunds/claim-note.ts'
import type { LabelPlan, NewReturn } from '../../src/sandbox/loop/register.ts'
import type { Receipt } from '../../src/sandbox/masonhub/types.ts'
import { proposeMany } from '../../src/usecases/resolve/propose.ts'
import { exitOfResults, resolveMany } from '../../src/usecases/resolve/resolve-many.ts'
import { killable, untilKilled } from './calls.ts'
import { acceptance, codesOf, type Harness, hour, minute, type Worker } from './harness.ts'

const shirtAndCaps = [
  { sku: 'TEE-BLK-M', price: 4_000 },
  { sku: 'CAP-RED', price: 1_500, line: 7 },
  { sku: 'CAP-RED', price: 1_500, line: 7 },
]

/** Of the shirt and two caps, one cap is missing. */
const oneCap: Receipt = {
  lines: [
    { sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 1 }] },
    { sku: 'CAP-RED', received: [{ disposition: 'available', quantity: 1 }] },
  ],
}

async function received(at: Harness, receipt = oneCap, filed: NewReturn = {}): Promise<string> {
  const id = at.file({ units: shirtAndCaps, ...filed })
  await at.sync({ returnIds: [id] })
  at.pass(hour)
  at.receive(id, receipt)
  return id
}

const onlyArrived = { requested: 'only-arrived' } as const
const posted = (at: Harness, ending: string) => at.requests('loop', 'POST', ending)
const stateOf = (at: Harness, id: string) => at.sandbox.loop.returns.get(Number(id))?.state
const unitsOf = (at: Harness, id: string) =>
  (at.sandbox.loop.returns.get(Number(id))?.units ?? []).map(({ lineItemId }) => String(lineItemId))
const skus = (units: readonly { sku: string | null }[] = []) => units.map(({ sku }) => sku)

/** What was paid, in the sandbox's ledger: by whom, and how much in minor units. */
const paid = (at: Harness, id: string) =>
  at.groundTruth('refund_paid', id).map(({ detail }) => `${detail.by} ${detail.amount}`)

/** The one refund of a return that is not abandoned. */
async function refundOf(at: Harness, id: string) {
  const rows = [...(await at.effects(id, 'remove')), ...(await at.effects(id, 'process'))]
  return rows.find(({ state }) => state !== 'abandoned')
}

/** How a return ends whatever is asked for after a run has died; it is never paid twice. */
async function endOf(at: Harness, id: string, died: string): Promise<string> {
  for (const wait of [5 * minute, hour]) {
    at.pass(wait)
    for (const options of [onlyArrived, { requested: 'refund', force: true }, {}] as const)
      await at.resolve(id, options)
  }
  const sent = posted(at, `${id}/remove`).length + posted(at, `${id}/process`).length
  const row = await refundOf(at, id)
  assert.ok(sent <= 1, died)
  assert.equal(at.groundTruth('refund_paid', id).length, row?.state === 'parked' ? 0 : 1, died)
  return `${row?.kind} ${row?.state}`
}

async function otherInstallation(at: Harness): Promise<Worker> {
  return at.worker({ journal: await at.foreignJournal(), actor: 'bob@laptop' })
}

describe('acceptance: a refund of only what arrived (loop.md §5.5)', () => {
  const open = acceptance()

  it('removes the missing unit in one call, pays for the rest once, and is confirmed by reading', async () => {
    const at = await open()
    const id = await received(at)
    const units = unitsOf(at, id)
    const [result] = await at.resolve(id, { ...onlyArrived, reason: 'the shopper agreed' })
    assert.deepEqual(
      [result?.action, result?.outcome, codesOf(result)],
      ['refund', 'accepted', ['ONLY_ARRIVED', 'MISSING']],
    )
    assert.deepEqual(
      [skus(result?.partial?.paid), skus(result?.partial?.removed)],
      [['TEE-BLK-M', 'CAP-RED'], ['CAP-RED']],
    )
    const [request, ...others] = posted(at, '/remove')
    assert.equal(others.length, 0)
    assert.deepEqual(request?.query, { line_item_id: units[2] })
    at.pass(minute)
    assert.deepEqual(paid(at, id), ['remove 5500'])
    assert.equal((await at.resolve(id, onlyArrived))[0]?.outcome, 'refused', 'it is over')
    const [effect] = await at.effects(id, 'remove')
    assert.deepEqual([effect?.state, effect?.evidence], ['confirmed', 'Loop shows it closed and processed.'])
    assert.deepEqual(await at.effects(id, 'process'), [])
    for (const options of [{}, onlyArrived, { requested: 'refund', force: true }] as const)
      await at.resolve(id, options)
    assert.equal(posted(at, '/remove').length + posted(at, '/process').length, 1)
    const history = await at.journal.history.of('acme', id)
    const decision = history.find(({ what }) => what === 'decided')
    assert.equal(
      decision?.message,
      `decided: refund (ONLY_ARRIVED, MISSING); removes ${units[2]}; reason: the shopper agreed`,
    )
  })

  it('says on the timeline what it asks for, in a note that every mhloop reads as a claim (G1)', async () => {
    const at = await open()
    const id = await received(at)
    await at.resolve(id, onlyArrived)
    const [note = '', ...others] = at.notes(id)
    assert.equal(others.length, 0, 'Loop itself writes nothing about it')
    assert.match(note, / Only what arrived is refunded: 1 of its units will be removed\.$/)
    assert.equal(claimsIn(note).length, 1)
    assert.ok(note.length < 255)
  })

  it('waits, if asked to, until Loop shows it', async () => {
    const at = await open()
    const id = await received(at)
    assert.equal((await at.resolve(id, { ...onlyArrived, wait: 2 * minute }))[0]?.outcome, 'confirmed')
    assert.equal((await at.show(id)).link?.status, 'resolved')
  })

  it('is never done by the rules: neither by resolve --ready, nor by audit or sync', async () => {
    const at = await open()
    const id = await received(at)
    await at.resolve('ready')
    await at.sync()
    await at.audit()
    assert.equal(posted(at, '/remove').length, 0)
    assert.equal(stateOf(at, id), 'review')
  })

  it('A-62 is refused in review, and after a person has set the return back to open it goes out', async () => {
    const at = await open()
    const id = await received(at)
    await at.resolve(id, { wait: minute })
    const [refused] = await at.resolve(id, onlyArrived)
    assert.deepEqual([refused?.outcome, codesOf(refused)], ['refused', ['IN_REVIEW']])
    assert.match(refused?.reasons[0]?.message ?? '', /set it back to open in the Loop admin first, then run this again/)
    assert.equal(posted(at, '/remove').length, 0)
    at.sandbox.loop.reopen(id)
    assert.equal((await at.resolve(id, onlyArrived))[0]?.outcome, 'accepted')
    at.pass(minute)
    assert.deepEqual(paid(at, id), ['remove 5500'])
  })

  it('G19 pays nothing when a unit that arrived is not available, and --force does not help', async () => {
    const at = await open()
    const id = await received(at, {
      lines: [{ sku: 'CAP-RED', received: [{ disposition: 'damaged', quantity: 1 }] }],
    })
    for (const options of [onlyArrived, { ...onlyArrived, force: true }] as const) {
      const [result] = await at.resolve(id, options)
      assert.deepEqual([result?.outcome, codesOf(result)], ['refused', ['UNITS_NOT_AVAILABLE']])
    }
    assert.equal(posted(at, '/remove').length, 0)
  })

  it('G20 never removes every unit, which would cancel the return', async () => {
    const at = await open()
    const id = await received(at, { lines: [] })
    assert.deepEqual(codesOf((await at.resolve(id, onlyArrived))[0]), ['NOTHING_ARRIVED'])
    assert.deepEqual([stateOf(at, id), posted(at, '/remove').length], ['open', 0])
  })

  it('is not for a return that arrived whole, nor for one that is not received', async () => {
    const at = await open()
    const whole = await received(at, {})
    assert.deepEqual(codesOf((await at.resolve(whole, onlyArrived))[0]), ['ALL_ARRIVED'])
    const early = at.file({ units: shirtAndCaps })
    await at.sync({ returnIds: [early] })
    at.pass(hour)
    assert.deepEqual(codesOf((await at.resolve(early, onlyArrived))[0]), ['NOT_RECEIVED'])
    assert.equal(posted(at, '/remove').length, 0)
  })

  it('waits for a box that is on its way, because what is removed can never be paid (loop.md §14.5)', async () => {
    const at = await open()
    const parcels: LabelPlan['parcels'] = [
      { trackingNumber: '9400111899220000000001', status: 'delivered', units: [0, 1] },
      { trackingNumber: '1Z999AA10123454321', status: 'in_transit', units: [2] },
    ]
    const id = await received(at, oneCap, { label: { after: 0, walks: false, parcels } })
    const [result] = await at.resolve(id, onlyArrived)
    assert.deepEqual([result?.outcome, codesOf(result)], ['refused', ['BOX_ON_ITS_WAY']])
    assert.equal(posted(at, '/remove').length, 0)
  })

  it('G18 asks which unit is missing when they differ, and removes the one that a person names', async () => {
    const at = await open()
    const units = [
      { sku: 'TEE-BLK-M', price: 4_000 },
      { sku: 'CAP-RED', price: 1_500 },
      { sku: 'CAP-RED', price: 900 },
    ]
    const id = await received(at, oneCap, { units })
    const [, first = '', second = ''] = unitsOf(at, id)
    const [unclear] = await at.resolve(id, onlyArrived)
    assert.deepEqual([unclear?.outcome, codesOf(unclear)], ['refused', ['WHICH_UNIT_UNKNOWN']])
    for (const wrong of [[], [first, second], ['1']])
      assert.deepEqual(codesOf((await at.resolve(id, { ...onlyArrived, units: wrong }))[0]), ['WHICH_UNIT_UNKNOWN'])
    assert.equal(posted(at, '/remove').length, 0)
    assert.equal((await at.resolve(id, { ...onlyArrived, units: [first] }))[0]?.outcome, 'accepted')
    assert.deepEqual(posted(at, '/remove')[0]?.query, { line_item_id: first })
    at.pass(minute)
    assert.deepEqual(paid(at, id), ['remove 4900'])
  })

  it('is for refunds and store credit, also both; an exchange is left to a person', async () => {
    const at = await open()
    for (const outcome of ['credit', 'credit+refund'] as const) {
      const id = await received(at, oneCap, { outcome })
      assert.equal((await at.resolve(id, { ...onlyArrived, wait: minute }))[0]?.outcome, 'confirmed', outcome)
    }
    const exchange = await received(at, oneCap, { outcome: 'exchange' })
    assert.deepEqual(codesOf((await at.resolve(exchange, onlyArrived))[0]), ['NOT_REMOVABLE'])
    assert.equal(posted(at, '/remove').length, 2)
  })

  it('is held by a pause and counts against the limits, and passes the switch and the largest refund', async () => {
    const at = await open({ policy: { refunds: false }, limits: { refundsPerDay: 2, largestRefund: '1' } })
    const [first, second, third] = [await received(at), await received(at), await received(at, {})]
    await at.journal.refunds.pause('acme', 'looking', 'ann', at.clock.now().toISOString())
    assert.deepEqual(codesOf((await at.resolve(first, onlyArrived))[0])[0], 'REFUNDS_PAUSED')
    await at.journal.refunds.resume('acme', 'ann', at.clock.now().toISOString())
    assert.equal((await at.resolve(first, onlyArrived))[0]?.outcome, 'accepted')
    assert.equal((await at.resolve(third, { requested: 'refund' }))[0]?.outcome, 'accepted')
    assert.equal(codesOf((await at.resolve(second, onlyArrived))[0])[0], 'DAILY_LIMIT', 'process and remove together')
    assert.equal(posted(at, '/remove').length, 1)
  })

  it('G17 a 500 after the work is in doubt: never sent again, by whatever kind, and settled by reading', async () => {
    const at = await open({ faults: { 'loop.remove-500-after-work': 1 } })
    const id = await received(at)
    const [result] = await at.resolve(id, onlyArrived)
    assert.deepEqual([result?.outcome, exitOfResults([result ?? assert.fail()], null)], ['in_doubt', exitCodes.inDoubt])
    for (const options of [onlyArrived, { requested: 'refund', force: true }, {}] as const) {
      const [again] = await at.resolve(id, options)
      assert.notEqual(again?.outcome, 'accepted')
    }
    assert.equal(posted(at, '/remove').length + posted(at, '/process').length, 1)
    at.pass(minute)
    await at.show(id)
    assert.equal((await at.effects(id, 'remove'))[0]?.state, 'confirmed')
    assert.deepEqual(paid(at, id), ['remove 5500'])
  })

  it('G17 gone units prove nothing: a job that fails leaves it parked, and nothing is sent again', async () => {
    const at = await open({ faults: { 'loop.process-fails': 1, 'loop.process-fails-to-review': 0 } })
    const id = await received(at)
    const before = unitsOf(at, id)
    assert.equal((await at.resolve(id, onlyArrived))[0]?.outcome, 'accepted')
    assert.deepEqual(unitsOf(at, id), before.slice(0, 2), 'A-65: they are gone')
    at.pass(2 * minute)
    await at.show(id)
    assert.equal((await at.effects(id, 'remove'))[0]?.state, 'accepted')
    at.pass(20 * minute)
    const overview = await at.show(id)
    assert.equal((await at.effects(id, 'remove'))[0]?.state, 'parked')
    for (const options of [onlyArrived, { requested: 'refund', force: true }, {}] as const)
      await at.resolve(id, options)
    assert.equal(posted(at, '/remove').length + posted(at, '/process').length, 1)
    assert.deepEqual(paid(at, id), [])
    assert.equal(overview.decision.reasons[0]?.code, 'PROCESS_PARKED')
    assert.deepEqual(
      overview.findings.map(({ code }) => code),
      ['PARKED'],
      'the missing unit is no edit by the shopper',
    )
  })

  it('A-65 a removed unit is no edit and the refund no mistake, whether Loop still shows the unit or not', async () => {
    for (const vanish of [0, 1]) {
      const at = await open({ faults: { 'loop.removed-units-vanish': vanish, 'loop.process-min-ms': 120_000 } })
      const id = await received(at)
      await at.resolve(id, onlyArrived)
      const synced = await at.sync({ returnIds: [id] })
      assert.ok(!JSON.stringify(synced).includes('EDITED_AFTER_RECEIPT'), JSON.stringify(synced))
      const codes = async () =>
        (await at.audit()).findings.filter(({ returnId }) => returnId === id).map(({ code }) => code)
      assert.deepEqual(await codes(), [])
      at.pass(10 * minute)
      assert.deepEqual(await codes(), [])
      assert.deepEqual(paid(at, id), ['remove 5500'])
      // The warehouse corrects itself: the cap that was paid was damaged.
      at.receive(id, {
        raiseVersion: true,
        lines: [
          { sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 1 }] },
          { sku: 'CAP-RED', received: [{ disposition: 'damaged', quantity: 1 }] },
        ],
      })
      assert.deepEqual(await codes(), ['RESOLUTION_MISMATCH'])
    }
  })

  it('G1 two installations: neither kind is sent after the other one has claimed', async () => {
    for (const [mine, theirs] of [
      [onlyArrived, { requested: 'refund', force: true }],
      [{ requested: 'refund', force: true }, onlyArrived],
      [onlyArrived, onlyArrived],
    ] as const) {
      const at = await open({ faults: { 'loop.process-min-ms': 40_000, 'loop.process-max-ms': 40_000 } })
      const id = await received(at)
      assert.equal((await at.resolve(id, mine))[0]?.outcome, 'accepted')
      const other = await otherInstallation(at)
      // Where units are gone, there may be nothing left to ask for: then it is refused before any claim.
      const [result] = await other.resolve(id, theirs)
      assert.ok(['parked', 'refused', 'skipped'].includes(result?.outcome ?? ''), result?.outcome)
      at.pass(2 * minute)
      assert.equal(at.groundTruth('refund_paid', id).length, 1)
    }
  })

  it('G16 process and remove of one return, by two runs of one journal at once: one of them pays', async () => {
    const at = await open()
    for (let round = 0; round < 6; round += 1) {
      const id = await received(at)
      const second = at.worker({ journal: await at.secondJournal(), actor: 'bob@laptop' })
      const both = [
        at.resolve(id, onlyArrived),
        second.resolve(id, { requested: 'refund', force: true, reason: 'said so' }),
      ]
      await Promise.all(round % 2 === 0 ? both : both.toReversed())
      at.pass(minute)
      assert.equal(at.groundTruth('refund_paid', id).length, 1, `round ${round}`)
      const rows = [...(await at.effects(id, 'process')), ...(await at.effects(id, 'remove'))]
      assert.equal(rows.filter(({ state }) => state !== 'abandoned').length, 1)
    }
  })

  it('G16 a refund of either kind that was planned and never sent does not keep the other from being sent', async () => {
    const at = await open()
    const id = await received(at)
    const plan = { merchant: 'acme', returnId: id, generation: 0, actor: 'ann', payload: {} } as const
    const when = at.clock.now().toISOString()
    await at.journal.effects.plan({ ...plan, kind: 'process', digest: 'd' }, when)
    assert.equal((await at.resolve(id, onlyArrived))[0]?.outcome, 'accepted')
    assert.deepEqual(
      (await at.effects(id, 'process')).map(({ state }) => state),
      ['abandoned'],
    )
    const other = await received(at)
    const payload = { removed: ['1'], paid: ['2'], receipt: 'r' }
    await at.journal.effects.plan({ ...plan, returnId: other, kind: 'remove', digest: 'd', payload }, when)
    assert.equal((await at.resolve(other, { requested: 'refund', force: true }))[0]?.outcome, 'accepted')
    assert.deepEqual(
      (await at.effects(other, 'remove')).map(({ state }) => state),
      ['abandoned'],
    )
    at.pass(minute)
    assert.deepEqual([paid(at, id), paid(at, other)], [['remove 5500'], ['api 7000']])
  })

  it('G21 sends nothing when the return, an amount or the receipt is another one than was shown', async () => {
    const changes: [string, (at: Harness, id: string) => void][] = [
      ['a unit', (at, id) => void at.sandbox.loop.edit(id, { remove: [0] })],
      [
        'an amount',
        (at, id) => {
          const unit = at.sandbox.loop.returns.get(Number(id))?.units[0]
          if (unit) unit.price += 100
        },
      ],
      [
        'the receipt',
        (at, id) =>
          at.receive(id, {
            raiseVersion: true,
            lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 1 }] }],
          }),
      ],
    ]
    for (const [what, change] of changes) {
      const at = await open()
      const id = await received(at)
      const request = { requested: 'only-arrived', force: false } as const
      const proposals = await proposeMany(at.context, [id], request)
      assert.equal(proposals[0]?.refused, false)
      change(at, id)
      // The operator was at lunch: it is read again.
      at.pass(hour)
      const { results } = await resolveMany(at.context, proposals, { ...request, note: null, wait: 0 })
      assert.deepEqual(codesOf(results[0]), ['CHANGED_SINCE_SHOWN'], what)
      assert.equal(posted(at, '/remove').length, 0)
    }
  })

  it('F7 a run that dies at any step pays at most once, whatever is asked for afterwards', async function () {
    this.timeout(300_000)
    const at = await open()
    const whole = killable(at.context, { at: 0, effect: 'before' })
    await at.worker(whole.context).resolve(await received(at), onlyArrived)
    assert.ok(whole.calls.includes('loop.remove'))
    const ends = new Set<string>()
    for (const [index, call] of whole.calls.entries())
      for (const effect of ['before', 'after'] as const) {
        const id = await received(at)
        await untilKilled(at.worker(killable(at.context, { at: index + 1, effect }).context).resolve(id, onlyArrived))
        ends.add(await endOf(at, id, `${effect} ${call}`))
      }
    assert.ok(ends.has('remove confirmed') && ends.has('remove parked'), [...ends].join())
  })

  it('F7 a run that dies between claim and request leaves it to a person, and nothing is sent again', async () => {
    const at = await open()
    const id = await received(at)
    const dying = killable(at.context, { at: 1, effect: 'before', counts: (name) => name === 'loop.remove' })
    assert.equal(await untilKilled(at.worker(dying.context).resolve(id, onlyArrived)), 'killed')
    assert.equal((await at.effects(id, 'remove'))[0]?.state, 'sent')
    for (const options of [onlyArrived, { requested: 'refund', force: true }, {}] as const)
      await at.resolve(id, options)
    at.pass(hour)
    for (const options of [onlyArrived, { requested: 'refund', force: true }, {}] as const)
      await at.resolve(id, options)
    assert.equal((await at.effects(id, 'remove'))[0]?.state, 'parked')
    assert.equal(posted(at, '/remove').length + posted(at, '/process').length, 0)
    assert.deepEqual(paid(at, id), [])
  })
})
