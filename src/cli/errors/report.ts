import { exitCodes, type Fault } from '../../core/errors/fault.ts'
import { nextCommand } from '../../core/errors/next-command.ts'
import { printable } from '../../core/text/printable.ts'
import { scrubSecrets } from '../../merchants/secrets/secret.ts'
import type { Io } from '../io/io.ts'
import { errorDocument } from '../output/json.ts'
import { bad, dim, draw, type Part, toParts } from '../output/styled.ts'
import { wrapped } from '../output/wrapped.ts'

/**
 * Reports a fault: as the one JSON document on stdout, or on stderr as a sentence, the next command, and the code with
 * the merchant that the run worked for. The next command is complete: it names that merchant, or else `requested`, the
 * merchant of the command line.
 */
export function reportFault(
  io: Io,
  fault: Fault,
  { workedFor = null, requested = null }: { workedFor?: string | null; requested?: string | null } = {},
): void {
  const merchant = fault.merchant ?? workedFor
  const next = nextCommand(fault, workedFor ?? requested)
  // The sentence of a usage error needs no further explanation.
  const suggestion = next ?? (fault.exit === exitCodes.usage ? null : `mhloop explain ${fault.code}`)
  // A server that fails later has already written its one document.
  const isDocument = io.json && !io.stdout.isUsed
  if (isDocument) io.stdout.write(errorDocument(fault, { merchant, next }))
  // If a full disk lost the document, the error is reported on stderr (H19).
  if (!isDocument || io.stdout.failure !== null) {
    const lines = [
      lineOf(io, '', [bad('Error:'), ' ', printable(fault.message, 1000)]),
      ...(suggestion === null ? [] : [lineOf(io, '  Next: ', [suggestion])]),
      lineOf(io, '  ', [dim(details(fault, merchant).join(' · '))]),
    ]
    // One write: where stderr is a log, it becomes one entry.
    io.stderr.write(lines.join(''))
  }
  if (io.verbose) io.stderr.write(stackOf(fault))
}

/**
 * Writes one line to stderr. On a terminal it is wrapped between words, so that codes and commands can be read and
 * copied.
 */
export function say(io: Io, ...parts: Part[]): void {
  io.stderr.write(lineOf(io, '', parts))
}

function lineOf({ stderr: { isTTY, colour }, width }: Io, first: string, parts: readonly Part[]): string {
  return isTTY ? wrapped(toParts(parts), { first, width, colour }) : `${first}${draw(parts, colour)}\n`
}

function details({ code, message, requestId }: Fault, merchant: string | null): string[] {
  return [
    code,
    ...(merchant === null ? [] : [`merchant ${merchant}`]),
    ...(requestId === null || message.includes(requestId) ? [] : [`request ${requestId}`]),
  ]
}

/**
 * The stack of a fault, for a bug report: only the frames of each error in the chain, because a foreign error's message
 * may hold a header or a customer's data.
 */
function stackOf(fault: Fault): string {
  const lines: string[] = []
  let error: unknown = fault
  for (let depth = 0; depth < 5 && error instanceof Error; depth++) {
    const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
    lines.push(`${depth === 0 ? '' : 'caused by '}${error.name}`, ...frames.map((line) => `    ${line.trim()}`))
    error = error.cause
  }
  return `${lines.map((line) => printable(scrubSecrets(line), 400)).join('\n')}\n`
}
