/** The real `serve()` with its workers, and the real process: what it reports, and how it stops. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { claimNote } from '../../src/core/refunds/claim-note.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { endpointPaths } from '../../src/receiver/endpoint-paths.ts'
import { destinationIds } from '../../src/sandbox/loop/register.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { desiredWebhooks } from '../../src/usecases/connect/plan.ts'
import { type Serving, serve } from '../../src/usecases/serve/serve.ts'
import { runMhloop } from '../run.ts'
import { endpoint, type LogEntry } from './connected-harness.ts'
import { acceptance, type Harness, minute } from './harness.ts'

/** Tries until the condition holds, however slow the machine is. */
async function eventually(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 3_000; tries += 1) {
    if (await isSo()) return
    await pause(10)
  }
  assert.fail(`never happened: ${what}`)
}

type Running = Serving & { log: LogEntry[]; stop(): Promise<void>; get(path: string): Promise<Response> }

/** Virtual time advances while the test waits. The worker's own pauses are real, and webhooks wake it. */
async function running(at: Harness): Promise<Running> {
  const log: LogEntry[] = []
  const stopping = new AbortController()
  const { context } = at.worker()
  const open = async (signal: AbortSignal) => ({
    context: at.worker({ signal, sleep: () => pause(2) }).context,
    writing: () => [],
    close: () => undefined,
  })
  const serving = await serve({
    readCandidates: async () => [{ name: 'acme', version: '1', endpoint, fault: null, open }],
    renewEndpoint: undefined,
    journal: at.journal,
    host: '127.0.0.1',
    port: 0,
    watch: { host: '127.0.0.1', port: 0 },
    tls: null,
    actor: 'worker',
    signal: stopping.signal,
    now: () => at.clock.now(),
    poll: true,
    resolve: true,
    random: () => 0.5,
    log: (entry) => void log.push(entry),
  })
  const paths = endpointPaths(endpoint.key)
  for (const webhook of desiredWebhooks)
    await context.loop.webhooks.create({ ...webhook, url: `${serving.url}${paths.loop}` })
  const [token = ''] = endpoint.callbackTokens
  await context.masonhub.callbacks.create([
    { url: `${serving.url}${paths.masonhub}`, messageType: 'rmaEvent', apiVersion: '2.0', token },
  ])
  return {
    ...serving,
    log,
    get: (path) => fetch(`${serving.watchUrl}${path}`),
    async stop() {
      stopping.abort()
      await serving.done
    },
  }
}

describe('serve(), running', () => {
  const open = acceptance()

  it('takes a return to its refund and another to its flag, says so in log and metrics, and stops', async () => {
    const at = await open()
    const served = await running(at)
    const [good, bad] = [at.file(), at.file()]
    const passing = (isSo: () => boolean) => () => {
      at.pass(500)
      return isSo()
    }
    await eventually(
      passing(() => at.rma(good) !== undefined && at.rma(bad) !== undefined),
      'both RMAs',
    )
    at.receive(good)
    at.receive(bad, { lines: [] })
    await eventually(
      passing(
        () => at.paidByUs(good) === 1 && at.groundTruth('return_flagged', bad).length === 1 && at.notes(bad).length > 0,
      ),
      'refund and flag',
    )
    await eventually(
      passing(() => served.log.some(({ event }) => event === 'refund confirmed')),
      'told as confirmed',
    )
    assert.equal((await served.get('/readyz')).status, 200)
    assert.equal((await served.get('/healthz')).status, 200)
    const metrics = await (await served.get('/metrics')).text()
    assert.match(metrics, /^mhloop_events_received_total\{.*outcome="stored".*\} [1-9]/m)
    assert.match(metrics, /^mhloop_returns_resolved_total\{.*action="refund",outcome="confirmed"\} 1$/m)
    assert.match(metrics, /^mhloop_lane_stopped\{merchant="acme"\} 0$/m)
    await served.stop()
    assert.equal(served.log.at(-1)?.event, 'stopped')
    await assert.rejects(served.get('/healthz'), 'nobody listens any more')
    assert.deepEqual([at.paidByUs(good), at.paidByUs(bad), at.notes(bad).length], [1, 0, 1])
  })

  it('G1 another installation for the same shop is logged as an error, once, with the command that says more', async () => {
    const at = await open()
    const served = await running(at)
    const ids = [at.file(), at.file()]
    for (const id of ids) at.sandbox.loop.note(id, claimNote('f'.repeat(32), crypto.randomUUID()))
    const parked = () => served.log.filter(({ event }) => event === 'refund parked').length
    await eventually(() => {
      at.pass(500)
      return ids.every((id) => at.rma(id) !== undefined)
    }, 'the RMAs')
    for (const id of ids) at.receive(id)
    await eventually(() => {
      at.pass(500)
      return parked() === 2
    }, 'both parked')
    await served.stop()
    const warnings = served.log.filter(({ event }) => event === 'another mhloop works for this merchant')
    assert.deepEqual(
      warnings.map(({ level }) => level),
      ['error'],
    )
    assert.match(warnings[0]?.detail ?? '', /Not sent: installation [0-9a-f]{8}… claimed it .* mhloop doctor -m acme$/)
    assert.deepEqual(at.groundTruth('process_accepted'), [])
  })

  it('F45 a token that is refused: /readyz says which merchant has stopped and why, and all goes on once it is good', async () => {
    const at = await open()
    const served = await running(at)
    at.fault('masonhub.unauthorized', 1)
    const first = at.file()
    const state = async () => {
      at.pass(500)
      return (await (await served.get('/readyz')).json()) as { ready: boolean; merchants: { stopped: string | null }[] }
    }
    await eventually(async () => (await state()).merchants[0]?.stopped !== null, 'the lane stands still')
    const { ready, merchants } = await state()
    assert.deepEqual([ready, merchants[0]?.stopped], [false, 'MASONHUB_UNAUTHORIZED'])
    assert.equal((await served.get('/readyz')).status, 503)
    assert.match(await (await served.get('/metrics')).text(), /^mhloop_lane_stopped\{merchant="acme"\} 1$/m)
    at.fault('masonhub.unauthorized', 0)
    at.pass(minute)
    const second = at.file()
    await eventually(async () => {
      const { ready } = await state()
      return ready && at.rma(first) !== undefined && at.rma(second) !== undefined
    }, 'both RMAs')
    await served.stop()
    assert.equal((await at.journal.events.find({ states: ['quarantined'] })).length, 0)
  })
})

