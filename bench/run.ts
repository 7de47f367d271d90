/**
 * `npm run bench`: every part, written to docs/performance.md.
 *
 *   -- --only start-up,receiver   only these parts; the others keep their last figures
 *   -- --quick                    only checks that it works: few and small runs, on stderr, nothing is stored
 *
 * Each part's result is stored at once, so that a run that was stopped can continue with `--only`.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Part } from './part.ts'
import { receiver } from './receiver.ts'
import { journal, workers } from './spawned.ts'
import { startUp } from './start-up.ts'
import { limits, memory, vendors } from './vendors.ts'

const parts: readonly Part[] = [startUp, vendors, memory, limits, receiver, journal, workers]
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'docs', 'performance')

type SavedPart = { text: string; setting: string }

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } } })
  const names = values.only?.split(',') ?? parts.map(({ name }) => name)
  const unknown = names.filter((name) => !parts.some((part) => part.name === name))
  if (unknown.length > 0) {
    say(`There is no part ${unknown.join(', ')}: ${parts.map(({ name }) => name).join(', ')}`)
    return 2
  }
  for (const part of parts.filter(({ name }) => names.includes(name))) {
    const start = performance.now()
    say(`\n${part.title}`)
    const text = await part.measure({ print: (line) => say(`  ${line}`), quick: values.quick })
    say(`\n${text}\n  (${Math.round((performance.now() - start) / 1000)} s)`)
    if (values.quick) continue
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${part.name}.json`), `${JSON.stringify({ text, setting: setting() }, null, 2)}\n`)
    writeFileSync(join(root, 'docs', 'performance.md'), page())
  }
  return 0
}

function page(): string {
  const sections = parts.flatMap(({ name, title }) => {
    const file = join(folder, `${name}.json`)
    if (!existsSync(file)) return []
    const { text, setting: where } = JSON.parse(readFileSync(file, 'utf8')) as SavedPart
    return [`## ${title}\n\n${text}\n\n<sub>${where}</sub>\n`]
  })
  const head =
    'Measured by `npm run bench`, which writes this page; `npm run bench -- --only NAME` measures one part again.'
  return `# Performance\n\n${head}\n\n${sections.join('\n')}`
}

/** Date, commit, Node.js and machine: what the figures depend on. */
function setting(): string {
  const git = (...argv: string[]) => execFileSync('git', argv, { cwd: root, encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', '--', 'src', 'bin', 'scripts', 'bench', 'package.json') !== ''
  const commit = `${git('rev-parse', '--short=10', 'HEAD')}${changed ? ' with changes' : ''}`
  const [processor] = cpus()
  const machine = `${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`
  return `${new Date().toISOString().slice(0, 16)}Z, commit ${commit}, Node.js ${process.version}, ${process.platform} ${release()}, ${machine}`
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

process.exitCode = await main()
