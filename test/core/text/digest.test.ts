import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { digestOf } from '../../../src/core/text/digest.ts'

describe('digests', () => {
  it('are 32 hexadecimal characters', () => {
    assert.match(digestOf({ a: 1 }), /^[0-9a-f]{32}$/)
  })

  it('do not depend on the order of keys', () => {
    assert.equal(digestOf({ a: 1, b: { c: 2, d: 3 } }), digestOf({ b: { d: 3, c: 2 }, a: 1 }))
    assert.equal(
      digestOf(
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
      ),
      digestOf(
        new Map([
          ['b', 2],
          ['a', 1],
        ]),
      ),
    )
  })

  it('depend on the order of a list', () => {
    assert.notEqual(digestOf([1, 2]), digestOf([2, 1]))
  })

  it('take a key without a value for no key', () => {
    assert.equal(digestOf({ a: undefined, b: 1 }), digestOf({ b: 1 }))
  })

  it('differ for what reads alike: text and numbers, null and an unreadable quantity, nested and flat', () => {
    const values = [
      null,
      'null',
      0,
      '0',
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '',
      [],
      {},
      [null],
      [[]],
      { a: null },
      ['a', 'b'],
      ['a,b'],
      { a: 1 },
      ['a', 1],
      true,
      'true',
      { 'a:1': 2 },
    ]
    const digests = values.map(digestOf)
    assert.equal(new Set(digests).size, values.length)
  })

  it('differ for maps, and for lists whose items run together', () => {
    const values = [
      new Map(),
      new Map([['a', 1]]),
      new Map([['a', 2]]),
      new Map([['b', 1]]),
      [1, 23],
      [12, 3],
      [123],
      [undefined, 1],
    ]
    assert.equal(new Set(values.map(digestOf)).size, values.length)
    assert.notEqual(digestOf([undefined]), digestOf([]))
  })

  it('say the same of equal values and something else of a changed one, for all JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [copy, otherCopy] = [JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))]
        assert.equal(digestOf(copy), digestOf(one))
        assert.equal(digestOf(one) === digestOf(other), isDeepStrictEqual(copy, otherCopy))
      }),
    )
  })
})
