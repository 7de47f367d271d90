import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findingCodes } from '../../../src/core/audit/finding-codes.ts'
import { registeredAs } from '../../../src/core/errors/fault-codes.ts'
import { outcomeCodes } from '../../../src/core/explain/outcome-codes.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Sources without the registers and their explanations, and without the sandbox, whose codes are the vendors'. */
const sources = globSync('src/**/*.ts', { cwd: root })
  .filter((path) => !/^src\/(?:sandbox\/|core\/(?:explain\/|\w+\/(?:fault|finding)-codes\.ts))/.test(path))
  .map((path) => readFileSync(`${root}${path}`, 'utf8'))
  .join('\n')

describe('the register of reasons', () => {
  it('holds every code that a result, the history or the journal is given as a reason', () => {
    const known = new Set<string>([...outcomeCodes, ...findingCodes])
    const made = [
      ...sources.matchAll(/\b(?:code|reason|because): '([A-Z][A-Z_]{3,})'/g),
      ...sources.matchAll(/\b(?:none|wait|why|skipped|refused|unread|park)\(\s*(?:[^()']+,\s*)?'([A-Z][A-Z_]{3,})'/g),
    ].map(([, code = '']) => code)
    assert.ok(new Set(made).size > 100, 'finds them')
    assert.deepEqual([...new Set(made.filter((code) => !known.has(code) && registeredAs(code) === null))], [])
  })

  it('holds no code that nothing makes, and none that is a finding', () => {
    const made = sources.replace(/[!=]== '\w+'|case '\w+'/g, '')
    assert.deepEqual(
      outcomeCodes.filter((code) => !made.includes(`'${code}'`)),
      [],
    )
    const findings = new Set<string>(findingCodes)
    assert.deepEqual(
      outcomeCodes.filter((code) => findings.has(code)),
      [],
    )
  })
})
