import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parcelsOf } from '../../../src/core/returns/parcels.ts'
import { type LoopReturn, methodUnsaid } from '../../../src/core/returns/return.ts'
import { planRma, type RmaPlan } from '../../../src/core/rmas/plan-rma.ts'
import type { DesiredRma, Rma } from '../../../src/core/rmas/rma.ts'
import { type DifferenceInput, liveRmas, rmaDifference } from '../../../src/core/rmas/rma-difference.ts'
import {
  aDesiredLine,
  aDesiredRma,
  aLabel,
  aLine,
  anOpenRma,
  anRma,
  aParcel,
  aPlanInput,
  aPolicy,
  aReturn,
  aUnit,
  parcelsAt,
  received,
  rmaFrom,
  tracking,
  unitsOf,
} from '../build.ts'

function planOf(rma: DesiredRma = aDesiredRma()): RmaPlan {
  return { kind: 'wanted', rma, announced: ['501'], excluded: [], unmapped: [], losses: [] }
}
const reason = { code: 'X', message: 'For a reason.' }
const retire = (...skus: string[]): RmaPlan => ({ kind: 'retire', reason, skus })

function differ(there: Rma[], special: Partial<DifferenceInput> = {}) {
  return rmaDifference({ plan: planOf(), there, parcels: parcelsAt(tracking), ours: true, ...special })
}

/** The changes of an update, as `field: present → desired`. */
function changes(there: Rma, special: Partial<DifferenceInput> = {}): string[] {
  const difference = differ([there], special)
  if (difference.kind === 'unchanged') return []
  assert.ok(difference.kind === 'update', difference.kind)
  return difference.changes.map((change) => `${change.field}: ${change.there} → ${change.wanted}`)
}

const deletedRmas = [anOpenRma({ status: 'deleted' }), anOpenRma({ deletedAt: '2026-11-03T00:00:00Z' })]

describe('which RMAs count (masonhub.md §4.2)', () => {
  it('those that are not deleted, by status or by date', () => {
    assert.deepEqual(liveRmas(deletedRmas), [])
    assert.deepEqual(liveRmas([anRma(), ...deletedRmas]), [anRma()])
  })
})

describe('an RMA is wanted', () => {
  it('and none is there, or only deleted ones: create it (RMA-013)', () => {
    assert.deepEqual(differ([]), { kind: 'create', rma: aDesiredRma() })
    assert.deepEqual(differ(deletedRmas), { kind: 'create', rma: aDesiredRma() })
  })

  it('and it is there as wanted: unchanged', () => {
    assert.deepEqual(differ([anOpenRma(), ...deletedRmas]), { kind: 'unchanged' })
  })

  it('and it differs while open: update, with every change named (RMA-010, F18)', () => {
    const desired = aDesiredRma({
      packageId: 'NEW-PARCEL',
      lines: [aDesiredLine({ sku: 'B', reasonCode: 'tooBig' }), aDesiredLine({ sku: 'A', quantity: 2 })],
    })
    const there = anOpenRma({ lines: [aLine({ sku: 'A' })], packageId: null })
    assert.deepEqual(differ([there], { plan: planOf(desired), parcels: parcelsAt('NEW-PARCEL') }), {
      kind: 'update',
      rma: desired,
      changes: [
        { field: 'lines', there: '1 × A', wanted: '2 × A, 1 × B' },
        { field: 'reasons', there: '1 × A other', wanted: '2 × A other, 1 × B tooBig' },
        { field: 'package_id', there: '', wanted: 'NEW-PARCEL' },
      ],
    })
  })
})

