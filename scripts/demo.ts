/**
 * `npm run demo`: the main job from end to end, on localhost. Starts the sandbox, lets shoppers file returns, runs the
 * real command line as an operator would, lets the warehouse receive, and then holds what really happened against how
 * each return should have ended. Exits 1 if one did not.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seedSandbox } from '../src/sandbox/seed.ts'
import { type Sandbox, startSandbox } from '../src/sandbox/server.ts'
import type { SeededReturn } from '../src/sandbox/story.ts'

const bin = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const bold =
  process.stdout.isTTY && !process.env.NO_COLOR ? (text: string) => `\u001b[1m${text}\u001b[0m` : (text: string) => text

function tell(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Runs one command and shows it with its output; resolves to its exit code. */
function run(environment: Record<string, string>, args: readonly string[]): Promise<number> {
  tell(`\n${bold(`$ mhloop ${args.map((arg) => (/[\s#]/.test(arg) ? `"${arg}"` : arg)).join(' ')}`)}`)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/** Waits for the sandbox's world to move on by itself (labels, queued refunds), at most a few seconds. */
async function until(done: () => boolean): Promise<void> {
  const deadline = Date.now() + 8_000
  while (!done() && Date.now() < deadline) await pause(50)
}

type Ending = { seeded: SeededReturn; ended: SeededReturn['expected'] | 'paid twice'; right: boolean }

/** How a return really ended, from the sandbox's ground truth alone. */
function endings(sandbox: Sandbox): Ending[] {
  const count = (what: string, returnId: string) =>
    sandbox.world.truth.entries.filter((entry) => entry.what === what && entry.returnId === returnId).length
  return [...sandbox.seeded.values()].map((seeded) => {
    const processed = count('process_accepted', seeded.returnId)
    const paid = count('refund_paid', seeded.returnId)
    const flagged = count('return_flagged', seeded.returnId)
    const ended =
      processed > 1 || paid > 1 ? 'paid twice' : processed === 1 ? 'refund' : flagged > 0 ? 'flag' : 'neither'
    const open = seeded.expected === 'wait' || seeded.expected === 'none'
    const right = open ? ended === 'neither' : ended === seeded.expected
    return { seeded, ended: ended === 'neither' ? (open ? seeded.expected : 'wait') : ended, right }
  })
}

function verdict(sandbox: Sandbox): boolean {
  const all = endings(sandbox)
  const wrong = all.filter(({ right }) => !right)
  const labels = sandbox.world.truth.entries.filter(({ what }) => what === 'label_bought').length
  const twice = all.filter(({ ended }) => ended === 'paid twice').length
  tell(`\n${bold('The truth, from the sandbox itself')}`)
  for (const { seeded, ended } of wrong)
    tell(`  WRONG  ${seeded.returnId}  should end as ${seeded.expected}, ended as ${ended}: ${seeded.about}`)
  const by = (end: SeededReturn['expected']) =>
    all.filter(({ seeded, right }) => right && seeded.expected === end).length
  tell(
    `  ${all.length - wrong.length} of ${all.length} returns ended right: ${by('refund')} refunds, ${by('flag')} flags, ${by('wait')} waiting, ${by('none')} left alone`,
  )
  tell(`  ${twice} paid twice, ${labels} labels bought`)
  return wrong.length === 0 && labels === 0
}

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-demo-'))
  const sandbox = await startSandbox({ seed: 7 })
  try {
    const { loopApiKey, masonhubToken, slug } = sandbox.world.installed
    const environment = {
      MHLOOP_CONFIG_DIR: join(folder, 'config'),
      MHLOOP_DATA_DIR: join(folder, 'data'),
      MHLOOP_SANDBOX_URL: sandbox.url,
    }
    const credentials = { MHLOOP_LOOP_API_KEY: loopApiKey, MHLOOP_MASONHUB_TOKEN: masonhubToken }
    const seeded = seedSandbox(sandbox, { seed: 7 })
    tell(`Shoppers filed ${seeded.length} returns in the sandbox: every kind that the integration must handle.`)
    await step('Set the merchant up (both keys come from the environment, never from a flag)')
    await run({ ...environment, ...credentials }, [
      'merchant',
      'add',
      'demo',
      '--environment',
      'sandbox',
      '--slug',
      slug,
      '--loop-base-url',
      sandbox.loopBaseUrl,
      '--masonhub-base-url',
      sandbox.masonhubBaseUrl,
      '--destinations',
      '501',
      '--refunds',
      'on',
      '--cutoff',
      '2025-01-01T00:00:00Z',
    ])
    await writeFile(join(folder, 'reasons.csv'), reasons)
    await run(environment, ['mapping', 'reasons', 'import', join(folder, 'reasons.csv')])
    await step('Every Loop return becomes an RMA; the second look finds the label that came a few seconds later')
    await run(environment, ['asn', 'sync'])
    await until(() =>
      [...sandbox.loop.returns.values()].some(
        ({ id, labels }) => labels.length > 0 && sandbox.seeded.get(String(id))?.tag === 'label-in-seconds',
      ),
    )
    await run(environment, ['asn', 'sync'])
    await step('Parcels arrive, and the warehouse opens them')
    await run(environment, ['sandbox', 'receive', '--all'])
    await step('What happened to a return? One command')
    const damaged = seeded.find(({ tag }) => tag === 'one-good-one-damaged')
    await run(environment, ['rma', 'show', damaged?.returnId ?? ''])
    await step('Loop is told: refunds where everything arrived, flags where it did not')
    await run(environment, ['rma', 'resolve', '--ready', '--yes'])
    await until(() =>
      endings(sandbox).every(
        ({ seeded: { returnId, expected } }) =>
          expected !== 'refund' || sandbox.loop.returns.get(Number(returnId))?.state !== 'open',
      ),
    )
    await step('Asked again, it sends nothing twice; it only sees what became of it')
    await run(environment, ['rma', 'resolve', '--ready', '--yes'])
    await run(environment, ['rma', 'show', damaged?.returnId ?? ''])
    await step('Both sides compared, return by return')
    await run(environment, ['mapping', 'audit', '--since', '60d'])
    await run(environment, ['sandbox', 'status'])
    return verdict(sandbox) ? 0 : 1
  } finally {
    await sandbox.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The sheet that a merchant's set-up uses; what it leaves out is sent as `other`, and the audit says so. */
const reasons = `Loop reason,MasonHub code
Size › Too small,tooSmall
Size › Too big,tooBig
Quality › Seam came apart,damaged
Quality › Arrived damaged,damaged
Wrong item › Not what I ordered,wrongItem
Changed my mind,other
`

let steps = 0
async function step(text: string): Promise<void> {
  steps += 1
  tell(`\n${bold(`── ${steps}. ${text}`)}`)
}

process.exitCode = await main()
