/** Runs the tests that do less in normal runs (test/size.ts), each in its full size. */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ProofOptions, ProofPart, Proved } from '../part.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const mocha = 'node_modules/mocha/bin/mocha.js'

export const sizes: ProofPart = {
  name: 'tests',
  title: 'Tests at full size',
  unit: 'files',
  sizes: { quick: 1, full: Number.POSITIVE_INFINITY },
  prove,
}

/** Test files with a full size. */
export function sizedFiles(): string[] {
  const files = globSync('test/**/*.test.ts', { cwd: root }).sort()
  return files.filter((file) => /from '[./]+\/size\.ts'/.test(readFileSync(`${root}${file}`, 'utf8')))
}

async function prove({ size, seed, progress, found, signal }: ProofOptions): Promise<Proved> {
  const all = sizedFiles()
  const first = seed % all.length
  const files = [...all.slice(first), ...all.slice(0, first)].slice(0, size)
  const violations: string[] = []
  let passed = 0
  for (const [done, file] of files.entries()) {
    if (signal.aborted) break
    progress(done, files.length)
    const { passes, failures } = await run(file, signal)
    passed += passes
    if (signal.aborted) break
    for (const failure of failures) {
      violations.push(failure)
      found(failure)
    }
  }
  return { figures: { 'test files': files.length, 'tests that passed': passed }, violations }
}

type Result = { passes: number; failures: string[] }

function run(file: string, signal: AbortSignal): Promise<Result> {
  const child = spawn(process.execPath, [mocha, '--no-parallel', '--timeout', '3600000', '--reporter', 'json', file], {
    cwd: root,
    env: { ...process.env, MHLOOP_TEST_SIZE: 'full' },
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ passes: 0, failures: [`${file}: ${error.message}`] }))
    child.once('close', (code) => resolve(resultOf(file, said, code)))
  })
}

function resultOf(file: string, said: string, code: number | null): Result {
  try {
    // Tests may print before the report.
    const { passes, failures } = JSON.parse(said.slice(said.indexOf('{\n  "stats"')))
    const failed = failures.map((failure: { fullTitle: string; err: { message?: string } }) => {
      const [line = ''] = (failure.err.message ?? '').split('\n')
      return `${file}: ${failure.fullTitle}: ${line}`
    })
    if (failed.length === 0 && code !== 0) return { passes: 0, failures: [`${file}: ended with ${code}`] }
    return { passes: passes.length, failures: failed }
  } catch {
    return { passes: 0, failures: [`${file}: ended with ${code} and no result`] }
  }
}