describe('what counts as a change', () => {
  it('units, pooled per SKU; not how they are spread over lines, nor their order', () => {
    const split = anOpenRma({ lines: [aLine({ sku: 'B' }), aLine({ sku: 'A' }), aLine({ sku: 'A' })] })
    const plan = planOf(aDesiredRma({ lines: [aDesiredLine({ sku: 'A', quantity: 2 }), aDesiredLine({ sku: 'B' })] }))
    assert.deepEqual(changes(split, { plan }), [])
  })

  it('reason codes, unless Loop’s view lacks the parent reasons', () => {
    const there = anOpenRma({ lines: [aLine({ reasonCode: null })] })
    assert.deepEqual(changes(there), ['reasons: 1 × SHIRT-M – → 1 × SHIRT-M other'])
    assert.deepEqual(changes(there, { reasonsKnown: true }), ['reasons: 1 × SHIRT-M – → 1 × SHIRT-M other'])
    assert.deepEqual(changes(there, { reasonsKnown: false }), [])
    const lines = anOpenRma({ lines: [aLine({ quantity: 2 })] })
    assert.deepEqual(changes(lines, { reasonsKnown: false }), ['lines: 2 × SHIRT-M → 1 × SHIRT-M'])
  })

  it('a package that is none of the return’s parcels', () => {
    assert.deepEqual(changes(anOpenRma({ packageId: 'OTHER' })), [`package_id: OTHER → ${tracking}`])
  })

  it('the list of other parcels, when the package is the wanted one', () => {
    const plan = planOf(aDesiredRma({ instructions: 'Other parcels of this return: SECOND' }))
    const parcels = parcelsAt(tracking, 'SECOND')
    assert.deepEqual(changes(anOpenRma(), { plan, parcels }), [
      'customer_instructions:  → Other parcels of this return: SECOND',
    ])
    assert.deepEqual(changes(anOpenRma({ instructions: 'x' })), ['customer_instructions: x → '])
    assert.deepEqual(changes(anOpenRma({ packageId: 'SECOND' }), { plan, parcels }), [])
  })

  it('a package that lies about while another parcel of the return travels (loop.md §14.5)', () => {
    const plan = planOf(aDesiredRma({ packageId: 'SECOND', instructions: `Other parcels of this return: ${tracking}` }))
    const parcels = [aParcel({ id: tracking, movement: 'unused' }), aParcel({ id: 'SECOND', movement: 'moving' })]
    const difference = differ([anOpenRma()], { plan, parcels })
    assert.deepEqual(difference, {
      kind: 'update',
      rma: aDesiredRma({ packageId: 'SECOND', instructions: `Other parcels of this return: ${tracking}` }),
      changes: [{ field: 'package_id', there: tracking, wanted: 'SECOND' }],
    })
    const later = parcels.map((one) => ({ ...one, movement: 'arrived' as const }))
    const written = rmaFrom(difference.kind === 'update' ? difference.rma : aDesiredRma())
    assert.deepEqual(differ([written], { plan: planOf(), parcels: later }), { kind: 'unchanged' })
    assert.deepEqual(differ([anRma({ packageId: tracking })], { plan, parcels }), { kind: 'unchanged' })
  })

  it('not what the warehouse added by itself', () => {
    const added = [aLine(), aLine({ sku: 'X', notOnOriginalRma: true }), aLine({ sku: 'Y', quantity: 0 })]
    assert.deepEqual(changes(anOpenRma({ lines: added })), [])
    assert.deepEqual(differ([anRma({ lines: added })]), { kind: 'unchanged' })
  })

  it('not the rest: notes, order ids, manifest, requested status', () => {
    const there = anOpenRma({ manifestId: 'x', lines: [aLine({ notes: 'x', orderId: 'x', requestedStatus: 'qc' })] })
    assert.deepEqual(changes(there), [])
  })
})

describe('an update keeps the parcel that MasonHub already expects', () => {
  const desired = aDesiredRma({
    lines: [aDesiredLine({ quantity: 2 })],
    instructions: 'Other parcels of this return: SECOND',
  })
  const updated = (packageId: string | null, ids: string[]) => {
    const difference = differ([anOpenRma({ packageId })], { plan: planOf(desired), parcels: parcelsAt(...ids) })
    assert.ok(difference.kind === 'update')
    return [difference.rma.packageId, difference.rma.instructions]
  }

  it('when it is one of the return’s, and lists the others beside it', () => {
    assert.deepEqual(updated('SECOND', [tracking, 'SECOND']), ['SECOND', `Other parcels of this return: ${tracking}`])
  })

  it('but not one that is not, or none', () => {
    const asDesired = [tracking, 'Other parcels of this return: SECOND']
    assert.deepEqual(updated('GONE', [tracking, 'SECOND']), asDesired)
    assert.deepEqual(updated(null, [tracking, 'SECOND']), asDesired)
    assert.deepEqual(updated(tracking, [tracking, 'SECOND']), asDesired)
  })

  it('but not one whose number is too long for the field (H41)', () => {
    const long = 'L'.repeat(120)
    assert.deepEqual(updated(long, [long, tracking, 'SECOND']), [tracking, 'Other parcels of this return: SECOND'])
  })

  it('within the limit of the field (F35)', () => {
    const many = Array.from({ length: 30 }, (_, index) => `OTHER-PARCEL-${index}`)
    const [, instructions] = updated('SECOND', ['SECOND', ...many])
    assert.match(instructions ?? '', /, OTHER-PARCEL-11 and 18 more$/)
    assert.ok((instructions ?? '').length <= 250)
  })
})

