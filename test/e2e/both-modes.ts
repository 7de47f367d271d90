/** What every failure owes to a person and to a script: the same command in both modes, held to docs/cli.md. */
import assert from 'node:assert/strict'
import { assertObeysSchema } from '../commands/schemas.ts'
import type { ErrorInJson, Run, RunOptions } from '../run.ts'
import { runMhloop } from '../run.ts'

export type Failure = ErrorInJson & { merchant?: string; returnId?: string; requestId?: string; stderr: string }

/** No stack, no foreign error's own words: nothing that only a developer could read. */
export const developersWords = /^\s+at .+:\d+:\d+|node:internal|undefined|\[object |NaN|Error \[|HTTPError|SqliteError/m

/**
 * Runs a command that must fail, for people and under --json, each on a journal of its own; both end with `exit`, print
 * nothing but the failure, and say the same.
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
  assertForPeople(human.stderr)
  assert.ok(human.stderr.includes(error.code), what)
  return { ...error, stderr: human.stderr }
}

/** stdout holds one error document and nothing else. */
export function oneErrorDocument(run: Run): { error: ErrorInJson & { merchant?: string } } {
  const document = run.json()
  assertObeysSchema(document)
  assert.equal(document.schema, 'mhloop/error@1')
  assert.doesNotMatch(run.stdout, developersWords)
  return document
}

/** A sentence of what happened, what to do next unless the sentence says it, and the code; never more than a screen. */
export function assertForPeople(stderr: string): void {
  assert.match(stderr, /^Error: [^a-z].+[.\])!?]$/m)
  assert.match(stderr, /^ {2}[A-Z][A-Z0-9_]+( · .+)?$/m)
  assert.doesNotMatch(stderr, developersWords)
  assert.ok(stderr.split('\n').length < 24, stderr)
}
