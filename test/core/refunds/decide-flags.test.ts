import assert from 'node:assert/strict'
import { type PastResolutions, receiptDigest, type Situation } from '../../../src/core/refunds/decide.ts'
import type { Rma } from '../../../src/core/rmas/rma.ts'
import { aLine, anRma, aPolicy, damagedRma, decided, received, unclearRma } from '../build.ts'

describe('a receipt is flagged once (loop.md §12.3.6)', () => {
  const flags = (...of: [rma: Rma, state: PastResolutions['flags'][number]['state']][]): Partial<Situation> => ({
    rma: damagedRma,
    past: { process: 'none', flags: of.map(([rma, state]) => ({ receipt: receiptDigest(rma), state })) },
  })

  it('and never again after a person opened the return again', () => {
    assert.equal(decided(flags([damagedRma, 'confirmed'])), 'none FLAGGED_BEFORE DAMAGED')
  })

  it('is waited for while Loop has only accepted it', () => {
    assert.equal(decided(flags([damagedRma, 'accepted'])), 'wait FLAG_PENDING DAMAGED')
  })

  it('is left to a person once it is parked', () => {
    assert.equal(decided(flags([damagedRma, 'parked'])), 'none FLAG_PARKED DAMAGED')
  })

  it('is sent again when it was lost: a flag is idempotent by state', () => {
    assert.equal(decided(flags([damagedRma, 'unsettled'])), 'flag DAMAGED')
  })

  it('takes the strongest of several', () => {
    assert.equal(decided(flags([damagedRma, 'unsettled'], [damagedRma, 'accepted'])), 'wait FLAG_PENDING DAMAGED')
    assert.equal(decided(flags([damagedRma, 'accepted'], [damagedRma, 'parked'])), 'none FLAG_PARKED DAMAGED')
    assert.equal(decided(flags([damagedRma, 'parked'], [damagedRma, 'confirmed'])), 'none FLAGGED_BEFORE DAMAGED')
  })

  it('but a corrected receipt is a new one', () => {
    assert.equal(decided(flags([unclearRma, 'confirmed'])), 'flag DAMAGED')
  })

  it('a flag for a bad receipt does not stop the refund of a good one', () => {
    assert.equal(decided({ ...flags([damagedRma, 'confirmed']), rma: anRma() }), 'refund ALL_AVAILABLE')
  })

  it('what policy leaves waiting is not flagged, but what was flagged stays flagged', () => {
    const policy = aPolicy({ onUnclear: 'wait' })
    assert.equal(
      decided({ ...flags([unclearRma, 'confirmed']), rma: unclearRma, policy }),
      'none FLAGGED_BEFORE NOT_AVAILABLE',
    )
  })
})

describe('the digest of a receipt', () => {
  const lines = [
    aLine({ sku: 'A', quantity: 2 }, received('available', 1), received('damaged', 1, 'torn')),
    aLine({ sku: 'B', quantityReceived: 0 }),
  ]
  const digest = receiptDigest(anRma({ lines }))

  it('stays the same when MasonHub lists the same in another order', () => {
    const turned = lines.toReversed().map((line) => ({ ...line, received: line.received?.toReversed() ?? null }))
    assert.equal(receiptDigest(anRma({ lines: turned })), digest)
  })

  it('does not mind what is not the receipt', () => {
    assert.equal(receiptDigest(anRma({ lines, updatedAt: null, labelUrl: 'x', manifestId: null })), digest)
  })

  it('stays the same when MasonHub sends it again under a higher version (F17): a person who reopened it is not overruled', () => {
    assert.equal(receiptDigest(anRma({ lines, version: 7 })), digest)
  })

  it('changes with status, and everything about a line', () => {
    const [first, second] = lines
    assert.ok(first && second)
    const others = [
      anRma({ lines, status: 'in-receiving' }),
      anRma({ lines: [first] }),
      anRma({ lines: [first, second, second] }),
      anRma({ lines: [{ ...first, quantityReceived: 3 }, second] }),
      anRma({ lines: [{ ...first, quantity: 3 }, second] }),
      anRma({ lines: [{ ...first, notOnOriginalRma: true }, second] }),
      anRma({ lines: [{ ...first, received: [received('available', 2), received('damaged', 1, 'torn')] }, second] }),
      anRma({ lines: [{ ...first, received: [received('available', 1), received('damaged', 1)] }, second] }),
      anRma({ lines: [first, { ...second, received: [] }] }),
    ]
    assert.equal(new Set([digest, ...others.map(receiptDigest)]).size, others.length + 1)
  })
})
