import assert from 'node:assert/strict'
import { parcelsOf } from '../../../src/core/returns/parcels.ts'
import { type LoopReturn, methodUnsaid } from '../../../src/core/returns/return.ts'
import { type PlanInput, planRma } from '../../../src/core/rmas/plan-rma.ts'
import { rmaDifference } from '../../../src/core/rmas/rma-difference.ts'
import {
  aBoxFreeReturn,
  aDesiredLine,
  aDesiredRma,
  aLine,
  anRma,
  aPlanInput,
  aPolicy,
  bag,
  now,
  received,
  returnId,
  rmaFrom,
  unitsOf,
} from '../build.ts'

type Words = { boxFree?: 'off' | 'bag' | 'return-id'; announcedBefore?: boolean }

/** The plan of a box-free return, in short: what it waits for or is skipped for, or the parcel that is announced. */
function planned(special: Partial<LoopReturn>, { boxFree = 'bag', announcedBefore = false }: Words = {}): string {
  const plan = planRma(
    aPlanInput({ loopReturn: aBoxFreeReturn(special), policy: aPolicy({ boxFree }), announcedBefore }),
  )
  return plan.kind === 'wanted' ? `wanted ${plan.rma.packageId}` : `${plan.kind} ${plan.reason.code}`
}

const long = { updatedAt: '2026-10-01T10:00:00.000Z' }

