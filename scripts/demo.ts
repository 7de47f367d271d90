/**
 * `npm run demo`: the main job from end to end, on localhost. Starts the sandbox, lets shoppers file returns, runs the
 * real command line as an operator would, lets the warehouse receive, and then compares what really happened with how
 * each return should have ended. Exits 1 if one ended wrong. `-- --serve` shows the same unattended.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seedSandbox } from '../src/sandbox/seed/seed.ts'
import { startSandbox } from '../src/sandbox/server.ts'
import { addMerchant, endings, print, run, step, until, verdict } from './demo-stage.ts'

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-demo-'))
  const sandbox = await startSandbox({ seed: 7 })
  try {
    const seeded = seedSandbox(sandbox, { seed: 7 })
    print(`Shoppers filed ${seeded.length} returns in the sandbox: every kind that the integration must handle.`)
    await step('Set up the merchant (both keys come from the environment, never from a flag)')
    const environment = await addMerchant(sandbox, folder)
    await step('Every Loop return becomes an RMA; the second sync finds the label that arrived a few seconds later')
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
    await step('Run again, it sends nothing twice; it only checks the outcome')
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

const { serveDemo } = await import('./demo-serve.ts')
process.exitCode = await (process.argv.includes('--serve') ? serveDemo() : main())
