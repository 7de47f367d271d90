/**
 * What a merchant's work costs: requests compared with the least that the contracts allow, CPU, memory, and time under
 * the limits.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Part, tableOf } from './part.ts'
import { median } from './statistics.ts'
import { type Cost, masonhubRate } from './vendors/cost.ts'
import { minimumOfAudit, minimumOfResolve, minimumOfSync, type Requests } from './vendors/minimum.ts'
import { type RemoteSandbox, remoteSandbox } from './vendors/sandbox.ts'

type Job = 'sync' | 'again' | 'audit' | 'resolve'
type Row = { job: Job; returns: number; cost: Cost; used: Requests; least: Requests | null; mhloop: boolean }

/**
 * Sizes of the runs. A refund is two requests and five syncs of the disk, one after the other: ten thousand take two
 * minutes here, and an hour and a half at Loop's rate limit. A machine's speed varies: ten thousand are measured before
 * and after a hundred thousand.
 */
const sizes: { returns: number; jobs: Job[]; baseline: Job[] }[] = [
  { returns: 1_000, jobs: ['sync', 'again', 'audit', 'resolve'], baseline: ['sync', 'audit', 'resolve'] },
  { returns: 10_000, jobs: ['sync', 'again', 'audit'], baseline: [] },
  { returns: 100_000, jobs: ['sync', 'again', 'audit'], baseline: [] },
  { returns: 10_000, jobs: ['sync', 'again', 'audit', 'resolve'], baseline: [] },
]
const days = 50

export const vendors: Part = {
  name: 'vendors',
  title: 'Sync, audit and resolve',
  async measure({ print, quick }) {
    const idle = await idleMegabytes()
    const rows: Row[] = []
    for (const { returns, jobs, baseline } of quick ? sizes.slice(0, 1) : sizes) {
      rows.push(...(await measured(returns, jobs, true, print)))
      if (baseline.length > 0) rows.push(...(await measured(returns, baseline, false, print)))
    }
    return report(rows, idle)
  },
}