describe('a return without a box (loop.md §14.4)', () => {
  it('waits in the drop-off network until its bag is known, and never for a tracking number (loop.md §14.4, point 3)', () => {
    for (const state of ['open', 'review', 'closed', 'expired'] as const)
      assert.equal(planned({ state, bags: [] }), 'hold IN_DROP_OFF_NETWORK', state)
  })

  it('is announced under the barcode of its bag, also after Loop has closed it (loop.md §14.4, point 2)', () => {
    for (const state of ['open', 'review', 'closed', 'expired'] as const)
      assert.equal(planned({ state }), `wanted ${bag}`, state)
  })

  it('is announced under its return id where the shop prints that on the bags (loop.md §14.4, point 4)', () => {
    const by = { boxFree: 'return-id' } as const
    for (const state of ['open', 'review'] as const) {
      assert.equal(planned({ state, bags: [] }, by), 'hold IN_DROP_OFF_NETWORK', state)
      assert.equal(planned({ state }, by), `wanted ${returnId}`, state)
    }
    assert.equal(planned({ state: 'closed', bags: [] }, by), `wanted ${returnId}`)
    assert.equal(planned({ state: 'closed', returnId: '77' }, by), 'wanted loop-77')
  })

  it('is not announced if Loop closed it over 30 days ago, unless it was before (H35)', () => {
    assert.equal(planned({ state: 'closed', ...long }), 'skip LONG_CLOSED')
    assert.equal(planned({ state: 'expired', ...long }), 'skip LONG_CLOSED')
    assert.equal(planned({ state: 'closed', updatedAt: null }), 'skip LONG_CLOSED')
    assert.equal(planned({ state: 'closed', updatedAt: 'soon' }), 'skip LONG_CLOSED')
    assert.equal(planned({ state: 'open', ...long }), `wanted ${bag}`)
    assert.equal(planned({ state: 'closed', ...long }, { announcedBefore: true }), `wanted ${bag}`)
    assert.equal(planned({ state: 'closed', updatedAt: '2026-10-12T10:00:00.000Z' }), `wanted ${bag}`)
    assert.equal(planned({ state: 'closed', updatedAt: '2026-10-12T09:59:59.000Z' }), 'skip LONG_CLOSED')
  })

  it('is left alone where the merchant does not announce such returns', () => {
    for (const state of ['open', 'review', 'closed', 'expired', 'cancelled', 'unknown'] as const)
      assert.equal(planned({ state }, { boxFree: 'off' }), 'skip BOX_FREE_OFF', state)
    assert.equal(planned({ state: 'cancelled' }, { boxFree: 'off', announcedBefore: true }), 'retire CANCELLED')
  })

  it('is withdrawn once it is cancelled, and held in a state that is not known', () => {
    assert.equal(planned({ state: 'cancelled' }), 'retire CANCELLED')
    assert.equal(planned({ state: 'unknown' }), 'hold STATE_UNKNOWN')
  })

  it('follows cut-off, destination, SKUs and kept units like any other', () => {
    const plan = (special: Partial<PlanInput>) => {
      const made = planRma(aPlanInput({ loopReturn: aBoxFreeReturn({ state: 'closed' }), ...special }))
      return made.kind === 'wanted' ? made.kind : made.reason.code
    }
    assert.equal(plan({ policy: aPolicy({ cutoff: now }) }), 'BEFORE_CUTOFF')
    assert.equal(plan({ policy: aPolicy({ destinations: ['9'] }) }), 'OTHER_DESTINATION')
    assert.equal(plan({ knownSkus: new Set() }), 'SKU_UNKNOWN')
    assert.equal(plan({ loopReturn: aBoxFreeReturn({ state: 'closed', units: [] }) }), 'NO_UNITS')
  })

  it('names its other bags to the dock, and keeps the first one as its package (A-44)', () => {
    const loopReturn = aBoxFreeReturn({ bags: [bag, 'HR200250DB9F', 'HR200250DBA0'] })
    const plan = planRma(aPlanInput({ loopReturn }))
    assert.ok(plan.kind === 'wanted')
    assert.equal(plan.rma.instructions, 'Other bags of this return: HR200250DB9F, HR200250DBA0')
    const there = [rmaFrom({ ...plan.rma, packageId: 'HR200250DB9F', instructions: null })]
    const parcels = parcelsOf(loopReturn, 'bag')
    const later = rmaDifference({ plan, there, parcels, ours: true })
    assert.equal(later.kind === 'update' ? later.rma.packageId : 'HR200250DB9F', 'HR200250DB9F')
  })

  it('says why a bag can’t be announced', () => {
    assert.equal(planned({ bags: ['HR1'] }), 'blocked TRACKING_UNSENDABLE')
    assert.equal(planned({ bags: ['HR1', bag] }), `wanted ${bag}`)
  })

  it('never takes a label for its parcel: that of the pallet is nobody’s own (H34)', () => {
    const labels = [{ trackingNumber: '1Z0000000000000001', carrier: 'UPS', status: 'in_transit', updatedAt: null }]
    const pallet = labels.map((label) => ({ ...label, lineItemIds: [] }))
    assert.equal(planned({ bags: [], labels: pallet }), 'hold IN_DROP_OFF_NETWORK')
    assert.equal(planned({ labels: pallet }), `wanted ${bag}`)
  })

  it('is a return by mail as long as nothing says how it is handed in (A-45)', () => {
    assert.equal(planned({ bags: [], method: methodUnsaid }), 'hold WAITING_FOR_TRACKING')
    assert.equal(planned({ method: methodUnsaid, state: 'closed' }), 'skip CLOSED')
  })
})

describe('the RMA of a return that Loop has closed at its drop-off (loop.md §14.4, point 2)', () => {
  const units = unitsOf('CAP', 'CAP')
  const left = aBoxFreeReturn({ state: 'closed', units: units.slice(0, 1) })
  const differenceTo = (rma: ReturnType<typeof anRma>) =>
    rmaDifference({
      plan: planRma(aPlanInput({ loopReturn: left })),
      there: [rma],
      parcels: parcelsOf(left, 'bag'),
      ours: true,
      over: true,
    })
  const cap = { sku: 'CAP', quantity: 2 }

  it('follows the unit that Loop removes after a day, while it is open', () => {
    const difference = differenceTo(rmaFrom(aDesiredRma({ packageId: bag, lines: [aDesiredLine(cap)] })))
    assert.ok(difference.kind === 'update')
    assert.deepEqual(difference.changes[0], { field: 'lines', there: '2 × CAP', wanted: '1 × CAP' })
  })

  it('stays as it is once it was received', () => {
    const rma = anRma({ packageId: bag, lines: [aLine(cap, received('available', 2))] })
    assert.deepEqual(differenceTo(rma), { kind: 'unchanged' })
  })
})
