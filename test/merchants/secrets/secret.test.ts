import assert from 'node:assert/strict'
import fc from 'fast-check'
import { environmentSecrets } from '../../../src/merchants/secrets/credentials.ts'
import * as shared from '../../../src/merchants/secrets/secret.ts'
import { passphraseOf } from '../../../src/merchants/stores/passphrase.ts'

// A module instance of its own: the shared one would then search for thousands of secrets in each line that other tests
// print.
const alone: typeof shared = await import(
  new URL('../../../src/merchants/secrets/secret.ts?alone', import.meta.url).href
)
const { scrubSecrets, secret, secretList } = alone

const alphabet = (characters: string) => (size: { minLength: number; maxLength: number }) =>
  fc.string({ unit: fc.constantFrom(...characters), ...size })
const printable = alphabet(Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join(''))
/** Tokens as vendors and `openssl rand` generate them. */
const token = fc.oneof(
  fc.uuid(),
  alphabet('0123456789abcdef')({ minLength: 32, maxLength: 64 }),
  fc.uint8Array({ minLength: 24, maxLength: 48 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.uint8Array({ minLength: 24, maxLength: 48 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
)
const blank = fc.constantFrom(' ', '  ', '\n', '\t', '\r\n    ')

describe('what the last filter removes (F58)', () => {
  it('a secret of any characters: as it is, in a URL and in JSON', () => {
    fc.assert(
      fc.property(printable({ minLength: 8, maxLength: 60 }), (value) => {
        secret(value)
        for (const form of [value, encodeURIComponent(value), JSON.stringify(value)]) {
          const clean = scrubSecrets(`before ${form} after`)
          assert.ok(!clean.includes(form) && clean.includes('[secret]'), clean)
        }
      }),
    )
  })

  it('each of several values that are kept as one text, words or not', () => {
    const one = fc.oneof(token, alphabet('abcdefghijklmnopqrstuvwxyz')({ minLength: 8, maxLength: 20 }))
    fc.assert(
      fc.property(fc.array(one, { minLength: 2, maxLength: 3 }), (values) => {
        secretList(values.join(' '))
        for (const value of values) assert.ok(!scrubSecrets(`(${value})`).includes(value))
      }),
    )
  })

  it('a token that was given with words around it', () => {
    fc.assert(
      fc.property(token, (value) => {
        secret(`authorization bearer ${value}`)
        assert.equal(scrubSecrets(`'${value}', authorization`), `'[secret]', authorization`)
      }),
    )
  })

  it('a passphrase as a whole, whatever parts it has and wherever a line is folded in it', () => {
    const word = fc.oneof(fc.constantFrom('merchant', 'refunds', 'passphrase', 'correct', 'a', 'x.*('), token)
    fc.assert(
      fc.property(fc.array(fc.tuple(word, blank), { minLength: 2, maxLength: 6 }), blank, (parts, fold) => {
        const value = parts.flat().join('').trim()
        if (value.length < 8) return
        secret(value)
        for (const text of [value, value.split(/\s+/).join(fold)])
          assert.equal(scrubSecrets(`<${text}>`).replaceAll('[secret]', ''), '<>')
      }),
    )
  })

  it('the longest first, so that no rest of it stays', () => {
    secretList('orchid-71-orchid orchid-71')
    secret('meadow orchid-71-orchid meadow')
    assert.equal(scrubSecrets('orchid-71-orchid, meadow orchid-71-orchid meadow'), '[secret], [secret]')
    secret('fern moss')
    secret('fern      moss')
    secret('fern moss oak')
    assert.equal(scrubSecrets('fern moss oak'), '[secret]')
  })

  it('from the environment, too', () => {
    environmentSecrets({ MHLOOP_CALLBACK_TOKEN: 'heronheron egretegret' })
    assert.equal(shared.scrubSecrets('heronheron and egretegret'), '[secret] and [secret]')
  })
})

describe('what the last filter leaves', () => {
  it('the words of a passphrase, where they occur alone', async () => {
    await passphraseOf({ MHLOOP_CREDENTIALS_PASSPHRASE: 'Another merchant passphrase RESOLVES commands' })
    const text = 'Another merchant needs a passphrase; RESOLVES commands'
    assert.equal(shared.scrubSecrets(text), text)
    assert.equal(shared.scrubSecrets('is: Another merchant passphrase RESOLVES commands!'), 'is: [secret]!')
  })
})
