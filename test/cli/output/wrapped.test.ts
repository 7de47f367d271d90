import assert from 'node:assert/strict'
import { toParts } from '../../../src/cli/output/styled.ts'
import { wrapped } from '../../../src/cli/output/wrapped.ts'

describe('wrapped lines', () => {
  const lines = (text: string, width: number, breakWords = false) =>
    wrapped(toParts(text), { first: '  Next: ', width, colour: false, breakWords }).split('\n').slice(0, -1)
  const hint = 'ask for a token, then: mhloop merchant set -m acme masonhub-token'

  it('keep the command that ends a sentence in one piece, so that it works when it is pasted', () => {
    assert.deepEqual(lines(hint, 80), [`  Next: ${hint}`])
    assert.deepEqual(lines(hint, 60), [
      '  Next: ask for a token, then:',
      '        mhloop merchant set -m acme masonhub-token',
    ])
    assert.deepEqual(lines('(mhloop doctor -m acme', 30), ['  Next: (mhloop doctor -m acme'])
    assert.deepEqual(lines('again: mhloop doctor', 20), ['  Next: again:', '        mhloop', '        doctor'])
  })

  it('break it between words where no line holds it, and never at another place in a column', () => {
    assert.deepEqual(lines(hint, 40), [
      '  Next: ask for a token, then: mhloop',
      '        merchant set -m acme',
      '        masonhub-token',
    ])
    assert.deepEqual(lines('mhloop rma show 1', 20, true), ['  Next: mhloop rma', '        show 1'])
  })

  it('break a sentence that only speaks of mhloop as any other', () => {
    assert.deepEqual(lines('another mhloop may be at it', 24), ['  Next: another mhloop', '        may be at it'])
  })
})