describe('RMA-011: the warehouse has begun', () => {
  for (const status of ['in-receiving', 'received', 'unknown'] as const) {
    it(`${status}: changed units are too late, and nothing is written`, () => {
      const there = anRma({ status, rawStatus: status, lines: [aLine({ quantity: 2 })] })
      assert.deepEqual(differ([there]), {
        kind: 'too-late',
        changes: [{ field: 'lines', there: '2 × SHIRT-M', wanted: '1 × SHIRT-M' }],
        reason: {
          code: 'EDITED_AFTER_RECEIPT',
          message: `The return was edited in Loop, but MasonHub no longer accepts changes (${status}).`,
        },
      })
    })

    it(`${status}: another reason or tracking number no longer matters`, () => {
      const there = anRma({ status, packageId: 'OTHER', instructions: 'x', lines: [aLine({ reasonCode: 'tooBig' })] })
      assert.deepEqual(differ([there]), { kind: 'unchanged' })
    })
  }
})

describe('RMA-012: the return was cancelled (F38)', () => {
  it('an open RMA goes', () => {
    assert.deepEqual(differ([anOpenRma()], { plan: retire('SHIRT-M') }), {
      kind: 'delete',
      customerIdentifier: '99904598',
      reason,
    })
  })

  it('without RMA, or with a deleted one, there is nothing to do', () => {
    assert.deepEqual(differ([], { plan: retire() }), { kind: 'nothing' })
    assert.deepEqual(differ(deletedRmas, { plan: retire() }), { kind: 'nothing' })
  })

  for (const status of ['in-receiving', 'received', 'unknown'] as const) {
    it(`${status}: too late, a person must know`, () => {
      assert.deepEqual(differ([anRma({ status, rawStatus: status })], { plan: retire('SHIRT-M') }), {
        kind: 'too-late',
        changes: [],
        reason: {
          code: 'CANCELLED_AFTER_RECEIPT',
          message: `For a reason. But the warehouse already has it (${status}).`,
        },
      })
    })
  }

  it('an RMA that is not this return’s is never deleted (F34)', () => {
    const kinds = (rma: Rma, skus: string[], ours: boolean) =>
      differ([rma], { plan: retire(...skus), ours, parcels: parcelsAt('TRACK') }).kind
    assert.equal(kinds(anOpenRma(), ['OTHER'], false), 'foreign')
    assert.equal(kinds(anOpenRma(), [], false), 'foreign')
    assert.equal(kinds(anOpenRma({ returnType: 'returned_to_sender' }), ['SHIRT-M'], false), 'foreign')
    assert.equal(kinds(anOpenRma(), ['SHIRT-M'], false), 'delete')
    assert.equal(kinds(anOpenRma({ packageId: 'TRACK' }), [], false), 'delete')
    assert.equal(kinds(anOpenRma(), [], true), 'delete')
    assert.equal(kinds(anOpenRma({ customerIdentifier: null }), ['SHIRT-M'], true), 'foreign')
  })
})

