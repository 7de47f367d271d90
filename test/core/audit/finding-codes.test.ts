import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { findingCodes } from '../../../src/core/audit/finding-codes.ts'

describe('finding codes', () => {
  it('G15 docs/cli.md lists each, and no other, in the order of the audit', () => {
    const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')
    const section = page.split('\n## Findings\n')[1]?.split('\n## ')[0] ?? ''
    const rows = section.split('\n').filter((line) => line.startsWith('| `'))
    const documented = rows.flatMap((line) =>
      [...(line.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code),
    )
    assert.deepEqual(documented, findingCodes)
  })
})
