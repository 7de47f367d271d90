import { homedir } from 'node:os'
import { join, normalize } from 'node:path'
import { homeFolder } from '../../core/folders/home-folder.ts'
import type { Env } from '../files/config-folder.ts'
import type { Reference } from './references.ts'

const credentialsDirectory = '$CREDENTIALS_DIRECTORY/'

/** The file that a reference names; null when a variable in its path is not set. */
export function referencedFile({ path }: Extract<Reference, { kind: 'file' }>, env: Env): string | null {
  if (path.startsWith('~/')) return join(homeFolder(env, homedir), path.slice(2))
  if (!path.startsWith(credentialsDirectory)) return normalize(path)
  return env.CREDENTIALS_DIRECTORY ? join(env.CREDENTIALS_DIRECTORY, path.slice(credentialsDirectory.length)) : null
}
