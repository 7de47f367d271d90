/**
 * What `merchant add` asks again, and how it reads typed answers. A separate file, because Loop's rate limit counts per
 * key.
 */
import assert from 'node:assert/strict'
import { limitsText } from '../../../src/cli/onboarding/workflow.ts'
import { readProfiles } from '../../../src/merchants/profiles/profiles.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { seedSandbox } from '../../../src/sandbox/seed/seed.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { type Answer, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const key = 'confirmed-loop-canary'
const token = 'confirmed-masonhub-canary'

describe('merchant add as a conversation: what is confirmed', () => {
  const folder = temporaryFolder()
  let sandbox: Sandbox
  before(async () => {
    sandbox = await startSandbox({ loopApiKey: key, masonhubToken: token })
    seedSandbox(sandbox)
    sandbox.loop.addKey('canary-reads-returns', ['returns'])
  })
  after(() => sandbox.stop())

  async function prompts(argv: string | string[], answers: Answer[]) {
    const env = { MHLOOP_LOOP_BASE_URL: sandbox.loopBaseUrl, MHLOOP_MASONHUB_BASE_URL: sandbox.masonhubBaseUrl }
    const run = await runMhloop(argv, { configDir: folder(), tty: true, answers, env })
    assert.doesNotMatch(run.stdout + run.stderr, /canary/, 'a secret was printed (F58)')
    return { ...run, said: run.stderr.replace(/\s+/g, ' ') }
  }
  const stored = async (name = 'acme') => (await readProfiles({ MHLOOP_CONFIG_DIR: folder() })).merchants[name]
  /** Answers after the destinations: MasonHub, reasons, workflow, cutoff, summary; later connect and doctor. */
  const rest: Answer[] = ['sandbox', 'demo', token, 'accept', false, false, 'now', 'store', '', false]

  it('F66, G9 asks for the name again when what was confirmed is not what is stored', async () => {
    const opened = (name: string): Answer[] => [key, [], 'production', 'demo', token, 'accept', true, name, '10', false]
    const limits: Answer[] = ['change', 'Workflow', true, '10', true, '600', '500', 'none']
    const raised = await prompts('merchant add acme', [
      ...[...opened('acme'), 'now', ...limits],
      ...['store', 'no', 'store', '', false],
    ])
    assert.equal(raised.exit, 0, raised.said)
    assert.match(raised.said, /real money .*refunds-per-hour 600.* real money .*Refunds stay off/)
    assert.equal((await stored())?.policy?.refunds, false)
    const named = await prompts('merchant add acme2', [
      ...[...opened('acme2'), 'now', 'change', 'Name', 'acme3'],
      ...['store', 'acme3', '', false],
    ])
    assert.equal(named.exit, 0, named.said)
    assert.equal((await stored('acme3'))?.policy?.refunds, true)
    sandbox.loop.addKey('canary-another-key', ['returns', 'developer_tools', 'destinations:read'])
    const keyed = await prompts('merchant add acme4', [
      ...[...opened('acme4'), 'now', 'change', 'Loop', 'canary-another-key'],
      ...['store', 'no', 'store', '', false],
    ])
    assert.equal(keyed.exit, 0, keyed.said)
    assert.equal((await stored('acme4'))?.policy?.refunds, false)
  })

  it('the question about limits shows those that stay', async () => {
    const upTo: Answer[] = [key, [], 'sandbox', 'demo', token, 'accept', false]
    const first: Answer[] = [true, '5', '40', '250.00', 'now']
    const { exit, said } = await prompts('merchant add acme', [
      ...[...upTo, ...first, 'change', 'Workflow', false, false],
      ...['store', '', false],
    ])
    assert.equal(exit, 0, said)
    assert.equal((await stored())?.policy?.limits?.refundsPerHour, 5)
    assert.match(said, /Change · Workflow.* refunds-per-hour 5 refunds-per-day 40 largest-refund 250\.00/)
    assert.equal(limitsText({}), '60 an hour, 500 a day, any size')
    const storedSecret = { 'refunds-per-hour': '5', 'largest-refund': '250.00' }
    assert.equal(limitsText(storedSecret), '5 an hour, 500 a day, at most 250.00 each')
  })

  it('takes destinations with blanks after their commas, typed or given', async () => {
    const typed = await prompts('merchant add acme', ['canary-reads-returns', 'on', '501, 502', ...rest])
    assert.equal(typed.exit, 0, typed.said)
    assert.deepEqual((await stored())?.policy?.destinations, ['501', '502'])
    const output = await prompts(['merchant', 'add', 'acme2', '--destinations', '501, 502'], [key, ...rest])
    assert.equal(output.exit, 0, output.said)
    assert.match(output.said, /Only returns to MasonHub Rancho Cucamonga \(501\), [^,]* \(502\) become RMAs/)
  })
})
