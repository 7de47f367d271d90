import assert from 'node:assert/strict'
import fc from 'fast-check'
import { atMost, sumOf, tenThousandths, totalOf } from '../../../src/core/refunds/money.ts'

describe('money (F24)', () => {
  it('reads decimal strings as whole ten-thousandths', () => {
    assert.equal(tenThousandths('0'), 0n)
    assert.equal(tenThousandths('47.50'), 475_000n)
    assert.equal(tenThousandths('47.5'), 475_000n)
    assert.equal(tenThousandths('0.0001'), 1n)
    assert.equal(tenThousandths('1.2345'), 12_345n)
    assert.equal(tenThousandths('999999999999999.9999'), 9_999_999_999_999_999_999n)
    assert.equal(tenThousandths(' 12.00 '), 120_000n)
    assert.equal(tenThousandths('007'), 70_000n)
  })

  for (const text of [
    '',
    ' ',
    '-1',
    '+1',
    '1.',
    '.5',
    '1,50',
    '1e3',
    '0x10',
    '1.23456',
    '1 000',
    'NaN',
    'Infinity',
    '$5',
    '١',
    '5\n5',
    '1'.repeat(16),
  ]) {
    it(`does not take ${JSON.stringify(text)} for an amount`, () => {
      assert.equal(tenThousandths(text), null)
    })
  }

  it('gives back what was written, for every amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }), fc.integer({ min: 0, max: 9999 }), (whole, part) => {
        assert.equal(tenThousandths(`${whole}.${String(part).padStart(4, '0')}`), whole * 10_000n + BigInt(part))
      }),
    )
  })

  it('takes nothing but digits with at most one point, over all text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'0123456789.,-+e ') })),
        (text) => {
          const plain = /^[0-9]{1,15}(\.[0-9]{1,4})?$/.test(text.trim())
          assert.equal(tenThousandths(text) !== null, plain)
        },
      ),
    )
  })

  it('compares without binary fractions', () => {
    assert.equal(atMost('100.00', '100'), true)
    assert.equal(atMost('100.01', '100'), false)
    assert.equal(atMost('46.7500', '46.75'), true)
    assert.equal(atMost('46.75000000000001', '46.75'), null)
  })

  it('does not know when either side can not be read', () => {
    assert.equal(atMost(null, '100'), null)
    assert.equal(atMost('many', '100'), null)
    assert.equal(atMost('-5.00', '100'), null)
    assert.equal(atMost('5.00', 'no limit'), null)
  })

  it('G12 totals are exact, with as many decimals as the longest has', () => {
    assert.equal(totalOf([]), '0')
    assert.equal(totalOf(['5']), '5')
    assert.equal(totalOf(['0.10', '0.20', '12']), '12.30')
    assert.equal(totalOf(['0.1', '0.95']), '1.05')
    assert.equal(totalOf(['0.125', '1']), '1.125')
    assert.equal(totalOf(['1', 'x']), null)
    const cents = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1 })
    const written = (sum: bigint) => `${sum / 100n}.${String(sum % 100n).padStart(2, '0')}`
    fc.assert(
      fc.property(cents, (amounts) => {
        assert.equal(totalOf(amounts.map(written)), written(amounts.reduce((sum, amount) => sum + amount, 0n)))
      }),
    )
  })

  it('adds two amounts exactly', () => {
    assert.equal(sumOf('0.10', '0.20'), '0.3000')
    assert.equal(sumOf('0', '0'), '0.0000')
    assert.equal(sumOf('0.0001', '0'), '0.0001')
    assert.equal(sumOf('42.50', '5'), '47.5000')
    assert.equal(sumOf('x', '1'), null)
    assert.equal(sumOf('1', 'x'), null)
  })
})
