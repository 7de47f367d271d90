import assert from 'node:assert/strict'
import fc from 'fast-check'
import { fittingInstructions, instructionsLimit } from '../../../src/core/rmas/instructions.ts'
import { otherParcels } from '../../../src/core/rmas/plan-rma.ts'
import { parcelsAt } from '../build.ts'

describe('the numbers of other parcels, for the dock (A-12)', () => {
  it('are cut between two numbers, and the rest is counted (F35)', () => {
    const numbers = Array.from({ length: 12 }, (_, index) => `9400111899${String(index).padStart(12, '0')}`)
    const text = fittingInstructions(otherParcels(parcelsAt(...numbers), 'AAAAA1') ?? '')
    assert.equal(text, `Other parcels of this return: ${numbers.slice(0, 8).join(', ')} and 4 more`)
  })

  it('whatever they are, they fit, each whole; what fits stays as it is', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[A-Z0-9]{5,100}$/), { maxLength: 30 }), (numbers) => {
        const whole = otherParcels(parcelsAt(...numbers), '') ?? ''
        const text = fittingInstructions(whole)
        assert.ok(text.length <= instructionsLimit)
        if (whole.length <= instructionsLimit) assert.equal(text, whole)
        const named = text.replace('Other parcels of this return: ', '').replace(/ and \d+ more$/, '')
        const more = Number(/ and (\d+) more$/.exec(text)?.[1] ?? 0)
        const list = named === '' ? [] : named.split(', ')
        assert.deepEqual(list, numbers.slice(0, list.length))
        assert.equal(list.length + more, numbers.length)
      }),
    )
  })

  it('a single number that does not fit is cut', () => {
    assert.equal(fittingInstructions('A'.repeat(300)).length, instructionsLimit)
  })
})
