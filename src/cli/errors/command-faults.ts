import { exitCodes, Fault } from '../../core/errors/fault.ts'
import type { CodeOf } from '../../core/errors/fault-codes.ts'
import { didYouMean } from '../../core/text/closest.ts'
import { printable } from '../../core/text/printable.ts'
import { parserSentence } from './parser-sentence.ts'

/** The Fault for wrong input: exit 2. */
export function usageFault(message: string, hint?: string, code: CodeOf<2, 'input'> = 'USAGE'): Fault {
  return new Fault(message, { code, hint })
}

/** The Fault for a run stopped by SIGINT or SIGTERM, or by Ctrl-C in a prompt: exit 130. */
export function interruptedFault(cause?: unknown): Fault {
  return new Fault('Interrupted. The request in flight was finished and recorded; the state is consistent.', {
    code: 'INTERRUPTED',
    hint: 'Run the same command again to continue.',
    cause,
  })
}

/**
 * The one mapping from any thrown value to a Fault. The text of foreign errors is not copied: it may hold a header
 * (F58).
 */
export function toFault(error: unknown, interrupted: boolean): Fault {
  if (error instanceof Fault) {
    return interrupted && error.exit === exitCodes.vendorDown ? interruptedFault(error) : error
  }
  const name = error instanceof Error ? error.name : typeof error
  if (name === 'ExitPromptError' || name === 'AbortPromptError' || (interrupted && name === 'AbortError')) {
    return interruptedFault(error)
  }
  return machineFault(error) ?? internalFault(error, name)
}

/** The Fault for a result that could not be written, although the command's work is done and recorded. */
export function unwrittenFault(code: string | null): Fault {
  const full =
    code === 'ENOSPC' || code === 'EDQUOT' ? 'its disk is full' : `this machine says ${printable(code ?? 'no', 40)}`
  return new Fault(`The result could not be written to standard output: ${full}. What the command did is not undone.`, {
    code: 'OUTPUT_UNWRITABLE',
    hint: 'Free up space, then check what was done: mhloop journal status, and for one return: mhloop rma history ID -m NAME',
  })
}

function machineFault(error: unknown): Fault | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null
  const { code, syscall, path } = error as NodeJS.ErrnoException
  const where = path === undefined ? '' : ` on ${printable(path)}`
  return new Fault(
    `This machine refused "${printable(String(syscall), 40)}"${where}: ${printable(String(code), 40)}.`,
    {
      code: `MACHINE_${printable(String(code), 40)}`,
      hint: 'Check that the path exists, that you may use it, and that the disk is not full.',
      cause: error,
    },
  )
}

function internalFault(error: unknown, name: string): Fault {
  return new Fault(`Internal error in mhloop (${printable(name, 60)}); your input is not the cause.`, {
    code: 'INTERNAL',
    hint: 'Run it again with --verbose, and report the output together with that of `mhloop --version`.',
    cause: error,
  })
}

type ParserError = Error & {
  flags?: string[]
  args?: unknown
  parse?: { input?: ParserInput; output?: { flags?: Record<string, unknown>; args?: Record<string, unknown> } }
}
type ParserInput = {
  flags?: Record<string, { required?: boolean }>
  args?: Record<string, { required?: boolean; multiple?: boolean }>
}

const parserWrapping = /^Parsing --\S+\s+|\s+See more help with --help$/g

/**
 * Turns an error of oclif's parser into our own Fault. Typed values are not repeated: after an unknown flag like
 * `--api-key`, one of them is a secret (F59).
 */
export function parserFault(
  error: unknown,
  command: { name: string; flags: readonly string[]; argv: readonly string[] },
): Fault {
  if (error instanceof Fault) {
    // The parser changes the message of a Fault that a flag's own parser threw; for a value from the environment it
    // does not.
    error.message = error.message.replace(parserWrapping, '')
    return error
  }
  if (!(error instanceof Error)) return usageFault('The arguments could not be read.')
  const help = `mhloop ${command.name} --help`
  // The parser checks arguments first, and takes the value of an unknown flag for one.
  const secrets = command.argv.filter(
    (word) => isSecretFlag(word) && !command.flags.includes(word.replace(/=.*$/s, '')),
  )
  if (secrets.length > 0) return unknownFlags(secrets, command.flags, help)
  const { flags, parse } = error as ParserError
  if (error.constructor.name === 'NonExistentFlagsError' && flags !== undefined) {
    return unknownFlags(flags, command.flags, help)
  }
  if (error.constructor.name === 'UnexpectedArgsError') {
    const accepted = Object.keys(parse?.input?.args ?? {}).map((name) => name.toUpperCase())
    if (accepted.length === 0) return noArguments(command.name, command.flags)
    return usageFault(
      `Too many arguments: \`mhloop ${command.name}\` accepts only ${accepted.join(' ')}. An argument with spaces needs quotes.`,
      help,
    )
  }
  const missing = missingInputs(parse)
  if (missing.length > 0) return missingFault(missing, help)
  return usageFault(parserSentence(error.message), help)
}

/** For an argument of a command that takes none: says where it may belong. */
export function noArguments(name: string, flags: readonly string[]): Fault {
  const places = [
    ...(flags.some((flag) => /^(--)?merchant$/.test(flag)) ? ['a merchant is named with -m NAME'] : []),
    ...(/^(rma|asn) /.test(name) ? ['`mhloop rma show ID` shows one return'] : []),
  ]
  const where = places.length === 0 ? '' : `; ${places.join(', and ')}`
  return usageFault(`Too many arguments: \`mhloop ${name}\` takes none${where}.`, `mhloop ${name} --help`)
}

/** Names all missing inputs at once, so that a script is fixed in one go. */
export function missingFault(missing: readonly string[], hint: string): Fault {
  const quotes = missing.includes('ID') ? ' An order name needs quotes, since # begins a comment: "#1015".' : ''
  return usageFault(`Missing: ${missing.join(', ')}.${quotes}`, hint, 'MISSING_INPUT')
}

function unknownFlags(typed: readonly string[], known: readonly string[], help: string): Fault {
  const names = typed.map((flag) =>
    printable((flag.startsWith('--') ? flag : flag.slice(0, 2)).replace(/=.*$/s, ''), 60),
  )
  const sentence = names.map((name) => `Unknown flag ${name}.${didYouMean(name, known)}`).join(' ')
  const secret = names.some(isSecretFlag)
  return usageFault(
    secret ? `${sentence} ${noSecretByFlag}` : sentence,
    secret ? 'mhloop help environment' : help,
    'UNKNOWN_FLAG',
  )
}

/** Whether this flag's name suggests that its value is a secret (F59). */
export function isSecretFlag(name: string): boolean {
  return /^-.*(key|token|secret|password|phrase)/i.test(name)
}

export const noSecretByFlag =
  "Secrets are never given as flags: they would stay in the shell's history and appear in the process list."

function missingInputs(parse: ParserError['parse']): string[] {
  const args = Object.entries(parse?.input?.args ?? {})
    .filter(([name, arg]) => arg.required === true && parse?.output?.args?.[name] === undefined)
    .map(([name]) => name.toUpperCase())
  const flags = Object.entries(parse?.input?.flags ?? {})
    .filter(([name, flag]) => flag.required === true && parse?.output?.flags?.[name] === undefined)
    .map(([name]) => `--${name}`)
  return [...args, ...flags]
}
