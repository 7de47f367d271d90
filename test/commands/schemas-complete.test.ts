import assert from 'node:assert/strict'
import type { NewEvent } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { skipWithoutPostgres } from '../postgres/needs-postgres.ts'
import { freshPlace } from '../postgres/server.ts'
import { configOfSource, type Run, runMhloop } from '../run.ts'
import { onBench } from './bench.ts'
import { assertObeysSchema, schemaNames } from './schemas.ts'

/** It never ends, so it has no single document; its records are those of `event list`. */
const endless = 'event.tail'

describe('every command', () => {
  const bench = onBench()

  it('has a schema that ships, and every schema a command', async () => {
    const { commands } = await configOfSource()
    const names = commands.map(({ id }) => id.replaceAll(':', '.')).filter((name) => name !== endless)
    assert.deepEqual(schemaNames.toSorted(), [...names, 'error'].toSorted())
  })

  it('obeys its schema in a working day, from setting up to taking down', async function () {
    const { env, sandbox, file } = bench()
    // `smoke` really waits for Loop's jobs.
    sandbox.world.faults.set('loop.process-min-ms', 100)
    sandbox.world.faults.set('loop.process-max-ms', 200)
    const seen = new Set<string>()
    const all = { ...env, MHLOOP_SANDBOX_URL: sandbox.url, MHLOOP_REFUNDS: 'on' }
    const run = async (
      argv: string[],
      exits: readonly number[] = [0],
      stdin?: string,
      keys = bench().freshKeys(),
    ): Promise<Run> => {
      const ran = await bench().run([...argv, '--json'], {
        env: { ...all, ...keys },
        ...(stdin === undefined ? {} : { stdin }),
      })
      assert.ok(exits.includes(ran.exit), `${argv.join(' ')}: ${ran.exit} ${ran.stdout}${ran.stderr}`)
      assertObeysSchema(ran.json())
      seen.add(/^mhloop\/([a-z.]+)@1$/.exec(ran.json().schema)?.[1] ?? '')
      return ran
    }
    const flags = ['--environment', 'sandbox', '--slug', 'demo', '--no-check']
    await run(['version'])
    await run(['autocomplete', 'zsh'])
    await run(['explain'])
    await run(['explain', 'DESTINATION_UNKNOWN'])
    await run(['merchant', 'add', 'acme', ...flags])
    await run(['merchant', 'add', 'other', ...flags, '--destinations', '501', '--largest-refund', '250.00'])
    await run(['merchant', 'list'])
    await run(['merchant', 'use', 'other'])
    await run(['merchant', 'show'])
    await run(['merchant', 'show', 'other'])
    await run(['merchant', 'rebind', 'other', '--yes'])
    await run([
      'merchant',
      'set',
      '-m',
      'acme',
      'refunds-per-hour',
      '20',
      'cutoff',
      '2026-10-01',
      'destinations',
      'every',
    ])
    await run(['merchant', 'set', '-m', 'acme', 'callback-token', '-', '--no-check'], [0], 'a-callback-token-of-ours')
    const reasons = ['mapping', 'reasons']
    await run([...reasons, 'set', '-m', 'acme', 'Too small', 'tooSmall'])
    await run([...reasons, 'list', '-m', 'acme'])
    await run([...reasons, 'export', '-m', 'acme'])
    await run([...reasons, 'suggest'])
    await run([...reasons, 'import', '-', '-m', 'acme'], [0], 'Loop reason,MasonHub code\nToo big,tooBig\n')
    const good = file({ units: [{ sku: 'TEE-BLK-M', quantity: 2 }, { sku: 'CAP-RED' }] })
    const bad = file()
    const unknown = file({ units: [{ sku: 'NO-SUCH-SKU' }, { sku: '' }] })
    const held = file({ label: { after: 'never' } })
    await run(['sandbox', 'seed', '--count', '60'])
    await run(['asn', 'list'])
    await run(['asn', 'sync'], [3])
    for (const id of [good, unknown, held]) await run(['rma', 'show', id])
    sandbox.masonhub.warehouse.receive(good)
    sandbox.masonhub.warehouse.receive(bad, {
      lines: [
        { sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1, notes: 'torn' }], quantityReceived: 0 },
      ],
      unexpected: [{ sku: 'CAP-RED', disposition: 'available', quantityReceived: 1 }],
    })
    await run(['sandbox', 'receive', '--all'])
    await run(['rma', 'list'])
    await run(['rma', 'label', held, '--dry-run'], [0, 6])
    await run(['rma', 'report', held, '--dry-run'], [0, 6])
    await run(['rma', 'resolve', good, bad, held, '424242', '--dry-run'], [3])
    await run(['rma', 'resolve', '--ready', '--yes'])
    for (const seeded of sandbox.seeded.keys()) await run(['rma', 'show', seeded])
    for (const id of [good, bad]) {
      await run(['rma', 'show', id])
      await run(['rma', 'history', id])
    }
    await run(['mapping', 'audit'], [3])
    // The same shop for all of them: with another shop as `env`, the pause could not be lifted (G10).
    const shop = bench().freshKeys()
    await run(['refunds', 'pause', '--reason', 'because'], [0], undefined, shop)
    await run(['refunds', 'status'], [0], undefined, shop)
    await run(['refunds', 'resume', '--yes'], [0], undefined, shop)
    await run(['merchant', 'history', '--all-merchants'])
    await run(['journal', 'status'])
    await run(['journal', 'check'])
    await run(['sandbox', 'status'])
    const { yaml } = (await run(['merchant', 'export'])).json().data
    await run(
      ['merchant', 'apply', '-f', '-', '--no-check'],
      [0],
      yaml.replace('refunds-per-hour: 20', 'refunds-per-hour: 21'),
    )
    await run(['merchant', 'rotate', 'masonhub', '-m', 'acme', '--dry-run'])
    await run(['merchant', 'set', '-m', 'acme', 'receiver-key', '-', '--no-check'], [0], 'k'.repeat(43))
    await run(['merchant', 'rotate', 'callback', '-m', 'acme', '--dry-run'])
    await run(['doctor', '--all-merchants'], [3])
    await run(['smoke', '--clean'])
    await run(['api', 'loop', 'GET', '/destinations'])
    await run(['api', 'masonhub', 'GET', '/rmas', '-F', 'limit=1'])
    await run(['merchant', 'remove', 'other', '--yes'])
    Object.assign(all, { MHLOOP_RECEIVER_KEY: 'k'.repeat(43), MHLOOP_CALLBACK_TOKEN: 'a-callback-token-of-ours' })
    await run(['merchant', 'connect', '--url', sandbox.url, '--yes'], [0, 3])
    await run(['merchant', 'disconnect', '--yes'])
    const { changes } = (await run(['merchant', 'history', '--all-merchants'])).json().data
    const acts = new Set(changes.map(({ what }: { what: string }) => what))
    const expected = ['added', 'chosen', 'connected', 'disconnected', 'paused', 'quarantined', 'rebound', 'removed']
    expected.push('resumed', 'set')
    assert.deepEqual([...acts].sort(), expected, 'G11')
    const journal = await openJournal(undefined, { dataDir: bench().dataDir })
    await journal.events.storeMany([anEvent])
    const [event] = await journal.events.find({})
    await journal.close()
    await run(['event', 'list'])
    await run(['event', 'show', event?.eventId ?? ''])
    await run(['event', 'replay', event?.eventId ?? '', '--yes'])
    const backup = `${bench().dataDir}/backup.db`
    const restored = ['--journal', `sqlite:${bench().dataDir}/restored.db`]
    await run(['journal', 'backup', backup])
    await run(['journal', 'restore', backup, ...restored])
    await run(['refunds', 'status', ...restored])
    await run(['refunds', 'resume', '--yes', ...restored], [6])
    await run(['journal', 'forget', '--before', '1d', '--yes'])
    // The signal aborts before it begins: it starts and then stops.
    const serving = await bench().run(['serve', '--port', '0', '--json'], {
      env: all,
      interruptAfter: Promise.resolve(),
    })
    assertObeysSchema(serving.json())
    seen.add('serve')
    const started = await runMhloop('sandbox start --port 0 --returns 3 --json', { interruptAfter: oneMoreServer() })
    assertObeysSchema(started.json())
    seen.add('sandbox.start')
    Object.assign(all, { MHLOOP_CREDENTIALS_PASSPHRASE: 'a phrase of ours here' })
    await run(['merchant', 'encrypt', '--yes'])
    await skipWithoutPostgres(this)
    const { location, drop } = await freshPlace()
    await run(['journal', 'migrate', '--to', location, '--yes'])
    await drop()
    assert.deepEqual([...seen].toSorted(), schemaNames.filter((name) => name !== 'error').toSorted())
  })
})

const anEvent: NewEvent = {
  merchant: 'env',
  source: 'loop',
  digest: 'd',
  topic: 'return.created',
  returnId: '99900001',
  body: '',
  state: 'quarantined',
  reason: 'LOOP_UNREADABLE',
  receivedAt: '2026-11-23T08:00:00.000Z',
}

/** Resolves once this process listens on one more port than now. */
async function oneMoreServer(): Promise<void> {
  const servers = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length
  const before = servers()
  while (servers() === before) await new Promise((resolve) => setTimeout(resolve, 5))
}
