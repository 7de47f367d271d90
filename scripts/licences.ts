import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The licences of all packages with a file in the bundle: most must be passed on with the code. */
export async function licencesOf(root: string, inputs: readonly string[]): Promise<string> {
  const packages = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []))
  const texts = await Promise.all([...packages].toSorted().map((folder) => licenceOf(join(root, folder))))
  return `mhloop contains parts of these packages.\n${texts.join('')}`
}

async function licenceOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return `\n${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${texts.join('\n').trim()}\n`
}
