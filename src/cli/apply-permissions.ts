import { exitCodes, Fault } from '../core/fault.ts'
import { shellWord } from '../core/shell-word.ts'
import { shown } from '../core/text.ts'
import type { NotAllowed } from '../merchants/apply-permissions.ts'

/** What the file asks for, as one sentence each. */
export function permissionSentences(missing: readonly NotAllowed[]): string[] {
  return missing.map((one) => {
    const { merchant, key } = one
    if (one.kind === 'command') return `${merchant} fetches its ${key} by a program: ${shown(one.command, 200)}.`
    return `${merchant} would send ${one.kept ? 'the kept' : 'its'} ${key} to another host: ${shown(one.host, 200)}.`
  })
}

/** The same command with what would allow it. */
export function allowingCommand(argv: readonly string[], missing: readonly NotAllowed[]): string {
  const hosts = new Set(missing.flatMap((one) => (one.kind === 'host' ? [one.host] : [])))
  const flags = [
    ...(missing.some(({ kind }) => kind === 'command') ? ['--allow-command'] : []),
    ...[...hosts].flatMap((host) => ['--allow-host', shellWord(host)]),
  ]
  return ['mhloop merchant apply', ...argv.map(shellWord), ...flags].join(' ')
}

/** `argv`: as it was typed. */
export function notAllowedFault(argv: readonly string[], missing: readonly NotAllowed[]): Fault {
  const merchants = new Set(missing.map(({ merchant }) => merchant))
  const [only] = merchants.size === 1 ? merchants : []
  return new Fault(`${permissionSentences(missing).join(' ')} Nothing was run, sent or stored.`, {
    code: missing.some(({ kind }) => kind === 'command') ? 'COMMAND_NOT_ALLOWED' : 'HOST_NOT_ALLOWED',
    exit: exitCodes.refused,
    blame: 'input',
    hint: `Only if the file is one that you trust: ${allowingCommand(argv, missing)}`,
    ...(only === undefined ? {} : { merchant: only }),
  })
}
