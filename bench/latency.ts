/**
 * `npm run bench:latency`: how long a return waits for its RMA, and a receipt for its resolution, while `mhloop serve`
 * runs against the sandbox with every added latency at 0.
 *
 *   -- --returns 200  how many; --every 1500  milliseconds between two; --write FILE  stores the figures as JSON
 *
 * Loop allows 300 requests a minute and key (loop.md §3), which mhloop never exceeds: with returns filed faster than
 * that allows, the figures measure the queue in front of the limit. Exits 1 when the 99th percentile is over two
 * seconds.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { destinationIds } from '../src/sandbox/loop/register.ts'
import type { Sandbox } from '../src/sandbox/sandbox.ts'
import { startSandbox } from '../src/sandbox/server.ts'
import { runMhloop } from '../test/run.ts'

const bin = fileURLToPath(new URL('../bin/run.js', import.meta.url))
/** Milliseconds; the most that 99 of 100 returns may wait. */
const bar = 2_000
/** Milliseconds from a return's RMA until its parcel is received; short, so that a run takes minutes. */
const receivedAfter = 1_500
const faults = {
  'loop.label-min-ms': 0,
  'loop.label-max-ms': 0,
  'loop.label-step-ms': 0,
  'loop.process-min-ms': 0,
  'loop.process-max-ms': 0,
  'masonhub.visible-after-ms': 0,
}

type Sample = { returnId: string; filed: number; announced?: number; received?: number; resolved?: number }
type Row = { what: string; count: number; p50: number; p99: number; worst: number }

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Records the times of each return's steps when the sandbox executes them. */
function timekeeper({ world }: Sandbox) {
  const samples = new Map<string, Sample>()
  const keep = { rma_created: 'announced', rma_received: 'received' } as const
  const { record } = world.groundTruth
  world.groundTruth.record = (entry) => {
    record(entry)
    const sample = samples.get(entry.returnId)
    if (sample === undefined) return
    if (entry.what === 'rma_created' || entry.what === 'rma_received') sample[keep[entry.what]] ??= performance.now()
    if (entry.what === 'process_accepted' || entry.what === 'return_flagged') sample.resolved ??= performance.now()
  }
  return samples
}

async function fileAndReceive(sandbox: Sandbox, samples: Map<string, Sample>, returns: number, every: number) {
  for (let filed = 0; filed < returns; filed += 1) {
    // The clock starts before the webhook can be sent.
    const at = performance.now()
    const { id } = sandbox.loop.createReturn({ units: [{ sku: 'TEE-BLK-M' }], label: { after: 0, walks: false } })
    samples.set(String(id), { returnId: String(id), filed: at })
    await receiveWaiting(sandbox, samples)
    await pause(every)
  }
  const deadline = Date.now() + 90_000
  while ([...samples.values()].some(({ resolved }) => resolved === undefined) && Date.now() < deadline) {
    await receiveWaiting(sandbox, samples)
    await pause(50)
  }
}

async function receiveWaiting({ masonhub }: Sandbox, samples: Map<string, Sample>): Promise<void> {
  for (const { returnId, announced, received } of samples.values()) {
    if (announced === undefined || received !== undefined || performance.now() - announced < receivedAfter) continue
    masonhub.warehouse.receive(returnId)
  }
}

function rowOf(what: string, waits: readonly (number | undefined)[]): Row {
  // A step that never happened counts as the longest wait.
  const sorted = waits.map((wait) => wait ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
  return { what, count: sorted.length, p50: at(0.5), p99: at(0.99), worst: at(1) }
}

function print(rows: readonly Row[]): void {
  const cells = rows.map(({ what, count, p50, p99, worst }) => [
    what,
    String(count),
    ...[p50, p99, worst].map((ms) => (Number.isFinite(ms) ? `${ms.toFixed(0)} ms` : 'never')),
  ])
  const table = [['', 'returns', 'p50', 'p99', 'worst'], ...cells]
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  for (const row of table)
    say(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
}

async function serving(sandbox: Sandbox, folder: string) {
  const { loopApiKey, masonhubToken, slug, loopWebhookSecret } = sandbox.world.installed
  const environment = {
    MHLOOP_CONFIG_DIR: join(folder, 'config'),
    MHLOOP_DATA_DIR: join(folder, 'data'),
    MHLOOP_CREDENTIAL_STORE: 'file',
  }
  const mhloop = async (argv: string[], more: Record<string, string>) => {
    const { exit, stderr } = await runMhloop(argv, { env: { ...environment, ...more } })
    if (exit !== 0) throw new Error(`mhloop ${argv.join(' ')}: ${stderr}`)
  }
  const where = ['--loop-base-url', sandbox.loopBaseUrl, '--masonhub-base-url', sandbox.masonhubBaseUrl, '--slug', slug]
  const policy = ['--destinations', String(destinationIds.masonhub), '--refunds', 'on', '--refunds-per-hour', '100000']
  const credentials = { MHLOOP_LOOP_API_KEY: loopApiKey, MHLOOP_MASONHUB_TOKEN: masonhubToken }
  await mhloop(
    ['merchant', 'add', 'bench', '--environment', 'sandbox', ...where, ...policy, '--refunds-per-day', '100000'],
    credentials,
  )
  const connect = (url: string) => ['merchant', 'connect', '-m', 'bench', '--url', url, '--yes']
  // The endpoint must exist before serve starts; its port is known only afterwards.
  await mhloop(connect('http://127.0.0.1:1'), { MHLOOP_LOOP_WEBHOOK_SECRET: loopWebhookSecret })
  const child = spawn(process.execPath, [bin, 'serve', '--port', '0', '--json'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  while (!said.includes('"url"')) said += String((await once(child.stdout, 'data'))[0])
  await mhloop(connect(JSON.parse(said).data.url), {})
  return child
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      returns: { type: 'string', default: '200' },
      every: { type: 'string', default: '1500' },
      write: { type: 'string' },
    },
  })
  const [returns, every] = [Number(values.returns), Number(values.every)]
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-bench-'))
  const sandbox = await startSandbox({ faults })
  sandbox.masonhub.addSkus(['TEE-BLK-M'])
  const samples = timekeeper(sandbox)
  const child = await serving(sandbox, folder)
  try {
    const before = { ...sandbox.requestCounts }
    await fileAndReceive(sandbox, samples, returns, every)
    const all = [...samples.values()]
    const wait = (from?: number, to?: number) => (from === undefined || to === undefined ? undefined : to - from)
    const rows = [
      rowOf(
        'return filed → RMA at MasonHub',
        all.map(({ filed, announced }) => wait(filed, announced)),
      ),
      rowOf(
        'receipt → resolution accepted',
        all.map(({ received, resolved }) => wait(received, resolved)),
      ),
    ]
    print(rows)
    const perReturn = (vendor: 'loop' | 'masonhub') =>
      ((sandbox.requestCounts[vendor] - before[vendor]) / returns).toFixed(1)
    say(
      `Requests a return: ${perReturn('loop')} to Loop, ${perReturn('masonhub')} to MasonHub; one return every ${every} ms.`,
    )
    if (values.write !== undefined)
      await writeFile(values.write, `${JSON.stringify({ returns, every, rows }, null, 2)}\n`)
    return rows.every(({ p99 }) => p99 <= bar) ? 0 : 1
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
    await sandbox.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

process.exitCode = await main()
