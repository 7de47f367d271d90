import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises'
import { dirname, join, parse, resolve } from 'node:path'
import { shellWord } from '../../core/text/shell-word.ts'
import { type Env, nullWhenMissing, unsafe } from '../files/config-folder.ts'

const mostBytes = 65_536
const mostLinks = 40
const root = 0
const writableByOthers = 0o022
const anybodysWriting = 0o222
const sticky = 0o1000

/**
 * Reads a secret from a file that another program keeps: its text and since when; null when it is missing. Only root
 * and we may be able to change or replace it (F62): every folder and every link on the way is checked, so that the
 * links by which Kubernetes swaps its mounts can be followed (H11). No other user may read it, except where it was
 * mounted read-only (0440, 0444, as Kubernetes and Docker do), or where systemd grants access by a list, which shows as
 * a group bit.
 */
export async function readSecretFile(path: string, env: Env): Promise<{ value: string; since: string } | null> {
  const isSystemds = Boolean(env.CREDENTIALS_DIRECTORY) && dirname(path) === resolve(env.CREDENTIALS_DIRECTORY ?? '')
  const real = await followed(resolve(path))
  if (real === null) return null
  // O_NONBLOCK: a pipe in the file's place must not hang the process. Links are already resolved, so a new one is
  // refused.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(real, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw unsafe('is a symbolic link', path, `ls -l ${shellWord(path)}`)
    if (error.code === 'EACCES') throw unsafe("can't be read by you", path, `ls -l ${shellWord(path)}`)
    return nullWhenMissing(error)
  })
  if (file === null) return null
  try {
    return await checked(file, path, isSystemds ? 0o007 : 0o077)
  } finally {
    await file.close()
  }
}

/** Resolves all links, and checks that everything on the way is root's or ours; null when something is missing. */
async function followed(path: string): Promise<string | null> {
  if (process.platform === 'win32') return path
  let place = parse(path).root
  const names = path.split('/').filter((name) => name !== '')
  for (let links = 0; names.length > 0; ) {
    const found = await lstat(place).catch(nullWhenMissing)
    if (found === null) return null
    guard(place, found)
    const next = join(place, names.shift() ?? '')
    const stats = await lstat(next).catch(nullWhenMissing)
    if (stats === null) return null
    if (!stats.isSymbolicLink()) {
      place = next
      continue
    }
    guard(next, stats)
    links += 1
    if (links > mostLinks) throw unsafe('is a broken symbolic link', path, `ls -l ${shellWord(path)}`)
    const target = resolve(place, await readlink(next))
    names.unshift(...target.split('/').filter((name) => name !== ''))
    place = parse(target).root
  }
  return place
}

/** No other user may be able to replace it. In a sticky folder such as /tmp, only the owner can. */
function guard(path: string, found: Stats): void {
  if (!isOurs(found.uid)) throw unsafe('belongs to another user', path, `ls -ld ${shellWord(path)}`)
  // A link has no mode of its own.
  if (found.isSymbolicLink() || (found.mode & writableByOthers) === 0 || (found.mode & sticky) !== 0) return
  throw unsafe('is writable by other users', path, `chmod go-w ${shellWord(path)}`)
}

function isOurs(uid: number): boolean {
  return uid === process.geteuid?.() || uid === root
}

async function checked(file: FileHandle, path: string, forbidden: number): Promise<{ value: string; since: string }> {
  const found = await file.stat()
  const { mode, uid, size, mtime } = found
  if (!found.isFile()) throw unsafe('is not a regular file', path, `ls -l ${shellWord(path)}`)
  if (size > mostBytes) throw unsafe('is too large to be a secret', path, `ls -l ${shellWord(path)}`)
  if (process.platform !== 'win32') {
    if (!isOurs(uid)) throw unsafe('belongs to another user', path, `ls -l ${shellWord(path)}`)
    if (mode & writableByOthers) throw unsafe('is writable by other users', path, `chmod 600 ${shellWord(path)}`)
    const isMountedToRead = (mode & anybodysWriting) === 0
    if (mode & forbidden && !isMountedToRead)
      throw unsafe('is readable by other users', path, `chmod 600 ${shellWord(path)}`)
  }
  return { value: await file.readFile('utf8'), since: mtime.toISOString() }
}
