import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Env } from '../files/config-folder.ts'
import { referencedFile } from './referenced-file.ts'
import type { Reference } from './references.ts'

/**
 * Whether two references lead to the same secret, however they are written (G8). It follows neither of them: of a file
 * it reads only the path, never the content, so that a dry run may use it, too.
 */
export function isSameSource(one: Reference, other: Reference, env: Env): boolean {
  if (one.kind === 'file' && other.kind === 'file') return isSameFile(fileOf(one, env), fileOf(other, env))
  return sourceOf(one) === sourceOf(other)
}

/** Some keychains ignore case, and so does Windows in the names of variables. */
function sourceOf(reference: Reference): string {
  const text = JSON.stringify(reference)
  return reference.kind === 'keychain' || reference.kind === 'env' ? text.toLowerCase() : text
}

/** null when the path is unknown here: its variable is not set, or the user has no home folder. */
function fileOf(reference: Extract<Reference, { kind: 'file' }>, env: Env): string | null {
  try {
    const path = referencedFile(reference, env)
    return path === null ? null : resolve(path)
  } catch {
    return null
  }
}

/** Compares real paths, and inodes for two names of one file. An unknown path may be the same. */
function isSameFile(one: string | null, other: string | null): boolean {
  if (one === null || other === null || realPath(one) === realPath(other)) return true
  const [was, is] = [inodeOf(one), inodeOf(other)]
  return was !== null && was === is
}

/** null for a file that is missing or may not be looked at. */
function inodeOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return null
  }
}

/** Works for a file that does not exist or may not be looked at, too: its folder may be a symbolic link. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : join(realPath(folder), basename(path))
  }
}
