/**
 * Counts the tests that were skipped because PostgreSQL can't run here. Files are tested in several processes, so each
 * writes to a file of the run, which the process that started them reads at the end.
 */
import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Skipped = { count: number; reason: string }

export function noteSkipped(count: number, reason: string): void {
  const file = process.env['TEST_SKIPPED']
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ count, reason } satisfies Skipped)}\n`)
}

/** The processes of the run inherit the name of the file, which exists only once a test was skipped. */
export function countSkipped(): void {
  process.env['TEST_SKIPPED'] = join(tmpdir(), `mhloop-skipped-${randomUUID()}`)
}

export function reportSkipped(): void {
  const file = process.env['TEST_SKIPPED'] ?? ''
  if (!existsSync(file)) return
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  rmSync(file)
  process.stderr.write(summaryOf(lines.map((line) => JSON.parse(line) as Skipped)))
}

function summaryOf(skipped: readonly Skipped[]): string {
  const count = skipped.reduce((sum, each) => sum + each.count, 0)
  return [
    `  ${count} tests were skipped, because ${skipped[0]?.reason}`,
    '  To run them, name a database in which they may make schemas of their own, and drop them again:',
    '    MHLOOP_TEST_POSTGRES=postgres://user:password@host:5432/database npm test\n\n',
  ].join('\n')
}
