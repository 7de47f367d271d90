/**
 * Permission to send secrets to a host that is neither the vendor's nor this machine: by a flag, or by typing the
 * merchant's name (F63, G8).
 */
import * as Flags from '@oclif/core/flags'
import { printable } from '../../core/text/printable.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import { vendorNames } from '../../http/vendor-faults.ts'
import { type ForeignHost, readHost } from '../../merchants/secrets/vendor-hosts.ts'
import { usageFault } from '../errors/command-faults.ts'
import type { ConfirmationOptions } from '../io/questions.ts'

export const allowHostFlag = {
  'allow-host': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    summary: "Allow sending secrets to this host, which is neither the vendor's nor this machine; may be repeated",
    helpValue: 'HOST[:PORT]',
  }),
}

/** The hosts of `--allow-host`, in the form that base URLs have. */
export function allowedHosts(flag: readonly string[] | undefined): string[] {
  return (flag ?? []).map((text) => {
    const read = readHost(text)
    if ('host' in read) return read.host
    throw usageFault(
      `Invalid --allow-host "${printable(text, 100)}": it ${read.problem}.`,
      'Give the host as in the base URL, with its port if there is one: --allow-host mocks.example.com, or --allow-host mocks.example.com:8443',
      'HOST_WRONG',
    )
  })
}

type Asking = {
  /** The merchant's name; null when it has none yet. */
  name: string | null
  foreign: readonly ForeignHost[]
  allowed: readonly string[]
  yes: boolean
  /** The command as it was typed, for the hint. */
  command: string
}

/**
 * Asks once for each foreign host that no flag allows: a slip, or a line copied from somewhere, would send a secret
 * there.
 */
export async function confirmHosts(
  { name, foreign, allowed, yes, command }: Asking,
  confirm: (question: string, options: ConfirmationOptions) => Promise<void>,
): Promise<void> {
  const toConfirm = foreign.filter(({ host }) => !allowed.includes(host))
  const flags = [...new Set(toConfirm.map(({ host }) => host))].map((host) => ` --allow-host ${shellWord(host)}`)
  for (const { vendor, host } of toConfirm) {
    const vendorName = vendorNames[vendor]
    const whose = name === null ? '' : ` of ${name}`
    const question = `Send the ${vendorName} credentials${whose} to ${printable(host, 200)}, which is not a known host of ${vendorName}?`
    await confirm(question, {
      yes,
      typed: name ?? host,
      hint: `Only if you trust that host: ${command}${flags.join('')}`,
    })
  }
}
