import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isOurs, showsSent } from '../../src/effects/own-rmas.ts'
import { type Effect, effectKinds, effectStates } from '../../src/journal/journal.ts'
import { aLine, anOpenRma, aWantedLine, aWantedRma, rmaFrom } from '../core/build.ts'

const skus = ['A1', 'B2', 'C3'] as const
const parcels = ['PARCEL-1', 'PARCEL-2', 'PARCEL-3'] as const
const sent = fc
  .record({ lines: fc.subarray([...skus], { minLength: 1 }), packageId: fc.constantFrom(...parcels) })
  .map(({ lines, packageId }) => aWantedRma({ packageId, lines: lines.map((sku) => aWantedLine({ sku })) }))
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
