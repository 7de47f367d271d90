import { Fault } from '../core/fault.ts'
import { printable } from '../core/text.ts'

/** For the log: a Fault's own words, and of anything else its kind only, whose message nobody has read before (F58). */
export function errorSummary(error: unknown): string {
  if (error instanceof Fault) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.name : 'unknown'
}

export function badCertificate(cause: unknown): Fault {
  return new Fault('The TLS certificate and its private key cannot be used together.', {
    code: 'RECEIVER_TLS',
    hint: 'Give two PEM files that belong together: --tls-cert FILE --tls-key FILE',
    cause,
  })
}

const reasons: Record<string, string> = {
  EADDRINUSE: 'another program is using that port',
  EACCES: 'not permitted',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'unknown host',
}

/** What chooses an address, so that the hint names what to type. */
export type AddressFlags = { host: string; port: string }

/** What blocked listening, as a Fault where it can be told. */
export function unusableAddress(
  { host, port, flags }: { host: string; port: number; flags: AddressFlags },
  cause: unknown,
): unknown {
  const reason = reasons[cause instanceof Error && 'code' in cause ? String(cause.code) : '']
  if (reason === undefined) return cause
  return new Fault(`Cannot listen on ${printable(host, 100)}, port ${port}: ${reason}.`, {
    code: 'RECEIVER_ADDRESS',
    hint: `Choose another with ${flags.host} and ${flags.port}.`,
    cause,
  })
}
