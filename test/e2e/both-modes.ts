/** What every failure must tell a person and a script: runs the same command in both modes and checks docs/cli.md. */
import assert from 'node:assert/strict'
import { assertObeysSchema } from '../commands/schemas.ts'
import type { ErrorInJson, Run, RunOptions } from '../run.ts'
import { runMhloop } from '../run.ts'

export type Failure = ErrorInJson & { merchant?: string; returnId?: string; requestId?: string; stderr: string }

/** Text that only a developer could read: a stack, or another library's error message. */
export const developersWords = /^\s+at .+:\d+:\d+|node:internal|undefined|\[object |NaN|Error \[|HTTPError|SqliteError/m

/**
 * Runs a command that must fail, for people and with --json, each with its own journal. Both runs must end with `exit`,
 * print only the failure, and say the same.
 */
export async function failsWith(
  exit: number,
  argv: readonly string[],
  options: RunOptions & { folder: string },
): Promise<Failure> {
  const { folder, ...run } = options
  const [human, machine] = await Promise.all([
    runMhloop([...argv], { ...run, dataDir: run.dataDir ?? `${folder}/people` }),
    runMhloop([...argv, '--json'], { ...run, dataDir: run.dataDir ?? `${folder}/scripts` }),
  ])
  const { error } = oneErrorDocument(machine)
  const what = `mhloop ${argv.join(' ').slice(0, 200)}: ${human.stderr}`
  assert.deepEqual([human.exit, machine.exit, error.exit], [exit, exit, exit], what)
  assert.equal(human.stdout, '', what)
  assertForUsers(human.stderr)
  assert.ok(human.stderr.includes(error.code), what)
  return { ...error, stderr: human.stderr }
}

/** Checks that stdout holds one error document and nothing else. */
export function oneErrorDocument(run: Run): { error: ErrorInJson & { merchant?: string } } {
  const document = run.json()
  assertObeysSchema(document)
  assert.equal(document.schema, 'mhloop/error@1')
  assert.doesNotMatch(run.stdout, developersWords)
  return document
}

/**
 * Checks for a sentence about what happened, the next step unless the sentence says it, the code, and at most one
 * screen.
 */
export function assertForUsers(stderr: string): void {
  assert.match(stderr, /^Error: [^a-z].+[.\])!?]$/m)
  assert.match(stderr, /^ {2}[A-Z][A-Z0-9_]+( · .+)?$/m)
  assert.doesNotMatch(stderr, developersWords)
  assert.ok(stderr.split('\n').length < 24, stderr)
}
