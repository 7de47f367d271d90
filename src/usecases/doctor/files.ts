import { lstat, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PlacedFile } from '../../core/doctor/machine.ts'
import { Fault } from '../../core/fault.ts'
import { dataFolder } from '../../journal/data-folder.ts'
import { sqlitePath } from '../../journal/sqlite/location.ts'
import { configFolder, type Env } from '../../merchants/config-folder.ts'

/** Profiles hold no secret; whatever else is kept beside them may. */
const settingsFile = 'profiles.json'

/** Everything of ours on the disk, as it is before anything is opened: opening the journal mends its modes in silence. */
export async function placedFiles(env: Env): Promise<PlacedFile[]> {
  const config = configFolder(env)
  const names = await readdir(config).catch(() => [])
  const kept = names.filter((name) => !name.endsWith('.lock'))
  const placed = await Promise.all([
    placedAt(config, false),
    ...kept.map((name) => placedAt(join(config, name), name !== settingsFile)),
    ...journalPaths(env).map(({ path, secret }) => placedAt(path, secret)),
  ])
  return placed.flatMap((file) => file ?? [])
}

function journalPaths(env: Env): { path: string; secret: boolean }[] {
  const path = journalPath(env)
  if (path === null) return []
  const files = [path, `${path}-wal`, `${path}-shm`].map((file) => ({ path: file, secret: true }))
  return [{ path: dirname(path), secret: false }, ...files]
}

/** null when it is no file, or nobody can tell which one: opening it says what is wrong. */
function journalPath(env: Env): string | null {
  try {
    return sqlitePath(env.MHLOOP_JOURNAL, dataFolder(env))
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

/** null when it is not there. */
async function placedAt(path: string, secret: boolean): Promise<PlacedFile | null> {
  const found = await lstat(path).catch(() => null)
  if (found === null) return null
  const isOurs = process.platform === 'win32' || found.uid === process.geteuid?.()
  const kind = found.isSymbolicLink() ? 'link' : found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other'
  // A sticky folder such as /tmp lets nobody swap what is another's.
  const swappable = kind !== 'folder' || (found.mode & 0o1000) === 0
  const mode = process.platform === 'win32' || !swappable ? null : found.mode & 0o777
  return { path, kind, owner: isOurs || !swappable ? 'us' : 'somebody else', mode, secret: secret && kind !== 'folder' }
}
