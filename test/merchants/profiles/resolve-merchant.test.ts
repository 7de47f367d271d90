import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { Fault } from '../../../src/core/errors/fault.ts'
import { assemble } from '../../../src/merchants/profiles/assemble.ts'
import type { Secret } from '../../../src/merchants/profiles/merchant.ts'
import type { Profile } from '../../../src/merchants/profiles/profile.ts'
import { wrongName } from '../../../src/merchants/profiles/profile.ts'
import { updateProfiles } from '../../../src/merchants/profiles/profiles.ts'
import { resolveMerchant } from '../../../src/merchants/profiles/resolve-merchant.ts'
import { settings, withSetting } from '../../../src/merchants/profiles/settings.ts'
import { newReceiverKey, toEndpointCredentials } from '../../../src/merchants/secrets/credentials.ts'
import { scrubSecrets, secret } from '../../../src/merchants/secrets/secret.ts'
import { parseSecrets, readSecret } from '../../../src/merchants/secrets/secret-input.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const now = new Date('2026-10-01T00:00:00Z')
const profile: Profile = {
  environment: 'sandbox',
  masonhub: { slug: 'demo' },
  addedAt: now.toISOString(),
  changedAt: now.toISOString(),
}
const trio = {
  MHLOOP_LOOP_API_KEY: 'key-of-env',
  MHLOOP_MASONHUB_TOKEN: 'token-of-env',
  MHLOOP_MASONHUB_SLUG: 'slug-of-env',
}
function fails(code: string, exit: number, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof Fault, String(error))
    assert.deepEqual([error.code, error.exit], [code, exit])
    assert.match(`${error.message} ${error.hint}`, message)
    return true
  }
}

describe('settings that are lists', () => {
  for (const key of ['destinations', 'outcomes']) {
    it(`F66: an empty text is no list of ${key}: only its own word means the empty list`, () => {
      const setting = settings.find((one) => one.key === key) ?? assert.fail(key)
      for (const text of ['', ' ', ',', ' , '])
        assert.throws(() => setting.read(text), fails('SETTING_WRONG', 2, new RegExp(`Invalid ${key}`)))
      assert.deepEqual(setting.read(` ${setting.empty ?? 'none'} `), [])
    })
  }
})

describe('which merchant', () => {
  const folder = temporaryFolder()
  const env = (more: Record<string, string> = {}) => ({ MHLOOP_CONFIG_DIR: folder(), ...more })
  beforeEach(async () => {
    await updateProfiles(env(), () => ({
      version: 1,
      current: 'acme',
      merchants: { acme: { ...profile, policy: { refunds: true } }, other: { ...profile, environment: 'production' } },
    }))
    await fileCredentialStore(env()).write(
      'acme',
      { loopApiKey: secret('k-acme'), masonhubToken: secret('t-acme') },
      now,
    )
  })
  const nameOf = async (input: Parameters<typeof resolveMerchant>[0]) => (await resolveMerchant(input)).merchant.name

  it('the current one when none is named', async () => {
    const { merchant, credentials, origins } = await resolveMerchant({ env: env() })
    assert.equal(merchant.name, 'acme')
    assert.equal(credentials.loopApiKey.reveal(), 'k-acme')
    assert.deepEqual([origins.refunds, origins.slug, origins.destinations], ['profile', 'profile', 'default'])
  })
  it('a name goes before MHLOOP_MERCHANT, that before the environment, that before the current one', async () => {
    assert.equal(await nameOf({ env: env(trio) }), 'env')
    assert.equal(await nameOf({ env: env({ ...trio, MHLOOP_MERCHANT: 'acme' }) }), 'acme')
    assert.equal(await nameOf({ name: 'env', env: env({ ...trio, MHLOOP_MERCHANT: 'acme' }) }), 'env')
  })
  it("a named merchant never gets the environment's credentials (F22)", async () => {
    const { credentials } = await resolveMerchant({ name: 'acme', env: env(trio) })
    assert.equal(credentials.masonhubToken.reveal(), 't-acme')
    await assert.rejects(
      resolveMerchant({ name: 'other', env: env(trio) }),
      fails('CREDENTIALS_MISSING', 4, /other.*Loop API key.*MasonHub token/),
    )
  })
  it('half an environment is refused, not quietly another merchant (F66)', async () => {
    const { MHLOOP_MASONHUB_SLUG: _, ...half } = trio
    await assert.rejects(
      resolveMerchant({ env: env(half) }),
      fails('CREDENTIALS_MISSING', 4, /MHLOOP_MASONHUB_SLUG is not set/),
    )
  })
  it('an unknown one is 5, with the nearest', async () => {
    await assert.rejects(
      resolveMerchant({ name: 'acmee', env: env() }),
      fails('MERCHANT_UNKNOWN', 5, /Did you mean "acme"/),
    )
  })
  it('none chosen is 2, with the names', async () => {
    await updateProfiles(env(), (before) => ({ ...before, current: null }))
    await assert.rejects(resolveMerchant({ env: env() }), fails('MERCHANT_NOT_CHOSEN', 2, /acme, other/))
  })
  it('missing credentials are 4, with the command to type', async () => {
    await assert.rejects(
      resolveMerchant({ name: 'other', env: env() }),
      fails('CREDENTIALS_MISSING', 4, /mhloop merchant set -m other loop-api-key/),
    )
  })
})

