import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { pieces, toJson } from '../../../src/cli/output/json.ts'
import { csv, csvField, listing, ndjson, tabSeparated } from '../../../src/cli/output/listing.ts'
import { createPage } from '../../../src/cli/output/page.ts'
import { bad, good, plainText } from '../../../src/cli/output/styled.ts'
import { table } from '../../../src/cli/output/table.ts'
import { displayWidth, truncate } from '../../../src/cli/output/width.ts'

const hostile = 'a\u001b[31mred\u001b]0;title\u0007\u202eevil\u0000\r\nb\tc'
type Row = { id: string; note: string }
const rowsOf = (...notes: string[]) =>
  listing<Row>({
    columns: [
      { key: 'id', title: 'Id', align: 'right', value: ({ id }) => id },
      { key: 'note', title: 'Note', value: ({ note }) => good(note) },
    ],
    rows: notes.map((note, index) => ({ id: String(index + 1), note })),
    empty: 'Nothing.',
  })
const draw = async (width: number, colour: boolean, fill: (page: ReturnType<typeof createPage>) => void) => {
  const page = createPage({ width, colour })
  fill(page)
  return page.text()
}

describe('text for terminals', () => {
  it('lets no control, escape or bidirectional character through, from any part of a view (F55)', async () => {
    const text = await draw(80, false, (page) => {
      page.heading(hostile)
      page.line(hostile, bad(hostile))
      page.paragraph(hostile)
      page.fields([[hostile, hostile]])
      page.bullets([hostile])
      page.table(rowsOf(hostile))
    })
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
  })
  it('lets nothing through whatever the text is (F55, property)', () => {
    const allowed = /^[^\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]*$/u
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.match(plainText(text), allowed)))
  })
  it('colours only when it may', async () => {
    assert.match(await draw(80, true, (page) => page.line(good('fine'))), /\u001b\[32mfine/)
    assert.equal(await draw(80, false, (page) => page.line(good('fine'))), 'fine\n')
  })
  it('aligns fields and indents what wraps', async () => {
    const text = await draw(20, false, (page) =>
      page.fields([
        ['a', 'one two three four five'],
        ['long', 'x'],
      ]),
    )
    assert.equal(text, 'a     one two three\n      four five\nlong  x\n')
  })
  it('keeps coloured parts of one word together when it wraps', async () => {
    const text = await draw(12, false, (page) => page.paragraph(['12345678 (', bad('wrong'), ') end']))
    assert.equal(text, '12345678\n(wrong) end\n')
  })
  it('measures wide characters, emoji and combining marks as a terminal does', () => {
    assert.equal(displayWidth('日本'), 4)
    assert.equal(displayWidth('e\u0301'), 1)
    assert.equal(displayWidth('👍🏽'), 2)
    assert.equal(truncate('日本語', 4), '日…')
  })
  it('wraps at the columns that a terminal counts', async () => {
    assert.equal(await draw(5, false, (page) => page.paragraph('日本 日本')), '日本\n日本\n')
  })
})

