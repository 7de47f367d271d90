import assert from 'node:assert/strict'
import fc from 'fast-check'
import { normalReason } from '../../../src/core/reasons/reason-mapping.ts'
import { ruleKey } from '../../../src/core/reasons/reason-table.ts'
import { reasonCodes } from '../../../src/core/rmas/rma.ts'
import { readMerchantsFile } from '../../../src/merchants/apply/merchants-file.ts'
import { planMerchants } from '../../../src/merchants/apply/plan-merchants.ts'
import { writeMerchantsFile } from '../../../src/merchants/apply/write-merchants-file.ts'
import type { Profile, Profiles } from '../../../src/merchants/profiles/profile.ts'
import { settings, withSetting } from '../../../src/merchants/profiles/settings.ts'
import { type SecretName, secretNames } from '../../../src/merchants/secrets/credentials.ts'

const at = '2026-10-01T00:00:00.000Z'
const now = new Date('2026-11-01T00:00:00Z')
const acme = 'merchants:\n  acme:\n    environment: sandbox\n    slug: demo\n'

const problemsOf = async (text: string) =>
  readMerchantsFile(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
const profileOf = async (text: string) => {
  const { merchants, problems } = readMerchantsFile(text)
  assert.deepEqual(problems, [])
  return merchants[0]?.profile
}

describe('a file of merchants', () => {
  it('takes every setting under its own key, as it is typed', async () => {
    const profile = await profileOf(`${acme}    loop-base-url: https://loop.example/api
    destinations: [4711, 1234567890123456789]
    outcomes: refund,exchange+credit
    cutoff: 2026-10-01
    refunds: on
    refunds-per-hour: 20
    largest-refund: 250.00
    pull-every: 10m
    store: file
    secrets:
      loop-api-key: env:ACME_KEY
      masonhub-token: command:op read 'op://Ops/acme key/token'
    reasons:
      - { parent: Size, reason: Too small, code: tooSmall }
      - { reason: "Other: it's blue", code: OTHER }
`)
    assert.deepEqual(profile, {
      environment: 'sandbox',
      masonhub: { slug: 'demo' },
      loop: { baseUrl: 'https://loop.example/api' },
      policy: {
        destinations: ['4711', '1234567890123456789'],
        outcomes: ['refund', 'exchange+credit'],
        cutoff: at,
        refunds: true,
        limits: { refundsPerHour: 20, largestRefund: '250.00' },
        reasons: [
          { parentReason: 'Size', reason: 'Too small', code: 'tooSmall' },
          { parentReason: null, reason: "Other: it's blue", code: 'other' },
        ],
      },
      intervals: { pull: '10m' },
      store: 'file',
      secrets: { loopApiKey: 'env:ACME_KEY', masonhubToken: "command:op read 'op://Ops/acme key/token'" },
    })
    const { policy } = (await profileOf(`${acme}    destinations: []\n    refunds: false\n    cutoff: none\n`)) ?? {}
    assert.deepEqual(policy, { destinations: [], refunds: false, cutoff: null })
  })

  it('reports everything that is wrong at once, each with line and column, and a suggestion', async () => {
    assert.deepEqual(
      await problemsOf(`merchants:
  Acme: { environment: sandbox, slug: demo }
  acme:
    environment: sandbx
    refnds: on
    refunds-per-hour: many
    destinations: {}
    cutoff:
    reasons:
      - { reason: Too small, code: tooSmal }
      - { parent: Size }
    secrets:
      loop-api-kee: env:A
  other: 3
merchant: {}
`),
      [
        '2:3 A merchant name consists of lower-case letters, digits, ".", "-" and "_", begins with a letter or digit, and has at most 60 characters.',
        '3:3 The merchant "acme" has no slug.',
        `4:18 Invalid environment "sandbx": expected sandbox|production.`,
        '5:5 Unknown key "refnds". Did you mean "refunds"?',
        `6:23 Invalid refunds-per-hour "many": expected a non-negative whole number.`,
        '7:19 destinations needs a value. Leave it out to use the default.',
        '8:12 cutoff needs a value. Leave it out to use the default.',
        '10:9 Unknown MasonHub code "tooSmal"; expected tooBig, tooSmall, damaged, wrongItem, other. Did you mean "tooSmall"?',
        '11:9 Each entry of reasons needs a reason and a code.',
        '13:7 Unknown secret. A merchant has these: loop-api-key, masonhub-token, loop-webhook-secret, callback-token, receiver-key. Did you mean "loop-api-key"?',
        '14:10 The merchant "other" must be a mapping of keys to values.',
        '15:1 Unknown key "merchant". Did you mean "merchants"?',
      ],
    )
  })

  it('an empty merchant is a mistake, not the same as none: --prune would remove the one of that name', async () => {
    assert.deepEqual(await problemsOf('merchants:\n  acme: {}\n'), [
      '2:3 The merchant "acme" has no environment.',
      '2:3 The merchant "acme" has no slug.',
    ])
    assert.deepEqual(await problemsOf('merchants: {}\n'), [])
  })

  it('takes no secret, and repeats none that is in it (F59)', async () => {
    for (const secrets of [
      'loop-api-key: literal-canary',
      'loop-api-key: [literal-canary]',
      'literal-canary: env:A',
      'loop-api-key: env:not-canary a',
      'loop-api-key: "literal-canary',
      'loop-api-key: literal-canary: env:A',
      'loop-api-key: *literal-canary',
      'loop-api-key: &a literal-canary',
      'loop-api-key: !literal-canary x',
      'loop-api-key: @literal-canary',
      'loop-api-key: "\\literal-canary"',
      '- literal-canary',
      'literal-canary',
    ]) {
      const problems = await problemsOf(`${acme}    secrets:\n      ${secrets}\n`)
      assert.ok(problems.length > 0, secrets)
      assert.match(problems[0] ?? '', /^[5-7]:\d+ /, secrets)
      assert.doesNotMatch(problems.join(), /canary/, secrets)
    }
  })

  it('refuses what is no plain YAML document, with the place', async () => {
    const bomb = `a: &a [x,x]\nb: &b [*a,*a]\nmerchants: {}\n`
    const cases: [string, RegExp][] = [
      ['', /^1:1 The file must be a mapping of keys to values/],
      ['# nothing\n', /must be a mapping of keys to values/],
      ['- acme\n', /^1:1 The file must be a mapping of keys to values/],
      ['{}', /"merchants" is missing/],
      ['merchants: [acme]', /^1:12 merchants must be a mapping of keys to values/],
      ['merchants:\n\tacme: {}\n', /^2:1 This line is indented with a tab/],
      [`${acme}  acme:\n    environment: sandbox\n`, /^5:3 Duplicate key/],
      [`${acme}    slug: other\n`, /^5:5 Duplicate key/],
      [`${acme}---\nmerchants: {}\n`, /^5:1 A second document/],
      [bomb, /^1:7 Anchors/],
      ['merchants:\n  <<: { a: 1 }\n', /^2:3 A merchant name/],
      [`${acme}    refunds: !!bool on\n`, /Tags/],
      [`${acme}    largest-refund: {}\n`, /^5:21 Invalid largest-refund/],
      [`${acme}    largest-refund: { USD: 1, usd: 2 }\n`, /^5:21 Invalid largest-refund "USD=1,usd=2"/],
      [`${acme}    largest-refund: { USD: [1] }\n`, /^5:28 /],
      [`merchants: ${'['.repeat(20_000)}`, /Nested too deeply/],
      [`${acme}    slug: "x\n`, /^\d+:\d+ .*closed/],
      ['x'.repeat(2_000_001), /2 MB/],
      [
        'merchants:\n  acme: { environment: sandbox, slug: demo, masonhub-base-url: "https://app.masonhub.co/demo/api/v1" }',
        /production/,
      ],
      [
        `${acme}    reasons:\n      - { reason: A, code: other }\n      - { reason: " a ", code: other }\n`,
        /^7:9 .*Duplicate reason/,
      ],
      [
        'merchants:\n  1: { environment: sandbox, slug: a }\n  "1": { environment: sandbox, slug: b }\n',
        /^3:3 .*Duplicate key/,
      ],
      [
        'merchants:\n  constructor: { environment: sandbox, slug: a }\n',
        /^2:3 "constructor" is not a valid merchant name/,
      ],
      [`${acme}    reasons:\n      - { toString: x, reason: A, code: other }\n`, /Unknown key "toString"/],
      [`${acme}    store: paper\n`, /^5:12 store must be keychain or file/],
      [`${acme}    secrets: { callback-token: 12 }\n`, /is not a reference/],
    ]
    for (const [text, message] of cases)
      assert.match((await problemsOf(text))[0] ?? 'no problem', message, text.slice(0, 80))
  })

  it('takes a text for what is written, whatever YAML makes of it', async () => {
    const text = `merchants:
  007: { environment: sandbox, slug: 0123, refunds: true, reasons: [{ reason: True, code: other }] }
  no: { environment: sandbox, slug: true, refunds: off, cutoff: 2026-10-01, largest-refund: 250.00 }\n`
    for (const written of [text, `\ufeff${text}`, text.replaceAll('\n', '\r\n')]) {
      const { merchants, problems } = readMerchantsFile(written)
      assert.deepEqual(problems, [])
      assert.deepEqual(
        merchants.map(({ name, profile: { masonhub, policy } }) => [name, masonhub.slug, policy?.refunds]),
        [
          ['007', '0123', true],
          ['no', 'true', false],
        ],
      )
      assert.deepEqual(merchants[0]?.profile.policy?.reasons?.[0]?.reason, 'True')
      assert.deepEqual(merchants[1]?.profile.policy?.limits?.largestRefund, '250.00')
    }
  })

  it('takes a largest refund per currency as a mapping', async () => {
    const profile = await profileOf(`${acme}    largest-refund: { USD: 200.50, jpy: 30000 }\n`)
    assert.deepEqual(profile?.policy?.limits?.largestRefund, { JPY: '30000', USD: '200.50' })
  })

  it('H14: a file with more entries than any has ends at once, and repeats are found without comparing all with all', () => {
    const many = Array.from({ length: 60_000 }, (_, index) => `key${index}: 1`)
    for (const text of [many.join('\n'), `{${many.join(', ')}}`]) {
      const { merchants, problems } = readMerchantsFile(text)
      assert.deepEqual([merchants, problems.length], [[], 1])
      assert.match(problems[0]?.message ?? '', /more entries than a merchants file may have/)
    }
    const same = readMerchantsFile(`merchants:\n${Array.from({ length: 5000 }, () => '  acme: 1').join('\n')}\n`)
    assert.ok(same.problems.length <= 200)
    assert.match(same.problems[1]?.message ?? '', /Duplicate key/)
  })
  it('never throws, whatever it is given', async () => {
    const pieces = fc.constantFrom(
      'merchants',
      'acme',
      'slug',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '[',
      '{',
      '}',
      '"',
      "'",
      '\t',
      '*a',
      '&a',
      '!',
      '#',
      '?',
      '|',
      'secrets',
      'env:A',
      '\u0000',
      '\ud800',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        async (text) => {
          const { merchants, problems } = readMerchantsFile(text)
          assert.ok(problems.every(({ line, column }) => line >= 1 && column >= 1))
          assert.ok(problems.length > 0 || merchants.length >= 0)
        },
      ),
    )
  })
})

