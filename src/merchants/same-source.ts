import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Env } from './config-folder.ts'
import { referencedFile } from './referenced-file.ts'
import type { Reference } from './references.ts'

/**
 * Whether two references lead to the same secret, however each is written (G8). No reference is followed for it: of a
 * file only its path is looked at, never what is in it, so a dry run may ask, too.
 */
export function isSameSource(one: Reference, other: Reference, env: Env): boolean {
  if (one.kind === 'file' && other.kind === 'file') return isSameFile(fileOf(one, env), fileOf(other, env))
  return sourceOf(one) === sourceOf(other)
}

/** Some keychains don't tell capital letters from small ones, and Windows doesn't in the names of variables. */
function sourceOf(reference: Reference): string {
  const text = JSON.stringify(reference)
  return reference.kind === 'keychain' || reference.kind === 'env' ? text.toLowerCase() : text
}

/** Null when nobody here knows which one it is: its variable is not set, or there is no home. */
function fileOf(reference: Extract<Reference, { kind: 'file' }>, env: Env): string | null {
  try {
    const path = referencedFile(reference, env)
    return path === null ? null : resolve(path)
  } catch {
    return null
  }
}

/** By their paths without symbolic links, or as two names of one file. What is not known may be the same. */
function isSameFile(one: string | null, other: string | null): boolean {
  if (one === null || other === null || realPath(one) === realPath(other)) return true
  const [was, is] = [inodeOf(one), inodeOf(other)]
  return was !== null && was === is
}

/** Null for one that is not there, or not to be seen. */
function inodeOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return null
  }
}

/** Also of a file that is not there yet, or not to be seen: its folder may be reached by a link. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : join(realPath(folder), basename(path))
  }
}
