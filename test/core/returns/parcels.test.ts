import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  type BoxFree,
  findableIds,
  isBoxFree,
  type Movement,
  movementOf,
  parcelsOf,
  parcelToAnnounce,
  sendability,
} from '../../../src/core/returns/parcels.ts'
import { methodUnsaid, type ReturnMethod } from '../../../src/core/returns/return.ts'
import { aLabel, aParcel, aReturn, parcelsAt, returnId, tracking } from '../build.ts'

describe('where a parcel is, by the status of its label (loop.md §8.4, §14.2)', () => {
  const words: [Movement, (string | null)[]][] = [
    ['unused', ['new', 'pre_transit', 'Pre-transit', 'pending', 'no_label', 'No label', ' NEW ']],
    ['moving', ['in_transit', 'In-transit', 'out_for_delivery', 'Out for delivery']],
    ['arrived', ['delivered', 'Delivered']],
    ['failed', ['error', 'failure', 'cancelled', 'canceled', 'return_to_sender']],
    ['unknown', [null, '', 'Other', 'available_for_pickup', 'constructor', '__proto__', 'toString']],
  ]
  for (const [movement, statuses] of words) {
    it(`${movement}: ${statuses.join(', ')}`, () => {
      for (const status of statuses) assert.equal(movementOf(status), movement, String(status))
    })
  }
})

const method = (special: Partial<ReturnMethod>) => ({ method: { ...methodUnsaid, known: true, ...special } })

describe('a drop-off without a box (loop.md §14.4)', () => {
  for (const word of ['happyreturns', 'happy_returns', 'Happy Returns', 'HAPPY-RETURNS']) {
    it(`is known by “${word}”, as provider or as type (A-43)`, () => {
      assert.ok(isBoxFree(method({ provider: word })))
      assert.ok(isBoxFree(method({ type: word })))
    })
  }

  it('is no other method, and none that Loop does not name', () => {
    for (const word of [null, '', 'mail', 'happy', 'happyreturns2', 'unhappyreturns', 'keep'])
      assert.ok(!isBoxFree(method({ provider: word, type: word })), String(word))
  })
})

describe('the parcels of a return', () => {
  const happy = method({ provider: 'happyreturns' })

  it('by mail are its labels, each with its movement, time and units; a bag is none of them', () => {
    const labels = [
      aLabel({ trackingNumber: 'PARCEL-1', status: 'new', updatedAt: null, lineItemIds: ['501'] }),
      aLabel({ trackingNumber: null, status: 'pending' }),
      aLabel({ trackingNumber: 'PARCEL-2', status: 'delivered', lineItemIds: ['502'] }),
    ]
    const at = '2026-11-02T10:00:00.000Z'
    for (const boxFree of ['off', 'bag', 'return-id'] as const) {
      assert.deepEqual(parcelsOf(aReturn({ labels, bags: ['HR1A'] }), boxFree), [
        { id: 'PARCEL-1', kind: 'label', movement: 'unused', changedAt: null, lineItemIds: ['501'] },
        { id: 'PARCEL-2', kind: 'label', movement: 'arrived', changedAt: at, lineItemIds: ['502'] },
      ])
    }
  })

  it('are one where two labels have one number: the one that moved says where it is', () => {
    const labels = [
      aLabel({ status: 'new', updatedAt: '2026-11-05T00:00:00.000Z', lineItemIds: ['501'] }),
      aLabel({ status: 'in_transit', updatedAt: '2026-11-04T00:00:00.000Z', lineItemIds: ['501', '502'] }),
      aLabel({ status: 'error', updatedAt: '2026-11-06T00:00:00.000Z' }),
    ]
    assert.deepEqual(parcelsOf(aReturn({ labels }), 'off'), [
      {
        id: tracking,
        kind: 'label',
        movement: 'moving',
        changedAt: '2026-11-04T00:00:00.000Z',
        lineItemIds: ['501', '502'],
      },
    ])
  })

  it('handed in without a box are its bags, or the return id where the shop prints that (loop.md §14.4)', () => {
    const ids = (boxFree: BoxFree, bags: string[], id = returnId) =>
      parcelsOf(aReturn({ ...happy, returnId: id, bags, labels: [aLabel()] }), boxFree).map((one) => [one.kind, one.id])
    assert.deepEqual(ids('bag', ['HR1A', 'HR2B']), [
      ['bag', 'HR1A'],
      ['bag', 'HR2B'],
    ])
    assert.deepEqual(ids('bag', []), [])
    assert.deepEqual(ids('return-id', ['HR1A']), [['return id', returnId]])
    assert.deepEqual(ids('return-id', [], '1673'), [['return id', 'loop-1673']])
    assert.deepEqual(ids('off', ['HR1A']), [['label', tracking]])
  })
})