describe('mhloop serve, as a process', () => {
  const program = fileURLToPath(new URL('../cli/launch.ts', import.meta.url))
  let folder: string
  let sandbox: Sandbox
  let child: ChildProcess | null = null
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mhloop-serve-'))
    sandbox = await startSandbox({ faults: { 'loop.label-min-ms': 0, 'loop.label-max-ms': 0 } })
    sandbox.masonhub.addSkus(['TEE-BLK-M'])
  })
  afterEach(async () => {
    if (child?.exitCode === null) child.kill('SIGKILL')
    child = null
    await sandbox.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const env = () => ({
    MHLOOP_CONFIG_DIR: join(folder, 'config'),
    MHLOOP_DATA_DIR: join(folder, 'data'),
  })
  const credentials = () => ({
    MHLOOP_LOOP_API_KEY: sandbox.world.installed.loopApiKey,
    MHLOOP_MASONHUB_TOKEN: sandbox.world.installed.masonhubToken,
  })

  async function must(argv: string[], more: Record<string, string> = {}): Promise<void> {
    const { exit, stderr } = await runMhloop(argv, { env: { ...env(), ...more } })
    assert.equal(exit, 0, `mhloop ${argv.join(' ')}: ${stderr}`)
  }

  /** Resolves once `serve` listens and the vendors have its address. */
  async function start(): Promise<{ exited: Promise<number | null>; stderr(): string }> {
    const { slug } = sandbox.world.installed
    const where = ['--loop-base-url', sandbox.loopBaseUrl, '--masonhub-base-url', sandbox.masonhubBaseUrl]
    const policy = ['--destinations', String(destinationIds.masonhub), '--refunds', 'on']
    await must(
      ['merchant', 'add', 'acme', '--environment', 'sandbox', '--slug', slug, ...where, ...policy],
      credentials(),
    )
    // The endpoint is registered before `serve` starts; the port is known only afterwards.
    await must(['merchant', 'connect', '-m', 'acme', '--url', 'http://127.0.0.1:1', '--yes'], {
      MHLOOP_LOOP_WEBHOOK_SECRET: sandbox.world.installed.loopWebhookSecret,
    })
    const { PATH, NODE_COMPILE_CACHE } = process.env
    const started = spawn(process.execPath, [program, 'serve', '--port', '0', '--json'], {
      env: { PATH, NODE_COMPILE_CACHE, ...env() },
    })
    child = started
    const said = { stdout: '', stderr: '' }
    started.stdout.on('data', (chunk) => {
      said.stdout += chunk
    })
    started.stderr.on('data', (chunk) => {
      said.stderr += chunk
    })
    const exited = once(started, 'close').then(([code]) => code as number | null)
    await eventually(() => /"url"/.test(said.stdout) || started.exitCode !== null, 'serving')
    assert.equal(started.exitCode, null, said.stderr)
    const { data } = JSON.parse(said.stdout)
    await must(['merchant', 'connect', '-m', 'acme', '--url', data.url, '--yes'])
    return { exited, stderr: () => said.stderr }
  }

  it('SIGTERM while a refund is under way: the answer is recorded, the lease given back, exit 0', async () => {
    const { exited, stderr } = await start()
    const { id } = sandbox.loop.createReturn({ units: [{ sku: 'TEE-BLK-M' }], label: { after: 0, walks: false } })
    await eventually(() => sandbox.masonhub.rmas.get(String(id)) !== undefined, 'the RMA')
    sandbox.world.faults.set('masonhub.visible-after-ms', 0)
    const isProcess = ({ method, path }: { method: string; path: string }) =>
      method === 'POST' && path.endsWith('/process')
    sandbox.world.faults.set('loop.slow-ms', 1_000)
    sandbox.masonhub.warehouse.receive(String(id))
    await eventually(() => sandbox.requests.some(isProcess), 'the refund is asked for')
    child?.kill('SIGTERM')
    assert.equal(await exited, 0, stderr())
    assert.equal(sandbox.requests.filter(isProcess).length, 1)
    const dataDir = join(folder, 'data')
    const journal = await openJournal(undefined, { dataDir, clock: { now: () => new Date() } })
    try {
      const [process] = await journal.effects.find({ returnIds: [String(id)], kinds: ['process'] })
      assert.ok(process?.state === 'accepted' || process?.state === 'confirmed', process?.state)
      assert.equal(await journal.leases.acquire('acme', `resolve:${id}`, 'another user', 1_000), true)
    } finally {
      await journal.close()
    }
    for (const line of stderr().trim().split('\n')) assert.doesNotMatch(line, /Bearer|sandbox-loop-key|sandbox-webhook/)
    assert.match(stderr(), /"event":"stopped"/)
  })
})
