import { randomUUID } from 'node:crypto'
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import { nullWhenMissing } from '../files/config-folder.ts'

/** A lock is held for milliseconds only; one this old (ms) was left by a process that is gone. */
const abandonedAfter = 60_000
/**
 * How long (ms) the same lock must be seen before its age counts. This machine's clock may have jumped since the lock
 * was made, or may differ from that of the disk: a lock that is held right now would then look old (C5).
 */
const seenFor = 2_000
/** How long (ms) one and the same holder is waited for. */
const timeout = 20_000

type Held = { text: string }

/** `busy`: another process keeps the lock; nothing was done. `lost`: one took it over while we worked. */
export type LockFaults = { busy: Fault; lost: Fault }

/**
 * Runs `work` while no other process, on any machine that shares the folder, runs under the same lock file. `work`
 * calls `stillHeld` right before its write: a process that slept longer than a lock lasts must not write.
 */
export async function withLock<T>(
  path: string,
  work: (stillHeld: () => Promise<void>) => Promise<T>,
  { busy, lost }: LockFaults = { busy: locked(path), lost: locked(path) },
): Promise<T> {
  const held = await acquire(path, busy)
  const isOurs = async () => (await readFile(path, 'utf8').catch(nullWhenMissing)) === held.text
  try {
    return await work(async () => {
      if (!(await isOurs())) throw lost
      // Long work keeps its lock: only one whose process is gone or asleep grows old.
      const now = new Date()
      await utimes(path, now, now)
    })
  } finally {
    if (await isOurs()) await rm(path, { force: true })
  }
}

async function acquire(path: string, busy: Fault): Promise<Held> {
  const text = JSON.stringify({ pid: process.pid, host: hostname(), nonce: randomUUID() })
  const lock = watched(path)
  const guard = watched(`${path}.takeover`)
  for (;;) {
    if (await create(path, text)) return { text }
    await takeAwayIfAbandoned(lock, guard)
    // While others take turns, this process comes to its own; one that never lets go is reported.
    if (lock.text !== null && performance.now() - lock.since > timeout) throw busy
    await pause(2 + Math.random() * 10)
  }
}

/** A file, its text, and since when this process has seen that text, by the monotonic clock. */
type Watched = { readonly path: string; text: string | null; since: number }

function watched(path: string): Watched {
  return { path, text: null, since: 0 }
}

/** Creating the file is the lock: `wx` succeeds for one process only. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes a lock whose process is gone. A second file guards this, and the lock is read again under it: when two
 * processes see the same dead lock, the slower one would otherwise remove the new lock of the faster one.
 */
async function takeAwayIfAbandoned(lock: Watched, guard: Watched): Promise<void> {
  const text = await abandoned(lock)
  if (text === null) return
  if (!(await create(guard.path, ''))) {
    if ((await abandoned(guard)) !== null) await rm(guard.path, { force: true })
    return
  }
  try {
    if ((await abandoned(lock)) === text) await rm(lock.path, { force: true })
  } finally {
    await rm(guard.path, { force: true })
  }
}

/** The text of a lock that no process holds any more, or null. */
async function abandoned(file: Watched): Promise<string | null> {
  const text = await readFile(file.path, 'utf8').catch(nullWhenMissing)
  if (text !== file.text) Object.assign(file, { text, since: performance.now() })
  if (text === null) return null
  if (isGone(text)) return text
  if (performance.now() - file.since < seenFor) return null
  // The process that created it died before it wrote to it. A guard is always empty, and held just as briefly.
  if (text === '') return text
  const found = await stat(file.path).catch(nullWhenMissing)
  return found !== null && Date.now() - found.mtimeMs > abandonedAfter ? text : null
}

function isGone(text: string): boolean {
  // It may have just been created and not written to yet: its age decides.
  if (text === '') return false
  let holder: { pid?: unknown; host?: unknown }
  try {
    holder = JSON.parse(text) as typeof holder
  } catch {
    return false
  }
  if (holder.host !== hostname() || typeof holder.pid !== 'number') return false
  try {
    process.kill(holder.pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function locked(path: string): Fault {
  return new Fault('Another mhloop holds the lock on the profiles. Nothing was changed.', {
    code: 'CONFIG_LOCKED',
    hint: `Try again. If no other mhloop is running, remove ${printable(path)}`,
  })
}
