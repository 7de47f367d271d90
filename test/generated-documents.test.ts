import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generated } from '../scripts/documents/generated.ts'
import { placed } from '../scripts/documents/place.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('generated documents', () => {
  for (const part of generated) {
    it(`${part.path}${part.marker === undefined ? '' : `, ${part.marker}`}: says what the code says`, async () => {
      const document = await readFile(join(root, part.path), 'utf8')
      assert.equal(document, placed(document, await part.text(), part), `${part.path} is out of date: npm run docs`)
    })
  }

  it('a part is between its marks, and the rest of the document stays', () => {
    const document = '# Page\n\n<!-- generated: list -->\nold\n<!-- end of list -->\n\nThe end.\n'
    const fresh = placed(document, 'new\n', { path: 'list.txt', marker: 'list' })
    assert.equal(fresh, '# Page\n\n<!-- generated: list -->\n\nnew\n\n<!-- end of list -->\n\nThe end.\n')
    assert.equal(placed(fresh, 'new', { path: 'list.txt', marker: 'list' }), fresh)
    assert.equal(placed(document, 'whole', { path: 'list.txt' }), 'whole\n')
  })

  it('a document without the marks, or with them twice, is refused', () => {
    const part = '<!-- generated: list -->\nold\n<!-- end of list -->\n'
    for (const document of [
      '# Page\n',
      `${part}${part}`,
      '<!-- generated: list -->\n',
      part.replace('list', 'other'),
    ]) {
      assert.throws(
        () => placed(document, 'new', { path: 'list.txt', marker: 'list' }),
        /list\.txt has not exactly one part/,
      )
    }
  })
})
