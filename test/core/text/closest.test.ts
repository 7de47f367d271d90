import assert from 'node:assert/strict'
import fc from 'fast-check'
import { closest, didYouMean } from '../../../src/core/text/closest.ts'

describe('did you mean', () => {
  it('finds the nearest first, and at most three', () => {
    assert.deepEqual(closest('merchnat', ['rma', 'merchant', 'mapping']), ['merchant'])
    assert.equal(closest('aaa', ['aaab', 'aaac', 'aaad', 'aaae']).length, 3)
  })
  it('counts two swapped letters as one slip, and takes beginnings as near', () => {
    assert.deepEqual(closest('hwos', ['show']), [])
    assert.deepEqual(closest('shwo', ['shot', 'show', 'list']), ['show'])
    assert.deepEqual(closest('acme', ['acme.myshopify.com']), ['acme.myshopify.com'])
  })
  it('suggests nothing when nothing is near', () => {
    assert.equal(didYouMean('zebra', ['list', 'add']), '')
    assert.equal(didYouMean('lits', ['list', 'add']), ' Did you mean "list"?')
  })
  it('always finds the word itself, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 30 }), (word) => {
        assert.equal(closest(word, ['something else entirely', word])[0], word)
      }),
    )
  })
})
