/** Each row of the failure model (docs/assumptions.md names them F1 to F66) has a test that proves it, and is named by it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tests = fileURLToPath(new URL('..', import.meta.url))
const rows = 66

/** Rows that nothing here can prove, each with what stands in for a test. */
const exceptions: Record<number, string> = {}

describe('the register of failures', () => {
  const named = namedRows()

  it(`knows all ${rows} rows, each by a test that is named after it`, () => {
    const missing = range(rows).filter((row) => !named.has(row) && exceptions[row] === undefined)
    assert.deepEqual(missing, [])
  })

  it('names no row that is not there, and excepts none that has a test', () => {
    assert.deepEqual(
      [...named].filter((row) => row < 1 || row > rows),
      [],
    )
    assert.deepEqual(
      Object.keys(exceptions).filter((row) => named.has(Number(row))),
      [],
    )
  })
})

/** Rows in the titles of tests: `it('F61: …')`, `describe('… (F55, F57)')`, also where a title is made of parts. */
function namedRows(): Set<number> {
  const found = new Set<number>()
  for (const file of readdirSync(tests, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.test.ts')) continue
    const source = readFileSync(join(tests, file), 'utf8')
    for (const [, title = ''] of source.matchAll(/\b(?:it|describe|onEachEngine|sideBySide)\(\s*(['"`].*)/g)) {
      for (const [, row] of title.matchAll(/\bF(\d+)\b/g)) found.add(Number(row))
    }
  }
  return found
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
