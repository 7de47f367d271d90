/**
 * A page whose topic was removed would stay for ever: nothing generates it, so no other test reports that it is out of
 * date.
 */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generated } from '../scripts/documents/generated.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('generated folders', () => {
  for (const folder of ['docs/commands', 'test/texts/help', 'test/texts/messages']) {
    it(`${folder} holds the generated pages and nothing else`, async () => {
      const expected = generated.flatMap(({ path }) => (path.startsWith(`${folder}/`) ? [path] : []))
      const found = (await readdir(join(root, folder))).map((file) => `${folder}/${file}`)
      assert.ok(expected.length > 0)
      assert.deepEqual(found.toSorted(), expected.toSorted())
    })
  }
})