describe('F34: “taken” never means “ours” by itself', () => {
  const strange = anOpenRma({ packageId: 'OTHER', lines: [aLine({ sku: 'OTHER' })] })
  const kind = (rma: Rma, ours = false) => differ([rma], { ours }).kind

  it('an RMA that shares neither SKU nor parcel is foreign, and left alone', () => {
    assert.deepEqual(differ([strange], { ours: false }), {
      kind: 'foreign',
      reason: {
        code: 'RMA_FOREIGN',
        message:
          'MasonHub has an RMA under this identifier that shares neither a SKU nor a tracking number with the return.',
      },
    })
    assert.equal(kind({ ...strange, packageId: null }), 'foreign')
  })

  it('one that shares a SKU or a parcel is adopted', () => {
    assert.equal(kind({ ...strange, packageId: tracking }), 'update')
    assert.equal(kind({ ...strange, lines: [aLine(), aLine({ sku: 'OTHER' })] }), 'update')
    assert.equal(kind(anOpenRma()), 'unchanged')
  })

  it('one of another kind is foreign, even if it shares both; an unnamed kind may be ours', () => {
    assert.equal(kind(anOpenRma({ returnType: 'rma_created_by_distribution_center' })), 'foreign')
    assert.equal(kind(anOpenRma({ returnType: 'returned_to_sender' })), 'foreign')
    assert.equal(kind(anOpenRma({ returnType: null })), 'unchanged')
  })

  it('one that we wrote is ours, whatever became of it', () => {
    assert.equal(kind(strange, true), 'update')
    assert.equal(kind({ ...strange, returnType: 'returned_to_sender' }, true), 'update')
  })

  it('two live ones under one identifier are for a person, whatever is planned', () => {
    for (const plan of [planOf(), retire('SHIRT-M'), { kind: 'skip', reason } as const]) {
      assert.deepEqual(differ([anOpenRma(), anRma(), anRma({ status: 'deleted' })], { plan }), {
        kind: 'foreign',
        reason: { code: 'RMA_DUPLICATE', message: 'MasonHub has 2 RMAs under this identifier.' },
      })
    }
  })
})

describe('no RMA is wanted, or not yet', () => {
  for (const kind of ['hold', 'skip', 'blocked'] as const) {
    it(`${kind}: what is there is left alone`, () => {
      const plan: RmaPlan = { kind, reason }
      assert.deepEqual(differ([], { plan }), { kind: 'nothing' })
      assert.deepEqual(differ(deletedRmas, { plan }), { kind: 'nothing' })
      for (const rma of [anOpenRma(), anRma()]) assert.deepEqual(differ([rma], { plan }), { kind: 'unchanged' })
    })
  }
})

describe('a write that was made makes the next difference `unchanged`', () => {
  const sku = fc.constantFrom('A1', 'B2', 'C3')
  const parcels = fc.uniqueArray(
    fc.oneof(
      fc.constantFrom('PARCEL-1', 'PARCEL-2', 'PARCEL-3'),
      fc.string({ unit: 'grapheme', minLength: 90, maxLength: 130 }),
    ),
    { maxLength: 4 },
  )
  const unit = fc.record({
    sku,
    reason: fc.constantFrom('Too big', 'Moths', null),
    outcome: fc.constantFrom('default', 'keep'),
  })
  const statuses = fc.array(fc.constantFrom('new', 'in_transit', 'delivered', 'error', 'Other'), { minLength: 4 })
  const labels = fc
    .tuple(parcels, statuses)
    .map(([numbers, words]) =>
      numbers.map((trackingNumber, index) => aLabel({ trackingNumber, status: words[index] ?? null })),
    )
  const units = fc.array(unit.map(aUnit), { maxLength: 5 })
  const returns = fc.record({ units, labels }).map(aReturn)
  const policy = aPolicy({ reasons: [{ parentReason: null, reason: 'too big', code: 'tooBig' }] })
  const lines = fc.array(
    fc
      .record({ sku, quantity: fc.nat({ max: 2 }), reasonCode: fc.constantFrom('other', 'tooBig', null) })
      .map((line) => aLine(line)),
    { maxLength: 4 },
  )
  const there = fc
    .record({
      lines,
      packageId: fc.constantFrom('PARCEL-1', 'PARCEL-2', 'GONE', null),
      instructions: fc.constantFrom(null, 'x'),
    })
    .map(anOpenRma)

  it('from any beginning: none there, or any open RMA', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(returns, fc.option(there), fc.boolean(), (loopReturn, rma, ours) => {
        const plan = planRma(aPlanInput({ loopReturn, policy }))
        const parcels = parcelsOf(loopReturn, 'bag')
        const first = rmaDifference({ plan, there: rma ? [rma] : [], parcels, ours })
        seen.add(first.kind)
        if (first.kind !== 'create' && first.kind !== 'update') return
        const written = rmaFrom(first.rma)
        assert.deepEqual(rmaDifference({ plan, there: [written], parcels, ours: true }), { kind: 'unchanged' })
      }),
      { numRuns: 2000 },
    )
    assert.deepEqual([...seen].sort(), ['create', 'foreign', 'nothing', 'unchanged', 'update'])
  })

  it('and once it is received as announced, it is unchanged still', () => {
    fc.assert(
      fc.property(returns, (loopReturn) => {
        const plan = planRma(aPlanInput({ loopReturn, policy }))
        fc.pre(plan.kind === 'wanted')
        const parcels = parcelsOf(loopReturn, 'bag')
        const arrived = plan.rma.lines.map((line) => aLine({ ...line }, received('available', line.quantity)))
        const rma = rmaFrom(plan.rma, {
          status: 'received',
          lines: [...arrived, aLine({ sku: 'X', quantity: 0, notOnOriginalRma: true })],
        })
        assert.deepEqual(rmaDifference({ plan, there: [rma], parcels, ours: true }), { kind: 'unchanged' })
      }),
    )
  })

  it('from the ordinary case', () => {
    const plan = planRma(aPlanInput({ loopReturn: aReturn({ units: unitsOf('A1', 'A1') }), policy }))
    const difference = rmaDifference({ plan, there: [], parcels: parcelsAt(tracking), ours: false })
    assert.ok(difference.kind === 'create')
    assert.deepEqual(differ([rmaFrom(difference.rma)], { plan }), { kind: 'unchanged' })
  })
})

