import { isAbsolute, join, resolve } from 'node:path'
import { Fault } from './fault.ts'
import { homeFolder } from './home-folder.ts'
import { shellWord } from './shell-word.ts'
import { printable } from './text.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The path as it is, or a Fault with the one to type instead: a relative path is another place in every folder that a
 * command is run from, and a `~` that no shell has expanded is a folder of that name. A journal that moves that way
 * knows of no refund that was sent (G2). `retype` makes of a path what is to be typed.
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

/** The folder that a variable of ours names, or null when it is not set. Throws Fault for a relative one (G2). */
export function namedFolder(env: Env, variable: string, ofSystem: () => string): string | null {
  const path = env[variable]
  if (!path) return null
  const retype = (whole: string) => `export ${variable}=${whole}`
  return absolutePath(path, { name: variable, retype, home: () => homeFolder(env, ofSystem) })
}

/** The folder that a variable of the system names; a relative one counts as not set, as the XDG specification has it (G2). */
export function systemFolder(env: Env, variable: string): string | null {
  const path = env[variable]
  return path && isAbsolute(path) ? path : null
}
