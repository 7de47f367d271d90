import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { readProfiles } from '../../../src/merchants/profiles/profiles.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const loopApiKey = 'sandbox-loop-canary-1'
const masonhubToken = 'sandbox-masonhub-canary-2'

describe('merchant credentials are checked before they are stored', () => {
  const folder = temporaryFolder()
  let sandbox: Sandbox
  before(async () => {
    sandbox = await startSandbox({ loopApiKey, masonhubToken, slug: 'demo' })
  })
  after(() => sandbox.stop())

  async function add(changes: { key?: string; token?: string; slug?: string; flags?: string[] } = {}) {
    const { key = loopApiKey, token = masonhubToken, slug = 'demo', flags = [] } = changes
    const argv = ['merchant', 'add', 'acme', '--environment', 'sandbox', '--slug', slug, ...flags]
    const result = await runMhloop(argv, {
      configDir: folder(),
      env: {
        MHLOOP_LOOP_API_KEY: key,
        MHLOOP_MASONHUB_TOKEN: token,
        MHLOOP_LOOP_BASE_URL: sandbox.loopBaseUrl,
        MHLOOP_MASONHUB_BASE_URL: sandbox.masonhubBaseUrl.replace('demo', slug),
      },
    })
    assert.doesNotMatch(result.stdout + result.stderr, /canary/)
    return result
  }

  it('stores what both vendors accept', async () => {
    const { exit, json } = await add({ flags: ['--json'] })
    assert.deepEqual([exit, json().data?.checked], [0, true])
  })
  it('prints each request under --verbose, without query or header', async () => {
    const { stderr } = await add({ flags: ['--verbose'] })
    assert.match(stderr, /^loop GET \/warehouse\/return\/list 200 in \d+ ms, request /m)
    assert.doesNotMatch(stderr, /\?|authorization/i)
  })
  const wrong: [string, Parameters<typeof add>[0], RegExp][] = [
    ['a wrong Loop key', { key: 'wrong-canary-3' }, /LOOP_UNAUTHORIZED/],
    ['a wrong MasonHub token', { token: 'wrong-canary-4' }, /MASONHUB_UNAUTHORIZED/],
    ['a wrong slug, told from a wrong token', { slug: 'other' }, /MASONHUB_WRONG_SLUG/],
  ]
  for (const [name, changes, code] of wrong) {
    it(`stores nothing for ${name}, exit 4`, async () => {
      const { exit, stderr } = await add(changes)
      assert.equal(exit, 4, stderr)
      assert.match(stderr, code)
      assert.match(stderr, /Nothing was stored/)
      assert.deepEqual(await readdir(folder()), [])
    })
  }
  it('reports everything that is wrong in one run', async () => {
    const { stderr } = await add({ key: 'wrong-canary-3', token: 'wrong-canary-4' })
    assert.match(stderr, /Loop refuses the API key.*MasonHub GET/s)
  })
  it('keeps the old secret when a new one is refused', async () => {
    await add()
    const { exit } = await runMhloop('merchant set loop-api-key -', { configDir: folder(), stdin: 'wrong-canary-5' })
    assert.equal(exit, 4)
    const before = (await readProfiles({ MHLOOP_CONFIG_DIR: folder() })).merchants.acme
    assert.equal((await runMhloop('merchant set loop-api-key -', { configDir: folder(), stdin: loopApiKey })).exit, 0)
    assert.ok(before)
  })
})
