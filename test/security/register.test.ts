/**
 * Each row of the failure model (F) and of the surroundings (H) in docs/failures.md has a test
 * that proves it and names it. docs/security.md has the rows about security.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tests = join(root, 'test')
const document = readFileSync(join(root, 'docs/security.md'), 'utf8')
const failures = readFileSync(join(root, 'docs/failures.md'), 'utf8')
/** Every row of the failure model, and the rows of the review; failures.md has further rows of H, with gaps. */
const all = { F: 66, H: 32 } as const
const allRows = [...failures.matchAll(/^\| ([FH]\d+) \|/gm)].map(([, row = '']) => row)

/** Rows that no test here can prove, each with what replaces a test. */
const exceptions: Record<string, string> = {}

describe('the register of failures', () => {
  const named = new Map(testFiles().map((file) => [file, rowsNamedIn(readFileSync(join(root, file), 'utf8'))]))
  const proven = new Set([...named.values()].flatMap((rows) => [...rows]))
  const register = registered()
  const isOpen = (row: string) => register.get(row)?.trim() === 'open'

  it('knows all rows, each by a test that is named after it', () => {
    const reviewed = [...range('F', 1, all.F), ...range('H', 1, all.H)]
    assert.deepEqual(
      reviewed.filter((row) => !allRows.includes(row)),
      [],
    )
    assert.deepEqual(
      allRows.filter((row) => !proven.has(row) && exceptions[row] === undefined && !isOpen(row)),
      [],
    )
  })

  it('names no row that is not there, and excepts none that has a test', () => {
    assert.deepEqual(
      [...proven].filter((row) => !allRows.includes(row)),
      [],
    )
    assert.deepEqual(
      Object.keys(exceptions).filter((row) => proven.has(row)),
      [],
    )
  })

  it('docs/security.md has all rows about security, each with files whose tests are named after it', () => {
    assert.deepEqual([...register.keys()], [...range('F', 49, all.F), ...range('H', 1, all.H)])
    for (const [row, cell] of register) {
      const files = [...cell.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file)
      assert.ok(files.length > 0 || isOpen(row), `${row} names no test`)
      for (const file of files) assert.ok(named.get(file)?.has(row), `no test of ${file} is named after ${row}`)
    }
  })

  it('docs/security.md names only tests that are there, by words of their titles', () => {
    const said = [...document.matchAll(/`(test\/[^`]+\.test\.ts)` ((?:“[^”]+”(?:, )?)+)/g)]
    assert.ok(said.length > 20)
    for (const [, file = '', titles = ''] of said) {
      const source = readFileSync(join(root, file), 'utf8')
      for (const [, title = ''] of titles.matchAll(/“([^”]+)”/g))
        assert.ok(
          titlesIn(source).some((one) => one.includes(title)),
          `${file} has no test “${title}”`,
        )
    }
  })
})

/** The table at the end of the document: each row, and what proves it. */
function registered(): Map<string, string> {
  const rows = document.matchAll(/^\| ([FH]\d+) \| [^|]+ \| ([^|]+) \|$/gm)
  return new Map([...rows].map(([, row = '', cell = '']) => [row, cell]))
}

function testFiles(): string[] {
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.test.ts')).map((file) => join('test', file))
}

/** Rows in the titles of tests: `it('F61: …')`, `describe('… (F55, F57)')`, also where a title is composed of parts. */
function rowsNamedIn(source: string): Set<string> {
  return new Set(titlesIn(source).flatMap((title) => title.match(/\b[FH]\d+\b/g) ?? []))
}

function titlesIn(source: string): string[] {
  return [...source.matchAll(/\b(?:it|describe|onEachEngine|sideBySide)\(\s*(['"`].*)/g)].map(([, title = '']) => title)
}

function range(letter: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${letter}${from + index}`)
}
