/**
 * `npm run prove`: tries to break mhloop, part by part, and reports what it tried and what broke. Exits 1 if anything
 * did.
 *
 *   npm run prove -- --quick                        what CI runs
 *   npm run prove -- --histories 1000000 --seed 42  one part's size; the others in full
 *   npm run prove -- --only simulation,planted      these parts only
 *   npm run prove -- --write docs/proof.md          write the figures there as well as to stdout
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { ProofPart } from '../test/proof/part.ts'
import { parts } from '../test/proof/parts.ts'
import { counted, type Run, reportOf, sizeText } from '../test/proof/report.ts'

type ProofRequest = { seed: number; write: string | null; runs: { part: ProofPart; size: number }[] }

const usage = 2
const interrupted = 130
/** Most violations that are listed while the proof runs; the report has all of them. */
const mostListed = 40

async function main(argv: string[]): Promise<number> {
  const requested = read(argv, await Promise.all(parts.map((load) => load())))
  if (typeof requested === 'string') {
    process.stderr.write(`${requested}\n`)
    return usage
  }
  const stop = new AbortController()
  // Not `once`: without a listener, a library that passes the signal on would end the process.
  process.on('SIGINT', () => stop.abort())
  const startedAt = new Date().toISOString()
  const runs: Run[] = []
  for (const { part, size } of requested.runs)
    if (!stop.signal.aborted) runs.push(await run(part, size, requested.seed, stop.signal))
  const report = reportOf(runs, {
    command: ['npm run prove --', ...argv].join(' '),
    seed: requested.seed,
    startedAt,
    ...setting(),
  })
  process.stdout.write(report)
  if (requested.write !== null) write(requested.write, report)
  if (runs.some(({ violations }) => violations.length > 0)) return 1
  return stop.signal.aborted ? interrupted : 0
}

async function run(part: ProofPart, size: number, seed: number, signal: AbortSignal): Promise<Run> {
  const began = performance.now()
  const print = printer(part)
  print.line(`${sizeText(size)} ${part.unit}, seed ${seed}`)
  const reported = new Set<string>()
  const found = (violation: string) => {
    if (reported.has(violation) || reported.size >= mostListed) return
    reported.add(violation)
    print.line(`VIOLATION ${violation}`)
  }
  const proved = await part.prove({ size, seed, progress: print.progress, found, signal })
  const seconds = (performance.now() - began) / 1000
  print.line(`${counted(proved.violations.length, 'violation')} in ${seconds.toFixed(1)} s`)
  proved.violations.forEach(found)
  return { part, size, seconds, stopped: signal.aborted, ...proved }
}

/**
 * Prints progress: a line every few seconds, so that an hour's log stays readable; on a terminal, one line that is
 * updated.
 */
function printer({ name }: ProofPart) {
  const began = performance.now()
  const isTerminal = process.stderr.isTTY === true
  let reported = began
  const line = (text: string) => void process.stderr.write(`${isTerminal ? '\r\u001b[K' : ''}${name}: ${text}\n`)
  return {
    line,
    progress(done: number, total: number) {
      const now = performance.now()
      if (now - reported < (isTerminal ? 200 : 10_000)) return
      reported = now
      const rate = done / ((now - began) / 1000)
      const remaining = rate > 0 && Number.isFinite(total) ? `, about ${Math.ceil((total - done) / rate)} s left` : ''
      const text = `${done.toLocaleString('en')} of ${sizeText(total)}, ${Math.round(rate)} a second${remaining}`
      if (isTerminal) process.stderr.write(`\r\u001b[K${name}: ${text}`)
      else line(text)
    },
  }
}

/** The parsed arguments, or a text that says what is wrong with them. */
function read(argv: string[], all: readonly ProofPart[]): ProofRequest | string {
  const names = all.map(({ name }) => name)
  const sizeFlags = Object.fromEntries(all.map(({ unit }) => [unit, { type: 'string' as const }]))
  const flags = {
    quick: { type: 'boolean' as const },
    seed: { type: 'string' as const },
    only: { type: 'string' as const },
    write: { type: 'string' as const },
  }
  let values: Record<string, string | boolean | undefined>
  try {
    values = parseArgs({ args: argv, options: { ...sizeFlags, ...flags } }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const seed = Number(values['seed'] ?? 1)
  if (!Number.isSafeInteger(seed) || seed < 0) return '--seed takes a whole number from 0.'
  const only = typeof values['only'] === 'string' ? values['only'].split(',') : names
  const unknown = only.find((name) => !names.includes(name))
  if (unknown !== undefined) return `There is no part ${unknown}; there are: ${names.join(', ')}.`
  const runs = all.filter(({ name }) => only.includes(name)).map((part) => ({ part, size: sizeOf(part, values) }))
  const bad = runs.find(({ size }) => Number.isNaN(size))
  if (bad) return `--${bad.part.unit} takes a whole number from 1, or all.`
  return { seed, write: typeof values['write'] === 'string' ? values['write'] : null, runs }
}

function sizeOf({ unit, sizes }: ProofPart, values: Record<string, string | boolean | undefined>): number {
  const typed = values[unit]
  if (typeof typed !== 'string') return values['quick'] === true ? sizes.quick : sizes.full
  if (typed === 'all') return Number.POSITIVE_INFINITY
  const size = Number(typed)
  return Number.isSafeInteger(size) && size >= 1 ? size : Number.NaN
}

function setting(): { commit: string; node: string; machine: string } {
  const git = (...words: string[]) => execFileSync('git', words, { encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes'
  const cores = cpus()
  return {
    commit: `${git('rev-parse', '--short', 'HEAD')}${changed}`,
    node: `Node ${process.versions.node}`,
    machine: `${cores.length} × ${cores[0]?.model.trim() ?? process.arch}, ${process.platform}`,
  }
}

/** Writes the latest run above the earlier ones, below the page's introduction. */
function write(path: string, report: string): void {
  const page = readFileSync(path, 'utf8')
  const first = page.indexOf('\n## ')
  const head = first === -1 ? `${page.trimEnd()}\n` : page.slice(0, first + 1)
  const rest = first === -1 ? '' : page.slice(first + 1)
  writeFileSync(path, `${head.trimEnd()}\n\n${report}${rest === '' ? '' : `\n${rest}`}`)
}

process.exitCode = await main(process.argv.slice(2))
