import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { shellWord } from '../../core/text/shell-word.ts'
import { checkFolder, nullWhenMissing, unsafe } from './config-folder.ts'

/** `secret`: no other user may read it. `settings`: no other user may change it. */
export type Privacy = 'secret' | 'settings'

const forbidden: Record<Privacy, number> = { secret: 0o077, settings: 0o022 }

/** The text of one of our files; null when it is missing. Refuses symbolic links, other owners, loose modes (F62). */
export async function readPrivateFile(path: string, privacy: Privacy): Promise<string | null> {
  await checkFolder(dirname(path))
  // O_NONBLOCK: a pipe in the file's place must not hang the process, which even Ctrl-C would not end.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw linked(path)
    return nullWhenMissing(error)
  })
  if (file === null) return null
  try {
    const found = await file.stat()
    if (!found.isFile()) throw unsafe('is not a regular file', path, `ls -l ${shellWord(path)}`)
    if (process.platform !== 'win32') {
      if (found.uid !== process.geteuid?.()) throw unsafe('belongs to another user', path, `ls -l ${shellWord(path)}`)
      if (found.mode & forbidden[privacy]) {
        throw unsafe(
          `is ${privacy === 'secret' ? 'readable' : 'writable'} by other users`,
          path,
          `chmod 600 ${shellWord(path)}`,
        )
      }
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Refuses a symbolic link in the file's place: a write must never follow one. */
export async function refuseLink(path: string): Promise<void> {
  const found = await lstat(path).catch(nullWhenMissing)
  if (found?.isSymbolicLink()) throw linked(path)
}

/** Replaces the file as a whole, mode 0600; it is on the disk before this returns. The folder must be prepared. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await refuseLink(path)
  const temporary = `${path}.${process.pid}.${randomUUID()}.tmp`
  const exclusive = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const file = await open(temporary, exclusive, 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
    await file.close()
    await rename(temporary, path)
  } catch (error) {
    await file.close().catch(() => {})
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** The rename survives a power cut only once the folder is on the disk, too. Windows has no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function linked(path: string) {
  return unsafe('is a symbolic link', path, `ls -l ${shellWord(path)}`)
}
