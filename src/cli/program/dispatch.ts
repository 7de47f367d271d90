import type { Config } from '@oclif/core'
import { standardizeIDFromArgv } from '@oclif/core/help'
import { settings } from '@oclif/core/settings'
import { type ExitCode, exitCodes } from '../../core/errors/fault.ts'
import { closest } from '../../core/text/closest.ts'
import { printable } from '../../core/text/printable.ts'
import { isSecretFlag, noSecretByFlag, toFault, usageFault } from '../errors/command-faults.ts'
import { reportFault } from '../errors/report.ts'
import type { Io } from '../io/io.ts'
import { asksForHelp } from './asks-for-help.ts'
import { extraArgument, misplacedWords } from './misplaced-words.ts'
import { runCommand } from './run-command.ts'

// oclif would otherwise look for TypeScript sources and a tsconfig beside the compiled commands.
settings.enableAutoTranspile = false

/** Finds and runs the command that the arguments name; returns its exit code, and never throws. */
export async function dispatch(argv: readonly string[], config: Config, io: Io): Promise<ExitCode> {
  try {
    if (argv.length === 0 || argv[0] === 'help' || asksForHelp(argv)) return await help(argv, config, io)
    const words = separated(argv, config)
    const [id = '', ...rest] = standardizeIDFromArgv(words, config)
    const command = config.findCommand(id)
    if (command) return await runCommand(command, rest, config, io)
    if (config.findTopic(id) && words.length === id.split(':').length) return await help(words, config, io)
    throw misplacedWords(words, config) ?? unknownCommand(words, config)
  } catch (error) {
    const fault = toFault(error, false)
    reportFault(io, fault)
    return fault.exit
  }
}

/** Splits `rma:show` into `rma show`: oclif accepts the first form, but then loses the words after it. */
function separated(argv: readonly string[], config: Config): string[] {
  const [first = '', ...rest] = argv
  return config.findCommand(first) || config.findTopic(first) ? [...first.split(':'), ...rest] : [...argv]
}

async function help(argv: readonly string[], config: Config, io: Io): Promise<ExitCode> {
  const { showHelp } = await import('./help.ts')
  const words = argv.filter((word) => word !== 'help' && word !== '--help' && word !== '-h' && word !== '--json')
  if (await showHelp(words, config, io)) return exitCodes.done
  throw unknownCommand(words, config)
}

/** Only suggests what may have been meant (exit 2): no prompt, and no guess is run. */
function unknownCommand(argv: readonly string[], config: Config) {
  const flag = argv.findIndex((word) => word.startsWith('-'))
  const words = flag === -1 ? argv : argv.slice(0, flag)
  const names = config.commandIDs.map((id) => id.replaceAll(':', ' '))
  const verbs = names.filter((name) => name.startsWith(`${words.join(' ')} `))
  if (words.length > 0 && verbs.length > 0) {
    const topic = words.join(' ')
    const known = verbs.map((name) => name.slice(topic.length + 1)).join(', ')
    return usageFault(`"mhloop ${topic}" needs a verb: ${known}.`, `mhloop ${topic} --help`)
  }
  const extra = extraArgument(words, config)
  if (extra) return extra
  const near = nearestNames(words, names)
  const suggestion = near.length === 0 ? '' : ` Did you mean ${near.map((name) => `"mhloop ${name}"`).join(' or ')}?`
  // Repeats only words that could be a command: what follows may be a secret.
  const said = printable(words.slice(0, 2).join(' ') || (argv[0] ?? '').replace(/=.*$/s, ''), 60)
  if (isSecretFlag(said)) {
    return usageFault(`Unknown flag ${said}. ${noSecretByFlag}`, 'mhloop help environment', 'UNKNOWN_FLAG')
  }
  return usageFault(`"mhloop ${said}" is not a command.${suggestion}`, 'mhloop help', 'UNKNOWN_COMMAND')
}

/** The command names nearest to the first three, two, or one of the words. */
function nearestNames(words: readonly string[], names: readonly string[]): string[] {
  for (let count = Math.min(3, words.length); count > 0; count--) {
    const typed = words.slice(0, count).join(' ')
    const near = closest(
      typed,
      names.filter((name) => name.split(' ').length === count),
    )
    if (near.length > 0) return near
  }
  const topics = new Set(names.map((name) => name.split(' ')[0] ?? ''))
  return closest(words[0] ?? '', topics)
}
