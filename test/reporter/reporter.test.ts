import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from '../temporary-folder.ts'
import { createSlowest } from './slowest.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the slowest tests and files', () => {
  const ended = (file: string, title: string, duration: number, type = 'test') => ({
    file: `/clone/${file}`,
    title,
    duration,
    type,
  })

  it('are in two tables, the slowest first; a file takes as long as its tests and hooks', () => {
    const slowest = createSlowest('/clone/')
    slowest.add(ended('test/a.test.ts', 'one', 1_000))
    slowest.add(ended('test/b.test.ts', 'two', 12_345))
    slowest.add(ended('test/a.test.ts', '"before all" hook', 40_000, 'hook'))
    // A pending test, or a hook of all files.
    slowest.add({ type: 'test', title: 'three', file: '/clone/test/b.test.ts' })
    slowest.add({ type: 'hook', title: '"before each" hook', duration: 5_000 })
    assert.equal(
      slowest.tables(),
      `
  Seconds of the slowest 2 of 2 files, with their hooks:
    41.0  test/a.test.ts
    12.3  test/b.test.ts

  Seconds of the slowest 3 of 3 tests:
    12.3  test/b.test.ts  two
     1.0  test/a.test.ts  one
     0.0  test/b.test.ts  three
`,
    )
  })

  it('are twenty of each at most, with titles that fit a line', () => {
    const slowest = createSlowest('/clone/')
    for (let file = 1; file <= 30; file += 1) slowest.add(ended(`${file}.test.ts`, 'long '.repeat(50), file * 1_000))
    const lines = slowest.tables().trim().split('\n')
    assert.equal(lines.length, 2 * 21 + 1)
    assert.match(lines[0] ?? '', /20 of 30 files/)
    assert.equal(lines[1], '    30.0  30.test.ts')
    assert.ok(lines.every((line) => line.length <= 120))
  })
})

describe('the reporter of the tests', () => {
  const folder = temporaryFolder()

  /** Both files of a run as in CI: in parallel. */
  async function report(words: readonly string[], environment: Record<string, string>): Promise<string> {
    const files = ['one', 'two'].map((name) => join(folder(), `${name}.test.mjs`))
    for (const file of files) await writeFile(file, `it('takes its time', () => {}); before(() => {})`)
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
    const { stdout } = await promisify(execFile)(process.execPath, [mocha, ...files, ...words], {
      cwd: root,
      env: { PATH: process.env['PATH'], ...environment },
    })
    return stdout
  }

  const bothFiles =
    /2 passing[\s\S]*slowest 2 of 2 files[\s\S]*slowest 2 of 2 tests:\n[\s\S]*(one|two)\.test\.mjs {2}takes its time/

  it('adds the tables in CI', async () => {
    assert.match(await report([], { CI: 'true' }), bothFiles)
  })

  it('adds them where --slowest asks for them', async () => {
    assert.match(await report(['--no-parallel', '--slowest'], {}), bothFiles)
  })

  it('else only prints the dots', async () => {
    assert.match(await report(['--no-parallel'], {}), /^\s+\.\.\s+2 passing \(\d+\w+\)\s*$/)
  })
})
