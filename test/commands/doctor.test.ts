import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { checkCodes } from '../../src/core/doctor/codes.ts'
import { runMhloop } from '../run.ts'
import { onBench } from './bench.ts'
import { assertObeysSchema, schemaOf } from './schemas.ts'

/** Settings with which a new merchant has no finding. */
const tidy = { MHLOOP_DESTINATIONS: '501' }

describe('doctor', () => {
  const bench = onBench()
  const run = (argv: string, options: Parameters<ReturnType<typeof bench>['run']>[1] = {}) =>
    bench().run(`doctor${argv}`, { ...options, env: { ...tidy, ...bench().freshKeys(), ...options.env } })

  it('is green for a new merchant: all checks, none warns, and 0', async () => {
    const { exit, json } = await run(' --json')
    const { data, merchant } = json()
    assertObeysSchema(json())
    assert.equal(merchant, 'env')
    assert.deepEqual(
      data.checks.map(({ code }: { code: string }) => code),
      checkCodes,
    )
    assert.deepEqual([data.summary.warn, data.summary.fail, exit], [0, 0, 0])
  })

  it('names every code in its schema', () => {
    const { enum: codes } = schemaOf('doctor').properties.data.properties.checks.items.properties.code
    assert.deepEqual(codes, checkCodes)
  })

  it('shows each check in a line, what to do below it, and a sum', async () => {
    bench().file({ units: [{ sku: 'NO-SUCH-SKU' }] })
    const { exit, stdout, stderr } = await run('', { tty: true })
    assert.equal(exit, 3)
    assert.equal(stderr.replaceAll('\r\u001b[K', ''), '')
    assert.match(stdout, /^This machine\n {2}ok {3}machine\.node {2,}Node\.js 24/)
    assert.match(stdout, /\n\nenv\n {2}ok {3}merchant\.settings/)
    assert.match(stdout, /\n {2}FAIL returns\.skus +MasonHub lacks 1 of 1 SKU/)
    assert.match(stdout, /\n {7}→ Add them to MasonHub's catalogue, then: mhloop asn sync -m env\n/)
    assert.match(stdout, /\n\n\d+ ok, 1 failed, 1 warning, 4 skipped, in \d+\.\d s\.\n$/)
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
  })

  it('gives the same page in a pipe, rows as CSV and NDJSON, and colours only where they are wanted', async () => {
    const page = await run(' --only machine,journal.disk')
    assert.match(page.stdout, /^This machine\n/)
    const csv = await run(' --only journal.disk --format csv')
    assert.match(
      csv.stdout,
      /^"merchant","code","status","message","remedy","milliseconds"\r\n"","journal\.disk","ok",/,
    )
    const ndjson = await run(' --only machine.node --format ndjson')
    assert.equal(JSON.parse(ndjson.stdout).code, 'machine.node')
    const painted = await run(' --only machine.node', { env: { NO_COLOR: '', FORCE_COLOR: '1' }, tty: true })
    assert.match(painted.stdout, /\u001b\[32mok/)
  })

  it('writes JUnit beside whatever it prints', async () => {
    const file = `${bench().dataDir}-junit.xml`
    const { exit } = await run(` --only machine.node,loop.reachable --junit ${file} --json`)
    assert.equal(exit, 0)
    const xml = await readFile(file, 'utf8')
    assert.match(xml, /<testsuites name="mhloop doctor" tests="2" failures="0"/)
    assert.match(xml, /<testcase classname="mhloop\.doctor\.env" name="loop\.reachable"/)
  })

  it('F45: says 4 for credentials, 7 for a vendor that is down, with the same document', async () => {
    const wrong = await run(' --json', { env: { MHLOOP_LOOP_API_KEY: 'a-key-that-loop-does-not-know' } })
    assertObeysSchema(wrong.json())
    assert.equal(wrong.exit, 4)
    assert.doesNotMatch(wrong.stdout, /a-key-that-loop/)
    // A port on which no server listens.
    const down = await run(' --json --only masonhub', {
      env: { MHLOOP_MASONHUB_BASE_URL: 'http://127.0.0.1:9/demo/api/v1' },
    })
    assertObeysSchema(down.json())
    assert.equal(down.exit, 7)
    const [reach] = down.json().data.checks
    assert.match(reach.message, /connection was refused \(ECONNREFUSED\)/)
  })

  it('refuses unknown checks with all their names, merchants that are not there, and having none', async () => {
    const wrong = await run(' --only loop.webhook,nonsense')
    assert.equal(wrong.exit, 2)
    assert.match(
      wrong.stderr,
      /Unknown check "loop\.webhook"\. Did you mean "loop\.webhooks"\?.+Unknown check "nonsense"/,
    )
    const unknown = await run(' -m nobody')
    assert.equal(unknown.exit, 5)
    const none = await runMhloop('doctor --all-merchants')
    assert.deepEqual([none.exit, /mhloop merchant add NAME/.test(none.stderr)], [2, true])
  })

  it('is never green because the profiles can’t be read, whatever was asked for', async () => {
    const configDir = `${bench().dataDir}-profiles`
    await mkdir(configDir, { mode: 0o700 })
    await writeFile(`${configDir}/profiles.json`, '{ torn', { mode: 0o600 })
    for (const argv of ['--only loop', '--only masonhub --all-merchants', '-m acme --only loop']) {
      const { exit, json } = await runMhloop(`doctor ${argv} --json`, { configDir })
      assert.notEqual(exit, 0, argv)
      assert.ok(json().data.summary.fail > 0, argv)
    }
  })

  it('examines all merchants, the one of the environment first', async () => {
    const flags = [
      '--environment',
      'sandbox',
      '--slug',
      'demo',
      '--destinations',
      '501',
      '--no-check',
      '--store',
      'file',
    ]
    for (const name of ['zebra', 'acme']) await bench().run(['merchant', 'add', name, ...flags], { env: tidy })
    const { json } = await run(' --all-merchants --only loop.reachable,machine.environment --json')
    assert.equal(json().merchant, null)
    assert.deepEqual(
      json().data.checks.map(({ merchant, code }: { merchant: string | null; code: string }) => `${merchant} ${code}`),
      ['null machine.environment', 'env loop.reachable', 'acme loop.reachable', 'zebra loop.reachable'],
    )
    // The variables replace the current merchant: machine.environment warns about that.
    assert.equal(json().data.checks[0].status, 'warn')
  })
})
