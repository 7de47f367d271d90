import { lstat, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Fault } from '../../core/errors/fault.ts'
import { namedFolder, systemFolder } from '../../core/folders/absolute-path.ts'
import { homeFolder } from '../../core/folders/home-folder.ts'
import { printable } from '../../core/text/printable.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import { makeFolder } from './make-folder.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** The folder of profiles and credentials: MHLOOP_CONFIG_DIR, or else the platform's folder for settings. */
export function configFolder(env: Env): string {
  const named = namedFolder(env, 'MHLOOP_CONFIG_DIR', homedir)
  if (named !== null) return resolve(named)
  const ofSystem = process.platform === 'win32' ? systemFolder(env, 'LOCALAPPDATA') : null
  return join(ofSystem ?? systemFolder(env, 'XDG_CONFIG_HOME') ?? join(homeFolder(env, homedir), '.config'), 'mhloop')
}

/** A file or folder that others could read, change or replace is refused, with the command that repairs it (F62). */
export function unsafe(what: string, path: string, repair: string): Fault {
  return new Fault(`${printable(path)} ${what}. mhloop does not use it until this is fixed.`, {
    code: 'CONFIG_UNSAFE',
    hint: repair,
  })
}

const elsewhere = 'export MHLOOP_CONFIG_DIR=/a/folder/of/yours'
const writableByOthers = 0o022
const sticky = 0o1000

/** Refuses a folder that another user owns, can write to, or can replace. A missing one is fine. */
export async function checkFolder(folder: string): Promise<void> {
  const found = await lstat(folder).catch((error: NodeJS.ErrnoException) => {
    // A file stands where a folder of the path should be: the folder can never exist, so it is not just missing (H25).
    if (error.code === 'ENOTDIR') throw unsafe('is below something that is not a folder', folder, elsewhere)
    return nullWhenMissing(error)
  })
  if (found === null) return
  if (found.isSymbolicLink()) throw unsafe('is a symbolic link', folder, 'export MHLOOP_CONFIG_DIR=/the/real/folder')
  if (!found.isDirectory()) {
    // A device such as /dev/null must not be moved away.
    throw unsafe(
      'is not a folder',
      folder,
      found.isFile() ? `mv ${shellWord(folder)} ${shellWord(`${folder}.old`)}` : elsewhere,
    )
  }
  if (process.platform === 'win32') return
  if (found.uid !== process.geteuid?.()) throw unsafe('belongs to another user', folder, `ls -ld ${shellWord(folder)}`)
  if (found.mode & writableByOthers)
    throw unsafe('is writable by other users', folder, `chmod 700 ${shellWord(folder)}`)
  // A user who can write to the folder above can replace ours, unless its sticky bit is set (as on /tmp).
  const above = await stat(await realpath(dirname(folder)))
  if (above.mode & 0o002 && !(above.mode & sticky)) {
    throw unsafe('is in a folder that everyone can write to', folder, `chmod o-w ${shellWord(dirname(folder))}`)
  }
}

/** Creates the folder (0700) if it is missing, and checks it. */
export async function prepareFolder(folder: string): Promise<void> {
  await makeFolder(folder, 0o700)
  await checkFolder(folder)
}

export function nullWhenMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}
