import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { shown } from '../core/text.ts'
import { checkFolder, type Env, nullWhenMissing, unsafe } from './config-folder.ts'

const mostBytes = 65_536
const root = 0

/**
 * A secret that something else keeps in a file: its text and since when, or null when there is none. Held to the same
 * rules as our own files (F62), except that root may own it, and that systemd, which grants its credentials by an access
 * list, shows that as a group bit.
 */
export async function readSecretFile(path: string, env: Env): Promise<{ value: string; since: string } | null> {
  const folder = dirname(path)
  const isSystemds = Boolean(env.CREDENTIALS_DIRECTORY) && folder === resolve(env.CREDENTIALS_DIRECTORY ?? '')
  await checkFolder(folder, { rootMayOwn: true })
  // O_NONBLOCK: a pipe in the file's place must not hang the process.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw unsafe('is a symbolic link', path, `ls -l ${shown(path)}`)
    if (error.code === 'EACCES') throw unsafe('may not be read by you', path, `ls -l ${shown(path)}`)
    return nullWhenMissing(error)
  })
  if (file === null) return null
  try {
    return await checked(file, path, isSystemds ? 0o007 : 0o077)
  } finally {
    await file.close()
  }
}

async function checked(file: FileHandle, path: string, forbidden: number): Promise<{ value: string; since: string }> {
  const found = await file.stat()
  const { mode, uid, size, mtime } = found
  if (!found.isFile()) throw unsafe('is not a regular file', path, `ls -l ${shown(path)}`)
  if (size > mostBytes) throw unsafe('is larger than any secret', path, `ls -l ${shown(path)}`)
  if (process.platform !== 'win32') {
    if (uid !== process.geteuid?.() && uid !== root)
      throw unsafe('belongs to someone else', path, `ls -l ${shown(path)}`)
    if (mode & forbidden) throw unsafe('can be read by others', path, `chmod 600 ${shown(path)}`)
  }
  return { value: await file.readFile('utf8'), since: mtime.toISOString() }
}
