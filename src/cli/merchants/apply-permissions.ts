import { Fault, type FaultCode } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import { vendorNames } from '../../http/vendor-faults.ts'
import type { NotAllowed } from '../../merchants/apply/apply-permissions.ts'
import { secretTitles } from '../../merchants/secrets/credentials.ts'
import type { SecretOfOtherHost } from '../../merchants/secrets/secrets-of-other-hosts.ts'
import { otherHostSentence, renewingCommands, renewingHint } from '../../usecases/merchants/other-hosts.ts'

/** One reason for which applying a file would be refused. */
export type Refusal = { merchant: string; key: string; code: string; message: string }

/** What the file asks for, as a sentence. */
function permissionSentence(one: NotAllowed): string {
  const { merchant, key } = one
  switch (one.kind) {
    case 'command':
      return `${merchant} gets its ${key} from a program: ${printable(one.command, 200)}.`
    case 'reference':
      return `${merchant} uses as its ${key} an entry that mhloop stores for something else: ${printable(one.reference, 200)}.`
    case 'host':
      return `${merchant} would send its ${key} to ${printable(one.host, 200)}, which is not a known host of ${vendorNames[one.vendor]}.`
  }
}

const permissionCodes = {
  command: 'COMMAND_NOT_ALLOWED',
  reference: 'REFERENCE_NOT_ALLOWED',
  host: 'HOST_NOT_ALLOWED',
} as const satisfies Record<NotAllowed['kind'], FaultCode>

/** The same command with the flags that would allow it. */
function allowingCommand(argv: readonly string[], missing: readonly NotAllowed[]): string {
  const hosts = new Set(missing.flatMap((one) => (one.kind === 'host' ? [one.host] : [])))
  const references = new Set(missing.flatMap((one) => (one.kind === 'reference' ? [one.reference] : [])))
  const flags = [
    ...(missing.some(({ kind }) => kind === 'command') ? ['--allow-command'] : []),
    ...[...references].flatMap((reference) => ['--allow-reference', shellWord(reference)]),
    ...[...hosts].flatMap((host) => ['--allow-host', shellWord(host)]),
  ]
  return ['mhloop merchant apply', ...argv.map(shellWord), ...flags].join(' ')
}

/** `argv`: the arguments as they were typed. */
export function notAllowedFault(argv: readonly string[], missing: readonly NotAllowed[]): Fault {
  const merchants = new Set(missing.map(({ merchant }) => merchant))
  const [only] = merchants.size === 1 ? merchants : []
  const kind = (['command', 'reference'] as const).find((one) => missing.some((other) => other.kind === one)) ?? 'host'
  return new Fault(`${missing.map(permissionSentence).join(' ')} Nothing was run, sent or stored.`, {
    code: permissionCodes[kind],
    hint: `Only if you trust the file: ${allowingCommand(argv, missing)}`,
    merchant: only,
  })
}

/**
 * For a dry run: the reasons for which applying would be refused, and what to type instead. `argv`: without --dry-run.
 */
export function foreseen(
  argv: readonly string[],
  { moved, missing }: { moved: readonly SecretOfOtherHost[]; missing: readonly NotAllowed[] },
): { refusals: Refusal[]; warnings: string[] } {
  const sentences = missing.map(permissionSentence).join(' ')
  const allowing = `${sentences} Only if you trust the file: ${allowingCommand(argv, missing)}`
  const renewing = `${moved.map(otherHostSentence).join(' ')} ${renewingHint(moved, renewingCommands(moved))}`
  return {
    refusals: [
      ...moved.map((one) => ({
        merchant: one.name,
        key: secretTitles[one.secret].key,
        code: 'SECRET_OF_OTHER_HOST',
        message: otherHostSentence(one),
      })),
      ...missing.map((one) => ({
        merchant: one.merchant,
        key: one.key,
        code: permissionCodes[one.kind],
        message: permissionSentence(one),
      })),
    ],
    warnings: [...(moved.length > 0 ? [renewing] : []), ...(missing.length > 0 ? [allowing] : [])],
  }
}
