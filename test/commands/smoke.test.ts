import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { parseXml } from '../cli/output/xml.ts'
import type { Run, RunOptions } from '../run.ts'
import { until } from '../until.ts'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

describe('smoke', () => {
  const bench = onBench()

  // A rate at which no test waits.
  beforeEach(async () => {
    const { sandbox, run: runs } = bench()
    const added = await runs([
      ...['merchant', 'add', 'acme', '--environment', 'sandbox', '--slug', 'demo', '--requests-per-second', '100'],
      ...['--loop-base-url', sandbox.loopBaseUrl, '--masonhub-base-url', sandbox.masonhubBaseUrl, '--no-check'],
    ])
    assert.equal(added.exit, 0, added.stderr)
  })

  /** Runs for the stored merchant acme; in production, for the merchant `env`. */
  async function run(argv: string, options: RunOptions & { refunds?: 'on' } = {}): Promise<Run> {
    if (options.refunds === 'on') await bench().run('merchant set -m acme refunds on')
    const production = options.env?.MHLOOP_ENVIRONMENT === 'production'
    return await bench().run(`smoke ${production ? '' : '-m acme'} ${argv}`, options)
  }

  it('prints one line per check, writes the same as JUnit, and obeys its schema', async () => {
    bench().file()
    const path = `${bench().dataDir}/reports/smoke.xml`
    const { exit, json, stderr } = await run(`--junit ${path} --json`)
    assert.equal(exit, 0, stderr)
    assertObeysSchema(json())
    const { data, merchant } = json()
    assert.equal(merchant, 'acme')
    assert.deepEqual(
      data.checks.filter(({ status }: { status: string }) => status !== 'ok').map(({ code }: { code: string }) => code),
      ['callbacks.received'],
    )
    const [suite] = parseXml(await readFile(path, 'utf8')).elements
    assert.equal(suite?.attributes.name, 'acme')
    assert.deepEqual(
      suite?.elements.map(({ attributes }) => attributes.name),
      data.checks.map(({ code }: { code: string }) => code),
    )
    assert.equal(data.left.length, 3)
  })

  it('writes the report of a failed run too, says what to do, and ends with the code of what failed', async () => {
    bench().sandbox.world.faults.set('masonhub.unauthorized', 1)
    const path = `${bench().dataDir}/smoke.xml`
    const { exit, stdout } = await run(`--junit ${path}`)
    assert.equal(exit, 4)
    assert.match(stdout, /FAIL\s+masonhub.account/)
    assert.match(stdout, /→ .*mhloop\s+merchant set/s)
    assert.match(stdout, /0 ok, 1 failed, 20 skipped, in \d+\.\d s\.\n$/)
    assert.equal(parseXml(await readFile(path, 'utf8')).attributes.failures, '1')
  })

  it('refuses a bad --junit, --sku with --clean and a return that is no id before any request', async () => {
    for (const argv of ['--junit -', '--clean --sku A-1', '--return #1001', '--receive full']) {
      assert.equal((await run(argv)).exit, 2, argv)
    }
    assert.deepEqual(bench().sandbox.requests, [])
  })

  it('F66: refuses a production account, and with --allow-production wants its name typed', async () => {
    const env = { MHLOOP_ENVIRONMENT: 'production' }
    const refused = await run('--json', { env })
    assert.equal(refused.exit, 6)
    assert.deepEqual([refused.json().error.code, refused.json().error.exit], ['PRODUCTION_REFUSED', 6])
    assert.equal((await run('--clean', { env })).exit, 6)
    assert.equal((await run('--allow-production', { env })).exit, 9)
    assert.equal((await run('--allow-production', { env, tty: true, answers: ['acme'] })).exit, 9)
    assert.deepEqual(bench().sandbox.requests, [])
    const typed = await run('--allow-production --sku TEE-BLK-M', { env, tty: true, answers: ['env'] })
    assert.equal(typed.exit, 0, typed.stdout + typed.stderr)
    assert.ok(!bench().sandbox.requests.some(({ path }) => path.includes('data_factory')))
  })

  describe('--return', () => {
    const processed = () => bench().sandbox.requests.filter(({ path }) => path.endsWith('/process')).length

    it('asks before Loop gets a request, and a no sends nothing (exit 9)', async () => {
      const id = bench().file()
      const { exit, stderr } = await run(`--return ${id}`, { refunds: 'on', tty: true, answers: [false] })
      assert.equal(exit, 9)
      assert.match(stderr, new RegExp(`${id} +#?\\S+ +refund`))
      assert.equal(processed(), 0)
    })

    it('refunds really with --yes, an admin URL being as good as the id', async () => {
      const id = bench().file()
      for (const name of ['loop.process-min-ms', 'loop.process-max-ms'] as const)
        bench().sandbox.world.faults.set(name, 1)
      const url = `https://admin.loopreturns.com/returns/${id}`
      const { exit, json, stdout } = await run(`--return ${url} --yes --json`, { refunds: 'on' })
      assert.equal(exit, 0, stdout)
      assertObeysSchema(json())
      assert.equal(processed(), 1)
    })

    it('is refused without a terminal and --yes, before anything is created (exit 9)', async () => {
      const id = bench().file()
      assert.equal((await run(`--return ${id}`)).exit, 9)
      assert.deepEqual(bench().sandbox.requests, [])
    })

    it('F66: in production --yes answers nothing: the name must be typed on a terminal', async () => {
      const id = bench().file()
      const env = { MHLOOP_ENVIRONMENT: 'production', MHLOOP_REFUNDS: 'on' }
      const refused = await run(`--return ${id} --allow-production --yes --json`, { env })
      assert.equal(refused.exit, 9)
      assert.match(
        refused.json().error.hint ?? '',
        /on a terminal.*--yes does not answer this/,
        'G14: no advice that fails',
      )
      assert.deepEqual(bench().sandbox.requests, [])
    })
  })

  it('--clean says that there is nothing to clean', async () => {
    const { exit, stdout } = await run('--clean')
    assert.equal(exit, 0)
    assert.match(stdout, /ok +smoke.leftovers +No run left anything to clean up\./)
    assert.match(stdout, /All 1 checks ok, in \d/)
  })

  it('Ctrl-C ends with 130, and what was created is gone', async () => {
    bench().file()
    let ended = false
    const updated = () => bench().sandbox.requests.some(({ method }) => method === 'PUT')
    const interruptAfter = until(() => ended || updated())
    const { exit, stdout } = await run('', { interruptAfter }).finally(() => {
      ended = true
    })
    assert.equal(exit, 130, stdout)
    const remaining = [...bench().sandbox.masonhub.rmas.all()].filter(({ states }) => states.at(-1)?.status === 'open')
    assert.deepEqual(remaining, [])
  })
})
