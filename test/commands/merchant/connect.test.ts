import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import type { Run, RunOptions } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { until } from '../../until.ts'
import { onBench } from '../bench.ts'
import { assertObeysSchema } from '../schemas.ts'

const url = 'https://returns.example.com'
const signing = 'signing-canary-1234567890'
const endpointPath = /\/in\/[\w-]{43}\/(loop|masonhub)$/

describe('merchant connect and disconnect', () => {
  const folder = temporaryFolder()
  const bench = onBench()
  const env = () => ({ MHLOOP_CONFIG_DIR: folder() })
  const secrets = () => fileCredentialStore(env()).read('acme')

  /** Runs for the stored merchant acme, and checks that no secret is printed (F58). */
  async function run(argv: string, options: RunOptions = {}): Promise<Run> {
    const result = await bench().run(`merchant ${argv} -m acme`, {
      configDir: folder(),
      dataDir: `${folder()}/data`,
      ...options,
    })
    const printed = result.stdout + result.stderr
    assert.doesNotMatch(printed, /canary/)
    const { receiverKey, callbackToken } = await secrets()
    for (const storedSecret of [receiverKey, callbackToken]) {
      if (storedSecret !== undefined) assert.ok(!printed.includes(storedSecret.value.reveal()))
    }
    return result
  }
  const connect = (options: RunOptions & { flags?: string } = {}) =>
    run(`connect --url ${url} ${options.flags ?? '--yes --json'}`, {
      env: { MHLOOP_LOOP_WEBHOOK_SECRET: signing },
      ...options,
    })

  const webhooks = () => [...bench().sandbox.loop.webhooks.values()]
  async function callbacks(): Promise<Record<string, string>[]> {
    const answer = await fetch(`${bench().sandbox.masonhubBaseUrl}/callbacks`, { headers: authorized() })
    const json: unknown = await answer.json()
    return Array.isArray(json) ? json : ((json as { results?: []; data?: [] }).results ?? (json as { data: [] }).data)
  }
  const authorized = () => ({
    authorization: `Bearer ${bench().sandbox.world.installed.masonhubToken}`,
    'content-type': 'application/json',
  })
  async function registerCallback(callback: Record<string, string>): Promise<void> {
    const body = JSON.stringify([callback])
    await fetch(`${bench().sandbox.masonhubBaseUrl}/callbacks`, { method: 'POST', headers: authorized(), body })
  }
  async function addWebhook(webhook: Record<string, string>): Promise<void> {
    const { sandbox } = bench()
    const headers = { 'x-authorization': sandbox.world.installed.loopApiKey, 'content-type': 'application/json' }
    const body = JSON.stringify({ status: 'active', ...webhook })
    const answer = await fetch(`${sandbox.loopBaseUrl}/webhooks`, { method: 'POST', headers, body })
    assert.equal(answer.status, 201)
  }
  /** Writes that the vendors got since then. */
  const writes = (since = 0) =>
    bench()
      .sandbox.requests.slice(since)
      .filter(({ method }) => method !== 'GET')
  const linesOf = ({ data }: ReturnType<Run['json']>): string[] =>
    data.changes.map((change: Record<string, string>) => Object.values(change).join(' '))

  beforeEach(async () => {
    const { sandbox } = bench()
    const [loop, masonhub] = [sandbox.loopBaseUrl, sandbox.masonhubBaseUrl]
    const { exit, stderr } = await bench().run(
      `merchant add acme --environment sandbox --slug demo --no-check --loop-base-url ${loop} --masonhub-base-url ${masonhub}`,
      { configDir: folder() },
    )
    assert.equal(exit, 0, stderr)
  })

  it('registers six active webhooks and one callback of version 2.0 at an endpoint that can’t be guessed, exit 0', async () => {
    const { exit, json, stderr } = await connect()
    assert.equal(exit, 0, stderr)
    assertObeysSchema(json())
    assert.deepEqual(
      webhooks()
        .map(({ topic, trigger, status }) => `${topic}/${trigger} ${status}`)
        .sort(),
      [
        'label/label.created active',
        'label/label.updated active',
        'return.processing/return.processing.failed active',
        'return/return.closed active',
        'return/return.created active',
        'return/return.updated active',
      ],
    )
    const key = (await secrets()).receiverKey?.value.reveal() ?? ''
    assert.ok(webhooks().every((webhook) => webhook.url === `${url}/in/${key}/loop`))
    const [callback, ...others] = await callbacks()
    assert.deepEqual([callback?.url, callback?.api_version, others], [`${url}/in/${key}/masonhub`, '2.0', []])
    assert.deepEqual(json().data.url, { loop: `${url}/in/…/loop`, masonhub: `${url}/in/…/masonhub` })
    assert.deepEqual(json().data.secrets, { made: ['receiverKey', 'callbackToken'], loopWebhookSecret: 'stored' })
    assert.equal((await secrets()).loopWebhookSecret?.value.reveal(), signing)
  })

  it('both vendors then send to the endpoint, MasonHub with its token (HOOK-005, F51)', async () => {
    const knocks: { url: string; authorization: string | undefined; signed: boolean }[] = []
    const server = createServer((request, response) => {
      const { authorization, 'x-loop-signature': signature } = request.headers
      knocks.push({ url: request.url ?? '', authorization, signed: signature !== undefined })
      request.resume().on('end', () => response.end())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const env = { MHLOOP_LOOP_WEBHOOK_SECRET: signing }
      assert.equal((await run(`connect --url http://127.0.0.1:${port} --yes`, { env })).exit, 0)
      const returnId = bench().file()
      await bench().run(`asn sync ${returnId} -m acme`, { configDir: folder(), dataDir: `${folder()}/data` })
      bench().sandbox.masonhub.warehouse.receive(returnId)
      const { receiverKey, callbackToken } = await secrets()
      const [loop, masonhub] = ['loop', 'masonhub'].map((vendor) => `/in/${receiverKey?.value.reveal()}/${vendor}`)
      await until(() => knocks.some((knock) => knock.url === loop) && knocks.some((knock) => knock.url === masonhub))
      for (const { url: path, authorization, signed } of knocks) {
        if (path === loop) assert.ok(signed)
        else assert.deepEqual([path, authorization], [masonhub, `Bearer ${callbackToken?.value.reveal()}`])
      }
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('gives MasonHub a token of 256 random bits (F51)', async () => {
    await connect()
    const post = writes().find(({ path }) => path.endsWith('/callbacks'))
    assert.ok(post)
    const [{ token }] = post.body as [{ token: string }]
    assert.match(token, /^[\w-]{43}$/)
    const { callbackToken, receiverKey } = await secrets()
    assert.equal(token, callbackToken?.value.reveal())
    assert.notEqual(token, receiverKey?.value.reveal())
  })

  it('the second time it reports nothing to do, asks nothing and writes nothing', async () => {
    await connect()
    const before = bench().sandbox.requests.length
    const { exit, json } = await connect({ flags: '--json' })
    assert.equal(exit, 0)
    assertObeysSchema(json())
    assert.deepEqual([json().data.changes, json().data.after], [[], null])
    assert.deepEqual(writes(before), [])
    const human = await connect({ flags: '' })
    assert.match(human.stdout, /Connected: nothing to change for acme/)
  })

  it('a dry run shows what would be registered, makes no secret and writes nothing', async () => {
    const { exit, json } = await connect({ flags: '--dry-run --json', env: {} })
    assert.equal(exit, 0)
    assertObeysSchema(json())
    assert.equal(json().data.changes.length, 7)
    assert.deepEqual(json().data.secrets, { made: [], loopWebhookSecret: 'missing' })
    assert.deepEqual([writes(), await secrets().then(({ receiverKey }) => receiverKey)], [[], undefined])
    const human = await connect({ flags: '-n' })
    assert.match(human.stdout, /create +Loop return\/return\.created: it is missing/)
    assert.match(human.stdout, /Nothing was changed \(--dry-run\)/)
  })

  it('without a terminal and without --yes it ends with 9, and no secret was made', async () => {
    const { exit, json } = await connect({ flags: '--json' })
    assertObeysSchema(json())
    assert.deepEqual([exit, json().error.code, writes()], [9, 'CONFIRMATION_NEEDED', []])
    assert.equal((await secrets()).receiverKey, undefined)
  })

  it('shows what is there, asks, and asks blind for the signing secret', async () => {
    await addWebhook({ topic: 'return', trigger: 'return.created', url: 'https://oms.example.com/hidden-canary' })
    const { exit, stdout, stderr } = await connect({ flags: '', env: {}, tty: true, answers: [true, signing] })
    assert.equal(exit, 0)
    assert.match(stderr, /Registered now \(1\).*other +Loop.*https:\/\/oms\.example\.com\/…/s)
    assert.match(stderr, /To change \(7\)/)
    assert.match(stderr, /webhooks exist, and stay inactive until mhloop has the secret/)
    assert.match(stdout, /Connected acme: 7 changes made/)
    assert.match(stdout, /serve accepts its messages within 15 seconds/)
    assert.match(stdout, /ours +Loop +return\/return\.created +active/)
    assert.equal((await secrets()).loopWebhookSecret?.value.reveal(), signing)
  })

  it('without the signing secret it connects, says what to type, and exits 3', async () => {
    const { exit, json } = await connect({ env: {} })
    assert.equal(exit, 3)
    assertObeysSchema(json())
    assert.equal(json().data.secrets.loopWebhookSecret, 'missing')
    assert.match(json().warnings.join(), /mhloop merchant set -m acme loop-webhook-secret/)
    const later = await connect({ flags: '', env: {}, tty: true, answers: [''] })
    assert.equal(later.exit, 3)
    const file = await connect({
      env: {},
      flags: '--yes --json --credentials-file -',
      stdin: JSON.stringify({ loopWebhookSecret: signing }),
    })
    assert.deepEqual([file.exit, file.json().data.secrets.loopWebhookSecret], [0, 'stored'])
    const again = await connect({ env: {}, flags: '--json' })
    assert.deepEqual([again.exit, again.json().data.secrets.loopWebhookSecret], [0, 'kept'])
  })

  it('F22: the environment never replaces a stored signing secret; a file does, after a question, and a dry run says so', async () => {
    const stored = async () => (await secrets()).loopWebhookSecret?.value.reveal()
    await connect()
    const other = { MHLOOP_LOOP_WEBHOOK_SECRET: 'othershop-canary-0987654321' }
    for (const flags of ['--dry-run --json', '--json', '--yes --json']) {
      const { exit, json } = await connect({ flags, env: other })
      assert.deepEqual([exit, json().data.changes, json().data.secrets.loopWebhookSecret], [0, [], 'kept'])
      assert.match(
        json().warnings.join(),
        /MHLOOP_LOOP_WEBHOOK_SECRET .* was not used.*mhloop merchant set -m acme loop-webhook-secret/,
      )
      assert.equal(await stored(), signing)
    }
    assert.doesNotMatch((await connect({ flags: '--json' })).json().warnings.join(), /WEBHOOK_SECRET/)
    const file = { env: {}, stdin: JSON.stringify({ loopWebhookSecret: 'newer-canary-123456789' }) }
    const preview = await connect({ ...file, flags: '--dry-run --json --credentials-file -' })
    assert.deepEqual([preview.exit, preview.json().data.secrets.loopWebhookSecret], [0, 'stored'])
    assert.match(preview.json().warnings.join(), /would be replaced/)
    const answered = await connect({ ...file, flags: '--json --credentials-file -' })
    assert.deepEqual([answered.exit, answered.json().error.code, await stored()], [9, 'CONFIRMATION_NEEDED', signing])
    assert.match(answered.json().error.message, /Replace the Loop webhook secret of acme\?/)
    const done = await connect({ ...file, flags: '--yes --json --credentials-file -' })
    assert.deepEqual([done.exit, done.json().data.secrets.loopWebhookSecret], [0, 'stored'])
    assertObeysSchema(done.json())
    assert.equal(await stored(), 'newer-canary-123456789')
  })

  it('a signing secret that is referred to in the environment connects, and another one in a file is refused before anything is registered', async () => {
    const env = { MHLOOP_LOOP_WEBHOOK_SECRET: signing }
    const set = await run('set --no-check loop-webhook-secret env:MHLOOP_LOOP_WEBHOOK_SECRET', { env })
    assert.equal(set.exit, 0, set.stderr)
    const stdin = JSON.stringify({ loopWebhookSecret: 'newer-canary-123456789' })
    for (const flags of ['--dry-run --json --credentials-file -', '--yes --json --credentials-file -']) {
      const refused = await connect({ flags, stdin })
      assert.deepEqual([refused.exit, refused.json().error.code, writes()], [6, 'SECRET_IS_REFERENCE', []])
    }
    const { exit, json } = await connect()
    assert.deepEqual([exit, json().data.secrets.loopWebhookSecret, json().data.changes.length], [0, 'kept', 7])
    assert.equal((await secrets()).loopWebhookSecret, undefined)
    assert.ok(webhooks().every(({ status }) => status === 'active'))
  })

  it('H6: the merchant env refuses a signing secret in a file, because it can’t store it', async () => {
    const argv = `merchant connect --url ${url} --yes --json --credentials-file -`
    const env = { MHLOOP_RECEIVER_KEY: 'r'.repeat(64), MHLOOP_CALLBACK_TOKEN: 'c'.repeat(64) }
    const { exit, stdout, json } = await bench().run(argv, {
      env,
      stdin: JSON.stringify({ loopWebhookSecret: signing }),
    })
    assert.deepEqual([exit, writes()], [2, []])
    assert.match(stdout, /"merchant": ?"env"/)
    assert.match(json().error.hint ?? '', /set MHLOOP_LOOP_WEBHOOK_SECRET/)
  })

  it('H6: no webhook is switched on before its secret is kept; given later, the same command switches them on', async () => {
    const statuses = () => new Set(webhooks().map(({ status }) => status))
    const first = await connect({ env: {} })
    assert.deepEqual([first.exit, first.json().data.changes.length, statuses()], [3, 7, new Set(['inactive'])])
    assert.deepEqual(first.json().data.outstanding, [])
    assert.match(first.json().warnings.join(), /webhooks stay inactive.*then run the same command again/)
    const before = bench().sandbox.requests.length
    const later = await connect({ flags: '', env: {}, tty: true, answers: [''] })
    assert.deepEqual([later.exit, statuses(), writes(before)], [3, new Set(['inactive']), []])
    const { exit, stdout } = await connect({ flags: '', env: {}, tty: true, answers: [signing] })
    assert.deepEqual([exit, statuses()], [0, new Set(['active'])])
    assert.match(stdout, /ours +Loop +return\/return\.created +active/)
    assert.deepEqual(
      writes(before).map(({ method, path }) => `${method} ${/webhooks(?=.\d+$)/.exec(path)}`),
      Array.from({ length: 6 }, () => 'PUT webhooks'),
    )
  })

  it('H6: asked for between registering and switching on, when Loop can show it', async () => {
    const { exit } = await connect({ flags: '', env: {}, tty: true, answers: [true, signing] })
    assert.equal(exit, 0)
    const loopWrites = writes().filter(({ vendor }) => vendor === 'loop')
    assert.deepEqual(
      loopWrites.map(({ method, body }) => `${method} ${(body as { status: string }).status}`),
      [...Array(6).fill('POST inactive'), ...Array(6).fill('PUT active')],
    )
  })

  it('H6: known before, webhooks are active from the first moment', async () => {
    await connect()
    const loopWrites = writes().filter(({ vendor }) => vendor === 'loop')
    assert.deepEqual(
      loopWrites.map(({ method, body }) => `${method} ${(body as { status: string }).status}`),
      Array(6).fill('POST active'),
    )
  })

  it('takes no other credential than that secret from the file', async () => {
    const stdin = JSON.stringify({ loopApiKey: 'other-canary-key' })
    const { exit, stderr } = await connect({ flags: '--yes --credentials-file -', stdin })
    assert.equal(exit, 2)
    assert.match(stderr, /only loopWebhookSecret/)
    assert.deepEqual(writes(), [])
  })

  it('puts right what is switched off, missing or doubled, and leaves the rest (F25)', async () => {
    await connect()
    const [off, gone, doubled] = webhooks()
    const store = bench().sandbox.loop.webhooks as Map<number, typeof webhooks extends () => (infer W)[] ? W : never>
    assert.ok(off && gone && doubled)
    store.set(off.id, { ...off, status: 'inactive' })
    store.delete(gone.id)
    store.set(99_999, { ...doubled, id: 99_999 })
    const before = bench().sandbox.requests.length
    const { json } = await connect()
    assert.deepEqual(linesOf(json()), [
      `loop update ${off.topic}/${off.trigger} inactive`,
      `loop create ${gone.topic}/${gone.trigger} missing`,
      `loop remove ${doubled.topic}/${doubled.trigger} duplicate`,
    ])
    assert.equal(writes(before).length, 3)
    assert.equal(webhooks().length, 6)
    assert.ok(webhooks().every(({ status }) => status === 'active'))
  })

  it('another --url moves the endpoint; no registration is left at the old address', async () => {
    await connect()
    const key = (await secrets()).receiverKey?.value.reveal()
    const { exit, json } = await run(`connect --url https://new.example.com/mhloop --yes --json`)
    assert.equal(exit, 0)
    assert.equal(json().data.changes.length, 7)
    assert.ok(webhooks().every((webhook) => webhook.url === `https://new.example.com/mhloop/in/${key}/loop`))
    assert.deepEqual(
      (await callbacks()).map((callback) => callback.url),
      [`https://new.example.com/mhloop/in/${key}/masonhub`],
    )
  })

  it('registers the callback again when its token was replaced, and never leaves two', async () => {
    await connect()
    const [before] = await callbacks()
    const set = await run('set callback-token -', { stdin: 'another-canary-token-0123456789' })
    assert.equal(set.exit, 0)
    const { json } = await connect()
    assert.deepEqual(linesOf(json()), ['masonhub update rmaEvent 2.0 token'])
    const [after, ...others] = await callbacks()
    assert.notEqual(after?.id, before?.id)
    assert.deepEqual([after?.url, others], [before?.url, []])
    assert.deepEqual((await connect()).json().data.changes, [])
  })

  describe('when MasonHub sends RMA messages to another system', () => {
    const theirs = { url: 'https://oms.example.com/hook-canary', message_type: 'rmaEvent', api_version: '2.0' }
    beforeEach(() => registerCallback(theirs))

    it('says so, and wants the merchant’s name; anything else changes nothing', async () => {
      const declined = await connect({ flags: '', tty: true, answers: ['yes'] })
      assert.equal(declined.exit, 9)
      assert.deepEqual(
        writes().filter(({ vendor }) => vendor === 'loop'),
        [],
      )
      const { exit, stdout } = await connect({ flags: '', tty: true, answers: ['acme'] })
      assert.equal(exit, 0)
      assert.match(stdout, /other +MasonHub +rmaEvent 2\.0 +https:\/\/oms\.example\.com\/…/)
      assert.equal((await callbacks()).length, 2)
    })

    it('says without a terminal whose it is (9), and obeys --yes', async () => {
      const { exit, json } = await connect({ flags: '--json' })
      assert.equal(exit, 9)
      assert.match(json().error.message, /https:\/\/oms\.example\.com\/….*may disable theirs/)
      assert.deepEqual((await connect()).json().data.displaced, [])
    })

    it('reports when ours took its place (masonhub.md §5.1)', async () => {
      bench().sandbox.world.faults.set('masonhub.one-callback-per-type', 1)
      const { exit, json } = await connect()
      assert.equal(exit, 0)
      assertObeysSchema(json())
      assert.deepEqual(json().data.displaced, ['https://oms.example.com/…'])
      assert.match(json().warnings.join(), /ours has replaced https:\/\/oms\.example\.com\/…/)
      const [only, ...others] = await callbacks()
      assert.match(only?.url ?? '', endpointPath)
      assert.deepEqual(others, [])
    })
  })

  it('where MasonHub keeps one callback for each type, a new token replaces it in place', async () => {
    bench().sandbox.world.faults.set('masonhub.one-callback-per-type', 1)
    await connect()
    await run('set callback-token -', { stdin: 'another-canary-token-0123456789' })
    assert.equal((await connect()).exit, 0)
    assert.equal((await callbacks()).length, 1)
  })

  it('a key without Developer Tools ends with 4 and the scope’s name, whatever Loop answers (loop.md §2.1)', async () => {
    for (const is403 of [0, 1]) {
      bench().sandbox.world.faults.set('loop.missing-scope-developer-tools', 1)
      bench().sandbox.world.faults.set('loop.missing-scope-is-403', is403)
      const { exit, json } = await connect()
      assertObeysSchema(json())
      assert.deepEqual([exit, json().error.code], [4, 'LOOP_SCOPE_MISSING'])
      assert.match(json().error.message, /Developer Tools/)
    }
    assert.deepEqual(writes(), [])
  })

  it('a wrong key is a wrong key, not a missing scope', async () => {
    bench().sandbox.world.faults.set('loop.unauthorized', 1)
    const { exit, json } = await connect()
    assert.deepEqual([exit, json().error.code], [4, 'LOOP_UNAUTHORIZED'])
  })

  it('Ctrl-C before the first write ends with 130 and changes nothing', async () => {
    const { exit } = await connect({ interruptAfter: Promise.resolve() })
    assert.deepEqual([exit, writes()], [130, []])
  })

  for (const [typed, why] of [
    ['http://returns.example.com', /must start with https/],
    ['returns.example.com', /is not a URL/],
    ['https://10.0.0.7', /must name a host/],
  ] as const) {
    it(`refuses --url ${typed} before anything is asked, exit 2`, async () => {
      const { exit, stderr } = await run(`connect --url ${typed}`)
      assert.equal(exit, 2)
      assert.match(stderr, why)
      assert.equal(bench().sandbox.requests.length, 0)
    })
  }

  it('the merchant env connects with key and token of its own, and is told which are missing', async () => {
    const argv = `merchant connect --url ${url} --yes --json`
    const missing = await bench().run(argv)
    assert.equal(missing.exit, 4)
    assert.match(missing.json().error.message, /MHLOOP_RECEIVER_KEY and MHLOOP_CALLBACK_TOKEN/)
    const own = { MHLOOP_RECEIVER_KEY: 'r'.repeat(64), MHLOOP_CALLBACK_TOKEN: 'c'.repeat(64) }
    const { exit, json, stdout } = await bench().run(argv, { env: { ...own, MHLOOP_LOOP_WEBHOOK_SECRET: signing } })
    assert.equal(exit, 0)
    assert.doesNotMatch(stdout, /rrrr|cccc|canary/)
    assert.deepEqual(json().data.secrets, { made: [], loopWebhookSecret: 'kept' })
    assert.equal(webhooks()[0]?.url, `${url}/in/${own.MHLOOP_RECEIVER_KEY}/loop`)
    const bad = await bench().run(argv, { env: { ...own, MHLOOP_RECEIVER_KEY: '../short' } })
    assert.equal(bad.exit, 2)
  })

  it('keeps neither key nor token in the journal', async () => {
    await connect()
    const { receiverKey, callbackToken } = await secrets()
    const database = await readFile(`${folder()}/data/journal.db`).catch(() => null)
    const wal = await readFile(`${folder()}/data/journal.db-wal`).catch(() => Buffer.alloc(0))
    assert.ok(database !== null, 'the journal is where this test looks')
    const text = Buffer.concat([database, wal]).toString('latin1')
    assert.match(text, /create return\/return\.created \(missing\)/)
    for (const storedSecret of [receiverKey, callbackToken])
      assert.ok(storedSecret && !text.includes(storedSecret.value.reveal()))
  })

  describe('disconnect', () => {
    it('removes exactly what connect registered, whatever else is there, and then finds nothing', async () => {
      await addWebhook({ topic: 'return', trigger: 'return.created', url: 'https://oms.example.com/hook-canary' })
      await registerCallback({ url: 'https://oms.example.com/x', message_type: 'rmaEvent', api_version: '1.0' })
      await connect()
      const { exit, json } = await run('disconnect --yes --json')
      assert.equal(exit, 0)
      assertObeysSchema(json())
      assert.equal(json().data.changes.length, 7)
      assert.deepEqual([webhooks().length, (await callbacks()).length], [1, 1])
      const before = bench().sandbox.requests.length
      const again = await run('disconnect')
      assert.equal(again.exit, 0)
      assert.match(again.stdout, /Nothing of acme is registered/)
      assert.deepEqual(writes(before), [])
      assert.ok((await secrets()).receiverKey, 'the door is kept for the next time')
    })

    it('asks first, and a dry run only shows', async () => {
      await connect()
      const before = bench().sandbox.requests.length
      assert.match((await run('disconnect -n')).stdout, /remove +Loop return\/return\.created: requested/)
      assert.equal((await run('disconnect')).exit, 9)
      assert.equal((await run('disconnect', { tty: true, answers: [false] })).exit, 9)
      assert.deepEqual(writes(before), [])
      const { exit, stdout } = await run('disconnect', { tty: true, answers: [true] })
      assert.equal(exit, 0)
      assert.match(stdout, /Disconnected acme: 7 registrations removed.*Registered before \(7\).*Registered now \(0\)/s)
    })

    it('of a merchant that was never connected does nothing', async () => {
      const { exit, json } = await run('disconnect --json')
      assert.deepEqual([exit, json().data.changes, writes()], [0, [], []])
    })
  })

  describe('merchant remove', () => {
    const remove = (more: string, options: RunOptions = {}) =>
      bench().run(`merchant remove acme ${more}`, { configDir: folder(), dataDir: `${folder()}/data`, ...options })

    it('says that the registrations at the vendors stay, and names the command that removes them', async () => {
      await connect()
      const before = bench().sandbox.requests.length
      const answered = await remove('', { tty: true, answers: [false] })
      assert.equal(answered.exit, 9)
      assert.match(
        answered.stderr,
        /registrations of acme at Loop and MasonHub would stay there.*mhloop merchant disconnect -m acme/s,
      )
      const { exit, json } = await remove('--yes --json')
      assert.equal(exit, 0)
      assertObeysSchema(json())
      assert.match(json().warnings.join(' '), /still exist and lead nowhere: .*mhloop merchant disconnect -m acme/)
      assert.deepEqual([writes(before), webhooks().length], [[], 6])
    })

    it('says nothing of this after disconnect, or for a merchant that was never connected', async () => {
      await connect()
      await run('disconnect --yes')
      assert.doesNotMatch((await remove('--yes')).stderr, /disconnect/)
    })
  })
})
