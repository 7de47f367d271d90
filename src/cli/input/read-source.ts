import { createReadStream } from 'node:fs'
import { printable } from '../../core/text/printable.ts'
import { usageFault } from '../errors/command-faults.ts'
import type { Io } from '../io/io.ts'

const mostBytes = 10_000_000

const unreadable: Record<string, string> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  ELOOP: 'its symbolic links form a loop',
  ENAMETOOLONG: 'its name is too long',
}

/** Reads the file as a stream, so that it can be interrupted: a file that is not a regular one may never end. */
async function readInputFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readAll(createReadStream(path, { signal }), `The file ${printable(path, 200)}`)
  } catch (error) {
    const why = unreadable[error instanceof Error && 'code' in error ? String(error.code) : '']
    if (why === undefined) throw error
    throw usageFault(`The file ${printable(path, 200)} can't be read: ${why}.`, undefined, 'FILE_UNREADABLE')
  }
}

/** The text of a file, or of standard input when `source` is `-`. Refuses a terminal as standard input. */
export async function readSource(io: Io, source: string, signal: AbortSignal): Promise<string> {
  if (source !== '-') return readInputFile(source, signal)
  if (io.stdin.isTTY === true) {
    throw usageFault('"-" reads standard input, but that is a terminal here.', 'Pipe the text in, or give a file.')
  }
  signal.addEventListener('abort', () => io.stdin.destroy(new DOMException('Interrupted', 'AbortError')), {
    once: true,
  })
  return await readAll(io.stdin, 'Standard input')
}

async function readAll(stream: AsyncIterable<unknown>, what: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk as Buffer | string)
    bytes += buffer.length
    if (bytes > mostBytes) throw usageFault(`${what} is larger than 10 MB.`)
    chunks.push(buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}
