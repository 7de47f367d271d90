import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseLosslessly } from '../../src/http/json.ts'

const digits = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.stringMatching(/^\d{0,39}$/))
  .map(([first, rest]) => `${first}${rest}`)

describe('lossless JSON (F31)', () => {
  it('keeps every digit of a number of 1 to 40 digits', () => {
    fc.assert(
      fc.property(digits, (text) => {
        const parsed = parseLosslessly(`{"tracking_number":${text}}`) as { tracking_number: unknown }
        assert.equal(String(parsed.tracking_number), text)
      }),
    )
  })

  it('keeps the text of every number, wherever it is', () => {
    const number = fc.stringMatching(/^-?(0|[1-9]\d{0,24})(\.\d{1,12})?([eE][+-]?\d{1,3})?$/)
    const blank = fc.constantFrom('', ' ', '\n\t', '\r\n  ')
    fc.assert(
      fc.property(fc.array(fc.tuple(number, blank), { minLength: 1, maxLength: 4 }), blank, (numbers, before) => {
        const list = `[${numbers.map(([text, after]) => `${before}${text}${after}`).join(',')}]`
        const object = `{${numbers.map(([text], index) => `"${index}":${before}${text}`).join(',')}}`
        const expected = numbers.map(([text]) => text)
        assert.deepEqual((parseLosslessly(list) as unknown[]).map(String), expected)
        assert.deepEqual(Object.values(parseLosslessly(object) as object).map(String), expected)
        assert.equal(String(parseLosslessly(`${before}${expected[0]}`)), expected[0])
      }),
      { numRuns: 1000 },
    )
  })

  it('keeps exact numbers as numbers, and the others as their text', () => {
    assert.deepEqual(parseLosslessly('[0,-7,1.5,9007199254740991]'), [0, -7, 1.5, 9007199254740991])
    assert.deepEqual(parseLosslessly('[9007199254740992,47.50,1e3,-0,9400111899223100001234]'), [
      '9007199254740992',
      '47.50',
      '1e3',
      '-0',
      '9400111899223100001234',
    ])
  })

  it('agrees with JSON.parse about every other value', () => {
    // The parser drops this key on purpose; the next test covers it.
    const values = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'))
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(value)
        assert.equal(JSON.stringify(parseLosslessly(text)).replaceAll('"', ''), text.replaceAll('"', ''))
      }),
    )
  })

  it('drops keys that would become a prototype (F54)', () => {
    const parsed = parseLosslessly('{"a":{"__proto__":{"state":"closed"},"b":1}}') as { a: object }
    assert.deepEqual(Object.keys(parsed.a), ['b'])
    assert.equal(Object.hasOwn(Object.assign({}, parsed.a), 'state'), false)
    for (const key of ['__proto\\u005f_', '\\u005f_proto__', '__\\u0070roto__', '__pr\\u006Fto__']) {
      assert.deepEqual(parseLosslessly(`{"${key}":{"state":"closed"}}`), {})
    }
  })

  it('gives undefined for what is not JSON, however deep', () => {
    for (const text of ['', 'undefined', '<html>', '{', '['.repeat(200_000)])
      assert.equal(parseLosslessly(text), undefined)
  })
})
