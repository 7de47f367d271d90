import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isOurs, showsSent, unitsSent } from '../../src/effects/own-rmas.ts'
import { type Effect, effectKinds, effectStates } from '../../src/journal/journal.ts'
import { aDesiredLine, aDesiredRma, aLine, anOpenRma, rmaFrom } from '../core/build.ts'

const skus = ['A1', 'B2', 'C3'] as const
const parcels = ['PARCEL-1', 'PARCEL-2', 'PARCEL-3'] as const
const sent = fc
  .record({ lines: fc.subarray([...skus], { minLength: 1 }), packageId: fc.constantFrom(...parcels) })
  .map(({ lines, packageId }) => aDesiredRma({ packageId, lines: lines.map((sku) => aDesiredLine({ sku })) }))
const rmas = fc
  .record({ lines: fc.subarray([...skus, 'OTHER']), packageId: fc.constantFrom(...parcels, 'OTHER', null) })
  .map(({ lines, packageId }) => anOpenRma({ packageId, lines: lines.map((sku) => aLine({ sku })) }))
const effect = (kind: Effect['kind'], state: Effect['state'], payload: unknown) => ({ kind, state, payload }) as Effect

describe('F34: an RMA is ours by what was sent, never by its number alone', () => {
  it('property: shown is what shares a SKU or the tracking number with what was sent, and nothing else', () => {
    fc.assert(
      fc.property(sent, rmas, (payload, rma) => {
        const sharesSku = payload.lines.some(({ sku }) => rma.lines.some((line) => line.sku === sku))
        assert.equal(showsSent([rma], { payload }), sharesSku || rma.packageId === payload.packageId)
        assert.equal(showsSent([rmaFrom(payload)], { payload }), true)
        assert.equal(showsSent([], { payload }), false)
        assert.equal(showsSent([{ ...rma, status: 'deleted' }], { payload }), false)
        assert.equal(showsSent([{ ...rma, returnType: 'returned_to_sender' }], { payload }), false)
      }),
    )
  })

  it('property: only by a create or an update that was done, or may have been', () => {
    const kind = fc.constantFrom(...effectKinds)
    const state = fc.constantFrom(...effectStates)
    fc.assert(
      fc.property(sent, kind, state, (payload, what, how) => {
        const counts = ['rma.create', 'rma.update'].includes(what)
        const done = ['sent', 'accepted', 'in_doubt', 'confirmed'].includes(how)
        assert.equal(isOurs([rmaFrom(payload)], [effect(what, how, payload)]), counts && done)
      }),
    )
  })

  it('property: total, and a payload that can not be read makes nothing ours', () => {
    fc.assert(
      fc.property(fc.anything(), rmas, (payload, rma) => {
        assert.equal(isOurs([rma], [effect('rma.create', 'confirmed', payload)]), false)
      }),
    )
    for (const payload of [null, 'x', [], {}, { lines: null }, { lines: [null, 1, { sku: 5 }], packageId: 7 }])
      assert.equal(showsSent([anOpenRma()], { payload }), false)
  })
})

describe('F18, F37: an RMA is built from the units of a write that it shows', () => {
  const two = {
    ...aDesiredRma({ lines: [aDesiredLine({ sku: 'A1' }), aDesiredLine({ sku: 'B2' })] }),
    announced: ['1', '2'],
  }
  const one = { ...aDesiredRma({ lines: [aDesiredLine({ sku: 'B2' })] }), announced: ['2'] }

  it('a create that another process sent by an outdated reading, and that had no effect, does not say it', () => {
    const effects = [
      effect('rma.create', 'refused', two),
      effect('rma.update', 'accepted', one),
      effect('rma.create', 'confirmed', two),
    ]
    assert.deepEqual(unitsSent([rmaFrom(one)], effects), ['2'])
    assert.deepEqual(unitsSent([rmaFrom(two)], effects), ['1', '2'])
  })

  it('of two writes with the same units it is the later; where none matches, the last', () => {
    const again = { ...one, announced: ['3'] }
    const effects = [effect('rma.create', 'confirmed', one), effect('rma.update', 'accepted', again)]
    assert.deepEqual(unitsSent([rmaFrom(one)], effects), ['3'])
    assert.deepEqual(unitsSent([rmaFrom(two)], effects), ['3'])
    assert.deepEqual(unitsSent([], effects), ['3'])
  })

  it('units that the warehouse added to the RMA change nothing', () => {
    const added = aLine({ sku: 'C3', quantity: 0, notOnOriginalRma: true })
    const rma = rmaFrom(one)
    const effects = [effect('rma.create', 'confirmed', one), effect('rma.create', 'confirmed', two)]
    assert.deepEqual(unitsSent([{ ...rma, lines: [...rma.lines, added] }], effects), ['2'])
  })

  it('property: total, and only writes that MasonHub took count', () => {
    fc.assert(
      fc.property(fc.anything(), rmas, fc.constantFrom(...effectStates), (payload, rma, state) => {
        const ids = unitsSent([rma], [effect('rma.create', state, payload)])
        assert.ok(ids === null || ids.every((id) => typeof id === 'string'))
        const counts = ['accepted', 'confirmed'].includes(state)
        assert.deepEqual(unitsSent([rma], [effect('rma.update', state, two)]), counts ? ['1', '2'] : null)
      }),
    )
  })
})
