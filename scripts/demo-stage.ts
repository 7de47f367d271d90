/** What both demos share: running the real command line visibly, and comparing the results with the ground truth. */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Sandbox } from '../src/sandbox/sandbox.ts'
import type { SeededReturn } from '../src/sandbox/seed/story.ts'

export const bin = fileURLToPath(new URL('../bin/run.js', import.meta.url))
export const bold =
  process.stdout.isTTY && !process.env.NO_COLOR ? (text: string) => `\u001b[1m${text}\u001b[0m` : (text: string) => text

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Runs one command and prints it with its output; resolves to its exit code. */
export function run(environment: Record<string, string>, args: readonly string[]): Promise<number> {
  print(`\n${bold(`$ mhloop ${args.map((arg) => (/[\s#]/.test(arg) ? `"${arg}"` : arg)).join(' ')}`)}`)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/**
 * Waits for the sandbox to proceed by itself (labels, queued refunds), however slow this machine is; after the time
 * limit, the verdict reports what is missing.
 */
export async function until(done: () => boolean): Promise<void> {
  const deadline = Date.now() + 180_000
  while (!done() && Date.now() < deadline) await pause(50)
}

export type Ending = { seeded: SeededReturn; ended: SeededReturn['expected'] | 'paid twice'; right: boolean }

/** How a return really ended, from the sandbox's ground truth alone. */
export function endings(sandbox: Sandbox): Ending[] {
  const count = (what: string, returnId: string) =>
    sandbox.world.groundTruth.entries.filter((entry) => entry.what === what && entry.returnId === returnId).length
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

export function verdict(sandbox: Sandbox): boolean {
  const all = endings(sandbox)
  const wrong = all.filter(({ right }) => !right)
  const labels = sandbox.world.groundTruth.entries.filter(({ what }) => what === 'label_bought').length
  const twice = all.filter(({ ended }) => ended === 'paid twice').length
  print(`\n${bold('The ground truth, from the sandbox itself')}`)
  for (const { seeded, ended } of wrong)
    print(`  WRONG  ${seeded.returnId}  should end as ${seeded.expected}, ended as ${ended}: ${seeded.about}`)
  const by = (end: SeededReturn['expected']) =>
    all.filter(({ seeded, right }) => right && seeded.expected === end).length
  print(
    `  ${all.length - wrong.length} of ${all.length} returns ended right: ${by('refund')} refunds, ${by('flag')} flags, ${by('wait')} waiting, ${by('none')} left alone`,
  )
  print(`  ${twice} paid twice, ${labels} labels bought`)
  return wrong.length === 0 && labels === 0
}

/** The reason sheet of the demo's merchant; other reasons are sent as `other`, and the audit reports them. */
const reasons = `Loop reason,MasonHub code
Size › Too small,tooSmall
Size › Too big,tooBig
Quality › Seam came apart,damaged
Quality › Arrived damaged,damaged
Wrong item › Not what I ordered,wrongItem
Changed my mind,other
`

/** Adds the merchant `demo` with a reason sheet; returns the environment in which commands find it. */
export async function addMerchant(sandbox: Sandbox, folder: string): Promise<Record<string, string>> {
  const { loopApiKey, masonhubToken, slug } = sandbox.world.installed
  const environment = {
    MHLOOP_CONFIG_DIR: join(folder, 'config'),
    MHLOOP_DATA_DIR: join(folder, 'data'),
    MHLOOP_SANDBOX_URL: sandbox.url,
    MHLOOP_CREDENTIAL_STORE: 'file',
  }
  const credentials = { MHLOOP_LOOP_API_KEY: loopApiKey, MHLOOP_MASONHUB_TOKEN: masonhubToken }
  const account = ['--environment', 'sandbox', '--slug', slug]
  const where = ['--loop-base-url', sandbox.loopBaseUrl, '--masonhub-base-url', sandbox.masonhubBaseUrl]
  const policy = ['--destinations', '501', '--refunds', 'on', '--cutoff', '2025-01-01T00:00:00Z']
  await run({ ...environment, ...credentials }, ['merchant', 'add', 'demo', ...account, ...where, ...policy])
  await writeFile(join(folder, 'reasons.csv'), reasons)
  await run(environment, ['mapping', 'reasons', 'import', join(folder, 'reasons.csv')])
  return environment
}

let steps = 0
export async function step(text: string): Promise<void> {
  steps += 1
  print(`\n${bold(`── ${steps}. ${text}`)}`)
}