/** The options of Node.js that the unit file sets. */
function serviceOptions(): string[] {
  const unit = readFileSync(new URL('../deploy/mhloop.service', import.meta.url), 'utf8')
  return (/NODE_OPTIONS=([^"\n]+)/.exec(unit)?.[1] ?? '').split(' ')
}

/** The most that a long job holds, and how much of that grows with the number of returns. */
export const memory: Part = {
  name: 'memory',
  title: 'Memory of long jobs',
  async measure({ print, quick }) {
    const [fewer, more, rounds] = quick ? [500, 1_000, 1] : [50_000, 100_000, 3]
    const idle = await idleMegabytes()
    const held: Held[] = []
    for (const options of [[], serviceOptions()]) {
      for (const returns of [fewer, more]) {
        for (let round = 1; round <= rounds; round += 1) {
          const rows = await measured(returns, ['sync', 'audit'], true, print, options)
          held.push(...rows.map(({ job, cost }) => ({ job, options, returns, above: cost.peakMb - idle })))
        }
      }
    }
    return memoryReport(held, { fewer, more, rounds, idle })
  },
}

/** The same with the vendors' limits, in real time: a backfill of 10,000 takes three minutes. */
export const limits: Part = {
  name: 'limits',
  title: 'With the limits on',
  async measure({ print, quick }) {
    const returns = quick ? 1_000 : 10_000
    print(`a backfill of ${returns} at 255 requests a minute to Loop and 4 a second to MasonHub`)
    const { cost, used } = await onSandbox(returns, true, (sandbox, data) => job(sandbox, 'sync', data, ['--limits']))
    // The burst is sent at once; every other request gets its permit a quarter of a second after the one before.
    const alone = ((used.masonhub - masonhubRate.burst) / masonhubRate.perSecond) * 1000
    const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`
    const percent = (milliseconds: number) => `${((100 * milliseconds) / cost.wallMs).toFixed(1)} %`
    return [
      `A backfill of ${returns} returns in real time, at the paces that mhloop keeps (Loop 255 requests a minute, MasonHub 4 a second): ${used.loop} requests to Loop and ${used.masonhub} to MasonHub in ${seconds(cost.wallMs)}.`,
      '',
      `The limit alone makes ${used.masonhub} requests take ${seconds(alone)}: **${percent(alone)}** of the wall time (bar: 98 %). A request stood in the queue for its turn during ${percent(cost.limitedMs)} of it; in between, what was due could leave at once.`,
    ].join('\n')
  },
}

async function onSandbox<Result>(
  returns: number,
  limited: boolean,
  work: (sandbox: RemoteSandbox, data: string) => Promise<Result>,
): Promise<Result> {
  const data = await mkdtemp(join(tmpdir(), 'mhloop-bench-'))
  const sandbox = await remoteSandbox()
  try {
    await sandbox.ask({ what: 'fill', returns, limits: limited, days })
    return await work(sandbox, data)
  } finally {
    await sandbox.stop()
    await rm(data, { recursive: true, force: true })
  }
}

async function measured(
  returns: number,
  jobs: Job[],
  mhloop: boolean,
  print: (line: string) => void,
  options: readonly string[] = [],
): Promise<Row[]> {
  return await onSandbox(returns, false, async (sandbox, data) => {
    const rows: Row[] = []
    for (const name of jobs) {
      print(`${mhloop ? 'mhloop' : 'baseline'}: ${[name, 'of', returns, ...options].join(' ')}`)
      if (name === 'resolve') await sandbox.ask({ what: 'receive' })
      const run = mhloop ? job(sandbox, name === 'again' ? 'sync' : name, data, [], options) : script(sandbox, name)
      const { cost, used } = await run
      rows.push({ job: name, returns, cost, used, mhloop, least: leastOf(name, returns, used) })
    }
    return rows
  })
}

/**
 * The least requests of a job. The number of the report's pieces depends on its size: the pieces that were read count
 * as needed.
 */
function leastOf(name: Job, returns: number, used: Requests): Requests {
  const lists = minimumOfSync(returns, { created: 0, reports: 0 }).loop
  const reports = Math.max(1, used.loop - lists)
  if (name === 'sync') return minimumOfSync(returns, { created: returns, reports })
  if (name === 'again') return minimumOfSync(returns, { created: 0, reports })
  return name === 'audit' ? minimumOfAudit(returns, returns) : minimumOfResolve(returns, returns)
}

type Ran = { cost: Cost; used: Requests }

function job(
  sandbox: RemoteSandbox,
  name: string,
  data: string,
  more: string[] = [],
  options: readonly string[] = [],
): Promise<Ran> {
  return ran(sandbox, './vendors/job.ts', [name, ...more], data, options)
}

function script(sandbox: RemoteSandbox, name: string): Promise<Ran> {
  return ran(sandbox, './vendors/baseline.ts', [name], tmpdir())
}

async function ran(
  sandbox: RemoteSandbox,
  file: string,
  argv: string[],
  data: string,
  options: readonly string[] = [],
): Promise<Ran> {
  const before = await sandbox.ask({ what: 'counts' })
  const cost = await costOf(file, argv, { ...sandbox.environment, MHLOOP_DATA_DIR: data }, options)
  const after = await sandbox.ask({ what: 'counts' })
  return { cost, used: { loop: after.loop - before.loop, masonhub: after.masonhub - before.masonhub } }
}

async function costOf(
  file: string,
  argv: string[],
  env: Record<string, string>,
  options: readonly string[] = [],
): Promise<Cost> {
  const child = spawn(process.execPath, [...options, fileURLToPath(new URL(file, import.meta.url)), ...argv], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const exit = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (exit !== 0) throw new Error(`${file} ${argv.join(' ')} ended with ${exit}`)
  return JSON.parse(text)
}

/** Peak memory of the same process with nothing to do, in MB. */
async function idleMegabytes(): Promise<number> {
  const data = await mkdtemp(join(tmpdir(), 'mhloop-bench-'))
  const nowhere = { MHLOOP_LOOP_BASE_URL: 'http://127.0.0.1:9', MHLOOP_MASONHUB_BASE_URL: 'http://127.0.0.1:9' }
  try {
    return (await costOf('./vendors/job.ts', ['nothing'], { ...nowhere, MHLOOP_DATA_DIR: data })).peakMb
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

const words: Record<Job, string> = {
  sync: 'sync, all new',
  again: 'sync again, nothing new',
  audit: 'audit',
  resolve: 'resolve, all refunds',
}

function report(rows: readonly Row[], idle: number): string {
  const own = rows.filter(({ mhloop }) => mhloop)
  const cells = own.map(({ job: name, returns, cost, used, least }) => {
    const minimum = least === null ? Number.NaN : least.loop + least.masonhub
    return [
      words[name],
      returns.toLocaleString('en-US'),
      `${used.loop} + ${used.masonhub}`,
      String(minimum),
      ((used.loop + used.masonhub) / minimum).toFixed(3),
      `${(cost.cpuMs / returns).toFixed(2)} ms`,
      `${(cost.peakMb - idle).toFixed(0)} MB`,
      `${(cost.wallMs / 1000).toFixed(1)} s`,
    ]
  })
  const baseline = rows
    .filter(({ mhloop }) => !mhloop)
    .map(({ job: name, returns, cost, used }) => {
      const ours = own.find((row) => row.job === name && row.returns === returns)
      const times = (used.loop + used.masonhub) / ((ours?.used.loop ?? 0) + (ours?.used.masonhub ?? 0))
      return [
        name,
        returns.toLocaleString('en-US'),
        `${used.loop} + ${used.masonhub}`,
        `${times.toFixed(1)} ×`,
        `${(cost.cpuMs / returns).toFixed(2)} ms`,
        `${(cost.wallMs / 1000).toFixed(1)} s`,
      ]
    })
  return [
    `Against the sandbox in another process, its limits off: what is left is what mhloop itself needs. Returns of ${days} days, one or two units each, all open. Memory is the most that the process held, above the same process with nothing to do (${idle.toFixed(0)} MB). The minimum is what the contracts allow at best, by [bench/vendors/minimum.ts](../bench/vendors/minimum.ts).`,
    '',
    tableOf(
      ['job', 'returns', 'requests (Loop + MasonHub)', 'minimum', 'ratio', 'CPU per return', 'memory', 'wall'],
      cells,
    ),
    linearity(own),
    '',
    `A refund is four requests to Loop: the return's details, its claim on the timeline, one reading of that, and the refund itself. Claim and reading, about 0.65 s with a Loop that takes 0.3 s to answer, are what one refund over several installations costs (G1); the claims of fifteen go out together.`,
    '',
    'What people do today, a script that sends one request after the other for one return at a time ([bench/vendors/baseline.ts](../bench/vendors/baseline.ts)); it checks nothing, remembers nothing, and pays twice when it is run twice:',
    '',
    tableOf(['script', 'returns', 'requests', "mhloop's", 'CPU per return', 'wall'], baseline),
  ].join('\n')
}

type Held = { job: Job; options: readonly string[]; returns: number; above: number }
type Sizes = { fewer: number; more: number; rounds: number; idle: number }

/** Most megabytes above the idle process, without options and with those of the unit file; most percent more for twice the returns. */
const bars = { plain: 400, service: 150, percent: 20 }

function memoryReport(held: readonly Held[], { fewer, more, rounds, idle }: Sizes): string {
  const mark = (value: number, bar: number) => `${bar} ${value <= bar ? '✓' : '✗'}`
  const groups = Map.groupBy(held, ({ job, options }) => [words[job], options.join(' ') || 'none'].join('\n'))
  const cells = [...groups].map(([title, group]) => {
    const above = (returns: number) => group.filter((one) => one.returns === returns).map((one) => one.above)
    const [few, many] = [above(fewer), above(more)]
    const bar = group[0]?.options.length === 0 ? bars.plain : bars.service
    const percent = 100 * (median(many) / median(few) - 1)
    const cell = (values: number[]) =>
      [Math.min(...values), median(values), Math.max(...values)].map((value) => value.toFixed(0)).join(' / ')
    const figures = [cell(few), cell(many), mark(median(many), bar), `${percent.toFixed(0)} %`]
    return [...title.split('\n'), ...figures, mark(percent, bars.percent)]
  })
  const sizes = [fewer, more].map((returns) => `${returns.toLocaleString('en-US')} returns`)
  return [
    `The most that the process held, in MB above the same process with nothing to do (${idle.toFixed(0)} MB): the least, the median and the most of ${rounds} runs; the bars are for the medians. Without options of Node.js, and with those of [the unit file and the image](../deploy/README.md#memory). The audit follows the sync at once, so it reads every RMA twice: what was written may not show yet.`,
    '',
    tableOf(['job', 'options of Node.js', ...sizes, 'bar, MB', 'more', 'bar, %'], cells),
  ].join('\n')
}

function linearity(rows: readonly Row[]): string {
  const wall = (name: Job, returns: number) => {
    const same = rows.filter((row) => row.job === name && row.returns === returns)
    return same.reduce((sum, { cost }) => sum + cost.wallMs, 0) / same.length
  }
  const factors = (['sync', 'again', 'audit'] as const).map(
    (name) => `${words[name]} ${(wall(name, 100_000) / wall(name, 10_000)).toFixed(1)} ×`,
  )
  return `Ten times the returns take: ${factors.join('; ')} (bar: 10 × within 10 %), beside the mean of the runs before and after.`
}
