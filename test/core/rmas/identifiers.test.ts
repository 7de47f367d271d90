import assert from 'node:assert/strict'
import fc from 'fast-check'
import { customerIdentifierOf, parseReference, returnIdOf } from '../../../src/core/rmas/identifiers.ts'

describe('the identity of a return at MasonHub', () => {
  it('is the Loop return id of the admin URL (mission 3)', () => {
    assert.equal(customerIdentifierOf('99904598'), '99904598')
    assert.equal(returnIdOf('99904598'), '99904598')
  })

  it('gets a prefix below five characters, because MasonHub wants five (F35)', () => {
    assert.equal(customerIdentifierOf('1673'), 'loop-1673')
    assert.equal(customerIdentifierOf('16730'), '16730')
    assert.equal(returnIdOf('loop-1673'), '1673')
  })

  for (const identifier of [
    '1673',
    'loop-16730',
    '#1001',
    '#1001-R1',
    'loop-',
    '',
    '12345678901234567890',
    '99904598 ',
    '0099904598',
    '9990459a',
    'loop-loop-1',
    '１２３４５',
  ]) {
    it(`does not take “${identifier}” for a return id`, () => {
      assert.equal(returnIdOf(identifier), null)
    })
  }

  it('leads there and back for every id, and never gives two returns one identifier', () => {
    const ids = fc.bigInt({ min: 1n, max: 10n ** 19n - 1n }).map(String)
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        const identifier = customerIdentifierOf(one)
        assert.equal(returnIdOf(identifier), one)
        assert.ok(identifier.length >= 5 && identifier.length <= 100)
        assert.equal(identifier === customerIdentifierOf(other), one === other)
      }),
    )
  })
})

describe('what a person may type where an ID is asked for', () => {
  const isReturn = (returnId: string) => ({ kind: 'return-id', returnId })

  for (const typed of [
    '99904598',
    ' 99904598\n',
    'https://admin.loopreturns.com/returns/99904598',
    'http://admin.loopreturns.com/returns/99904598/',
    'admin.loopreturns.com/returns/99904598?tab=notes',
    'HTTPS://ADMIN.LOOPRETURNS.COM/RETURNS/99904598#top',
  ]) {
    it(`reads ${JSON.stringify(typed)} as return 99904598`, () => {
      assert.deepEqual(parseReference(typed), isReturn('99904598'))
    })
  }

  it("reads MasonHub's number of a short id as that return", () => {
    assert.deepEqual(parseReference('loop-1673'), isReturn('1673'))
    assert.deepEqual(parseReference('1673'), isReturn('1673'))
    assert.deepEqual(parseReference('loop-99904598'), { kind: 'text', text: 'loop-99904598' })
  })

  it('reads an order name, never as a key', () => {
    assert.deepEqual(parseReference('#1001'), { kind: 'order-name', orderName: '#1001' })
    assert.deepEqual(parseReference('#1'), { kind: 'order-name', orderName: '#1' })
    assert.deepEqual(parseReference('#'), { kind: 'text', text: '#' })
  })

  for (const typed of [
    'https://admin.loopreturns.com.evil.example/returns/99904598',
    'https://evil.example/admin.loopreturns.com/returns/99904598',
    'https://admin.loopreturns.com/orders/99904598',
    'https://admin.loopreturns.com/returns/99904598x',
    'https://admin.loopreturns.com/returns/',
    'adminxloopreturns.com/returns/99904598',
    '9400111899223197428490',
    '1Z999AA10123456784',
  ]) {
    it(`reads ${typed} as plain text`, () => {
      assert.deepEqual(parseReference(typed), { kind: 'text', text: typed })
    })
  }

  it('H25 invisible characters are no part of an id', () => {
    for (const typed of [
      '\u200b99904598',
      '99904598\ufeff',
      '\u202a99904598\u202c',
      '9990\u00ad4598',
      '\u00a099904598\r',
    ]) {
      assert.deepEqual(parseReference(typed), { kind: 'return-id', returnId: '99904598' }, JSON.stringify(typed))
    }
    assert.deepEqual(parseReference('\u2060#1001'), { kind: 'order-name', orderName: '#1001' })
  })
})
