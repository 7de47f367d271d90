import assert from 'node:assert/strict'
import fc from 'fast-check'
import { checkCodes, codesNamed } from '../../../src/core/doctor/codes.ts'
import { agoText, exitOf, some, type Verdict } from '../../../src/core/doctor/verdict.ts'
import { type ExitCode, exitCodes } from '../../../src/core/errors/fault.ts'

const status = fc.constantFrom<Verdict['status']>('ok', 'warn', 'fail', 'skipped')
const exit = fc.constantFrom<ExitCode | undefined>(undefined, ...Object.values(exitCodes))
const verdicts = fc
  .array(fc.tuple(status, exit), { maxLength: 12 })
  .map((list) => list.map(([of, code]) => ({ status: of, ...(code === undefined ? {} : { exit: code }) })))

describe('one exit code for many verdicts', () => {
  it('is 0 exactly when nothing warned or failed', () => {
    fc.assert(
      fc.property(verdicts, (list) => {
        const quiet = list.every((one) => one.status === 'ok' || one.status === 'skipped')
        assert.equal(exitOf(list) === 0, quiet)
      }),
    )
  })

  it('is only ever 0, 1, 3, 4 or 7, and 4 whenever a credential failed', () => {
    fc.assert(
      fc.property(verdicts, (list) => {
        assert.ok([0, 1, 3, 4, 7].includes(exitOf(list)))
        if (list.some((one) => one.status === 'fail' && one.exit === 4)) assert.equal(exitOf(list), 4)
      }),
    )
  })

  it('does not depend on their order, and one more never makes it good', () => {
    fc.assert(
      fc.property(verdicts, verdicts, (list, more) => {
        assert.equal(exitOf(list.toReversed()), exitOf(list))
        if (exitOf(list) !== 0) assert.notEqual(exitOf([...list, ...more]), 0)
      }),
    )
  })

  it('heeds the exit of failures only', () => {
    assert.equal(exitOf([{ status: 'warn', exit: 4 }]), 3)
    assert.equal(exitOf([{ status: 'skipped', exit: 7 }]), 0)
  })
})

describe('codes of checks', () => {
  it('are named one by one, by group, in any case', () => {
    assert.deepEqual(codesNamed('Journal.Disk'), ['journal.disk'])
    assert.deepEqual(codesNamed('journal'), ['journal.open', 'journal.health', 'journal.disk', 'journal.log'])
    assert.equal(codesNamed('journ'), null)
    assert.equal(codesNamed(''), null)
    assert.equal(new Set(checkCodes).size, checkCodes.length)
  })
})

describe('words', () => {
  it('name the first few, and how long ago', () => {
    assert.equal(some(['a', 'b', 'c']), 'a, b, c')
    assert.equal(some(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more')
    assert.deepEqual([1_500, 150_000, 3 * 3_600_000, 5 * 86_400_000, -5].map(agoText), [
      '1 s',
      '2 min',
      '3 h',
      '5 days',
      '0 s',
    ])
  })
})
