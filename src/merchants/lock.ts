import { randomUUID } from 'node:crypto'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { exitCodes, Fault } from '../core/fault.ts'
import { shown } from '../core/text.ts'
import { nullWhenMissing } from './config-folder.ts'

/** Held for milliseconds only; a lock this old was left behind by a machine that went away. */
const abandonedAfter = 60_000
const patience = 20_000

type Held = { text: string }

/**
 * Runs `work` while no other process on any machine that shares the folder runs under the same lock file. `work` gets
 * `stillHeld`, to be called right before its write: a process that slept longer than a lock lives must not write.
 */
export async function withLock<T>(path: string, work: (stillHeld: () => Promise<void>) => Promise<T>): Promise<T> {
  const held = await acquire(path)
  const isOurs = async () => (await readFile(path, 'utf8').catch(nullWhenMissing)) === held.text
  try {
    return await work(async () => {
      if (!(await isOurs())) throw locked(path)
    })
  } finally {
    if (await isOurs()) await rm(path, { force: true })
  }
}

async function acquire(path: string): Promise<Held> {
  const text = JSON.stringify({ pid: process.pid, host: hostname(), nonce: randomUUID() })
  const giveUpAt = performance.now() + patience
  while (performance.now() < giveUpAt) {
    if (await create(path, text)) return { text }
    await takeAwayIfAbandoned(path)
    await pause(2 + Math.random() * 10)
  }
  throw locked(path)
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
 * Removes a lock whose process is gone. Guarded by a second file, and looked at again under it: of two processes that
 * see the same dead lock, the slower one would otherwise remove the faster one's new lock.
 */
async function takeAwayIfAbandoned(path: string): Promise<void> {
  const text = await abandoned(path)
  if (text === null) return
  const guard = `${path}.takeover`
  if (!(await create(guard, text))) {
    if ((await abandoned(guard, false)) !== null) await rm(guard, { force: true })
    return
  }
  try {
    if ((await abandoned(path)) === text) await rm(path, { force: true })
  } finally {
    await rm(guard, { force: true })
  }
}

/** The text of a lock that nobody holds any more, or null. */
async function abandoned(path: string, askProcess = true): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(nullWhenMissing)
  const found = text === null ? null : await stat(path).catch(nullWhenMissing)
  if (text === null || found === null) return null
  if (Date.now() - found.mtimeMs > abandonedAfter) return text
  return askProcess && isGone(text) ? text : null
}

function isGone(text: string): boolean {
  // Just created and not yet written to: its age decides.
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
  return new Fault('Another mhloop is changing the profiles and does not let go. Nothing was changed.', {
    code: 'CONFIG_LOCKED',
    exit: exitCodes.ours,
    blame: 'machine',
    hint: `Try again; if no other mhloop runs, remove ${shown(path)}`,
  })
}