/** Texts that each setting accepts. */
const typed: Record<string, fc.Arbitrary<string>> = {
  environment: fc.constantFrom('sandbox', 'production'),
  slug: fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/),
  'loop-base-url': fc.constantFrom('https://api.loopreturns.com/api/2026-10', 'http://127.0.0.1:4010/api'),
  'masonhub-base-url': fc.constantFrom('https://masonhub.example/a/api/v1', 'http://localhost:1/x'),
  'requests-per-second': fc.constantFrom('4', '0.5', '10', '2.25'),
  destinations: fc.constantFrom('every', '0123', '4711,4712', '1234567890123456789'),
  cutoff: fc.constantFrom('none', '2026-10-01', '2025-02-28T12:00:00+02:00'),
  'requested-status': fc.constantFrom('available', 'damaged'),
  'order-reference': fc.constantFrom('none', 'order-name', 'provider-order-id'),
  refunds: fc.constantFrom('on', 'off'),
  outcomes: fc.constantFrom('none', 'refund', 'refund,exchange+credit', 'no,yes'),
  'on-unclear': fc.constantFrom('flag', 'wait'),
  'refunds-per-hour': fc.nat(999_999).map(String),
  'refunds-per-day': fc.nat(999_999).map(String),
  'largest-refund': fc.constantFrom('none', '250.00', '0.5', '1000', 'JPY=30000,USD=200.50'),
  'first-by-hand': fc.nat(99).map(String),
  'other-box-days': fc.nat(365).map(String),
  grades: fc.constantFrom('on', 'off'),
  'pull-every': fc.constantFrom('5m', '90s'),
  'poll-every': fc.constantFrom('2m', '1d'),
  'settle-every': fc.constantFrom('20s'),
  'rescan-every': fc.constantFrom('1d', '12h'),
}
const word = fc
  .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  .filter((text) => normalReason(text) !== '' && text.trim() !== '')