describe('the merchant of the environment', () => {
  const folder = temporaryFolder()
  const resolve = (more: Record<string, string> = {}) =>
    resolveMerchant({ env: { MHLOOP_CONFIG_DIR: `${folder()}/none`, ...trio, ...more } })

  it('has the defaults of the contract', async () => {
    const { merchant, origins, readSecrets } = await resolve()
    assert.equal(merchant.loop.baseUrl, 'https://api.loopreturns.com/api/2026-10')
    assert.equal(merchant.masonhub.baseUrl, 'https://sandbox.masonhub.co/slug-of-env/api/v1')
    assert.deepEqual(
      [merchant.environment, merchant.policy.refunds, merchant.policy.destinations],
      ['sandbox', false, []],
    )
    assert.deepEqual([origins.slug, origins.refunds], ['env', 'default'])
    const { loopWebhookSecrets, callbackTokens, receiverKey } = toEndpointCredentials(await readSecrets())
    assert.deepEqual([loopWebhookSecrets, callbackTokens, receiverKey], [[], [], null])
  })
  it('takes everything from its variables', async () => {
    const { merchant, readSecrets, origins } = await resolve({
      MHLOOP_REFUNDS: 'on',
      MHLOOP_DESTINATIONS: '12, 34',
      MHLOOP_LOOP_BASE_URL: 'http://127.0.0.1:4010/api',
      MHLOOP_MASONHUB_BASE_URL: 'http://localhost:4020/x/api/v1/',
      MHLOOP_LOOP_WEBHOOK_SECRET: 'hook',
      MHLOOP_CALLBACK_TOKEN: ' call  previous-call\n',
      MHLOOP_RECEIVER_KEY: 'a-key-of-the-receiver-32-characters',
    })
    assert.deepEqual(merchant.policy.destinations, ['12', '34'])
    assert.deepEqual([merchant.policy.refunds, origins.refunds], [true, 'env'])
    assert.equal(merchant.masonhub.baseUrl, 'http://localhost:4020/x/api/v1')
    const credentials = toEndpointCredentials(await readSecrets())
    const values = (secrets: readonly Secret[]) => secrets.map((secret) => secret.reveal())
    assert.deepEqual(values(credentials.loopWebhookSecrets), ['hook'])
    assert.deepEqual(values(credentials.callbackTokens), ['call', 'previous-call'])
    assert.equal(credentials.receiverKey?.reveal(), 'a-key-of-the-receiver-32-characters')
    assert.equal(scrubSecrets('previous-call'), '[secret]', 'each value of a list is scrubbed (F58)')
  })
  it('is production when it points there, and refuses to be a sandbox that does (F66)', async () => {
    const production = { MHLOOP_MASONHUB_BASE_URL: 'https://app.masonhub.co/slug-of-env/api/v1' }
    assert.equal((await resolve(production)).merchant.environment, 'production')
    await assert.rejects(
      resolve({ ...production, MHLOOP_ENVIRONMENT: 'sandbox' }),
      fails('ENVIRONMENT_MISMATCH', 2, /production/),
    )
    assert.equal(
      (await resolve({ MHLOOP_ENVIRONMENT: 'production' })).merchant.masonhub.baseUrl.split('/')[2],
      'app.masonhub.co',
    )
  })
  it('sends credentials in clear to loopback only', async () => {
    await assert.rejects(
      resolve({ MHLOOP_LOOP_BASE_URL: 'http://api.loopreturns.com/api' }),
      fails('BASE_URL_REFUSED', 2, /https/),
    )
  })
  it('writes nothing to disk', async () => {
    const { readdir } = await import('node:fs/promises')
    await resolve()
    assert.deepEqual(await readdir(folder()), [])
  })
})

describe('names of merchants', () => {
  for (const name of ['acme', 'acme.myshopify.com', '1', 'a_b-c.d', 'a'.repeat(60)]) {
    it(`may be ${name.slice(0, 20)}`, () => assert.equal(wrongName(name), null))
  }
  for (const name of [
    '',
    'Acme',
    '.a',
    '-a',
    'a b',
    'a/b',
    '__proto__',
    'constructor',
    'prototype',
    'a'.repeat(61),
    'env',
    'ä',
    'a\n',
  ]) {
    it(`may not be ${JSON.stringify(name.slice(0, 20))}`, () => assert.notEqual(wrongName(name), null))
  }
})

