import { Fault } from '../../core/errors/fault.ts'
import type { Engine } from '../database/engine.ts'
import { openEngine } from '../open-journal.ts'
import { isPostgres } from '../postgres/location.ts'
import { sqlitePath } from '../sqlite/location.ts'
import { markMoved, reopen, unmarkMoved } from '../sqlite/moved.ts'
import { type By, copyInto, notEmpty, type Restored } from './backup.ts'
import { isEmpty, merchantsWithOpenRefunds } from './copy.ts'

/** Where the journal was and where it is now, safe to print. */
export type Moved = Restored & { from: string; to: string }
type Source = { location: string | undefined; dataDir: string }

/** Opens both journals and moves the first into the second; resumes a move that was interrupted. */
export async function moveJournal(from: Source, to: string, by: By): Promise<Moved> {
  if (!isPostgres(to) || (from.location !== undefined && isPostgres(from.location))) throw notThisWay()
  const target = await openEngine(to, { dataDir: from.dataDir })
  try {
    const source = await openToMove(from, target)
    try {
      const moved = await move(source, target, by)
      return { from: source.location, to: target.location, ...moved }
    } finally {
      await source.store.destroy()
    }
  } finally {
    await target.store.destroy()
  }
}

/** An interrupted move has closed the file and copied nothing: the file is reopened, and the move starts again. */
async function openToMove(from: Source, target: Engine): Promise<Engine> {
  try {
    return await openEngine(from.location, { dataDir: from.dataDir })
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'JOURNAL_MOVED' || !(await isEmpty(target.store))) throw error
    if (!reopen(sqlitePath(from.location, from.dataDir), target.location)) throw error
    return await openEngine(from.location, { dataDir: from.dataDir })
  }
}

/**
 * Moves a SQLite journal into an empty shared one. First the file is closed for good, for every mhloop that has it open
 * or opens it later, so that nothing is written there that the shared one lacks. Merchants with a refund under way are
 * quarantined: the process that sent it can't record its answer any more.
 */
export async function move(from: Engine, to: Engine, by: By): Promise<Restored> {
  if (!(await isEmpty(to.store))) throw notEmpty(to)
  await markMoved(from, to.location)
  try {
    return await copyInto(to, from, by, 'moved while a refund was in progress', async () => {
      const open = await merchantsWithOpenRefunds(from.store)
      return { held: open, reported: open }
    })
  } catch (error) {
    await unmarkMoved(from)
    throw error
  }
}

function notThisWay(): Fault {
  return new Fault('A journal can be moved only from a SQLite file to PostgreSQL.', {
    code: 'JOURNAL_LOCATION',
    hint: 'for other moves: mhloop journal backup FILE; then, with another MHLOOP_JOURNAL: mhloop journal restore FILE',
  })
}