const reference = fc.constantFrom(
  'env:ACME_KEY',
  'file:/run/secrets/key',
  'keychain:',
  'keychain:ops/a b',
  `command:op read 'op://a b/"c"' # \\ :`,
)
const reasons = fc.uniqueArray(
  fc.record({ parentReason: fc.option(word), reason: word, code: fc.constantFrom(...reasonCodes) }),
  { selector: ruleKey, maxLength: 5 },
)
const anyProfile: fc.Arbitrary<Profile> = fc
  .record({
    provided: fc.record(typed, { requiredKeys: ['environment', 'slug'] }),
    reasons: fc.option(reasons, { nil: undefined }),
    store: fc.constantFrom(undefined, 'file' as const, 'keychain' as const),
    secrets: fc.record(Object.fromEntries(secretNames.map((name) => [name, reference])), { requiredKeys: [] }),
  })
  .map(({ provided, reasons: rules, store, secrets }) => {
    let profile = { masonhub: {}, addedAt: at, changedAt: at } as Profile
    for (const { key, path, read } of settings) {
      const text = (provided as Record<string, string | undefined>)[key]
      if (text !== undefined) profile = withSetting(profile, path, read(text))
    }
    if (rules !== undefined) profile = withSetting(profile, ['policy', 'reasons'], rules)
    if (Object.keys(secrets).length > 0)
      profile = { ...profile, secrets: secrets as Partial<Record<SecretName, string>> }
    return store === undefined ? profile : { ...profile, store }
  })
