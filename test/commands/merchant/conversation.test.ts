import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { seedSandbox } from '../../../src/sandbox/seed/seed.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { type Answer, pressCtrlC, type RunOptions, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { until } from '../../until.ts'

const token = 'conversation-masonhub-canary'

describe('merchant add as a conversation', () => {
  const folder = temporaryFolder()
  let sandbox: Sandbox
  let key = ''
  let keys = 0
  before(async () => {
    sandbox = await startSandbox({ loopApiKey: 'conversation-loop-canary', masonhubToken: token })
    seedSandbox(sandbox)
    sandbox.loop.addKey('canary-returns-only', ['returns'])
    sandbox.loop.addKey('canary-without-returns', ['developer_tools', 'destinations:read'])
  })
  // mhloop keeps Loop's rate limit, which counts per key: with one key for all tests, the last ones would wait a
  // minute.
  beforeEach(() => {
    keys += 1
    key = `conversation-loop-canary-${keys}`
    sandbox.loop.addKey(key, ['returns', 'developer_tools', 'destinations:read'])
  })
  after(() => sandbox.stop())

  const loopBaseUrl = () => ({ MHLOOP_LOOP_BASE_URL: sandbox.loopBaseUrl })
  async function prompts(argv: string, answers: Answer[], options: RunOptions = {}) {
    const run = await runMhloop(argv, {
      configDir: folder(),
      tty: true,
      answers,
      ...options,
      env: { ...loopBaseUrl(), MHLOOP_MASONHUB_BASE_URL: sandbox.masonhubBaseUrl, ...options.env },
    })
    assert.doesNotMatch(run.stdout + run.stderr, /canary/, 'a secret was printed (F58)')
    return { ...run, said: run.stderr.replace(/\s+/g, ' ') }
  }
  const stored = async (name = 'acme') => (await readProfiles({ MHLOOP_CONFIG_DIR: folder() })).merchants[name]
  const nothingIsThere = async () => assert.deepEqual(await readdir(folder()), [])

  /** Answers after the destinations: MasonHub, reasons, workflow, cutoff, summary; later connect and doctor. */
  const rest: Answer[] = ['sandbox', 'demo', token, 'accept', false, false, 'now', 'store', '', false]

  it('lets go of a vendor that does not answer when Ctrl-C is pressed, and stores nothing', async () => {
    const seenRequests = sandbox.requestCounts.loop
    sandbox.world.faults.set('loop.slow-ms', 600_000)
    try {
      const interruptAfter = until(() => sandbox.requestCounts.loop > seenRequests)
      const { exit, said } = await prompts('merchant add acme', [key], { interruptAfter })
      assert.equal(exit, 130)
      assert.match(said, /Interrupted\. Nothing was stored\./)
      await nothingIsThere()
    } finally {
      sandbox.world.faults.set('loop.slow-ms', 0)
    }
  })

  it('asks step by step, and stores what was answered', async () => {
    const answers: Answer[] = ['acme', key, ['501'], ...rest]
    const { exit, said, stdout } = await prompts('merchant add', answers, { now: () => new Date() })
    assert.equal(exit, 0, said)
    assert.match(said, /Step 1 of 9 · Name .*Step 9 of 9 · Summary/)
    assert.match(stdout, /mhloop asn sync -m acme --dry-run/)
    const profile = await stored()
    assert.deepEqual(profile?.policy?.destinations, ['501'])
    assert.equal(profile?.policy?.refunds, false)
    assert.ok(Date.now() - Date.parse(profile?.policy?.cutoff ?? '') < 60_000, 'only returns from now on')
    assert.ok(profile?.policy?.reasons?.some(({ reason, code }) => reason === 'Too small' && code === 'tooSmall'))
    const secrets = await fileCredentialStore({ MHLOOP_CONFIG_DIR: folder() }).read('acme')
    assert.deepEqual([secrets.loopApiKey?.value.reveal(), secrets.masonhubToken?.value.reveal()], [key, token])
  })

  describe('says what a Loop key lacks, and asks again instead of ending', () => {
    it('a wrong key, and one without any scope, can’t be distinguished (loop.md §2.1)', async () => {
      const { exit, said } = await prompts('merchant add acme', ['wrong-canary', key, [], ...rest])
      assert.equal(exit, 0)
      assert.match(said, /refuses this key for everything.*mistyped, revoked, or has none of the three scopes/)
    })
    it('a key without Returns is right and useless', async () => {
      const { exit, said } = await prompts('merchant add acme', [
        'canary-without-returns',
        'same',
        'key',
        key,
        [],
        ...rest,
      ])
      assert.equal(exit, 0)
      assert.match(said, /Returns missing, .*Destinations \(Read\) yes.*lacks Returns, and without that nothing works/)
    })
    it('a key that can only read returns will do; destinations are typed then', async () => {
      const { exit, said } = await prompts('merchant add acme', ['canary-returns-only', 'on', '501,502', ...rest])
      assert.equal(exit, 0)
      assert.match(said, /Developer Tools missing, needed to register webhooks/)
      assert.deepEqual((await stored())?.policy?.destinations, ['501', '502'])
    })
    it('a key whose scopes were corrected in between is checked again', async () => {
      sandbox.loop.addKey('canary-mended', ['developer_tools', 'destinations:read'])
      const mend = () => sandbox.loop.addKey('canary-mended', ['returns', 'developer_tools', 'destinations:read'])
      const mended = () => {
        mend()
        return 'same'
      }
      const { exit } = await prompts('merchant add acme', ['canary-mended', mended, [], ...rest])
      assert.equal(exit, 0)
    })
    it('says when Loop can’t be asked, and lets the operator try again', async () => {
      const env = { MHLOOP_LOOP_BASE_URL: `${sandbox.url}/nowhere` }
      const { exit, said } = await prompts('merchant add acme', [key, 'same', pressCtrlC], { env })
      assert.equal(exit, 130)
      assert.match(said, /Loop could not be reached\..*Interrupted\. Nothing was stored\./)
      await nothingIsThere()
    })
  })

  describe('asks again only for what was wrong at MasonHub (masonhub.md §2.4)', () => {
    it('the slug', async () => {
      const { exit, said } = await prompts('merchant add acme', [
        ...[key, [], 'sandbox', 'dmeo', token, 'demo'],
        ...rest.slice(3),
      ])
      assert.equal(exit, 0, said)
      assert.match(said, /The slug is wrong: MasonHub's sandbox has no account dmeo/)
      assert.equal((await stored())?.masonhub.slug, 'demo')
      assert.equal((await stored())?.masonhub.baseUrl, sandbox.masonhubBaseUrl)
    })
    it('the token', async () => {
      const answers: Answer[] = [key, [], 'sandbox', 'demo', 'wrong-canary', token, ...rest.slice(3)]
      const { exit, said } = await prompts('merchant add acme', answers)
      assert.equal(exit, 0, said)
      assert.match(said, /The token is wrong: the account demo exists/)
    })
    it('both, one after the other, and the same slug typed twice opens the rest', async () => {
      const { exit, said } = await prompts('merchant add acme', [
        ...[key, [], 'sandbox', 'dmeo', 'wrong-canary', 'dmeo', 'sandbox', 'wrong-canary', 'demo', token],
        ...rest.slice(3),
      ])
      assert.equal(exit, 0, said)
    })
    it('the environment, when the base URL is the other one’s', async () => {
      const env = { MHLOOP_MASONHUB_BASE_URL: 'https://app.masonhub.co/demo/api/v1' }
      const { exit, said } = await prompts('merchant add acme', [key, [], 'sandbox', 'demo', token, pressCtrlC], {
        env,
      })
      assert.equal(exit, 130)
      assert.match(said, /is set to sandbox, but its MasonHub base URL belongs to production/)
      await nothingIsThere()
    })
  })

  it('lets each reason be changed or left unmapped', async () => {
    const reasons: Answer[] = ['0', 'damaged', '2', 'skip', 'accept']
    const { exit } = await prompts('merchant add acme', [key, [], ...rest.slice(0, 3), ...reasons, ...rest.slice(4)])
    assert.equal(exit, 0)
    const mapped = (await stored())?.policy?.reasons ?? []
    assert.ok(mapped.some(({ reason, code }) => reason === 'Too small' && code === 'damaged'))
    assert.ok(!mapped.some(({ reason }) => reason === 'Changed my mind'))
  })
  it('can map none now', async () => {
    const { exit } = await prompts('merchant add acme', [key, [], ...rest.slice(0, 3), 'none', ...rest.slice(4)])
    assert.equal(exit, 0)
    assert.equal((await stored())?.policy?.reasons, undefined)
  })

  it('turns refunds on in production only with the name typed in full (F66)', async () => {
    const upTo: Answer[] = [key, [], 'production', 'demo', token, 'accept']
    const wrong = await prompts('merchant add acme', [...upTo, true, 'acm', false, 'now', 'store', '', false])
    assert.equal(wrong.exit, 0)
    assert.equal((await stored())?.policy?.refunds, false)
    const right = await prompts('merchant add acme2', [
      ...[...upTo, true, 'acme2', '25', true, '5', '40', '250.00'],
      ...['date', '2026-10-01', 'store', '', false],
    ])
    assert.equal(right.exit, 0, right.said)
    assert.deepEqual((await stored('acme2'))?.policy?.limits, {
      refundsPerHour: 5,
      refundsPerDay: 40,
      largestRefund: '250.00',
      firstByHand: 25,
    })
    assert.equal((await stored('acme2'))?.policy?.cutoff, '2026-10-01T00:00:00.000Z')
  })

  it('asks for the name when a step that was gone through again makes real money of it (G9)', async () => {
    const opened: Answer[] = [key, [], 'sandbox', 'demo', token, 'accept', true, '10', false, 'now']
    const toProduction: Answer[] = ['change', 'MasonHub', 'production', 'demo', token]
    const wrong = await prompts('merchant add acme', [...opened, ...toProduction, 'store', 'acm', 'store', '', false])
    assert.equal(wrong.exit, 0, wrong.said)
    assert.match(wrong.said, /This is production: .*Refunds stay off/)
    assert.equal((await stored())?.policy?.refunds, false)
    const right = await prompts('merchant add acme2', [...opened, ...toProduction, 'store', 'acme2', '', false])
    assert.equal(right.exit, 0, right.said)
    assert.equal((await stored('acme2'))?.policy?.refunds, true)
  })

  it('does not ask again for what was given, and shows it', async () => {
    const sheet = join(folder(), 'reasons.csv')
    await writeFile(sheet, 'Loop reason;MasonHub code\r\nToo small;tooSmall\r\n')
    const flags = `--environment sandbox --slug demo --destinations 501 --refunds off --cutoff none --reasons ${sheet}`
    const env = { MHLOOP_LOOP_API_KEY: key }
    const { exit, said } = await prompts(`merchant add acme ${flags}`, [token, false, 'store', '', false], { env })
    assert.equal(exit, 0, said)
    for (const text of [
      /called acme \(given\)/,
      /Loop API key: set \(given\)/,
      /slug: demo \(given\)/,
      /1 reason is mapped as in the file \(given\)/,
    ]) {
      assert.match(said, text)
    }
    assert.deepEqual((await stored())?.policy?.reasons, [{ parentReason: null, reason: 'Too small', code: 'tooSmall' }])
  })

  it('shows a summary that can be corrected before anything is stored', async () => {
    const changed: Answer[] = ['change', 'Destinations', ['501'], 'store', '', false]
    const { exit, said } = await prompts('merchant add acme', [key, [], ...rest.slice(0, -3), ...changed])
    assert.equal(exit, 0, said)
    assert.match(said, /destinations every .*Change · Destinations.* destinations 501/)
    assert.match(said, /loop-api-key set masonhub-token set/)
    assert.deepEqual((await stored())?.policy?.destinations, ['501'])
  })

  it('stopped at the summary it stores nothing, exit 9', async () => {
    const { exit, said } = await prompts('merchant add acme', [key, [], ...rest.slice(0, -3), 'stop'])
    assert.equal(exit, 9)
    assert.match(said, /Nothing was stored/)
    await nothingIsThere()
  })

  it('without a keychain it says so, and asks whether a file will do (F61)', async () => {
    const answers: Answer[] = [key, [], ...rest.slice(0, -3), 'again', 'file', 'store', '', false]
    const { exit, said } = await prompts('merchant add acme', answers, { env: { MHLOOP_CREDENTIAL_STORE: '' } })
    assert.equal(exit, 0, said)
    assert.match(said, /has no keychain that mhloop can use.*credentials\.json/)
    assert.equal((await stored())?.store, 'file')
  })

  it('--no-check asks the vendors nothing', async () => {
    const { exit } = await prompts('merchant add acme --no-check', [
      ...['typed-canary-1', 'every', 'sandbox', 'demo', 'typed-canary-2'],
      ...[false, false, 'none', 'store', '', false],
    ])
    assert.equal(exit, 0)
    assert.equal((await stored())?.policy?.cutoff, null)
  })

  it('refuses a name that is taken before it asks for anything', async () => {
    await prompts('merchant add acme', [key, [], ...rest])
    const again = await prompts('merchant add acme', [])
    assert.equal(again.exit, 2)
    assert.match(again.said, /The merchant "acme" already exists/)
  })

  describe('and in scripts', () => {
    const script = async (more: string[], env: Record<string, string> = {}, stdin?: string) => {
      const argv = ['merchant', 'add', 'acme', '--environment', 'sandbox', '--slug', 'demo', '--json', ...more]
      return await runMhloop(argv, {
        configDir: folder(),
        ...(stdin === undefined ? {} : { stdin }),
        env: {
          MHLOOP_LOOP_API_KEY: key,
          MHLOOP_MASONHUB_TOKEN: token,
          ...loopBaseUrl(),
          MHLOOP_MASONHUB_BASE_URL: sandbox.masonhubBaseUrl,
          ...env,
        },
      })
    }
    it('a destination that Loop does not have is an error, with those that it has', async () => {
      const { exit, json } = await script(['--destinations', '501,510'])
      assert.deepEqual([exit, json().error.code], [2, 'DESTINATION_UNKNOWN'])
      assert.match(json().error.message, /no destination 510; it has 501 \(MasonHub Rancho Cucamonga\), 502/)
      await nothingIsThere()
    })
    it('says which scopes the key has, and warns of those it lacks', async () => {
      const whole = await script([])
      assert.deepEqual(whole.json().data.loopScopes, {
        has: ['returns', 'destinations', 'developerTools'],
        lacks: [],
        unknown: [],
      })
      // A return of the sandbox has an outcome that mhloop does not know (loop.md §14.2).
      const unknownOutcome = /^Not processed even if everything arrives, in \d+ returns .*: “refund\+points” \(1\)\.$/
      assert.equal(whole.json().warnings.length, 1)
      assert.match(whole.json().warnings[0] ?? '', unknownOutcome)
      assert.deepEqual(whole.json().data.recentOutcomes.flagged, [
        { outcome: 'refund+points', returns: 1, known: false },
      ])
      await runMhloop('merchant remove acme --yes', { configDir: folder() })
      const part = await script(['--destinations', '501'], { MHLOOP_LOOP_API_KEY: 'canary-returns-only' })
      assert.equal(part.exit, 0)
      assert.deepEqual(part.json().data.loopScopes.lacks, ['destinations', 'developerTools'])
      assert.equal(part.json().warnings.length, 4)
      assert.match(part.json().warnings[3] ?? '', unknownOutcome)
    })
    it('a key without Returns is distinguished from a wrong one, exit 4', async () => {
      const { exit, json } = await script([], { MHLOOP_LOOP_API_KEY: 'canary-without-returns' })
      assert.deepEqual([exit, json().error.code], [4, 'LOOP_SCOPE_MISSING'])
    })
    it('takes the reason sheet from a file or standard input; any wrong row stores nothing', async () => {
      const wrong = await script(['--reasons', '-'], {}, 'Loop reason,MasonHub code\nToo big,tooBigg\n')
      assert.deepEqual([wrong.exit, wrong.json().error.code], [2, 'REASON_TABLE_WRONG'])
      assert.match(wrong.json().error.message, /Line 2/)
      await nothingIsThere()
      const right = await script(['--reasons', '-'], {}, 'Loop reason,MasonHub code\nToo big,tooBig\n')
      assert.deepEqual([right.exit, right.json().data.reasonRules], [0, 1])
    })
    it('has one standard input only', async () => {
      assert.equal((await script(['--reasons', '-', '--credentials-file', '-'], {}, '{}')).exit, 2)
    })
  })
})
