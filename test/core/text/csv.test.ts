import assert from 'node:assert/strict'
import fc from 'fast-check'
import { csvRows } from '../../../src/core/text/csv.ts'

const cells = (text: string, delimiter = ',') => csvRows(text, delimiter)?.map((row) => row.cells)

describe('CSV', () => {
  it('reads plain and quoted fields, doubled quotes, and delimiters within quotes', () => {
    assert.deepEqual(cells('a,"b,c","d ""e"""\nf,g,h'), [
      ['a', 'b,c', 'd "e"'],
      ['f', 'g', 'h'],
    ])
  })

  it('takes every kind of line break, a byte order mark, and no break at the end', () => {
    assert.deepEqual(cells('\ufeffa,b\r\nc,d\re,f\ng,h'), [
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'f'],
      ['g', 'h'],
    ])
  })

  it('leaves blank rows out, and keeps empty fields', () => {
    assert.deepEqual(cells('a,,\n\n , \n,b\n'), [
      ['a', '', ''],
      ['', 'b'],
    ])
  })

  it('counts lines as an editor does, also past blank rows and quoted line breaks', () => {
    const rows = csvRows('head\n\n"two\nlines",x\nlast', ',')
    assert.deepEqual(
      rows?.map(({ line }) => line),
      [1, 3, 5],
    )
  })

  it('reads nothing of a text with a quote that never ends', () => {
    assert.equal(csvRows('a,"b\nc', ','), null)
    assert.equal(csvRows('a,"b""', ','), null)
  })

  it('reads back whatever was written with every field quoted', () => {
    const field = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/\r\n?/g, '\n'))
    const rows = fc.array(fc.tuple(field, fc.constant('x'), field), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(rows, fc.constantFrom(',', ';', '\t'), (expected, delimiter) => {
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
        const text = expected.map((row) => `${row.map(quote).join(delimiter)}\r\n`).join('')
        assert.deepEqual(cells(text, delimiter), expected)
      }),
    )
  })
})
