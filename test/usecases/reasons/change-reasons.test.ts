import assert from 'node:assert/strict'
import { Fault } from '../../../src/core/errors/fault.ts'
import { mergeRules } from '../../../src/core/reasons/reason-table.ts'
import { assertAgreed } from '../../../src/usecases/reasons/change-reasons.ts'

const rule = (reason: string, code: 'tooSmall' | 'tooBig') => ({ parentReason: 'Size', reason, code })

describe('an import that removes reasons', () => {
  const file = [rule('Too small', 'tooSmall')]
  const before = [...file, rule('Too wide', 'tooBig')]
  const agreed = mergeRules(before, file, true).changes

  it('removes what was shown', () => {
    assertAgreed('acme', agreed, mergeRules(before, file, true).changes)
    assertAgreed('acme', agreed, mergeRules(file, file, true).changes)
  })

  it('H31: is refused when another process has meanwhile added a reason that would go, or changed one', () => {
    const added = [...before, rule('Too long', 'tooBig')]
    const changed = [...file, rule('Too wide', 'tooSmall')]
    for (const [stored, name] of [
      [added, 'Too long'],
      [changed, 'Too wide'],
    ] as const) {
      assert.throws(
        () => assertAgreed('acme', agreed, mergeRules(stored, file, true).changes),
        (error) => {
          assert.ok(error instanceof Fault)
          assert.deepEqual([error.code, error.exit, error.merchant], ['PROFILES_CHANGED', 6, 'acme'])
          assert.match(error.message, new RegExp(`${name}.* of acme .*Nothing was stored`))
          assert.match(error.hint ?? '', /mhloop mapping reasons list -m acme/)
          return true
        },
      )
    }
  })
})
