import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Fault } from '../../../src/core/errors/fault.ts'
import { faultCodes, registeredAs } from '../../../src/core/errors/fault-codes.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Sources that create errors: neither the register nor its explanations. */
const sources = globSync('src/**/*.ts', { cwd: root })
  .filter((path) => !/^src\/core\/(?:errors\/fault-codes\.ts|explain\/)/.test(path))
  .map((path) => readFileSync(`${root}${path}`, 'utf8').replace(/[!=]== '\w+'/g, ''))
  .join('\n')

/** Whether a source contains the code, as one literal or as the vendor's prefix and the rest. */
function isMade(code: string): boolean {
  if (code === 'MACHINE_*') return sources.includes('`MACHINE_$')
  return sources.includes(`'${code}'`) || sources.includes(`[vendor]}${code.replace(/^(?:LOOP|MASONHUB)/, '')}\``)
}

describe('the register of error codes', () => {
  // The types ensure that every code in the sources is in the register.
  it('holds no code that nothing makes', () => {
    assert.deepEqual(
      Object.keys(faultCodes).filter((code) => !isMade(code)),
      [],
    )
  })

  it('says exit code and blame where they are always the same', () => {
    const { code, exit, blame } = new Fault('No.', { code: 'LOOP_UNAUTHORIZED' })
    assert.deepEqual([code, exit, blame], ['LOOP_UNAUTHORIZED', 4, 'input'])
  })

  it('leaves to the case what depends on it', () => {
    const down = new Fault('No.', { code: 'LOOP_UNREACHABLE', blame: 'machine' })
    assert.deepEqual([down.exit, down.blame], [7, 'machine'])
    const unreadable = new Fault('No.', { code: 'MERCHANT_UNREADABLE', exit: 2 })
    assert.deepEqual([unreadable.exit, unreadable.blame], [2, 'machine'])
  })

  it('takes every error code of the operating system', () => {
    const { code, exit, blame } = new Fault('No.', { code: 'MACHINE_ENOSPC' })
    assert.deepEqual([code, exit, blame], ['MACHINE_ENOSPC', 1, 'machine'])
    assert.equal(registeredAs('MACHINE_ENOSPC'), 'MACHINE_*')
    assert.equal(registeredAs('SOMETHING_ELSE'), null)
    assert.equal(registeredAs('toString'), null)
  })

  it('says the same of an error in other words', () => {
    const first = new Fault('No.', { code: 'LOOP_UNREACHABLE', blame: 'loop', hint: 'mhloop doctor', requestId: 'r-1' })
    const { code, exit, blame, hint, requestId } = new Fault('No, once more.', { like: first })
    assert.deepEqual([code, exit, blame, hint, requestId], ['LOOP_UNREACHABLE', 7, 'loop', null, null])
  })
})
