import { fstatSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'

/**
 * An output that is a file: written whole, where Node's own stream takes a disk that runs full for done after a part of it,
 * and is lost for good after the first failure. What can't be written is told as `lost`, and the next may pass again (H18, H19).
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

/** Whether it is a file, or a device such as /dev/full that is written like one; a terminal or a pipe is not. */
export function isFile(fd: number, isTerminal: boolean): boolean {
  if (isTerminal) return false
  try {
    const found = fstatSync(fd)
    return found.isFile() || (process.platform !== 'win32' && found.isCharacterDevice())
  } catch {
    return false
  }
}
