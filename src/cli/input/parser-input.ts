import type { Interfaces } from '@oclif/core'
import { printable } from '../../core/text/printable.ts'
import { usageFault } from '../errors/command-faults.ts'
import { isOn } from '../io/io.ts'

type AnyFlag = Interfaces.FlagInput[string]

/**
 * Sets the default of each flag whose environment variable is set, read from the run's own environment. oclif would
 * read process.env, which two runs in one process share.
 */
export function withEnvironment(
  flags: Interfaces.FlagInput,
  env: Readonly<Record<string, string | undefined>>,
): Interfaces.FlagInput {
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, fromEnvironment(name, flag, env)]))
}

function fromEnvironment(name: string, flag: AnyFlag, env: Readonly<Record<string, string | undefined>>): AnyFlag {
  const { env: variable, ...rest } = flag
  const value = variable === undefined ? undefined : env[variable]
  if (variable === undefined || value === undefined || value === '') return { ...rest, name } as AnyFlag
  if (flag.type === 'boolean') return { ...rest, name, default: isOn(value) } as AnyFlag
  const values = flag.multiple ? value.split(',').map((one) => one.trim()) : [value]
  const wrong = values.find((one) => flag.options !== undefined && !flag.options.includes(one))
  if (wrong !== undefined) {
    throw usageFault(`${variable} is ${printable(wrong, 60)}, but must be one of: ${flag.options?.join(', ')}.`)
  }
  const parse = flag.parse as unknown as (input: string, context: unknown, flag: AnyFlag) => Promise<unknown>
  const read = async () => {
    const parsed = await Promise.all(values.map((one) => parse(one, {}, flag)))
    return flag.multiple ? parsed : parsed[0]
  }
  return { ...rest, name, default: read } as AnyFlag
}

/**
 * Keeps oclif from waiting for piped input to fill a missing argument. Standard input is read only where `-` is given.
 */
export function withoutStdin(args: Interfaces.ArgInput): Interfaces.ArgInput {
  return Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, { ...arg, ignoreStdin: true }]))
}

/**
 * The parsed flags, with false for every switch that was not given: oclif leaves it undefined, though its type is
 * boolean. A default of false would count as given wherever another flag depends on it.
 */
export function withSwitchesOff(flags: Interfaces.FlagInput, parsed: Record<string, unknown>): Record<string, unknown> {
  const switches = Object.keys(flags).filter((name) => flags[name]?.type === 'boolean')
  return { ...parsed, ...Object.fromEntries(switches.map((name) => [name, parsed[name] ?? false])) }
}
