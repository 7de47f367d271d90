import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { Dock } from './dock-harness.ts'
import { openDock } from './dock-harness.ts'

describe('MasonHub stand-in: who gets in (masonhub.md §2, API-001, API-005)', () => {
  let dock: Dock
  beforeEach(async () => {
    dock = await openDock()
  })
  afterEach(() => dock.sandbox.stop())

  it('sends a wrong slug and an unknown path to /login, as HTML', async () => {
    const wrongSlug = await fetch(`${dock.sandbox.url}/nobody/api/v1/rmas`, { redirect: 'manual' })
    assert.equal(wrongSlug.status, 302)
    assert.equal(wrongSlug.headers.get('location'), '/login')
    assert.match(wrongSlug.headers.get('content-type') ?? '', /text\/html/)
    assert.equal((await wrongSlug.text()).trim(), '<a href="/login">Found</a>.')
    assert.equal((await dock.ask('GET', '/nothing')).status, 302)
    const followed = await fetch(`${dock.sandbox.url}/nobody/api/v1/rmas`)
    assert.equal(followed.status, 200)
    assert.match(await followed.text(), /<title>MasonHub/)
  })

  it('answers 404 with a message in place of the redirect, if the switch says so', async () => {
    dock.fault('masonhub.unknown-is-404', 1)
    const answer = await dock.ask('GET', '/nothing')
    assert.equal(answer.status, 404)
    assert.equal(typeof answer.body.message, 'string')
  })

  it('answers 405 to a verb that a path lacks; there is no PATCH', async () => {
    assert.equal((await dock.ask('PATCH', '/rmas', [])).status, 405)
  })

  it('refuses a missing, a foreign and a mangled token with 401 and a message', async () => {
    const token = dock.sandbox.world.installed.masonhubToken
    const foreign = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(43)}`
    for (const bad of [null, 'nonsense', foreign, `${token}x`]) {
      const answer = await dock.ask('GET', '/rmas', undefined, bad)
      assert.equal(answer.status, 401)
      assert.match(answer.body.message, /access token .* missing or invlid/)
    }
  })

  it('creates a JWT of HS256 with the documented claims, which every endpoint accepts', async () => {
    const made = await dock.ask('POST', '/secrets', { secret_phrase: 'a long phrase' })
    assert.equal(made.status, 200)
    const token: string = made.body.encrypted_key
    const [header = '', payload = '', signature] = token.split('.')
    assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), { alg: 'HS256', typ: 'JWT' })
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    assert.deepEqual(Object.keys(claims), ['secret_phrase', 'system_id', 'exp', 'iat', 'iss'])
    assert.equal(claims.secret_phrase, 'a long phrase')
    assert.equal(claims.exp - claims.iat, 100 * 365 * 86_400)
    assert.equal(claims.iss, 'MasonHub')
    assert.equal(signature, createHmac('sha256', 'mhloop sandbox').update(`${header}.${payload}`).digest('base64url'))
    assert.equal((await dock.ask('GET', '/rmas', undefined, token)).status, 200)
    assert.equal((await dock.ask('POST', '/secrets', { secret_phrase: 'second' }, token)).status, 200)
  })

  it('shows unset ids and dates of a secret as empty strings in quirk mode', async () => {
    dock.fault('masonhub.quirks', 1)
    const made = await dock.ask('POST', '/secrets', { secret_phrase: 'a long phrase' })
    assert.equal(made.body.deleted_at, '')
    assert.equal(made.body.deleted_by_id, '')
  })

  it('kills every token of a deleted phrase, and no other (rotation)', async () => {
    const phrase = { secret_phrase: 'rotate me' }
    const old: string = (await dock.ask('POST', '/secrets', phrase)).body.encrypted_key
    dock.clock.advance(5_000)
    const again: string = (await dock.ask('POST', '/secrets', phrase)).body.encrypted_key
    assert.notEqual(old, again)
    const deleted = await dock.ask('POST', '/delete_secrets', phrase)
    assert.equal(deleted.body, 'secrets successfully deleted:rotate me')
    assert.equal((await dock.ask('GET', '/rmas', undefined, old)).status, 401)
    assert.equal((await dock.ask('GET', '/rmas', undefined, again)).status, 401)
    assert.equal((await dock.ask('GET', '/rmas')).status, 200)
    assert.equal((await dock.ask('POST', '/delete_secrets', phrase)).status, 404)
  })

  it('revokes the installed token by its phrase, too', async () => {
    assert.equal((await dock.ask('POST', '/delete_secrets', { secret_phrase: 'sandbox phrase' })).status, 200)
    assert.equal((await dock.ask('GET', '/rmas')).status, 401)
  })

  it('answers 401 or 403 to everybody while switched so, and lets them in afterwards', async () => {
    dock.fault('masonhub.unauthorized', 1)
    assert.equal((await dock.ask('GET', '/rmas')).status, 401)
    dock.fault('masonhub.unauthorized', 0)
    dock.fault('masonhub.forbidden', 1)
    assert.equal((await dock.ask('GET', '/rmas')).status, 403)
    dock.fault('masonhub.forbidden', 0)
    assert.equal((await dock.ask('GET', '/rmas')).status, 200)
  })

  it('answers 400 with a message to a body that is no JSON', async () => {
    const answer = await dock.ask('POST', '/rmas', '[{')
    assert.equal(answer.status, 400)
    assert.equal(typeof answer.body.message, 'string')
  })
})
