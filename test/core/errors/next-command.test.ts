import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Fault } from '../../../src/core/errors/fault.ts'
import { merchantCommands, nextCommand, withMerchant } from '../../../src/core/errors/next-command.ts'

describe('the next command', () => {
  const complete = (hint: string) => withMerchant(hint, 'acme')

  it('names the merchant after its words and return ids, wherever in the sentence it is', () => {
    for (const [hint, expected] of [
      ['mhloop doctor', 'mhloop doctor -m acme'],
      ['mhloop rma show 99904598', 'mhloop rma show 99904598 -m acme'],
      ['mhloop rma resolve 99904598 --refund', 'mhloop rma resolve 99904598 -m acme --refund'],
      ['mhloop asn sync 1 2', 'mhloop asn sync 1 2 -m acme'],
      ['mhloop rma resolve ID --flag', 'mhloop rma resolve ID -m acme --flag'],
      [
        'ask for a token, then: mhloop merchant set masonhub-token',
        'ask for a token, then: mhloop merchant set -m acme masonhub-token',
      ],
      ['check it (mhloop merchant show); then try again', 'check it (mhloop merchant show -m acme); then try again'],
      ["mhloop api masonhub GET '/rmas?limit=1'", "mhloop api masonhub -m acme GET '/rmas?limit=1'"],
      ['mhloop rma list, or mhloop asn list -m other', 'mhloop rma list -m acme, or mhloop asn list -m other'],
      [
        'Look with mhloop mapping reasons import FILE --dry-run.',
        'Look with mhloop mapping reasons import -m acme FILE --dry-run.',
      ],
    ] as const) {
      assert.equal(complete(hint), expected)
    }
  })

  it('stays as it is when it says for whom, asks for help, or takes no merchant', () => {
    for (const hint of [
      'mhloop rma show 99904598 -m other',
      'mhloop refunds resume --merchant other',
      'mhloop refunds resume --all-merchants',
      'mhloop merchant show other',
      'mhloop merchant set --help',
      'mhloop serve',
      'mhloop journal forget 99904598',
      'mhloop journal status, and mhloop merchant list',
      'mhloop merchant rotate',
      'mhloop doctors know',
      'try again later; nothing is lost',
    ]) {
      assert.equal(complete(hint), hint)
    }
  })

  it('quotes a name that a shell would take apart', () => {
    assert.equal(withMerchant('mhloop doctor', "a b; rm 'x'"), "mhloop doctor -m 'a b; rm '\\''x'\\'''")
    assert.equal(withMerchant('mhloop doctor', '$&'), "mhloop doctor -m '$&'")
  })

  it('is complete after once, and loses nothing of the sentence', () => {
    const words = fc.constantFrom(
      ...merchantCommands.map((command) => `mhloop ${command}`),
      'mhloop serve',
      '7',
      '; ',
      ' -m b',
      '(',
      'then',
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 6 }), (parts) => {
        const hint = parts.join(' ')
        const once = complete(hint)
        assert.equal(complete(once), once)
        assert.equal(once.replaceAll(' -m acme', ''), hint)
      }),
    )
  })

  it("is for the fault's own merchant, else for the one that was worked for, else as it was written", () => {
    const fault = (details: { hint?: string; merchant?: string }) =>
      new Fault('It went wrong.', { code: 'SMOKE_FAILED', ...details })
    assert.equal(nextCommand(fault({ hint: 'mhloop doctor', merchant: 'own' }), 'acme'), 'mhloop doctor -m own')
    assert.equal(nextCommand(fault({ hint: 'mhloop doctor' }), 'acme'), 'mhloop doctor -m acme')
    assert.equal(nextCommand(fault({ hint: 'mhloop doctor' }), null), 'mhloop doctor')
    assert.equal(nextCommand(fault({}), 'acme'), null)
  })
})
