import { join, resolve } from 'node:path'
import { Fault } from '../core/fault.ts'
import { cursorsOf } from './cursors.ts'
import { effectsOf } from './effects.ts'
import type { Engine } from './engine.ts'
import { eventsOf } from './events.ts'
import { healthOf } from './health.ts'
import { historyOf } from './history.ts'
import type { Journal } from './journal.ts'
import { leasesOf } from './leases.ts'
import { linksOf } from './links.ts'
import { type NewId, randomId } from './new-id.ts'
import { refundsOf } from './refunds.ts'
import { openSqlite } from './sqlite/open-sqlite.ts'

export type Clock = { now(): Date }

/**
 * Opens the journal at `sqlite:PATH`, or the default one in the data directory; makes and migrates it as needed.
 * Loads the database layer: import it lazily from commands. One per file and process: a second one would block the
 * thread while it waits for the first. Faults: JOURNAL_LOCATION, JOURNAL_NOT_SUPPORTED,
 * JOURNAL_UNSAFE, JOURNAL_UNWRITABLE, JOURNAL_CORRUPT, JOURNAL_FOREIGN, JOURNAL_BUSY, JOURNAL_NEWER,
 * JOURNAL_NOT_DURABLE, JOURNAL_SQLITE_TOO_OLD. Every member may fail with UNWRITABLE, CORRUPT, BUSY or NEWER.
 */
export async function openJournal(
  location: string | undefined,
  { dataDir, clock = { now: () => new Date() } }: { dataDir: string; clock?: Clock },
): Promise<Journal> {
  const isDefault = location === undefined
  const path = isDefault ? join(dataDir, 'journal.db') : pathOf(location)
  return journalOn(await openSqlite(resolve(path), { folderIsOurs: isDefault }), clock)
}

/** The location is never quoted in a message: that of a shared database holds its password. */
function pathOf(location: string): string {
  if (/^postgres(ql)?:/i.test(location)) {
    throw new Fault('A journal shared in PostgreSQL comes in a later release; this one keeps it in a SQLite file.', {
      code: 'JOURNAL_NOT_SUPPORTED',
      exit: 2,
      blame: 'input',
      hint: 'unset MHLOOP_JOURNAL, or set it to sqlite:PATH',
    })
  }
  const path = /^sqlite:(?!\/\/[^/])(.+)$/s.exec(location)?.[1]
  if (path === undefined) {
    throw new Fault('The location of the journal is neither empty nor sqlite:PATH.', {
      code: 'JOURNAL_LOCATION',
      exit: 2,
      blame: 'input',
      hint: 'unset MHLOOP_JOURNAL, or set it to sqlite:PATH',
    })
  }
  return path
}

/** The journal over any engine. */
export function journalOn(engine: Engine, clock: Clock, newId: NewId = randomId): Journal {
  const { store } = engine
  return {
    installationId: async () => {
      const query = store.selectFrom('meta').select('value').where('name', '=', 'installation_id')
      return (await query.executeTakeFirstOrThrow()).value
    },
    effects: effectsOf(store, newId),
    links: linksOf(store),
    history: historyOf(store),
    cursors: cursorsOf(store, clock),
    leases: leasesOf(store),
    refunds: refundsOf(store),
    events: eventsOf(store, newId),
    health: healthOf(engine, clock),
    close: () => store.destroy(),
  }
}
