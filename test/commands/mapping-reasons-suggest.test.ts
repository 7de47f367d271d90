import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { readProfiles } from '../../src/merchants/profiles/profiles.ts'
import { seedSandbox } from '../../src/sandbox/seed/seed.ts'
import type { RunOptions } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

describe('mapping reasons from real returns', () => {
  const bench = onBench()
  const folder = temporaryFolder()
  /** Runs for a stored merchant, whose credentials come from the environment once. */
  const run = (argv: string[], options: RunOptions = {}) =>
    bench().run(argv, { configDir: folder(), env: none, ...options })
  const none = {
    MHLOOP_LOOP_API_KEY: '',
    MHLOOP_MASONHUB_TOKEN: '',
    MHLOOP_MASONHUB_SLUG: '',
    MHLOOP_MASONHUB_BASE_URL: '',
  }
  const reasons = (...argv: string[]) => run(['mapping', 'reasons', ...argv])
  const stored = async () => (await readProfiles({ MHLOOP_CONFIG_DIR: folder() })).merchants.acme?.policy?.reasons ?? []

  beforeEach(async () => {
    const { env, sandbox } = bench()
    seedSandbox(sandbox)
    const add = ['merchant', 'add', 'acme', '--environment', 'sandbox', '--slug', 'demo', '--no-check']
    assert.equal((await run([...add], { env })).exit, 0)
  })

  it('suggest proposes a code for each, with counts and the words that speak for it; nothing is stored', async () => {
    const ran = await reasons('suggest', '--json')
    assert.equal(ran.exit, 0, ran.stderr)
    assertObeysSchema(ran.json())
    const { data } = ran.json()
    const first = data.reasons[0]
    assert.deepEqual([first.parentReason, first.reason, first.code], ['Size', 'Too small', 'tooSmall'])
    assert.equal(first.why, 'says “too small”')
    assert.ok(first.units > first.returns && first.returns > 10)
    assert.equal(data.changes, null)
    assert.deepEqual(await stored(), [])
    const days = (Date.parse(data.window.to) - Date.parse(data.window.from)) / 86_400_000
    assert.equal(days, 120)
  })

  it('suggest --apply stores what the words say, once, and leaves guesses to a person', async () => {
    const ran = await reasons('suggest', '--apply', '--json')
    assertObeysSchema(ran.json())
    const guesses = ran.json().data.reasons.filter(({ standing }: { standing: string }) => standing === 'guess')
    assert.ok(guesses.length > 0)
    assert.equal((await stored()).length, ran.json().data.changes.length)
    assert.ok((await stored()).some(({ reason, code }) => reason === 'Seam came apart' && code === 'damaged'))
    assert.deepEqual((await reasons('suggest', '--apply', '--json')).json().data.changes, [])
    const unmapped = await reasons('list', '--unmapped', '--json')
    assertObeysSchema(unmapped.json())
    assert.equal(unmapped.exit, 3)
    assert.equal(unmapped.json().data.unmapped.length, guesses.length)
  })

  it('the sheet of suggest --format csv, edited, is what import takes; then nothing is unmapped', async () => {
    const { stdout } = await reasons('suggest', '--format', 'csv')
    assert.match(stdout, /^"Loop reason","MasonHub code","Loop parent reason","Units","Returns","Standing","Why"\r\n/)
    const file = `${folder()}/reasons.csv`
    await writeFile(file, `\ufeff${stdout.replace('"Changed my mind","other"', '"Changed my mind","wrongItem"')}`)
    assert.equal((await reasons('import', file)).exit, 0)
    assert.ok((await stored()).some(({ reason, code }) => reason === 'Changed my mind' && code === 'wrongItem'))
    const unmapped = await reasons('list', '--unmapped')
    assert.deepEqual([unmapped.exit, unmapped.stdout], [0, ''], unmapped.stderr)
    assert.match(unmapped.stderr, /Every reason is mapped/)
  })

  it('shows what is mapped, and what is mapped and never seen', async () => {
    await reasons('set', 'Too small', 'tooSmall')
    await reasons('set', 'Moths', 'damaged')
    const { data } = (await reasons('suggest', '--json')).json()
    const statusOf = (requested: string) =>
      data.reasons.find(({ reason }: { reason: string }) => reason === requested)?.standing
    assert.equal(statusOf('Too small'), 'mapped')
    assert.equal(statusOf('Moths'), 'unseen')
    assert.equal(data.reasons.at(-1).reason, 'Moths')
  })

  it('counts only returns to the merchant’s destinations, and of the window', async () => {
    bench().file({ units: [{ sku: 'TEE-BLK-M', reason: 'Elsewhere' }], destinationId: 502 })
    const suggested = async (...argv: string[]) => (await reasons('suggest', '--json', ...argv)).json().data
    const all = await suggested()
    assert.ok(all.reasons.some(({ reason }: { reason: string }) => reason === 'Elsewhere'))
    await run(['merchant', 'set', 'destinations', '501', '--no-check'])
    const ours = await suggested()
    assert.ok(!ours.reasons.some(({ reason }: { reason: string }) => reason === 'Elsewhere'))
    assert.ok((await suggested('--since', '1h')).returns < ours.returns)
  })

  for (const [argv, exit, message] of [
    [['suggest', '--since', 'soon'], 2, /Invalid --since "soon"/],
    [['list', '--since', '7d'], 2, /need --unmapped/],
    [['suggest', '-m', 'nobody'], 5, /There is no merchant/],
  ] as [string[], number, RegExp][]) {
    it(`${argv.join(' ')} ends with ${exit}`, async () => {
      const ran = await reasons(...argv)
      assert.equal(ran.exit, exit)
      assert.match(ran.stderr, message)
    })
  }

  it('a merchant of environment variables can be read, and stores nothing', async () => {
    const { env } = bench()
    const output = await run(['mapping', 'reasons', 'suggest', '--json'], { env })
    assert.deepEqual([output.exit, output.json().merchant], [0, 'env'])
    const applied = await run(['mapping', 'reasons', 'suggest', '--apply', '--json'], { env })
    assert.deepEqual([applied.exit, applied.json().error.code], [2, 'MERCHANT_NOT_STORED'])
  })
})