describe('settings', () => {
  const read = (key: string, text: string) => settings.find((setting) => setting.key === key)?.read(text)
  const good: [string, string, unknown][] = [
    ['cutoff', '2026-10-01', '2026-10-01T00:00:00.000Z'],
    ['cutoff', '2026-10-01T12:00:00+02:00', '2026-10-01T10:00:00.000Z'],
    ['cutoff', 'none', null],
    ['destinations', '1,2, 2', ['1', '2']],
    ['destinations', 'every', []],
    ['outcomes', 'refund,exchange+credit', ['refund', 'exchange+credit']],
    ['refunds', 'off', false],
    ['largest-refund', '250.00', '250.00'],
    ['largest-refund', 'none', null],
    ['largest-refund', 'usd=200.50, JPY=30000', { JPY: '30000', USD: '200.50' }],
    ['refunds-per-hour', '0', 0],
    ['requests-per-second', '0.5', 0.5],
  ]
  for (const [key, text, value] of good) it(`${key} reads ${text}`, () => assert.deepEqual(read(key, text), value))
  const bad: [string, string][] = [
    ['cutoff', '2026-02-31'],
    ['cutoff', 'yesterday'],
    ['cutoff', '2026-10-01T12:00:00'],
    ['destinations', 'New Jersey'],
    ['refunds', 'yes'],
    ['largest-refund', '-1'],
    ['largest-refund', 'USD=1,000'],
    ['largest-refund', 'USD=1,USD=2'],
    ['largest-refund', 'USD='],
    ['largest-refund', 'USD=1,'],
    ['largest-refund', 'DOLLAR=1'],
    ['largest-refund', '1e3'],
    ['refunds-per-hour', '-1'],
    ['refunds-per-hour', '1.5'],
    ['requests-per-second', '0'],
    ['slug', 'a/b'],
    ['environment', 'prod'],
    ['masonhub-base-url', 'ftp://x'],
  ]
  for (const [key, text] of bad) {
    it(`${key} refuses ${text}`, () =>
      assert.throws(
        () => read(key, text),
        (error) => error instanceof Fault && error.exit === 2,
      ))
  }
  it('go back to their default', () => {
    const path = ['policy', 'limits', 'refundsPerHour']
    const set = withSetting(profile, path, 3)
    assert.equal(assemble('a', set, 'profile').merchant.policy.limits.refundsPerHour, 3)
    const back = assemble('a', withSetting(set, path, undefined), 'profile')
    assert.deepEqual([back.merchant.policy.limits.refundsPerHour, back.origins['refunds-per-hour']], [60, 'default'])
  })
})

describe('secrets', () => {
  it('print as [secret] however they are printed (F58)', () => {
    const value = secret('print-canary-42')
    const printed = [
      String(value),
      JSON.stringify({ value }),
      inspect({ value }, { depth: 9, showHidden: true }),
      `${value}`,
    ]
    for (const text of printed) assert.doesNotMatch(text, /canary/)
    assert.equal(value.reveal(), 'print-canary-42')
  })
  it('are read from JSON, without repeating anything of it on failure', () => {
    assert.equal(parseSecrets('{"loopApiKey":" key-1 "}').loopApiKey?.reveal(), 'key-1')
    const broken = [
      '{"loopApiKey":"json-canary"',
      '["json-canary"]',
      '{"json-canary":"x"}',
      '{"loopApiKey":{"json-canary":1}}',
      '{"loopApiKey":"json canary"}',
    ]
    for (const text of broken) {
      assert.throws(
        () => parseSecrets(text),
        (error) => {
          fails('CREDENTIALS_MALFORMED', 2, /./)(error)
          assert.doesNotMatch((error as Fault).message, /canary/)
          return true
        },
      )
    }
  })
  it('that were copied badly are refused', () => {
    for (const text of ['', '  ', 'two words', 'line\nbreak', 'bidi\u202e', 'x'.repeat(4097)]) {
      assert.throws(() => readSecret('loopApiKey', text), Fault)
    }
  })
  it('may be several where one replaces another, or each webhook has its own (F49, F51)', () => {
    for (const name of ['loopWebhookSecret', 'callbackToken'] as const) {
      assert.equal(readSecret(name, ' new-one old-one ').reveal(), 'new-one old-one')
      assert.throws(() => readSecret(name, 'one bidi\u202e'), Fault)
    }
  })
  it('that become part of a path are long, and letters of a path', () => {
    const key = newReceiverKey().reveal()
    assert.match(key, /^[\w-]{43}$/)
    assert.notEqual(newReceiverKey().reveal(), key)
    assert.equal(readSecret('receiverKey', key).reveal(), key)
    for (const text of ['short', `${key}/`, `${key} ${key}`, 'x'.repeat(101)]) {
      assert.throws(() => readSecret('receiverKey', text), Fault)
    }
  })
})
