/**
 * What a command costs before and after its work: whole processes, alternating with bare Node.js, and compared with
 * other CLIs.
 */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Part, tableOf } from './part.ts'
import { median } from './statistics.ts'
import { remoteSandbox } from './vendors/sandbox.ts'

const run = promisify(execFile)
const program = fileURLToPath(new URL('../bin/run.js', import.meta.url))
/** Folder of the other CLIs: installed once and kept for later runs. */
const others = join(tmpdir(), 'mhloop-bench', 'clis')
const pairs = 15
const quickPairs = 3
const warmUps = 2

type Contestant = { name: string; argv: string[]; most?: number; env?: Record<string, string> }
type Measured = { ratio: number; milliseconds: number }

export const startUp: Part = {
  name: 'start-up',
  title: 'Start-up',
  async measure({ print, quick }) {
    const folder = await mkdtemp(join(tmpdir(), 'mhloop-bench-'))
    const sandbox = await remoteSandbox()
    try {
      await sandbox.ask({ what: 'fill', returns: 20, limits: false, days: 10 })
      const [id = ''] = (await sandbox.ask({ what: 'ids' })) as string[]
      const own = {
        HOME: folder,
        XDG_CACHE_HOME: join(folder, 'cache'),
        MHLOOP_CONFIG_DIR: join(folder, 'config'),
        MHLOOP_DATA_DIR: join(folder, 'data'),
      }
      const bare = join(folder, 'nothing.cjs')
      writeFileSync(bare, '')
      const contestants = [
        ...ownContestants(id, { ...own, ...sandbox.environment }),
        ...(await otherContestants(print, own)),
      ]
      const rounds = quick ? quickPairs : pairs
      const measured = measure([process.execPath, bare], contestants, { rounds, print })
      return report(contestants, measured, rounds)
    } finally {
      await sandbox.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

function ownContestants(id: string, env: Record<string, string>): Contestant[] {
  const commands: [string, string[], number?][] = [
    ['mhloop --version', ['--version'], 1.3],
    ['mhloop --help', ['--help'], 2.6],
    ['mhloop version', ['version'], 2.6],
    ['mhloop merchant list', ['merchant', 'list'], 2.6],
    ['Tab: mhloop rma …', ['__complete', '--', 'rma', '']],
    ['mhloop rma show (local sandbox)', ['rma', 'show', id], 5],
  ]
  return commands.map(([name, argv, most]) => ({
    name,
    argv: [process.execPath, program, ...argv],
    env,
    ...(most === undefined ? {} : { most }),
  }))
}

/** `@salesforce/cli` and `heroku` also use oclif; Stripe's CLI is a Go binary. */
async function otherContestants(print: (line: string) => void, env: Record<string, string>): Promise<Contestant[]> {
  const packages = ['@salesforce/cli', 'heroku', '@stripe/cli']
  if (!packages.every((name) => existsSync(join(others, 'node_modules', name)))) {
    mkdirSync(others, { recursive: true })
    print(`installing ${packages.join(', ')} into ${others}, once`)
    await run('npm', ['install', '--prefix', others, '--no-audit', '--no-fund', ...packages], { maxBuffer: 1e8 })
  }
  const [stripe] = globSync('node_modules/@stripe/cli*/**/stripe{,.exe}', { cwd: others }).filter((file) =>
    /bin|stripe(\.exe)?$/.test(file),
  )
  const commands: [string, string[] | null][] = [
    ['stripe', stripe === undefined ? null : [join(others, stripe)]],
    ['sf', [process.execPath, join(others, 'node_modules/@salesforce/cli/bin/run.js')]],
    ['heroku', [process.execPath, join(others, 'node_modules/heroku/bin/run.js')]],
  ]
  const quiet = { ...env, SF_DISABLE_TELEMETRY: 'true', SF_AUTOUPDATE_DISABLE: 'true', HEROKU_SKIP_ANALYTICS: '1' }
  return commands.flatMap(([name, argv]) =>
    argv === null
      ? []
      : ['--version', '--help'].map((flag) => ({ name: `${name} ${flag}`, argv: [...argv, flag], env: quiet })),
  )
}

/**
 * Measures pairs of bare Node.js and a contestant, every contestant in every round: other load on the machine affects
 * all alike.
 */
function measure(
  bare: string[],
  contestants: readonly Contestant[],
  { rounds, print }: { rounds: number; print(line: string): void },
): Measured[] {
  for (const contestant of contestants) for (let count = 0; count < warmUps; count += 1) time(contestant)
  const samples = contestants.map(() => ({ ratios: [] as number[], times: [] as number[] }))
  for (let round = 1; round <= rounds; round += 1) {
    print(`round ${round} of ${rounds}`)
    for (const [index, contestant] of contestants.entries()) {
      const alone = time({ name: 'node', argv: bare })
      const taken = time(contestant)
      samples[index]?.ratios.push(taken / alone)
      samples[index]?.times.push(taken)
    }
  }
  return samples.map(({ ratios, times }) => ({ ratio: median(ratios), milliseconds: median(times) }))
}

function time({ name, argv: [command = '', ...argv], env = {} }: Contestant): number {
  const start = performance.now()
  const { status, stderr } = spawnSync(command, argv, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const taken = performance.now() - start
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`)
  return taken
}

function report(contestants: readonly Contestant[], measured: readonly Measured[], rounds: number): string {
  const rows = contestants.map(({ name, most }, index) => {
    const { ratio = Number.NaN, milliseconds = Number.NaN } = measured[index] ?? {}
    const verdict = most === undefined ? '' : `${most} ${ratio <= most ? '✓' : '✗'}`
    return [`\`${name}\``, `${milliseconds.toFixed(0)} ms`, `${ratio.toFixed(2)} ×`, verdict]
  })
  const of = (name: string) => measured[contestants.findIndex((one) => one.name === name)]?.ratio ?? Number.NaN
  const compared = ['--version', '--help'].map((flag) => {
    const own = of(`mhloop ${flag}`)
    return `\`${flag}\`: Stripe's Go binary takes ${(of(`stripe ${flag}`) / own).toFixed(1)} × as long, sf ${(of(`sf ${flag}`) / own).toFixed(1)} ×, heroku ${(of(`heroku ${flag}`) / own).toFixed(1)} ×.`
  })
  return [
    `Whole processes from start to exit, output in a pipe, each in turn with a bare \`node\` on an empty file; medians of ${rounds} pairs.`,
    '',
    tableOf(['command', 'wall', 'ratio to bare node', 'bar'], rows),
    ...compared,
  ].join('\n')
}
