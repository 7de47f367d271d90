/** Where the tests' PostgreSQL has its files, and which user runs it. */
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyTo, packagedFolder, type User, whyNotRunnable } from './binaries.ts'

export type Home = {
  /** Deleted when the server ends. */
  scratch: string
  /** A folder with `initdb` and `postgres` in its `bin`, which {@link user} can run. */
  folder: string
  user: User
}

/** The first place where PostgreSQL can run; a sentence when there is none. */
export async function findHome(onDisk: boolean): Promise<Home | string> {
  const packaged = await packagedFolder()
  if (packaged === null) return `npm has brought none for ${process.platform}-${process.arch}`
  const user = userOf()
  const hindrances: string[] = []
  for (const base of basesFor(onDisk)) {
    const found = await homeIn(base, packaged, user)
    if (typeof found !== 'string') return found
    hindrances.push(`in ${base}: ${found}`)
  }
  return hindrances.join('; ')
}

/** PostgreSQL refuses to run as root, so root runs it as `nobody`, which owns no other files. */
function userOf(): User {
  if (process.getuid?.() !== 0) return null
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) }
}

/**
 * In memory where there is room, unless the caller wants the disk: commits wait for a sync there, too, but it costs
 * nothing. Such a place may not run programs, and TMPDIR may be closed to other users: then the next one is tried.
 */
function basesFor(onDisk: boolean): string[] {
  const memory = '/dev/shm'
  const room = !onDisk && existsSync(memory) ? statfsSync(memory) : null
  const isRoomy = room !== null && room.bavail * room.bsize > 2 ** 30
  const disks = process.platform === 'win32' ? [tmpdir()] : [tmpdir(), '/tmp', '/var/tmp']
  return [...new Set(isRoomy ? [memory, ...disks] : disks)]
}

async function homeIn(base: string, packaged: string, user: User): Promise<Home | string> {
  let scratch = ''
  try {
    scratch = mkdtempSync(join(base, 'mhloop-postgres-'))
    if (user !== null) chownSync(scratch, user.uid, user.gid)
    const inPlace = whyNotRunnable(packaged, user, scratch)
    if (inPlace === null) return { scratch, folder: packaged, user }
    const folder = await copyTo(scratch, packaged, user)
    const copied = whyNotRunnable(folder, user, scratch)
    if (copied === null) return { scratch, folder, user }
    rmSync(scratch, { recursive: true, force: true })
    return copied
  } catch (error) {
    if (scratch !== '') rmSync(scratch, { recursive: true, force: true })
    return error instanceof Error ? error.message : String(error)
  }
}
