import { Fault } from '../core/errors/fault.ts'
import { printable } from '../core/text/printable.ts'

/**
 * A summary for the log: a Fault's own text; of any other error only its name, because its message may hold secrets
 * (F58).
 */
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

/** The flags that choose an address, named in the hint. */
export type AddressFlags = { host: string; port: string }

/** The Fault for an error of listening; an unknown error is returned as it is. */
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
