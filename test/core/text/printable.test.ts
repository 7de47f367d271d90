import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cut, hasUnseen, isBlank, printable, printableWithUnseen } from '../../../src/core/text/printable.ts'

/** Any UTF-16 text, including broken pairs, often with characters that act on a terminal. */
const anyText = fc.string({
  unit: fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;x\u0007',
        '\r\n',
        '\r',
        '\u0085',
        '\u2028',
        '\u202e',
        '\u2066',
        '\u200b',
        '\ufeff',
        '\u009b31m',
        '👩‍👩‍👧',
        '\ud83d',
        '\u{e0041}',
      ),
    },
  ),
  maxLength: 60,
})

function isAllowed(code: number): boolean {
  const control = code < 0x20 || (code >= 0x7f && code <= 0x9f)
  const bidi = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code === 0x061c
  const invisible =
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x2029) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff ||
    code === 0xad ||
    code === 0x180e ||
    (code >= 0xfff9 && code <= 0xfffb) ||
    (code >= 0xe0000 && code <= 0xe007f)
  const half = code >= 0xd800 && code <= 0xdfff
  return !control && !bidi && !invisible && !half
}

describe('text from outside, made safe to show (F55)', () => {
  it('lets no control, bidirectional, invisible or broken character through, over all of Unicode', () => {
    const codes = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff)
    const everything = codes.map((code) => String.fromCodePoint(code)).join('')
    const retained = [...printable(everything, Number.POSITIVE_INFINITY)].filter((character) => character !== '⏎')
    const allowed = codes.filter(isAllowed).map((code) => String.fromCodePoint(code))
    // Not deepEqual: printing a difference among a million characters would take minutes.
    assert.ok(retained.join('') === allowed.filter((character) => character !== '⏎').join(''))
  })

  it('is safe, well-formed, on one line, and the same a second time, for every text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 80 }), (text, limit) => {
        const safe = printable(text, limit)
        assert.ok(safe.isWellFormed())
        for (const character of safe) assert.ok(isAllowed(character.codePointAt(0) ?? 0), JSON.stringify(safe))
        assert.ok([...safe].length <= limit)
        assert.equal(printable(safe, limit), safe)
      }),
    )
  })

  it('shows a line break as ⏎, two characters of one break as one', () => {
    assert.equal(printable('a\nb\r\nc\rd\u0085e\u2028f\u2029g'), 'a⏎b⏎c⏎d⏎e⏎f⏎g')
  })

  it('takes the teeth out of terminal escapes and overrides', () => {
    assert.equal(printable('\u001b[31mred\u001b[0m\u0007\u0000'), '[31mred[0m')
    assert.equal(printable('refund\u202e tseuqer\u2066'), 'refund tseuqer')
    assert.equal(printable('ze\u200bro\ufeff\u00ad'), 'zero')
  })

  it('makes half a surrogate pair a replacement character', () => {
    assert.equal(printable('a\ud83d'), 'a�')
  })

  it('cuts at the limit with an ellipsis, counting characters, 300 by default', () => {
    assert.equal(printable('abcdef', 6), 'abcdef')
    assert.equal(printable('abcdefg', 6), 'abcde…')
    assert.equal(printable('👍👍👍', 3), '👍👍👍')
    assert.equal(printable('👍👍👍👍', 3), '👍👍…')
    assert.equal([...printable('x'.repeat(300))].length, 300)
    assert.equal(printable('x'.repeat(301)), `${'x'.repeat(299)}…`)
  })
})

describe('cutting text for a field (F35)', () => {
  it('keeps what fits', () => {
    assert.equal(cut('abc', 3), 'abc')
    assert.equal(cut('abcd', 3), 'abc')
    assert.equal(cut('', 3), '')
    assert.equal(cut('abc', 0), '')
    assert.equal(cut('a\ud83d', 2), 'a\ud83d')
  })

  it('never leaves half a character', () => {
    assert.equal(cut('ab👍', 3), 'ab')
    assert.equal(cut('ab👍', 4), 'ab👍')
    assert.equal(cut('a👍b', 3), 'a👍')
    assert.equal(cut('a\u{10ffff}b', 2), 'a')
    assert.equal(cut('a\u{10000}b', 2), 'a')
  })

  it('is a beginning of the text, at most one unit shorter than the limit, for every well-formed text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 0, max: 70 }), (text, limit) => {
        const short = cut(text, limit)
        assert.ok(text.startsWith(short))
        assert.ok(short.isWellFormed())
        assert.ok(short.length <= limit)
        assert.ok(short === text || short.length >= limit - 1)
      }),
    )
  })
})

describe('invisible characters in a text (H25)', () => {
  it('H25 is named by its code, once each, and the text is safe', () => {
    assert.equal(printableWithUnseen('JEAN-IND-32'), 'JEAN-IND-32')
    assert.equal(printableWithUnseen('two words'), 'two words')
    assert.equal(printableWithUnseen('\u200bJEAN'), 'JEAN with the invisible character U+200B')
    assert.equal(printableWithUnseen('\ufeffJE\u00adAN\ufeff'), 'JEAN with the invisible characters U+FEFF, U+00AD')
    assert.equal(printableWithUnseen('JEAN '), 'JEAN with the invisible character U+0020')
    assert.match(printableWithUnseen('JE\u00a0AN'), / with the invisible character U\+00A0$/)
    fc.assert(fc.property(anyText, (text) => printableWithUnseen(text) === printable(printableWithUnseen(text))))
  })

  it('H25 is no word: a text of nothing else is blank', () => {
    for (const text of ['', ' ', '\u200b\u200b', ' \u2060\t\ufeff ']) assert.ok(isBlank(text), JSON.stringify(text))
    for (const text of ['x', '\u200b!']) assert.ok(!isBlank(text), text)
    assert.deepEqual(['a b', 'a\u200bb'].map(hasUnseen), [false, true])
  })
})