describe('a return by mail with one label at most', () => {
  const number = fc.constantFrom('PARCEL-1', '1234', 'L'.repeat(120))
  const status = fc.constantFrom('new', 'pre_transit', 'in_transit', 'delivered', 'error', 'cancelled', 'Other', null)
  const bags = fc.uniqueArray(fc.constantFrom('HR1A-200', 'HR2B-200', 'PARCEL-1'), { maxLength: 2 })
  const provider = fc.constantFrom('inmar', 'mail', null)
  const packageId = fc.constantFrom('PARCEL-1', 'L'.repeat(100), 'HR1A-200', 'OTHER', null)
  const sku = fc.constantFrom('SHIRT-M', 'OTHER')
  const state = fc.constantFrom('open', 'review', 'cancelled', 'closed')
  const rmaStatus = fc.constantFrom('open', 'in-receiving', 'received')
  const cases = fc.record({ number: fc.option(number), status, bags, provider, packageId, sku, state, rmaStatus })
  const difference = (loopReturn: LoopReturn, rma: Rma) => {
    const plan = planRma(aPlanInput({ loopReturn }))
    return {
      plan,
      difference: rmaDifference({ plan, there: [rma], parcels: parcelsOf(loopReturn, 'bag'), ours: false }),
    }
  }

  it('is announced under its number alone: status, method and bags change neither RMA nor difference', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(cases, (one) => {
        const rma = anRma({ status: one.rmaStatus, packageId: one.packageId, lines: [aLine({ sku: one.sku })] })
        const numbers = one.number === null ? [] : [one.number]
        const plainly = aReturn({ state: one.state, trackingNumbers: numbers })
        const loopReturn = aReturn({
          state: one.state,
          labels: numbers.map((trackingNumber) => aLabel({ trackingNumber, status: one.status })),
          bags: one.bags,
          method: { ...methodUnsaid, provider: one.provider, known: true },
        })
        const result = difference(loopReturn, rma)
        assert.deepEqual(result, difference(plainly, rma))
        seen.add(result.difference.kind)
        const isOpen = one.state === 'open' || one.state === 'review'
        assert.equal(result.plan.kind === 'wanted', isOpen && one.number === 'PARCEL-1')
        if (result.plan.kind !== 'wanted') return
        assert.deepEqual([result.plan.rma.packageId, result.plan.rma.instructions], [one.number, null])
        const changed = result.difference.kind === 'update' ? result.difference.changes.map(({ field }) => field) : []
        assert.equal(
          changed.includes('package_id'),
          result.difference.kind === 'update' && one.packageId !== one.number,
        )
      }),
      { numRuns: 2000 },
    )
    assert.deepEqual([...seen].sort(), ['delete', 'foreign', 'too-late', 'unchanged', 'update'])
  })
})
