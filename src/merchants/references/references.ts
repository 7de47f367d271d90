import { isAbsolute } from 'node:path'
import { splitWords } from './split-words.ts'

/**
 * Where to read a secret that mhloop does not store: `env:NAME`, `file:PATH`, `keychain:` (mhloop's own entry) or
 * `keychain:SERVICE/ACCOUNT`, `command:PROGRAM ARGUMENTS`.
 */
export type Reference =
  | { kind: 'env'; variable: string }
  | { kind: 'file'; path: string }
  | { kind: 'keychain'; entry: { service: string; account: string } | null }
  | { kind: 'command'; words: readonly [string, ...string[]] }

export type ReadReference = { text: string; reference: Reference } | { problem: string }

const forms = 'env:NAME, file:PATH, keychain:, keychain:SERVICE/ACCOUNT or command:PROGRAM ARGUMENTS'

/** Parses a reference. The problem never quotes the text, which may be the secret itself (F59). */
export function readReference(text: string): ReadReference {
  const match = /^(env|file|keychain|command):(.*)$/s.exec(text.trim())
  if (match === null) return { problem: `is not a reference; expected ${forms}` }
  const [, kind = '', rest = ''] = match
  const reference = readers[kind as Reference['kind']](rest)
  return typeof reference === 'string' ? { problem: reference } : { text: text.trim(), reference }
}

export function isReference(text: string): boolean {
  return 'reference' in readReference(text)
}

const readers: Record<Reference['kind'], (rest: string) => Reference | string> = {
  env: (variable) =>
    /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)
      ? { kind: 'env', variable }
      : 'env: needs the name of an environment variable',
  file: (path) =>
    isAbsolute(path) || /^(~|\$CREDENTIALS_DIRECTORY)\//.test(path)
      ? { kind: 'file', path }
      : 'file: needs an absolute path, or one that begins with ~/ or $CREDENTIALS_DIRECTORY/',
  keychain: (rest) => {
    if (rest === '') return { kind: 'keychain', entry: null }
    const [, service, account] = /^([^/]+)\/(.+)$/s.exec(rest) ?? []
    if (service === undefined || account === undefined)
      return 'keychain: is used alone or is followed by SERVICE/ACCOUNT'
    return { kind: 'keychain', entry: { service, account } }
  },
  command: (rest) => {
    const words = splitWords(rest)
    if (words === null) return 'command: has an unclosed quote'
    const [program, ...more] = words
    if (!program) return 'command: needs a program and its arguments'
    // The folder in which a command happens to run must not decide which program is started.
    if (/[/\\]/.test(program) && !isAbsolute(program))
      return 'command: needs a program on the PATH, or an absolute path'
    return { kind: 'command', words: [program, ...more] }
  },
}

/** The environment variables that these references read. */
export function referencedVariables(references: Iterable<string>): Set<string> {
  const variables = new Set<string>()
  for (const text of references) {
    const read = readReference(text)
    if ('reference' in read && read.reference.kind === 'env') variables.add(read.reference.variable)
  }
  return variables
}