const anyProfiles: fc.Arbitrary<Profiles> = fc
  .dictionary(
    fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,9}$/).filter((name) => name !== 'env'),
    anyProfile,
    { maxKeys: 4 },
  )
  .map((merchants) => ({ version: 1, current: null, merchants: { ...merchants } }))

const exported = ({ merchants }: Profiles) =>
  writeMerchantsFile(
    Object.entries(merchants).map(([name, profile]) => ({
      name,
      profile,
      kept: { callbackToken: { since: at, encrypted: null }, receiverKey: { since: null, encrypted: null } },
    })),
  )

describe('applying a file of merchants', () => {
  it('property: what was exported changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyProfiles, async (profiles) => {
        const text = exported(profiles)
        const { merchants, problems } = readMerchantsFile(text)
        assert.deepEqual(problems, [], text)
        const plans = planMerchants(profiles, merchants, { prune: true, now })
        assert.deepEqual(
          plans,
          Object.keys(profiles.merchants).map((name) => ({ action: 'unchanged', name })),
          text,
        )
      }),
    )
  })

  it('property: applied twice, the second time changes nothing, whatever was there before', async () => {
    await fc.assert(
      fc.asyncProperty(anyProfiles, anyProfiles, async (before, desired) => {
        const { merchants } = readMerchantsFile(exported(desired))
        const after: Profiles = { ...before, merchants: {} }
        for (const plan of planMerchants(before, merchants, { prune: true, now })) {
          if (plan.action === 'unchanged') {
            const stored = before.merchants[plan.name]
            if (stored) after.merchants[plan.name] = stored
          } else if (plan.action !== 'removed') after.merchants[plan.name] = plan.after
        }
        assert.deepEqual(Object.keys(after.merchants).sort(), Object.keys(desired.merchants).sort())
        const again = planMerchants(after, merchants, { prune: true, now })
        assert.ok(again.every(({ action }) => action === 'unchanged'))
      }),
    )
  })

  it('keeps what it does not know: fields of a newer mhloop, and the store that the file leaves open', async () => {
    const before = {
      environment: 'sandbox',
      masonhub: { slug: 'demo', region: 'eu' },
      policy: { refunds: true, newer: 1 },
      store: 'keychain',
      newest: { a: 1 },
      addedAt: at,
      changedAt: at,
    } as Profile
    const { merchants } = readMerchantsFile(`${acme}    refunds: off\n`)
    const [plan] = planMerchants({ version: 1, current: null, merchants: { acme: before } }, merchants, {
      prune: false,
      now,
    })
    assert.ok(plan?.action === 'changed')
    assert.deepEqual(plan.differences, [{ key: 'refunds', before: 'on', after: 'off' }])
    assert.deepEqual(plan.after, {
      ...before,
      policy: { newer: 1, refunds: false },
      changedAt: now.toISOString(),
    })
  })

  it('removes no merchant without --prune', async () => {
    const profiles: Profiles = {
      version: 1,
      current: null,
      merchants: { other: { environment: 'sandbox', masonhub: { slug: 'x' }, addedAt: at, changedAt: at } },
    }
    const { merchants } = readMerchantsFile(acme)
    const actions = (prune: boolean) =>
      planMerchants(profiles, merchants, { prune, now }).map(({ action, name }) => `${action} ${name}`)
    assert.deepEqual(actions(false), ['added acme'])
    assert.deepEqual(actions(true), ['added acme', 'removed other'])
  })
})