describe('tables', () => {
  it('fits its columns to the terminal', async () => {
    const text = await table(rowsOf('word '.repeat(40), 'short'), 60, false)
    for (const line of text.split('\n')) assert.ok(displayWidth(line) <= 60, line)
    assert.match(text, /short/)
  })
  it('draws many rows without cli-table3, and looks the same', async () => {
    const many = await table(rowsOf(...Array.from({ length: 250 }, (_, index) => `note ${index}`)), 80, false)
    const few = await table(rowsOf(...Array.from({ length: 150 }, (_, index) => `note ${index}`)), 80, false)
    assert.equal(many.split('\n').length, 252)
    assert.deepEqual(many.split('\n').slice(0, 9), few.split('\n').slice(0, 9))
  })
  for (const [name, rows] of [
    ['few', 1],
    ['many', 250],
  ] as const) {
    it(`cuts nothing, even where one word is wider than its column (${name} rows)`, async () => {
      const order = `#WHOLESALE-EU-${'2026-'.repeat(12)}日本`
      const text = await table(rowsOf(...Array.from({ length: rows }, () => order)), 30, true)
      const plain = stripVTControlCharacters(text).split('\n')
      for (const line of plain) assert.ok(displayWidth(line) <= 30, line)
      const lines = plain.slice(1, 1 + (plain.length - 2) / rows)
      assert.equal(lines.map((line) => line.replace(/^ *1? {2}/, '').trim()).join(''), order)
    })
  }
  it('takes room from the wordy column before it breaks a word of another', async () => {
    const list = listing<{ order: string; why: string }>({
      columns: [
        { key: 'order', title: 'Order', value: ({ order }) => order },
        { key: 'why', title: 'Why', value: ({ why }) => why },
      ],
      rows: [{ order: '#WHOLESALE-EU-2026-01', why: 'Loop has no tracking number yet' }],
      empty: '',
    })
    assert.match(await table(list, 35, false), /^#WHOLESALE-EU-2026-01 {2}Loop has no\n/m)
  })
  it('has no colour of its own (cli-table3 would colour a pipe)', async () => {
    assert.doesNotMatch(await table(rowsOf('x'), 80, false), /\u001b/)
    assert.match(await table(rowsOf('x'), 80, true), /\u001b\[32mx/)
  })
  it('is tab-separated with a header of keys in a pipe, and never cut', () => {
    const long = 'x'.repeat(5000)
    assert.equal([...tabSeparated(rowsOf(long, 'a\tb'))].join(''), `id\tnote\n1\t${long}\n2\tab\n`)
  })
})

describe('CSV', () => {
  it('quotes every field and disarms formulas, also behind spaces (F57)', () => {
    assert.equal([...csv(rowsOf('say "hi"'))].join(''), '"id","note"\r\n"1","say ""hi"""\r\n')
    for (const start of ['=', '+', '-', '@', ' =', '＝']) {
      assert.equal(csvField(`${start}1+1`), `"'${start}1+1"`)
    }
  })
  it('cuts nothing, however long it is', () => {
    const long = 'x'.repeat(5000)
    assert.equal([...csv(rowsOf(long))].join(''), `"id","note"\r\n"1","${long}"\r\n`)
  })
  it('can be read back as what was written, and begins no field with a formula (F57, property)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[' =-]{0,4}1$/)), (text) => {
        const field = csvField(text)
        assert.match(field, /^"(?:[^"]|"")*"$/s)
        const inner = field.slice(1, -1).replaceAll('""', '"')
        assert.doesNotMatch(inner.trimStart(), /^[=+\-@]/)
        assert.equal(inner.replace(/^'(?='*\s*[=+\-@＝＋－＠])/, ''), plainText(text))
      }),
    )
  })
})

describe('JSON', () => {
  it('escapes what a terminal would act on, and keeps the value (F56)', () => {
    const value = { note: `C1 \u009b31m bidi \u202e zero \u200b del \u007f` }
    assert.doesNotMatch(toJson(value), /[\u007f-\u009f\u200b\u202e]/)
    assert.deepEqual(JSON.parse(toJson(value)), value)
  })
  it('is the same in pieces, with a piece for each item of a long list (property)', () => {
    const long = fc.jsonValue({ maxDepth: 2 }).map((item) => Array.from({ length: 150 }, () => item))
    const value = fc.oneof(fc.jsonValue(), long, fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), long)))
    fc.assert(fc.property(value, (data) => assert.equal([...pieces({ data }, '')].join(''), toJson({ data }, 2))))
    assert.ok([...pieces({ rows: Array.from({ length: 150 }, (_, id) => ({ id })) }, '')].length > 150)
    assert.equal([...pieces({ a: undefined, b: { c: undefined }, d: {} }, '')].join(''), toJson({ b: {}, d: {} }, 2))
  })
  it('streams lists as one record per line', () => {
    const lines = [...ndjson(rowsOf('a\nb', 'c'), toJson)].map((line) => line.trimEnd())
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).note),
      ['a\nb', 'c'],
    )
  })
})
