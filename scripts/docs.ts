/** `npm run docs`: writes the generated parts of the documents; scripts/documents/generated.ts lists them. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generated } from './documents/generated.ts'
import { placed } from './documents/place.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

for (const part of generated) {
  const path = join(root, part.path)
  const document = part.marker === undefined ? '' : await readFile(path, 'utf8')
  await writeFile(path, placed(document, await part.text(), part))
}
