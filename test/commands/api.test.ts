import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openJournal } from '../../src/journal/open-journal.ts'
import { onBench } from './bench.ts'
import { assertObeysSchema } from './schemas.ts'

describe('api', () => {
  const bench = onBench()
  const sent = (vendor: 'loop' | 'masonhub') => bench().sandbox.requests.filter((one) => one.vendor === vendor)
  const note = (id: string) => ['api', 'loop', 'POST', `/warehouse/return/${id}/note`, '-f', 'content=Box was wet']

  async function history(returnId: string): Promise<string[]> {
    const journal = await openJournal(undefined, { dataDir: bench().dataDir })
    try {
      const entries = await journal.history.of('env', returnId)
      return entries.filter(({ what }) => what === 'api').map(({ message }) => message)
    } finally {
      await journal.close()
    }
  }

  it('prints the body byte for byte in a pipe, and as JSON within the document', async () => {
    const piped = await bench().run('api loop GET /destinations')
    assert.equal(piped.exit, 0, piped.stderr)
    assert.equal(piped.stderr, '')
    assert.ok(JSON.parse(piped.stdout).destinations.length > 0)
    const { json } = await bench().run('api loop GET /destinations --json')
    assertObeysSchema(json())
    assert.deepEqual(json().data.body, JSON.parse(piped.stdout))
    assert.equal(json().data.status, 200)
  })

  it('reads without a journal: one that is damaged is not opened', async () => {
    const folder = join(bench().dataDir, 'damaged')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const place = join(folder, 'journal.db')
    await writeFile(place, 'no database', { mode: 0o600 })
    const { exit, stderr } = await bench().run(['api', 'loop', 'GET', '/destinations', '--journal', `sqlite:${place}`])
    assert.deepEqual([exit, stderr], [0, ''])
    assert.equal(await readFile(place, 'utf8'), 'no database')
  })

  it('lays JSON out on a terminal, keeps every digit, and makes hostile text harmless (F31, F55)', async () => {
    const id = bench().file({ units: [{ sku: 'TEE-BLK-M', title: 'a\u001b[31mb\u202ec' }] })
    const { stdout } = await bench().run(`api loop GET /warehouse/return/details -f return_id=${id}`, { tty: true })
    assert.ok(!/[\u001b\u202e]/.test(stdout))
    assert.match(stdout, /^\{\n {2}"/)
    const piped = await bench().run(`api loop GET /warehouse/return/details -f return_id=${id}`)
    assert.deepEqual(JSON.parse(stdout).id, JSON.parse(piped.stdout).id)
  })

  it('puts fields of a GET into the query, besides what the path has', async () => {
    const { exit } = await bench().run('api masonhub GET /rmas?status=open -F limit=5 -f cid=a&b')
    assert.equal(exit, 0)
    assert.deepEqual({ ...sent('masonhub')[0]?.query }, { status: 'open', limit: '5', cid: 'a&b' })
  })

  it('--include prints the status and harmless headers, never a cookie or a key', async () => {
    const { stdout } = await bench().run('api loop GET /destinations -i')
    assert.match(stdout, /^HTTP 200\n/)
    assert.match(stdout, /^content-type: application\/json/m)
    assert.match(stdout, /^x-ratelimit-remaining: \d+$/m)
    assert.doesNotMatch(stdout.split('\n\n')[0] ?? '', /authorization|cookie|server:/i)
  })

  it('writes once, after a confirmation, and notes it in the history without the body', async () => {
    const id = bench().file()
    assert.equal((await bench().run(note(id))).exit, 9)
    assert.equal((await bench().run(note(id), { tty: true, answers: [false] })).exit, 9)
    assert.deepEqual(sent('loop'), [])
    assert.deepEqual(await history(id), [])
    const { exit, stdout, stderr } = await bench().run(note(id), { tty: true, answers: [true] })
    assert.equal(exit, 0, stderr)
    assert.match(stdout, /true/)
    assert.deepEqual(
      sent('loop').map(({ body }) => body),
      [{ content: 'Box was wet' }],
    )
    const path = `Loop POST /warehouse/return/${id}/note`
    assert.deepEqual(await history(id), [`Sending ${path} as a raw request`, `${path} was answered 200`])
  })

  it('F66: in production wants the merchant typed', async () => {
    const env = { MHLOOP_ENVIRONMENT: 'production' }
    const id = bench().file()
    assert.equal((await bench().run(note(id), { env, tty: true, answers: ['acme'] })).exit, 9)
    assert.deepEqual(sent('loop'), [])
    assert.equal((await bench().run(note(id), { env, tty: true, answers: ['env'] })).exit, 0)
  })

  it('takes a body from standard input without losing a digit, and notes it by the RMAs in it', async () => {
    const body = '[{"customer_identifier":"99904598","big":12345678901234567890,"money":47.50}]'
    const { exit, stdout } = await bench().run('api masonhub DELETE /rmas --input - --yes', { stdin: body })
    assert.equal(exit, 0, stdout)
    assert.deepEqual(await history('99904598'), [
      'Sending MasonHub DELETE /rmas as a raw request',
      'MasonHub DELETE /rmas was answered 200',
    ])
  })

  it('is no way around the journal: what decides about a return is refused before anything is sent', async () => {
    const id = bench().file()
    for (const action of [
      'process',
      'PROCESS',
      '%70rocess',
      'flag',
      'close',
      'cancel',
      'remove?line_item_id=1',
      'process/',
    ]) {
      for (const method of ['POST', 'GET']) {
        const run = await bench().run(['api', 'loop', method, `/warehouse/return/${id}/${action}`, '--yes', '--json'])
        assert.equal(run.exit, 6, action)
        assert.equal(run.json().error.code, 'REQUEST_REFUSED')
      }
    }
    for (const path of ['/secrets', '/delete_secrets']) {
      assert.equal((await bench().run(['api', 'masonhub', 'POST', path, '-f', 'secret_phrase=x', '--yes'])).exit, 6)
    }
    assert.equal(
      (await bench().run('api masonhub POST /rmas --input - --yes', { stdin: '[{"customer_identifier":"1"}]' })).exit,
      6,
    )
    assert.deepEqual(bench().sandbox.requests, [])
  })

  it('F63: goes nowhere but below the base URL', async () => {
    for (const path of [
      'https://evil.example/',
      '//evil.example/',
      '/../v1/destinations',
      '/%2e%2e/x',
      'destinations',
    ]) {
      assert.equal((await bench().run(['api', 'loop', 'GET', path])).exit, 2, path)
    }
    assert.deepEqual(bench().sandbox.requests, [])
  })

  it('wrong usage: a method that is none, a body with GET, fields and --input, a field twice, no JSON', async () => {
    const wrong = [
      'api loop PATCH /x',
      'api loop GET /x --input -',
      'api loop POST /x --input - -f a=1',
      'api loop GET /x -f a=1 -F a=2',
      'api loop GET /x -f a',
      'api loop POST /x --input -',
    ]
    for (const argv of wrong) assert.equal((await bench().run(argv, { stdin: '{no json' })).exit, 2, argv)
    assert.deepEqual(bench().sandbox.requests, [])
  })

  it('ends with the code of the status, and shows the body of an error', async () => {
    const { faults } = bench().sandbox.world
    const at = async (argv: string) => await bench().run(argv, { env: bench().freshKeys() })
    assert.equal((await at('api loop GET /destinations/424242')).exit, 5)
    const refused = await at('api loop GET /warehouse/return/details?return_id=424242')
    assert.equal(refused.exit, 6)
    assert.match(refused.stdout, /No return/i)
    assert.match(refused.stderr, /LOOP_REFUSED/)
    assert.equal((await at('api masonhub GET /rmas?limit=5000')).exit, 6)
    faults.set('masonhub.unauthorized', 1)
    const denied = await at('api masonhub GET /rmas')
    assert.equal(denied.exit, 4)
    assert.match(denied.stdout, /message|status/)
    assert.equal((await bench().run('api masonhub GET /rmas --json')).json().error.code, 'MASONHUB_UNAUTHORIZED')
    faults.set('masonhub.unauthorized', 0)
    faults.set('masonhub.error-500-after-work', 1)
    const before = sent('masonhub').length
    assert.equal((await at('api masonhub DELETE /callbacks --input - --yes'.replace('--input -', '-f a=b'))).exit, 8)
    assert.equal(sent('masonhub').length, before + 1)
  })

  it('F51, F60: shows neither a callback token nor the key of an endpoint', async () => {
    const key = 'k'.repeat(43)
    const callback = {
      url: `https://x.example/in/${key}/masonhub`,
      message_type: 'rmaEvent',
      api_version: '2.0',
      token: 'canary-token',
    }
    await bench().run('api masonhub POST /callbacks --input - --yes', { stdin: JSON.stringify([callback]) })
    for (const flags of ['', '--json']) {
      const { stdout } = await bench().run(`api masonhub GET /callbacks ${flags}`)
      assert.match(stdout, /in\/\[secret\]\/masonhub/)
      assert.ok(!stdout.includes(key) && !stdout.includes('canary-token'))
    }
  })
})
