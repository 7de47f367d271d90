/**
 * Puts one planted bug after the other into mhloop, each in its own processes, and reports those that no test finds.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type PlantedBug, root, withBug } from './planted-bug.ts'

export type Verdict = { bug: PlantedBug; caught: boolean; by: string; seconds: number }

const path = (file: string) => fileURLToPath(new URL(file, root))
/** Longer than any run here takes, even on a busy machine. */
const timeLimit = 15 * 60_000

/** Throws when a bug no longer fits its file: then it is unknown whether a test would find it. */
export function assertFits(bug: PlantedBug): void {
  for (const file of new Set(bug.edits.map((edit) => edit.file))) withBug(bug, file, readFileSync(path(file), 'utf8'))
}

/** Runs the test that must find one bug, with that bug in the source. */
export async function check(bug: PlantedBug, signal?: AbortSignal): Promise<Verdict> {
  assertFits(bug)
  const began = performance.now()
  const { status, said } = await run(bug, ['--import', path('test/planted/hook.ts'), ...commandOf(bug)], signal)
  const seconds = (performance.now() - began) / 1000
  return { bug, seconds, ...readingOf(bug, status, said) }
}

/** The same test must pass without a bug; otherwise its failure proves nothing. */
export async function checkSound(bug: PlantedBug, signal?: AbortSignal): Promise<boolean> {
  return (await run(null, commandOf(bug), signal)).status === 0
}

export function commandOf({ caughtBy }: PlantedBug): string[] {
  if ('worlds' in caughtBy)
    return [path('test/planted/find-failing-world.ts'), String(caughtBy.worlds), String(caughtBy.first)]
  const named = caughtBy.named === undefined ? [] : ['--grep', caughtBy.named]
  return [
    path('node_modules/mocha/bin/mocha.js'),
    '--no-parallel',
    '--bail',
    '--reporter',
    'json',
    ...named,
    caughtBy.tests,
  ]
}

function readingOf({ caughtBy }: PlantedBug, status: number, said: string): Pick<Verdict, 'caught' | 'by'> {
  if ('worlds' in caughtBy)
    return { caught: status === 3, by: status === 3 ? `simulation, ${said.trim()}` : `nothing (exit ${status})` }
  const failed = failedTest(said)
  return { caught: status > 0 && failed !== null, by: failed ?? `nothing (exit ${status})` }
}

/** The first test that failed; null for a run that failed before its tests, which has found nothing. */
function failedTest(said: string): string | null {
  const start = said.indexOf('{\n')
  if (start === -1) return null
  try {
    const { failures } = JSON.parse(said.slice(start)) as { failures: { fullTitle: string }[] }
    return failures[0]?.fullTitle ?? null
  } catch {
    return null
  }
}

function run(bug: PlantedBug | null, words: string[], signal?: AbortSignal): Promise<{ status: number; said: string }> {
  const env = { ...process.env, ...(bug === null ? {} : { PLANTED: bug.name }) }
  const child = spawn(process.execPath, words, {
    cwd: fileURLToPath(root),
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: timeLimit,
    ...(signal ? { signal } : {}),
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ status: code ?? -1, said }))
  })
}
