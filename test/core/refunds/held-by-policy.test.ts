import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isHeldByPolicy, isPassedExplicitly } from '../../../src/core/refunds/held-by-policy.ts'

const reason = (code: string) => ({ code, message: 'M.' })

describe('held by policy (G12)', () => {
  it('G12 is judged by the first reason alone, and is one of a closed list', () => {
    assert.equal(isHeldByPolicy([]), false)
    assert.equal(isHeldByPolicy([reason('ALL_AVAILABLE'), reason('REFUNDS_OFF')]), false)
    for (const code of ['LEASE_LOST', 'MAYBE_SENT', 'NOT_PLANNED', 'POLICY_CHANGED', 'DAMAGED', 'NOT_RECEIVED'])
      assert.equal(isHeldByPolicy([reason(code)]), false, code)
  })

  it('whatever --refund passes is held by policy', () => {
    fc.assert(
      fc.property(fc.string(), (code) => !isPassedExplicitly(reason(code)) || isHeldByPolicy([reason(code)])),
      { examples: [['REFUNDS_OFF'], ['REFUND_TOO_LARGE'], ['FIRST_BY_HAND']] },
    )
  })
})
