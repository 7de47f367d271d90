import { readFile } from 'node:fs/promises'
import { usageFault } from './faults.ts'
import type { Io } from './io.ts'

const mostBytes = 10_000_000

/** The text of a file, or of standard input when `source` is `-`. Refuses to wait for someone to type it. */
export async function readSource(io: Io, source: string, signal: AbortSignal): Promise<string> {
  if (source !== '-') return readFile(source, { encoding: 'utf8', signal })
  if (io.stdin.isTTY === true) {
    throw usageFault('"-" reads standard input, and that is a terminal here.', 'Pipe the text in, or name a file.')
  }
  const chunks: Buffer[] = []
  let bytes = 0
  signal.addEventListener('abort', () => io.stdin.destroy(new DOMException('Interrupted', 'AbortError')), {
    once: true,
  })
  for await (const chunk of io.stdin) {
    const buffer = Buffer.from(chunk as Buffer | string)
    bytes += buffer.length
    if (bytes > mostBytes) throw usageFault('Standard input holds more than 10 MB.')
    chunks.push(buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}
