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
import { noPlace, notDurable, unsafe, unwritable } from './faults.ts'
import { fileSystemOf, trustIn } from './file-system.ts'

const isWindows = process.platform === 'win32'

/**
 * Makes a safe place for the journal: folder 0700 and file 0600 where we make them, no symlink, nobody else's file, no
 * network disk (F10, F62). An existing file is only looked at, never opened: closing it again would drop the locks
 * that SQLite holds on it in this process.
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

/** Not with `recursive`: below /proc Node.js then never ends, and no signal ends it (H14). */
function makeFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found?.isDirectory() || dirname(folder) === folder) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Somebody else was faster.
    if (errorCode(error) === 'EEXIST' && statSync(folder).isDirectory()) return
    // What is above is there: this file system is not one to make folders in.
    throw errorCode(error) === 'ENOENT' ? noPlace(folder, error) : error
  }
  syncFolder(dirname(folder))
}

/** Whoever owns a folder can put another file in the place of ours (H12). */
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
  // Two names make two logs, and they corrupt the file (sqlite.org/howtocorrupt.html).
  if (stats.nlink > 1) throw unsafe(path, 'it has a second name (hard link)', 'remove the other name')
  const user = process.getuid?.()
  if (user !== undefined && user !== 0 && stats.uid !== user) {
    throw unsafe(path, 'it belongs to another user', 'run mhloop as that user, or use another journal')
  }
}

/** A folder's new entry is durable only once the folder itself is. Windows has no such thing. */
function syncFolder(folder: string): void {
  if (isWindows) return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Linux' file system types whose locks or syncs can't be relied upon between machines (statfs(2)). */
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

/** Its name when a file system type of Linux is one of a network's, else null. */
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
