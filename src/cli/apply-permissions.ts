import { exitCodes, Fault } from '../core/fault.ts'
import { shellWord } from '../core/shell-word.ts'
import { shown } from '../core/text.ts'
import type { NotAllowed } from '../merchants/apply-permissions.ts'

/** What the file asks for, as one sentence each. */
export function permissionSentences(missing: readonly NotAllowed[]): string[] {
  return missing.map(
    ({ merchant, key, command }) => `${merchant} fetches its ${key} by a program: ${shown(command, 200)}.`,
  )
}

/** The same command with what would allow it. */
export function allowingCommand(argv: readonly string[], missing: readonly NotAllowed[]): string {
  const flags = missing.length === 0 ? [] : ['--allow-command']
  return ['mhloop merchant apply', ...argv.map(shellWord), ...flags].join(' ')
}

/** `argv`: as it was typed. */
export function notAllowedFault(argv: readonly string[], missing: readonly NotAllowed[]): Fault {
  const merchants = new Set(missing.map(({ merchant }) => merchant))
  const [only] = merchants.size === 1 ? merchants : []
  return new Fault(`${permissionSentences(missing).join(' ')} Nothing was run, nothing was stored.`, {
    code: 'COMMAND_NOT_ALLOWED',
    exit: exitCodes.refused,
    blame: 'input',
    hint: `Only if the file is one that you trust: ${allowingCommand(argv, missing)}`,
    ...(only === undefined ? {} : { merchant: only }),
  })
}
