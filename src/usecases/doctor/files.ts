import { lstat, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PlacedFile } from '../../core/doctor/machine.ts'
import { Fault } from '../../core/errors/fault.ts'
import { dataFolder } from '../../journal/data-folder.ts'
import { sqlitePath } from '../../journal/sqlite/location.ts'
import { configFolder, type Env } from '../../merchants/files/config-folder.ts'

/** Profiles contain no secret; any other file beside them may. */
const settingsFile = 'profiles.json'

/**
 * All of mhloop's files, as they are before any is opened, since opening the journal silently repairs its modes.
 * `location`: of the journal; undefined: the default one.
 */
export async function placedFiles(env: Env, location: string | undefined): Promise<PlacedFile[]> {
  const config = configFolder(env)
  const names = await readdir(config).catch(() => [])
  const lasting = names.filter((name) => !name.endsWith('.lock'))
  const placed = await Promise.all([
    placedAt(config, false),
    ...lasting.map((name) => placedAt(join(config, name), name !== settingsFile)),
    ...journalPaths(env, location).map(({ path, secret }) => placedAt(path, secret)),
  ])
  return placed.flatMap((file) => file ?? [])
}

function journalPaths(env: Env, location: string | undefined): { path: string; secret: boolean }[] {
  const path = journalPath(env, location)
  if (path === null) return []
  const files = [path, `${path}-wal`, `${path}-shm`].map((file) => ({ path: file, secret: true }))
  return [{ path: dirname(path), secret: false }, ...files]
}

/** null when the journal is not a file, or its path can't be determined: opening it reports what is wrong. */
function journalPath(env: Env, location: string | undefined): string | null {
  try {
    return sqlitePath(location, dataFolder(env))
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

/** null when it does not exist. */
async function placedAt(path: string, secret: boolean): Promise<PlacedFile | null> {
  const found = await lstat(path).catch(() => null)
  if (found === null) return null
  const isOurs = process.platform === 'win32' || found.uid === process.geteuid?.()
  const kind = found.isSymbolicLink() ? 'link' : found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other'
  // In a sticky folder such as /tmp, only the owner of a file can replace it.
  const swappable = kind !== 'folder' || (found.mode & 0o1000) === 0
  const mode = process.platform === 'win32' || !swappable ? null : found.mode & 0o777
  return { path, kind, owner: isOurs || !swappable ? 'us' : 'somebody else', mode, secret: secret && kind !== 'folder' }
}
