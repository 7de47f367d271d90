/**
 * `npm run demo -- --serve`: the same job unattended. Shoppers file returns, the warehouse opens parcels, and `mhloop
 * serve` does the rest. About fifteen seconds; exits 1 if a return ended wrong.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Sandbox } from '../src/sandbox/sandbox.ts'
import { createTraffic } from '../src/sandbox/seed/traffic.ts'
import { startSandbox } from '../src/sandbox/server.ts'
import type { GroundTruthEntry } from '../src/sandbox/world.ts'
import { addMerchant, bin, bold, endings, print, run, step, until, verdict } from './demo-stage.ts'

const filingFor = 9_000
const faults = { 'loop.label-min-ms': 300, 'loop.label-max-ms': 900, 'loop.label-step-ms': 0 }

/** Runs the demo; returns its exit code. */
export async function serveDemo(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-demo-'))
  const sandbox = await startSandbox({ seed: 7, faults })
  let server: ChildProcess | null = null
  try {
    await step('Set up the merchant, and register mhloop with both vendors')
    const environment = await addMerchant(sandbox, folder)
    const port = await freePort()
    const secret = { MHLOOP_LOOP_WEBHOOK_SECRET: sandbox.world.installed.loopWebhookSecret }
    const connect = ['merchant', 'connect', '--merchant', 'demo', '--url', `http://127.0.0.1:${port}`, '--yes']
    await run({ ...environment, ...secret }, connect)
    await step('Serve. From here on nobody types anything')
    server = await startServing(environment, port)
    await watch(sandbox)
    server.kill('SIGTERM')
    const [code] = server.exitCode === null ? await once(server, 'exit') : [server.exitCode]
    print(`\nSIGTERM: mhloop serve finished the requests in flight and exited ${code}.`)
    return verdict(sandbox) && code === 0 ? 0 : 1
  } finally {
    if (server?.exitCode === null) server.kill('SIGKILL')
    await sandbox.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Starts `mhloop serve`; of its log, only warnings and errors are printed. */
async function startServing(environment: Record<string, string>, port: number): Promise<ChildProcess> {
  print(`\n${bold(`$ mhloop serve --port ${port}`)}`)
  const child = spawn(process.execPath, [bin, 'serve', '--port', String(port), '--watch-port', '0'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stderr.on('data', (chunk) => {
    for (const line of String(chunk).split('\n')) if (/"level":"(warn|error)"|^Error/.test(line)) print(`  ${line}`)
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += String(chunk)
  })
  await until(() => said.includes('Serving') || child.exitCode !== null)
  print(said.trim())
  return child
}

/** Lets shoppers file returns for a while; ends when every return is where it should be, or when time is up. */
async function watch(sandbox: Sandbox): Promise<void> {
  const traffic = createTraffic(sandbox)
  const begun = Date.now()
  const show = printer(sandbox, begun)
  traffic.run({ everyMs: 600, receiveAfterMs: 2_000 })
  while (Date.now() - begun < filingFor) {
    await pause(100)
    show()
  }
  traffic.run({ everyMs: 0, receiveAfterMs: 2_000 })
  await until(() => {
    show()
    return endings(sandbox).every(({ right }) => right) && isSettled(sandbox)
  })
  show()
}

/** Whether Loop's queue has processed everything that it accepted. */
function isSettled({ world, loop }: Sandbox): boolean {
  const seenRequests = world.groundTruth.entries.filter(({ what }) => what === 'process_accepted')
  return seenRequests.every(({ returnId }) => loop.returns.get(Number(returnId))?.state === 'closed')
}

const words: Partial<Record<GroundTruthEntry['what'], (entry: GroundTruthEntry) => string>> = {
  rma_created: () => 'RMA at MasonHub',
  rma_received: ({ detail }) => `received (${detail.units} units, ${detail.not_available} not available)`,
  refund_paid: () => 'refunded',
  return_flagged: () => 'flagged for a person',
}

/** Prints what is new since the last call, a line for each step of each return. */
function printer(sandbox: Sandbox, begun: number): () => void {
  const filed = new Set<string>()
  let reported = 0
  const line = (returnId: string, text: string) =>
    print(`  ${((Date.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${returnId}  ${text}`)
  return () => {
    for (const { returnId, about } of sandbox.seeded.values()) {
      if (filed.has(returnId)) continue
      filed.add(returnId)
      line(returnId, `filed in the portal (${about})`)
    }
    for (const entry of sandbox.world.groundTruth.entries.slice(reported)) {
      const text = words[entry.what]?.(entry)
      if (text !== undefined) line(entry.returnId, text)
    }
    reported = sandbox.world.groundTruth.entries.length
  }
}
