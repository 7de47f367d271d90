import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Arrival, daysSince, journeyOf } from '../../../src/core/returns/journey.ts'
import { aParcel } from '../build.ts'

const none: Arrival = { deliveredAt: null, onDockAt: null }
const early = '2026-11-03T08:00:00.000Z'
const late = '2026-11-05T08:00:00.000Z'

describe('how far the parcel of a return has come', () => {
  const one = (special: Parameters<typeof aParcel>[0], arrival = none, deliveredAt: string | null = null) =>
    journeyOf(
      { parcels: [aParcel({ id: 'PARCEL-1', changedAt: late, ...special })], deliveredAt, there: null },
      arrival,
    )

  it('is where its label says, and since when', () => {
    assert.deepEqual(one({ movement: 'moving' }), {
      parcelId: 'PARCEL-1',
      movement: 'moving',
      movedAt: late,
      deliveredAt: null,
      onDockAt: null,
    })
  })

  it('is delivered by the first that says so: the label, Loop’s report, or MasonHub', () => {
    assert.equal(one({ movement: 'arrived' })?.deliveredAt, late)
    assert.equal(one({ movement: 'arrived' }, none, early)?.deliveredAt, early)
    assert.equal(one({ movement: 'moving' }, none, early)?.deliveredAt, early)
    assert.equal(one({ movement: 'arrived' }, { ...none, deliveredAt: early })?.deliveredAt, early)
    assert.equal(one({ movement: 'unknown', changedAt: null }, { ...none, deliveredAt: late })?.deliveredAt, late)
    assert.equal(one({ movement: 'arrived', changedAt: null })?.deliveredAt, null)
    assert.equal(one({}, { ...none, onDockAt: early })?.onDockAt, early)
  })

  it('is about the parcel that the warehouse expects; the last delivery of several is not taken for its own', () => {
    const parcels = [
      aParcel({ id: 'PARCEL-1', movement: 'moving', changedAt: early }),
      aParcel({ id: 'PARCEL-2', movement: 'arrived', changedAt: late }),
    ]
    const journey = (there: string | null) => journeyOf({ parcels, deliveredAt: late, there }, none)
    assert.deepEqual([journey('PARCEL-1')?.parcelId, journey('PARCEL-1')?.deliveredAt], ['PARCEL-1', null])
    assert.deepEqual([journey('PARCEL-2')?.parcelId, journey('PARCEL-2')?.deliveredAt], ['PARCEL-2', late])
    assert.equal(journeyOf({ parcels: [], deliveredAt: late, there: 'PARCEL-1' }, none), null)
  })
})

describe('days since a time', () => {
  it('are whole, and none for a time that lies ahead, is missing, or can’t be read', () => {
    assert.equal(daysSince(early, late), 2)
    assert.equal(daysSince(early, early), 0)
    assert.equal(daysSince('2026-11-04T08:00:00.001Z', late), 0)
    for (const at of [null, '2026-11-06T00:00:00Z', 'soon', '']) assert.equal(daysSince(at, late), null)
    assert.equal(daysSince(early, 'now'), null)
  })

  it('are finite and not negative, whatever is written', () => {
    const text = fc.oneof(
      fc.string(),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    )
    fc.assert(
      fc.property(fc.option(text), text, (at, now) => {
        const days = daysSince(at, now)
        assert.ok(days === null || (Number.isSafeInteger(days) && days >= 0), String(days))
      }),
    )
  })
})
