import { fstatSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'

/**
 * A stream for an output that is a file. Node's own stream reports success after a partial write to a full disk, and
 * stays unusable after its first failure. This one writes each chunk whole; a chunk that can't be written is reported
 * as a `lost` event, and the next one may succeed again (H18, H19).
 */
export function fileOutput(fd: number): Writable {
  return new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      try {
        for (let sent = 0; sent < chunk.length; ) sent += writeSync(fd, chunk, sent)
      } catch (error) {
        this.emit('lost', error)
      }
      done()
    },
  })
}

/**
 * Whether the descriptor is a file, or a device such as /dev/full that is written like one; not a terminal or a pipe.
 */
export function isFile(fd: number, isTerminal: boolean): boolean {
  if (isTerminal) return false
  try {
    const found = fstatSync(fd)
    return found.isFile() || (process.platform !== 'win32' && found.isCharacterDevice())
  } catch {
    return false
  }
}
