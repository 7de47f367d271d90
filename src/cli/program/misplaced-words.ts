import type { Config } from '@oclif/core'
import type { Fault } from '../../core/errors/fault.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import { isSecretFlag, noArguments, usageFault } from '../errors/command-faults.ts'

type Found = { id: string; positions: readonly number[] }

/**
 * The fault for a command whose words are separated, as in `mhloop asn -m acme sync`; its hint is the command to type.
 * Null when the words fit no command, or fit two commands equally well.
 */
export function misplacedWords(argv: readonly string[], config: Config): Fault | null {
  const [found, other] = config.commandIDs
    .flatMap((id) => positionsOf(id, argv) ?? [])
    .sort((one, next) => next.positions.length - one.positions.length)
  if (found === undefined || other?.positions.length === found.positions.length) return null
  const name = found.id.replaceAll(':', ' ')
  const rest = argv.filter((_, position) => !found.positions.includes(position))
  const next = mayBeRepeated(rest, found.id, config) ? [name, ...rest.map(shellWord)].join(' ') : `${name} --help`
  return usageFault('Type the words of a command together, and its flags after them.', `mhloop ${next}`)
}

/** Where the words of this command stand in what was typed: the first one at the beginning, the others in order. */
function positionsOf(id: string, argv: readonly string[]): Found | null {
  const end = argv.indexOf('--')
  const typed = end === -1 ? argv : argv.slice(0, end)
  const positions: number[] = []
  for (const word of id.split(':')) {
    const position = typed.indexOf(word, (positions.at(-1) ?? -1) + 1)
    if (position === -1) return null
    positions.push(position)
  }
  const isTogether = positions.every((position, index) => position === index)
  return positions[0] === 0 && !isTogether ? { id, positions } : null
}

/** Only words whose meaning is known are repeated: what follows an unknown flag may be a secret (F59). */
function mayBeRepeated(words: readonly string[], id: string, config: Config): boolean {
  const command = config.findCommand(id)
  const takesNone = Object.keys(command?.args ?? {}).length === 0
  if (takesNone && words[0]?.startsWith('-') === false) return false
  const flags = Object.entries(command?.flags ?? {})
  const known = new Set(flags.flatMap(([name, { char }]) => [`--${name}`, ...(char ? [`-${char}`] : [])]))
  const typed = words.filter((word) => word.startsWith('-') && word !== '-').map((word) => word.replace(/=.*$/s, ''))
  return typed.length > 0 && typed.every((flag) => known.has(flag) && !isSecretFlag(flag))
}

/** For a command that takes no arguments and got one. Null when there is no such command. */
export function extraArgument(words: readonly string[], config: Config): Fault | null {
  for (let count = words.length - 1; count > 0; count--) {
    const name = words.slice(0, count).join(' ')
    const command = config.findCommand(words.slice(0, count).join(':'))
    if (command === undefined) continue
    return noArguments(name, Object.keys(command.flags))
  }
  return null
}