describe('whether a parcel id can be sent and scanned (masonhub.md §4.1)', () => {
  for (const [why, ids] of [
    ['short', ['', 'N/A', '1234']],
    [null, ['12345', tracking, 'x'.repeat(100), 'HR 1A-2']],
    ['long', ['x'.repeat(101)]],
    ['unprintable', ['1234\u0000', '12\u200b345', ' 12345', '12345\n']],
  ] as const) {
    it(`${why ?? 'it can'}: ${JSON.stringify(ids).slice(0, 60)}`, () => {
      for (const id of ids) assert.equal(sendability(id), why, JSON.stringify(id))
    })
  }
})

describe('the parcel that an RMA is announced by (loop.md §14.5)', () => {
  const announced = (there: string | null, ...parcels: [string, Movement][]) =>
    parcelToAnnounce(
      parcels.map(([id, movement]) => aParcel({ id, movement })),
      there,
    )?.id ?? null

  it('is the one that moves or has arrived, then one of which nothing is known, then an unused one; the first of equals', () => {
    assert.equal(announced(null, ['ONE-1', 'unused'], ['TWO-2', 'moving'], ['THREE', 'arrived']), 'TWO-2')
    assert.equal(announced(null, ['ONE-1', 'unused'], ['TWO-2', 'arrived'], ['THREE', 'moving']), 'TWO-2')
    assert.equal(announced(null, ['ONE-1', 'unused'], ['TWO-2', 'unknown'], ['THREE', 'unknown']), 'TWO-2')
    assert.equal(announced(null, ['ONE-1', 'failed'], ['TWO-2', 'unused'], ['THREE', 'unused']), 'TWO-2')
    assert.equal(announced(null, ['ONE-1', 'failed'], ['TWO-2', 'failed']), 'ONE-1')
  })

  it('is none without parcels, and none that MasonHub or a scanner can’t take (H41)', () => {
    assert.equal(announced(null), null)
    for (const id of ['1234', 'x'.repeat(101), '12345\u200b']) {
      assert.equal(announced(null, [id, 'moving']), null)
      assert.equal(announced(id, [id, 'moving'], ['12345', 'failed']), '12345')
    }
  })

  it('stays the one that is there, unless it does not move and another one does', () => {
    assert.equal(announced('TWO-2', ['ONE-1', 'moving'], ['TWO-2', 'moving']), 'TWO-2')
    assert.equal(announced('TWO-2', ['ONE-1', 'arrived'], ['TWO-2', 'moving']), 'TWO-2')
    for (const still of ['unused', 'unknown', 'failed'] as const) {
      assert.equal(announced('TWO-2', ['ONE-1', 'unknown'], ['TWO-2', still]), 'TWO-2')
      assert.equal(announced('TWO-2', ['ONE-1', 'unused'], ['TWO-2', still]), 'TWO-2')
      assert.equal(announced('TWO-2', ['ONE-1', 'moving'], ['TWO-2', still]), 'ONE-1')
    }
    assert.equal(announced('GONE', ['ONE-1', 'unused'], ['TWO-2', 'moving']), 'TWO-2')
    assert.equal(announced('GONE'), null)
  })

  it('changes once at most while parcels go their way, and then never again', () => {
    const way: Movement[] = ['unused', 'moving', 'arrived']
    const steps = fc.array(fc.nat({ max: 3 }), { maxLength: 12 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), steps, (count, moves) => {
        const positions = Array.from({ length: count }, () => 0)
        const parcels = () =>
          positions.map((position, index) => aParcel({ id: `PARCEL-${index}`, movement: way[position] ?? 'arrived' }))
        let there = parcelToAnnounce(parcels(), null)?.id ?? null
        let changes = 0
        for (const index of moves) {
          if (index < count) positions[index] = Math.min(2, (positions[index] ?? 0) + 1)
          const next = parcelToAnnounce(parcels(), there)?.id ?? null
          if (next !== there) changes += 1
          assert.equal(parcelToAnnounce(parcels(), next)?.id, next)
          there = next
        }
        assert.ok(changes <= 1, `${changes} changes`)
      }),
    )
  })

  it('is the one there for ever, whatever its status, where there is no other', () => {
    for (const movement of ['unused', 'moving', 'arrived', 'failed', 'unknown'] as const) {
      assert.equal(announced(null, ['ONE-1', movement]), 'ONE-1')
      assert.equal(announced('ONE-1', ['ONE-1', movement]), 'ONE-1')
    }
    assert.equal(parcelToAnnounce(parcelsAt('ONE-1'), 'OTHER')?.id, 'ONE-1')
  })
})

describe('what a person may scan or type', () => {
  it('is every number on its parcels, and those of the drop-off, each once', () => {
    const loopReturn = aReturn({
      trackingNumbers: ['PARCEL-1', 'PARCEL-2'],
      bags: ['HR1A', 'PARCEL-2'],
      ...method({ provider: 'happyreturns', rmaId: 'HRJYTQ5J', scannableId: 'HR1A' }),
    })
    assert.deepEqual(findableIds(loopReturn), ['PARCEL-1', 'PARCEL-2', 'HR1A', 'HRJYTQ5J'])
    assert.deepEqual(findableIds(aReturn({ trackingNumbers: [] })), [])
  })
})
