import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { bindJournal } from '../../../src/merchants/profiles/binding.ts'
import { readProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { skipWithoutPostgres } from '../../postgres/needs-postgres.ts'
import { freshPlace } from '../../postgres/server.ts'
import type { Run } from '../../run.ts'
import { onBench } from '../bench.ts'
import { assertObeysSchema } from '../schemas.ts'

/** Commands that send, or plan to send: with a journal that is not the merchant's they must not even begin. */
const working = (id: string) => [
  ['asn', 'sync', id],
  ['asn', 'sync', id, '--dry-run'],
  ['rma', 'resolve', id, '--refund', '--yes'],
  ['rma', 'resolve', id, '--refund', '--dry-run'],
  ['rma', 'resolve', '--ready', '--yes'],
  ['mapping', 'audit', '--fix', '--yes'],
  ['mapping', 'audit', '--fix', '--dry-run'],
  ['smoke', '--clean'],
  ['refunds', 'pause', '--reason', 'stop'],
  ['refunds', 'resume', '--yes'],
  ['api', 'masonhub', 'POST', '/orders', '--yes'],
]
const reading = (id: string) => [
  ['rma', 'show', id],
  ['rma', 'list'],
  ['rma', 'history', id],
  ['asn', 'list'],
  ['mapping', 'audit'],
  ['refunds', 'status'],
]

describe('a merchant and the journal that first worked for it (G1)', () => {
  const bench = onBench()
  const config = () => `${bench().dataDir}/../config`
  const run = (argv: string[], dataDir?: string, env: Record<string, string> = {}): Promise<Run> =>
    bench().run([...argv, ...(argv[0] === 'merchant' ? [] : ['-m', 'acme'])], {
      env: { ...bench().freshKeys(), ...env },
      ...(dataDir === undefined ? {} : { dataDir }),
    })
  const other = () => `${bench().dataDir}-other`
  const bound = async () => (await readProfiles({ MHLOOP_CONFIG_DIR: config() })).merchants['acme']?.journal

  beforeEach(async () => {
    const added = await run(['merchant', 'add', 'acme', '--environment', 'sandbox', '--slug', 'demo', '--no-check'])
    assert.equal(added.exit, 0, added.stderr)
  })

  async function paid(): Promise<string> {
    const id = bench().file()
    assert.equal((await run(['asn', 'sync', id])).exit, 0)
    bench().sandbox.masonhub.warehouse.receive(id)
    const resolved = await run(['rma', 'resolve', id, '--refund', '--yes'])
    assert.equal(resolved.exit, 0, resolved.stderr)
    return id
  }
  const refunds = () =>
    bench().sandbox.world.groundTruth.entries.filter(({ what }) => what === 'process_accepted').length

  it('the first command that works binds it; looking and planning do not (G1)', async () => {
    const id = bench().file()
    for (const argv of [...reading(id), ['asn', 'sync', id, '--dry-run']]) await run(argv)
    assert.equal(await bound(), undefined)
    await run(['asn', 'sync', id])
    const journal = await bound()
    assert.equal(journal?.place, `${bench().dataDir}/journal.db`)
    const { json } = await run(['merchant', 'show', 'acme', '--json'])
    assertObeysSchema(json())
    assert.deepEqual(json().data.journal, journal)
    assert.match((await run(['merchant', 'show', 'acme'])).stdout, /journal +\/.*journal\.db \([0-9a-f]{8}\)\s+since/)
  })

  it('with a lost data folder nothing that works goes on: exit 6, both are named, and the way back (G1)', async () => {
    const id = await paid()
    const sent = refunds()
    renameSync(bench().dataDir, `${bench().dataDir}-lost`)
    for (const argv of working(id)) {
      const { exit, json } = await run([...argv, '--json'])
      const { code, message, hint } = json().error
      assert.deepEqual([exit, code], [6, 'JOURNAL_OTHER'], argv.join(' '))
      assert.match(message, /^acme is bound to the journal \/.*journal\.db \([0-9a-f]{8}\), but this run uses \/.*\(/)
      assert.match(hint ?? '', /mhloop merchant rebind acme$/)
    }
    const serving = await run(['serve', '--port', '0', '--json'])
    assert.notEqual(serving.exit, 0)
    assert.equal(refunds(), sent)
    // With the merchant's journal in place again, it works.
    rmSync(bench().dataDir, { recursive: true })
    renameSync(`${bench().dataDir}-lost`, bench().dataDir)
    assert.equal((await run(['asn', 'sync', id])).exit, 0)
  })

  it('commands that only read still read, and say that the journal is not the merchant’s (G1)', async () => {
    const id = await paid()
    for (const argv of reading(id)) {
      const { exit, json } = await run([...argv, '--json'], other())
      assert.notEqual(exit, 6, argv.join(' '))
      assertObeysSchema(json())
      assert.ok(
        json().warnings.some((warning) => /acme is bound to the journal .*, but this run uses /.test(warning)),
        argv.join(' '),
      )
    }
  })

  it('another HOME’s or XDG folder’s journal, and a slip in MHLOOP_JOURNAL, are other journals (G1)', async () => {
    const id = await paid()
    mkdirSync(other(), { recursive: true })
    const places: Record<string, string>[] = [
      { MHLOOP_DATA_DIR: '', HOME: other() },
      { MHLOOP_DATA_DIR: '', XDG_DATA_HOME: other() },
      { MHLOOP_JOURNAL: `sqlite:${other()}/jornal.db` },
    ]
    for (const env of places) {
      const { exit, stderr } = await run(['rma', 'resolve', id, '--refund', '--yes'], undefined, env)
      assert.equal(exit, 6, stderr)
      assert.match(stderr, /JOURNAL_OTHER/)
    }
    const flagged = await run(['asn', 'sync', id, '--journal', `sqlite:${other()}/x.db`])
    assert.match(flagged.stderr, new RegExp(`mhloop merchant rebind acme --journal sqlite:${other()}/x\\.db`))
  })

  it('of two processes that work first, with two journals, one has it (G1)', async () => {
    const env = { MHLOOP_CONFIG_DIR: config() }
    const at = (id: string) => bindJournal(env, 'acme', { id, place: `/srv/${id}` }, new Date())
    const all = await Promise.all(Array.from({ length: 8 }, (_, index) => at(`journal-${index}`)))
    assert.equal(new Set(all.map(({ id }) => id)).size, 1)
    assert.deepEqual(await bound(), all[0])
  })

  it('rebind shows both, asks for the name, and holds refunds back until all was read (G1)', async () => {
    const id = await paid()
    const answered = await run(['merchant', 'rebind', 'acme'], other())
    assert.equal(answered.exit, 9)
    const wrong = await bench().run(['merchant', 'rebind', 'acme'], {
      dataDir: other(),
      tty: true,
      answers: ['acne'],
    })
    assert.equal(wrong.exit, 9)
    assert.match(wrong.stderr, /The new one knows +0 of its returns, 0 refunds/)
    assert.equal((await bound())?.place, `${bench().dataDir}/journal.db`)
    const rebound = await bench().run(['merchant', 'rebind', 'acme'], {
      dataDir: other(),
      tty: true,
      answers: ['acme'],
    })
    assert.equal(rebound.exit, 0, rebound.stderr)
    assert.equal((await bound())?.place, `${other()}/journal.db`)
    const held = await run(['rma', 'resolve', id, '--refund', '--yes', '--json'], other())
    assert.notEqual(held.exit, 0)
    assert.equal(refunds(), 1)
    const status = await run(['refunds', 'status'], other())
    assert.match(status.stdout, /quarantined/)
    assert.equal((await run(['asn', 'sync', id])).exit, 6)
    const again = await run(['merchant', 'rebind', 'acme', '--json'], other())
    assert.deepEqual([again.exit, again.json().data.changed], [0, false])
    const back = await run(['merchant', 'rebind', 'acme', '--yes', '--json'])
    assertObeysSchema(back.json())
    assert.deepEqual(
      [back.exit, back.json().data.changed, back.json().data.knows],
      [0, true, { returns: 1, refunds: 1 }],
    )
  })

  it('a restored backup and a moved journal are the same journal (G1)', async function () {
    const id = await paid()
    const backup = `${bench().dataDir}/backup.db`
    const restored = ['--journal', `sqlite:${other()}/restored.db`]
    mkdirSync(other(), { recursive: true })
    assert.equal((await bench().run(['journal', 'backup', backup])).exit, 0)
    assert.equal((await bench().run(['journal', 'restore', backup, ...restored])).exit, 0)
    assert.equal((await run(['asn', 'sync', id, ...restored])).exit, 0)
    await skipWithoutPostgres(this)
    const { location, drop } = await freshPlace()
    try {
      assert.equal((await bench().run(['journal', 'migrate', '--to', location, '--yes'])).exit, 0)
      assert.equal((await run(['asn', 'sync', id], undefined, { MHLOOP_JOURNAL: location })).exit, 0)
    } finally {
      await drop()
    }
  })

  it('export leaves the journal out, and apply leaves it as it is (G1)', async () => {
    await paid()
    const before = await bound()
    const { stdout } = await run(['merchant', 'export'])
    assert.doesNotMatch(stdout, /journal/)
    const applied = await bench().run(['merchant', 'apply', '-f', '-', '--no-check'], {
      stdin: stdout.replace(/store: file/, 'store: file\n    refunds-per-hour: 3'),
    })
    assert.equal(applied.exit, 0, applied.stderr)
    assert.match(applied.stdout, /refunds-per-hour/)
    assert.deepEqual(await bound(), before)
  })

  it('the merchant env has no profile, and so no journal of its own (G1)', async () => {
    const id = bench().file()
    for (const dataDir of [bench().dataDir, other()]) {
      assert.equal((await bench().run(['asn', 'sync', id], { dataDir, env: bench().freshKeys() })).exit, 0)
    }
    assert.equal((await bench().run(['merchant', 'rebind', 'env'])).exit, 2)
  })

  it('doctor fails it with the remedy, and refunds for all are reported where they do not hold (G1)', async () => {
    await paid()
    const { json } = await run(['doctor', '--json'], other())
    const check = json().data.checks.find(({ code }: { code: string }) => code === 'merchant.journal')
    assert.equal(check.status, 'fail')
    assert.match(check.remedy, /mhloop merchant rebind acme/)
    const paused = await bench().run(['refunds', 'pause', '--all-merchants', '--reason', 'stop', '--json'], {
      dataDir: other(),
    })
    assert.deepEqual([paused.exit, paused.json().error.code], [6, 'JOURNAL_OTHER'])
  })

  const all = (verb: string[], dataDir?: string) =>
    bench().run(['refunds', ...verb, '--all-merchants', '--json'], dataDir === undefined ? {} : { dataDir })
  const add = async (name: string, env: Record<string, string>, more: string[] = []) => {
    const argv = ['merchant', 'add', name, '--environment', 'sandbox', '--slug', 'demo', '--no-check', ...more]
    const added = await bench().run(argv, { env })
    assert.equal(added.exit, 0, added.stderr)
  }
  const work = (name: string, dataDir?: string) =>
    bench().run(['asn', 'sync', '-m', name, '--json'], dataDir === undefined ? {} : { dataDir })

  it('a pause of all that would hold for no merchant is refused, and so is resuming it (G1, G10)', async () => {
    await paid()
    for (const verb of [
      ['pause', '--reason', 'stop'],
      ['resume', '--yes'],
    ]) {
      const { exit, json } = await all(verb, other())
      const { code, message, hint } = json().error
      assert.deepEqual([exit, code], [6, 'JOURNAL_OTHER'])
      assert.match(message, /^No stored merchant is bound to this journal, \/.*: acme is bound to \/.*journal\.db/)
      assert.match(hint ?? '', /MHLOOP_DATA_DIR.*mhloop merchant show acme$/)
    }
    assert.equal((await all(['status'], other())).json().data.pausedForAll, null)
  })

  it('a pause of all that holds for some only ends with 3, names the others, and status reports both (G1, G10)', async () => {
    await paid()
    await add('beta', bench().freshKeys())
    assert.equal((await work('beta', other())).exit, 0)
    await add('fresh', bench().freshKeys())
    for (const verb of [
      ['pause', '--reason', 'stop'],
      ['resume', '--yes'],
      ['pause', '--reason', 'stop'],
    ]) {
      const { exit, json } = await all(verb, other())
      assert.equal(exit, 3)
      assertObeysSchema(json())
      assert.match(json().warnings.join(' '), /does not apply to acme, which is bound to another journal/)
      assert.match(json().warnings.join(' '), /applies to fresh, which is not bound to a journal yet, only if/)
    }
    const page = await bench().run(['refunds', 'status', '--all-merchants'], { dataDir: other() })
    assert.match(page.stdout, /acme .*\s+Now +unknown here: it is bound to another journal[\s\S]*?Pause +none in this/)
    assert.match(page.stdout, /beta .*\s+Now +paused[\s\S]*?Pause +that of all merchants/)
  })

  it('a pause binds who has not worked yet: with another journal nothing is paid then (G1, G10)', async () => {
    await add('fresh', bench().freshKeys())
    assert.equal(
      (await bench().run(['refunds', 'pause', '-m', 'fresh', '--reason', 'x'], { dataDir: other() })).exit,
      0,
    )
    assert.equal((await work('fresh')).json().error.code, 'JOURNAL_OTHER')
    assert.equal((await work('fresh', other())).exit, 0)
    await bench().run(['merchant', 'remove', 'fresh', '--yes'], { dataDir: other() })
    assert.equal((await all(['pause', '--reason', 'x'], other())).exit, 0)
    assert.equal((await work('acme')).json().error.code, 'JOURNAL_OTHER')
  })

  it('a new name of an account is bound to no other journal than its other names are (G1, G10)', async () => {
    await paid()
    const keys = bench().freshKeys()
    await add('one', keys)
    assert.equal((await work('one')).exit, 0)
    await add('two', keys)
    const attempts = [
      ['asn', 'sync'],
      ['asn', 'sync', '--dry-run'],
      ['refunds', 'pause', '--reason', 'x'],
    ]
    for (const argv of attempts) {
      const { exit, json } = await bench().run([...argv, '-m', 'two', '--json'], { dataDir: other() })
      assert.deepEqual([exit, json().error.code], [6, 'JOURNAL_OTHER'], argv.join(' '))
      assert.match(json().error.message, /^two shares a Loop account with one, which is bound to the journal/)
      assert.match(json().error.hint ?? '', /mhloop merchant rebind one$/)
    }
    assert.equal((await work('two')).exit, 0)
  })

  it('the same reference is the same account, whether it can be read or not (G1, G10)', async () => {
    const { MHLOOP_LOOP_API_KEY: key = '' } = bench().freshKeys()
    const stdin = `merchants:\n${['one', 'two']
      .map(
        (name) =>
          `  ${name}:\n    environment: sandbox\n    slug: demo\n    secrets:\n      loop-api-key: env:SHOP_KEY\n`,
      )
      .join('')}`
    const applied = await bench().run(['merchant', 'apply', '-f', '-', '--no-check'], { stdin, env: { SHOP_KEY: key } })
    assert.equal(applied.exit, 0, applied.stderr)
    const pause = (name: string, dataDir?: string) =>
      bench().run(['refunds', 'pause', '-m', name, '--reason', 'x', '--json'], dataDir ? { dataDir } : {})
    assert.equal((await pause('one')).exit, 0)
    assert.match((await pause('two', other())).json().error.message, /^two shares a Loop account with one/)
    assert.equal((await pause('two')).exit, 0)
  })
})
