import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isBoxFree } from '../../../src/core/returns/parcels.ts'
import { type Remembered, type RememberedParcel, withRemembered } from '../../../src/core/returns/remembered-parcels.ts'
import { methodUnsaid } from '../../../src/core/returns/return.ts'
import { aLabel, aReturn, tracking, unitsOf } from '../build.ts'

function remembered(special: Partial<Remembered> = {}): Remembered {
  return { boxFree: null, parcels: [], ...special }
}

function aMemory(special: Partial<RememberedParcel> = {}): RememberedParcel {
  return { parcelId: tracking, kind: 'label', lineItemIds: [], status: 'in_transit', changedAt: null, ...special }
}

const at = '2026-11-05T09:00:00.000Z'

describe('what another reading said of a return’s parcels (A-45)', () => {
  it('gives details the bags and the method that the list had', () => {
    const details = aReturn({ labels: [], method: methodUnsaid })
    const parcels = [
      aMemory({ parcelId: 'HR1A', kind: 'bag' }),
      aMemory({ parcelId: 'HR2B', kind: 'bag' }),
      aMemory({ parcelId: 'HRJYTQ5J', kind: 'rma id' }),
    ]
    const whole = withRemembered(details, remembered({ boxFree: true, parcels }))
    assert.ok(isBoxFree(whole) && !isBoxFree(details))
    assert.deepEqual([whole.bags, whole.method.rmaId, whole.method.known], [['HR1A', 'HR2B'], 'HRJYTQ5J', false])
  })

  it('but never against what the reading says: its own bags and method stay', () => {
    const bags = [aMemory({ parcelId: 'OLD-BAG', kind: 'bag' })]
    const list = aReturn({ bags: ['HR1A'] })
    assert.deepEqual(withRemembered(list, remembered({ parcels: bags })).bags, ['HR1A'])
    const empty = aReturn({ method: { ...methodUnsaid, known: true } })
    assert.ok(isBoxFree(withRemembered(empty, remembered({ boxFree: true }))), 'return_method: null names none')
    for (const boxFree of [false, null])
      assert.ok(!isBoxFree(withRemembered(aReturn({ method: methodUnsaid }), remembered({ boxFree }))))
    const other = aReturn({ method: { ...methodUnsaid, provider: 'bar', rmaId: 'B1', known: true } })
    assert.ok(!isBoxFree(withRemembered(other, remembered({ boxFree: true }))))
    const rmaIds = [aMemory({ parcelId: 'HRJYTQ5J', kind: 'rma id' })]
    assert.equal(withRemembered(other, remembered({ boxFree: true, parcels: rmaIds })).method.rmaId, 'B1')
  })

  it('gives a label its units and its time, if its status is still the same', () => {
    const units = unitsOf('A1', 'B2')
    const known = [aMemory({ lineItemIds: ['501', '502', '999'], changedAt: at })]
    const completed = (special: Parameters<typeof aLabel>[0]) =>
      withRemembered(aReturn({ units, labels: [aLabel(special)] }), remembered({ parcels: known })).labels[0]
    const bare = completed({ updatedAt: null })
    // Unit 999 has left the return since.
    assert.deepEqual([bare?.lineItemIds, bare?.updatedAt], [['501', '502'], at])
    const moved = completed({ updatedAt: null, status: 'delivered' })
    assert.deepEqual([moved?.lineItemIds, moved?.updatedAt], [['501', '502'], null])
    const said = completed({ lineItemIds: ['502'], updatedAt: '2026-11-06T00:00:00.000Z' })
    assert.deepEqual([said?.lineItemIds, said?.updatedAt], [['502'], '2026-11-06T00:00:00.000Z'])
  })

  it('knows the last delivery of the labels that Loop still shows', () => {
    const parcels = [
      aMemory({ status: 'delivered', changedAt: at }),
      aMemory({ parcelId: 'SECOND', status: 'delivered', changedAt: '2026-11-04T00:00:00.000Z' }),
      aMemory({ parcelId: 'MOVING', changedAt: '2026-11-08T00:00:00.000Z' }),
      aMemory({ parcelId: 'GONE-1', status: 'delivered', changedAt: '2026-11-09T00:00:00.000Z' }),
      aMemory({ parcelId: 'UNDATED', status: 'delivered' }),
    ]
    const numbers = ['SECOND', tracking, 'MOVING', 'UNDATED']
    const deliveredAt = (special: Parameters<typeof aReturn>[0]) =>
      withRemembered(aReturn(special), remembered({ parcels })).deliveredAt
    assert.equal(deliveredAt({ trackingNumbers: numbers }), at)
    assert.equal(deliveredAt({ trackingNumbers: ['MOVING', 'UNDATED'] }), null)
    const said = '2026-11-01T00:00:00.000Z'
    assert.equal(deliveredAt({ trackingNumbers: numbers, deliveredAt: said }), said)
  })

  it('never adds a label, a unit or money, and changes nothing twice', () => {
    const kind = fc.constantFrom<RememberedParcel['kind']>('label', 'bag', 'rma id')
    const word = fc.constantFrom(tracking, 'SECOND', 'HR1A', 'HR2B')
    const status = fc.constantFrom('new', 'in_transit', 'delivered', null)
    const time = fc.constantFrom(at, '2026-11-01T00:00:00.000Z', null)
    const ids = fc.uniqueArray(fc.constantFrom('501', '502', '999'))
    const memories = fc.record({
      boxFree: fc.constantFrom(true, false, null),
      parcels: fc.array(fc.record({ parcelId: word, kind, lineItemIds: ids, status, changedAt: time })),
    })
    const label = fc.record({ trackingNumber: fc.option(word), status, updatedAt: time, lineItemIds: ids }).map(aLabel)
    const returns = fc.record({
      labels: fc.array(label, { maxLength: 3 }),
      bags: fc.uniqueArray(word, { maxLength: 2 }),
      method: fc.constantFrom(methodUnsaid, { ...methodUnsaid, known: true }),
    })
    fc.assert(
      fc.property(returns.map(aReturn), memories, (loopReturn, memory) => {
        const whole = withRemembered(loopReturn, memory)
        const { labels, bags: _bags, method: _method, deliveredAt: _at, ...rest } = whole
        const { labels: before, bags: _b, method: _m, deliveredAt: _d, ...restBefore } = loopReturn
        assert.deepEqual(rest, restBefore)
        const shape = (list: typeof labels) =>
          list.map(({ trackingNumber, carrier, status: said }) => [trackingNumber, carrier, said])
        assert.deepEqual(shape(labels), shape(before))
        assert.deepEqual(withRemembered(whole, memory), whole)
      }),
      { numRuns: 500 },
    )
  })
})
