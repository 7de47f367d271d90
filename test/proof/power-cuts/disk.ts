import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Step } from './trace.ts'

/** Returns a random number, at least 0 and below 1. */
export type Random = () => number

/** Which of the writes that were not synced reach the disk. */
export type Loss =
  /** None of them: the cache was lost as a whole. */
  | 'all'
  /** All of them: only the process ended, or the disk was quick. */
  | 'nothing'
  /** Some sectors of some writes, in any order; a file may have grown without its bytes (C6). */
  | 'some'

type Change = { offset: number; bytes: Buffer } | { size: number }
type File = { durable: Buffer; pending: Change[] }
type Entry = { path: string; file: File | null }

/**
 * A disk that guarantees no more than POSIX: a write counts only once its file was synced, and a file's name only once
 * its folder was.
 */
export type Disk = {
  take(step: Step): void
  /** Writes what a power cut now leaves into `folder`. */
  cut(folder: string, loss: Loss, random: Random): void
}

const sector = 512

export function createDisk(): Disk {
  /** The files as the running program sees them. */
  const names = new Map<string, File>()
  const durableNames = new Map<string, File>()
  let pendingNames: Entry[] = []

  function name(path: string, file: File | null): void {
    if (file === null) names.delete(path)
    else names.set(path, file)
    pendingNames.push({ path, file })
  }

  function fileAt(path: string): File {
    const file = names.get(path)
    if (file === undefined) throw new Error(`the recorded run wrote to ${path} without making it`)
    return file
  }

  return {
    take(step) {
      switch (step.do) {
        case 'create':
          return name(step.path, { durable: Buffer.alloc(0), pending: [] })
        case 'unlink':
          return name(step.path, null)
        case 'write':
          return void fileAt(step.path).pending.push({ offset: step.offset, bytes: step.bytes })
        case 'truncate':
          return void fileAt(step.path).pending.push({ size: step.size })
        case 'sync':
          if (step.path !== '') return sync(fileAt(step.path))
          for (const entry of pendingNames) enter(durableNames, entry)
          pendingNames = []
          return
        case 'told':
          return
      }
    },

    cut(folder, loss, random) {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { mode: 0o700 })
      const found = new Map(durableNames)
      // Names keep their order, because file systems journal them.
      const named = loss === 'all' ? 0 : loss === 'nothing' ? pendingNames.length : random() * (pendingNames.length + 1)
      for (const entry of pendingNames.slice(0, Math.floor(named))) enter(found, entry)
      for (const [path, file] of found) {
        writeFileSync(join(folder, path), contentOf(file, loss, random), { mode: 0o600 })
      }
    },
  }
}

function enter(names: Map<string, File>, { path, file }: Entry): void {
  if (file === null) names.delete(path)
  else names.set(path, file)
}

function sync(file: File): void {
  file.durable = applied(file.durable, file.pending)
  file.pending = []
}

function contentOf({ durable, pending }: File, loss: Loss, random: Random): Buffer {
  switch (loss) {
    case 'all':
      return durable
    case 'nothing':
      return applied(durable, pending)
    case 'some':
      return applied(
        durable,
        pending.flatMap((change) => torn(change, random)),
      )
  }
}

/** Each sector of a write arrives or not, independently; so does the length of the file. */
function torn(change: Change, random: Random): Change[] {
  if ('size' in change) return random() < 0.5 ? [change] : []
  const { offset, bytes } = change
  const parts: Change[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(bytes.length, start + sector - ((offset + start) % sector))
    if (random() < 0.5) parts.push({ offset: offset + start, bytes: bytes.subarray(start, end) })
    start = end
  }
  if (random() < 0.25) parts.push({ offset: offset + bytes.length, bytes: Buffer.alloc(0) })
  return parts
}

/** In order: of two writes to one place, the page cache holds the later one. */
function applied(content: Buffer, changes: readonly Change[]): Buffer {
  if (changes.length === 0) return content
  const ends = changes.map((change) => ('size' in change ? 0 : change.offset + change.bytes.length))
  let length = content.length
  const room = Buffer.alloc(Math.max(content.length, ...ends, ...changes.map((one) => ('size' in one ? one.size : 0))))
  content.copy(room)
  for (const change of changes) {
    if ('size' in change) {
      room.fill(0, change.size)
      length = change.size
    } else {
      change.bytes.copy(room, change.offset)
      length = Math.max(length, change.offset + change.bytes.length)
    }
  }
  return room.subarray(0, length)
}
