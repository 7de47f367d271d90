import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { fileSystemOf, trustIn } from './file-system.ts'
import { noPlace, notDurable, unsafe, unwritable } from './sqlite-faults.ts'

const isWindows = process.platform === 'win32'

/**
 * Makes a safe place for the journal: folder 0700 and file 0600 where mhloop creates them, no symbolic link, no file of
 * another user, no network disk (F10, F62). It never opens an existing file: closing it again would drop the locks that
 * SQLite holds on it in this process.
 */
export function preparePlace(path: string, { folderIsOurs }: { folderIsOurs: boolean }): void {
  try {
    const folder = prepareFolder(dirname(path), folderIsOurs)
    refuseNetworkDisk(path, folder)
    prepareFile(path, folder)
    for (const companion of [`${path}-wal`, `${path}-shm`]) {
      const stats = lstatSync(companion, { throwIfNoEntry: false })
      if (stats) refuseUnsafeFile(companion, stats)
    }
  } catch (error) {
    throw errorCode(error) === null ? error : unwritable(path, reasonOf(error), hintOf(error), error)
  }
}

function prepareFolder(folder: string, isOurs: boolean): string {
  makeFolder(folder)
  const real = realpathSync(folder)
  if (isWindows) return real
  const stats = statSync(real)
  refuseForeign(folder, stats)
  if (isOurs && stats.uid === process.getuid?.() && (stats.mode & 0o077) !== 0) {
    chmodSync(real, 0o700)
    return real
  }
  const isShared = (stats.mode & 0o022) !== 0 && (stats.mode & 0o1000) === 0
  if (isShared)
    throw unsafe(
      folder,
      'other users can replace files in its folder',
      'run chmod go-w on that folder, or choose another',
    )
  return real
}

/** Not with `recursive`: below /proc, Node.js would then never return, and no signal would end it (H14). */
function makeFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found?.isDirectory() || dirname(folder) === folder) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process was faster.
    if (errorCode(error) === 'EEXIST' && statSync(folder).isDirectory()) return
    // The folder above exists, so this file system does not support creating folders.
    throw errorCode(error) === 'ENOENT' ? noPlace(folder, error) : error
  }
  syncFolder(dirname(folder))
}

/** The owner of a folder can replace our file in it (H12). */
function refuseForeign(folder: string, { uid }: Stats): void {
  const user = process.geteuid?.()
  if (user === undefined || uid === user || uid === 0) return
  const why = `its folder belongs to another user (${uid})`
  throw unsafe(folder, why, 'run mhloop as that user, or use another folder: set MHLOOP_DATA_DIR')
}

function prepareFile(path: string, folder: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })) create(path, folder)
  const stats = lstatSync(path)
  refuseUnsafeFile(path, stats)
  if (!isWindows && (stats.mode & 0o077) !== 0) chmodSync(path, 0o600)
}

function create(path: string, folder: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
    syncFolder(folder)
  } catch (error) {
    // Another process was first.
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

function refuseUnsafeFile(path: string, stats: Stats): void {
  if (stats.isSymbolicLink()) throw unsafe(path, 'it is a symbolic link', 'give the file itself')
  if (!stats.isFile()) throw unsafe(path, 'it is not a file', 'set MHLOOP_JOURNAL to sqlite:PATH with another path')
  // With two names there are two logs, which corrupt the file (sqlite.org/howtocorrupt.html).
  if (stats.nlink > 1) throw unsafe(path, 'it has a second name (hard link)', 'remove the other name')
  const user = process.getuid?.()
  if (user !== undefined && user !== 0 && stats.uid !== user) {
    throw unsafe(path, 'it belongs to another user', 'run mhloop as that user, or use another journal')
  }
}

/** A new entry of a folder is durable only once the folder itself is synced. Windows has no such call. */
function syncFolder(folder: string): void {
  if (isWindows) return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Linux' numbers of file systems whose locks or syncs can't be relied on between machines (statfs(2)). */
const networkTypes = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
])

/** The name of a network file system, by Linux' number of it; null for any other. */
export function networkType(type: number): string | null {
  return networkTypes.get(type >>> 0) ?? null
}

function refuseNetworkDisk(path: string, folder: string): void {
  if (process.platform !== 'linux') return
  const type = fileSystemOf(folder)
  const name = networkType(statfsSync(folder).type) ?? (type !== null && trustIn(type) === 'network' ? type : null)
  if (name !== null) throw notDurable(path, `it is on a network disk (${name})`)
}

function errorCode(error: unknown): string | null {
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : null
}

function reasonOf(error: unknown): string {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'its disk is full'
    case 'EROFS':
      return 'its disk is read-only'
    case 'EACCES':
    case 'EPERM':
      return 'you have no permission to write there'
    default:
      return `its folder can't be used (${errorCode(error)})`
  }
}

function hintOf(error: unknown): string {
  return ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')
    ? 'free up space on that disk, then run the command again'
    : 'choose another place: set MHLOOP_DATA_DIR, or MHLOOP_JOURNAL to sqlite:PATH'
}
