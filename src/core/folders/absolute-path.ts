import { isAbsolute, join, resolve } from 'node:path'
import { Fault } from '../errors/fault.ts'
import { printable } from '../text/printable.ts'
import { shellWord } from '../text/shell-word.ts'
import { homeFolder } from './home-folder.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Returns an absolute path as it is, and throws a Fault for any other. A relative path means another place in every
 * folder that a command runs in, and a `~` that no shell has expanded is a folder of that name; a journal that moves
 * that way knows of no refund that was sent (G2). `retype` turns the corrected path into the hint to type.
 */
export function absolutePath(
  path: string,
  { name, retype, home }: { name: string; retype: (path: string) => string; home: () => string },
): string {
  if (isAbsolute(path)) return path
  const isHome = path === '~' || /^~[/\\]/.test(path)
  const why = path.startsWith('~')
    ? 'its "~" was not expanded by a shell'
    : 'a relative path means a different place in every folder that mhloop runs in'
  throw new Fault(`${name} is ${printable(path, 300)}, but ${why}.`, {
    code: 'PATH_RELATIVE',
    hint: retype(
      shellWord(isHome ? join(home(), path.slice(1)) : path.startsWith('~') ? '/the/whole/path' : resolve(path)),
    ),
  })
}

/** The folder in one of mhloop's own variables, or null when it is not set. Throws Fault for a relative path (G2). */
export function namedFolder(env: Env, variable: string, ofSystem: () => string): string | null {
  const path = env[variable]
  if (!path) return null
  const retype = (whole: string) => `export ${variable}=${whole}`
  return absolutePath(path, { name: variable, retype, home: () => homeFolder(env, ofSystem) })
}

/** The folder in a variable of the system. A relative path counts as not set, as the XDG specification says (G2). */
export function systemFolder(env: Env, variable: string): string | null {
  const path = env[variable]
  return path && isAbsolute(path) ? path : null
}
