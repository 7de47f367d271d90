import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tests = fileURLToPath(new URL('..', import.meta.url))

describe('where no PostgreSQL can run', () => {
  it('every test file that takes one is skipped, not failed: it says what needs it', () => {
    const takers = globSync('**/*.test.ts', { cwd: tests })
      .map((file) => ({ file, text: readFileSync(join(tests, file), 'utf8') }))
      .filter(({ text }) => /import \{[^}]*\b(freshPlace|asOwner)\b[^}]*\} from '.*postgres\/server\.ts'/.test(text))
    assert.ok(takers.length > 3)
    assert.deepEqual(
      takers
        .filter(({ text }) => !/^ +(await )?(needsPostgres|skipWithoutPostgres)\(/m.test(text))
        .map(({ file }) => file),
      [],
      'needsPostgres() at the head of the describe, or await skipWithoutPostgres(this) in the test',
    )
  })
})
