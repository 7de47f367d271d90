/** Plants bugs, one after the other, each in processes of its own, and tells which of them nothing noticed. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type PlantedBug, root, withBug } from './planted-bug.ts'

export type Verdict = { bug: PlantedBug; caught: boolean; by: string; seconds: number }

const path = (file: string) => fileURLToPath(new URL(file, root))
/** Longer than anything here takes, also on a machine that is busy with other things. */
const timeLimit = 15 * 60_000

/** Throws when a bug no longer fits its file: then nobody knows whether it would be caught. */
export function assertFits(bug: PlantedBug): void {
  for (const file of new Set(bug.edits.map((edit) => edit.file))) withBug(bug, file, readFileSync(path(file), 'utf8'))
}

/** Plants one bug, and looks whether what should catch it does. */
export async function check(bug: PlantedBug, signal?: AbortSignal): Promise<Verdict> {
  assertFits(bug)
  const began = performance.now()
  const { status, said } = await run(bug, ['--import', path('test/planted/hook.ts'), ...commandOf(bug)], signal)
  const seconds = (performance.now() - began) / 1000
  return { bug, seconds, ...readingOf(bug, status, said) }
}

/** Without a plant, what should catch it must find nothing: else it proves nothing. */
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

/** The first test that failed, or null: a run that broke before its tests has caught nothing. */
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
