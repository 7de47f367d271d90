import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { phraseOfToken } from '../../../src/masonhub/account/phrase-of-token.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import { type Run, type RunOptions, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { onBench } from '../bench.ts'
import { assertObeysSchema } from '../schemas.ts'

/** The public URL of the receiver. */
const url = 'https://returns.example.com/hooks'

describe('merchant rotate', () => {
  const folder = temporaryFolder()
  const bench = onBench()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder() })
  const store = () => fileCredentialStore(env())
  const ran: Run[] = []
  const run = async (argv: string, options: RunOptions = {}) => {
    const places = { configDir: folder(), dataDir: `${folder()}/data` }
    const result = await runMhloop(argv, { ...places, ...options, env: { ...options.env } })
    ran.push(result)
    return result
  }
  const tokenOf = async (name = 'acme') => (await store().read(name)).masonhubToken?.value.reveal() ?? ''
  const isValid = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${bench().sandbox.masonhubBaseUrl}/inventory_locations`, { headers })).status === 200
  }
  const accounts = () => bench().sandbox.masonhub

  async function add(name: string, environment = 'sandbox') {
    const { sandbox } = bench()
    const token = accounts().tokens.mint(`phrase-canary-${randomUUID()}`)
    const key = `loop-canary-${randomUUID()}`
    sandbox.loop.addKey(key, ['returns', 'developer_tools', 'destinations:read'])
    const where = `--loop-base-url ${sandbox.loopBaseUrl} --masonhub-base-url ${sandbox.masonhubBaseUrl}`
    const added = await run(`merchant add ${name} --environment ${environment} --slug demo --no-check ${where}`, {
      env: { MHLOOP_LOOP_API_KEY: key, MHLOOP_MASONHUB_TOKEN: token },
    })
    assert.equal(added.exit, 0, added.stderr)
    return token
  }
  afterEach(async () => {
    const secrets = await store()
      .read('acme')
      .catch(() => ({}))
    const values = Object.values(secrets).flatMap(({ value }) => value.reveal().split(' '))
    for (const { stdout, stderr } of ran.splice(0)) {
      for (const value of ['canary', ...values, ...values.map((value) => phraseOfToken(value) ?? value)]) {
        assert.ok(!(stdout + stderr).includes(value), 'a secret was printed (F60)')
      }
    }
  })

  describe('masonhub', () => {
    it('replaces the token, and MasonHub refuses the old one (API-005)', async () => {
      const old = await add('acme')
      const done = await run('merchant rotate masonhub --yes --json --verbose')
      assert.equal(done.exit, 0, done.stderr)
      assertObeysSchema(done.json())
      assert.deepEqual(done.json().data, { dryRun: false, begun: 'nothing', resumed: false, oldIsRefused: true })
      assert.deepEqual([await isValid(old), await isValid(await tokenOf())], [false, true])
      assert.equal((await run('asn list --json')).exit, 0)
      const [last] = (await run('merchant history --json')).json().data.changes
      const recorded = [last.what, last.setting, last.before, last.after]
      assert.deepEqual(recorded, ['rotated', 'masonhub-token', null, 'replaced'], 'G11')
      const journal = await readFile(`${folder()}/data/journal.db-wal`, 'latin1').catch(() => '')
      assert.ok(!journal.includes(phraseOfToken(await tokenOf()) ?? '-'), 'no phrase in the journal (F60)')
    })
    it('shows the steps and changes nothing with --dry-run; asks, for production with the typed name (F66)', async () => {
      const old = await add('acme', 'production')
      const dry = await run('merchant rotate masonhub --dry-run')
      assert.match(dry.stdout, /1\. create a new token.*4\. delete the old phrase/s)
      assert.equal((await run('merchant rotate masonhub')).exit, 9)
      assert.equal((await run('merchant rotate masonhub', { tty: true, answers: ['yes'] })).exit, 9)
      assert.equal(await tokenOf(), old)
      assert.equal(bench().sandbox.requests.filter(({ method }) => method !== 'GET').length, 0)
      assert.equal((await run('merchant rotate masonhub', { tty: true, answers: ['acme'] })).exit, 0)
    })
    it('finishes what an earlier run had begun, whatever that was', async () => {
      const old = await add('acme')
      const next = accounts().tokens.mint('the-next-phrase-of-acme')
      await store().write('acme', { nextMasonhubToken: secret(next) }, new Date())
      assert.match(
        (await run('merchant rotate masonhub -n')).stdout,
        /1\. check that the token of the interrupted run works/,
      )
      const done = await run('merchant rotate masonhub --yes --json')
      assert.deepEqual([done.exit, done.json().data.begun, done.json().data.resumed], [0, 'new-token', true])
      assert.deepEqual([await tokenOf(), await isValid(old), await isValid(next)], [next, false, true])
    })
    it('refuses a token that is only referred to, or that another merchant uses as well', async () => {
      const token = await add('acme')
      await add('other')
      await store().write('other', { masonhubToken: secret(token) }, new Date())
      const shared = await run('merchant rotate masonhub -m acme --yes --json')
      assert.deepEqual([shared.exit, shared.json().error.code], [6, 'TOKEN_SHARED'])
      assert.match(shared.json().error.message, /^other uses/)
      await run('merchant set -m acme masonhub-token env:ACME_TOKEN --no-check')
      const fetched = await run('merchant rotate masonhub -m acme --yes --json', { env: { ACME_TOKEN: token } })
      assert.deepEqual([fetched.exit, fetched.json().error.code], [6, 'SECRET_IS_REFERENCE'])
      const made = bench().env
      const ofEnvironment = await run('merchant rotate masonhub --yes --json', { env: made })
      assert.deepEqual([ofEnvironment.exit, ofEnvironment.json().error.code], [6, 'SECRET_IS_REFERENCE'])
      assert.ok(await isValid(token))
      assert.equal((await run('merchant rotate masonhub -m nobody --yes')).exit, 5)
    })
  })

  describe('callback', () => {
    const headers = () => ({ authorization: `Bearer ${bench().sandbox.world.installed.masonhubToken}` })
    type Registered = { id: string; url: string; token?: string }
    const callbacks = async (): Promise<Registered[]> => {
      const answer = await fetch(`${bench().sandbox.masonhubBaseUrl}/callbacks`, { headers: headers() })
      return (await answer.json()) as Registered[]
    }
    const tokens = async () => (await store().read('acme')).callbackToken?.value.reveal().split(' ') ?? []
    /** MasonHub shows the tokens in some of its answers (masonhub.md §5.1). */
    const registered = async (): Promise<(string | undefined)[]> => {
      for (let tries = 0; tries < 100; tries += 1) {
        const printed = (await callbacks()).map(({ token }) => token)
        if (!printed.includes(undefined)) return printed
      }
      return []
    }
    beforeEach(async () => {
      await add('acme')
      // Only an odd answer repeats a token.
      bench().sandbox.world.faults.set('masonhub.quirks', 1)
      assert.equal((await run(`merchant connect --url ${url} --yes`)).exit, 3)
    })

    it('gives MasonHub a new token at the same address, and drops the old one only then (API-005)', async () => {
      const [old] = await tokens()
      const [before] = await callbacks()
      const done = await run('merchant rotate callback --yes --json')
      assert.equal(done.exit, 0, done.stderr)
      assertObeysSchema(done.json())
      assert.deepEqual(done.json().data, { dryRun: false, begun: false, registered: 1, oldIsDropped: true })
      const [current, ...others] = await tokens()
      assert.deepEqual([others, await registered()], [[], [current]])
      assert.notEqual(current, old)
      const [after] = await callbacks()
      assert.deepEqual([after?.url, after?.id === before?.id], [before?.url, false])
      const again = await run(`merchant connect --url ${url} --dry-run --json`)
      assert.deepEqual(again.json().data.changes, [], 'nothing is left to register')
      assert.deepEqual(Object.keys(await store().list('acme')).includes('nextCallbackToken'), false)
    })
    it('asks first, and shows the steps with --dry-run', async () => {
      const before = await tokens()
      assert.match((await run('merchant rotate callback -n')).stdout, /4\. drop the old token/)
      assert.equal((await run('merchant rotate callback')).exit, 9)
      assert.deepEqual(await tokens(), before)
    })
    it('interrupted before MasonHub got it, both tokens are accepted, and the next run finishes', async () => {
      const [old] = await tokens()
      bench().sandbox.world.faults.set('masonhub.unauthorized', 9)
      assert.notEqual((await run('merchant rotate callback --yes')).exit, 0)
      bench().sandbox.world.faults.set('masonhub.unauthorized', 0)
      const both = await tokens()
      assert.equal(both.length, 2)
      assert.equal(both[1], old, 'the old one still opens the door')
      const done = await run('merchant rotate callback --yes --json')
      assert.deepEqual([done.exit, done.json().data.begun], [0, true], done.stdout + done.stderr)
      assert.deepEqual([await tokens(), await registered()], [[both[0]], [both[0]]])
    })
    it('where MasonHub keeps its one registration, the old token stays until a second reading', async () => {
      bench().sandbox.world.faults.set('masonhub.one-callback-per-type', 1)
      const [old] = await tokens()
      const first = await run('merchant rotate callback --yes --json')
      assert.deepEqual([first.exit, first.json().data.oldIsDropped], [3, false], first.stderr)
      assert.equal((await tokens())[1], old)
      const second = await run('merchant rotate callback --yes --json')
      assert.deepEqual(
        [second.exit, second.json().data],
        [0, { dryRun: false, begun: true, registered: 1, oldIsDropped: true }],
      )
      assert.deepEqual(await registered(), await tokens())
    })
    it('of a merchant that is registered nowhere is just a new token', async () => {
      await run('merchant disconnect --yes')
      const [old] = await tokens()
      const done = await run('merchant rotate callback --yes --json')
      assert.deepEqual([done.exit, done.json().data.registered], [0, 0])
      const [current, ...others] = await tokens()
      assert.deepEqual([current === old, others], [false, []])
      await store().write('acme', { callbackToken: null }, new Date())
      assert.equal((await run('merchant rotate callback --yes')).exit, 6)
    })
  })
})
