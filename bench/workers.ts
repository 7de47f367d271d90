/**
 * `npm run bench:workers`: how much more several workers do than one, on one PostgreSQL, with the vendors' limits
 * lifted and their answers as slow as real ones. Prints a table; `--write FILE` stores it as JSON.
 *
 *   -- --returns 400  each time; --latency 150  milliseconds of a vendor's answer; --workers 1,2,4
 */
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runDay } from '../test/proof/workers/day.ts'
import { tableOf } from './part.ts'

const program = [process.execPath, fileURLToPath(new URL('../bin/run.js', import.meta.url))]

const { values } = parseArgs({
  options: {
    returns: { type: 'string', default: '400' },
    latency: { type: 'string', default: '150' },
    workers: { type: 'string', default: '1,2,4' },
    write: { type: 'string' },
  },
})

type Row = { workers: number; returns: number; seconds: number; perSecond: number; ratio: number }

const rows: Row[] = []
let wrong = false
for (const workers of values.workers.split(',').map(Number)) {
  const returns = Number(values.returns)
  const latency = Number(values.latency)
  const { figures, violations } = await runDay({
    program,
    seed: 1,
    returns,
    workers,
    operators: 0,
    limits: { loopPerMinute: 600_000, masonhubPerSecond: 999 },
    faults: { 'loop.slow-ms': latency, 'masonhub.slow-ms': latency },
    troubleEvery: 0,
    database: false,
    stall: 120_000,
    progress: () => undefined,
    signal: new AbortController().signal,
  })
  for (const violation of violations) process.stderr.write(`${violation}\n`)
  wrong ||= violations.length > 0
  const perSecond = Number(figures['returns a second'])
  const ratio = perSecond / (rows[0]?.perSecond ?? perSecond)
  rows.push({ workers, returns, seconds: Number(figures['seconds']), perSecond, ratio })
  process.stderr.write(
    `${workers} workers: ${perSecond.toFixed(1)} returns a second, ${ratio.toFixed(2)} times one worker\n`,
  )
}
const cells = rows.map((row) =>
  [row.workers, row.returns, row.seconds, row.perSecond.toFixed(1), row.ratio.toFixed(2)].map(String),
)
process.stdout.write(tableOf(['workers', 'returns', 'seconds', 'returns a second', 'times one worker'], cells))
if (values.write !== undefined) {
  const setting = {
    cores: cpus().length,
    model: cpus()[0]?.model,
    node: process.version,
    latency: Number(values.latency),
  }
  await writeFile(values.write, `${JSON.stringify({ setting, rows }, null, 2)}\n`)
}
process.exitCode = wrong ? 1 : 0
