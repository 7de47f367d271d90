import { leasesOf } from './coordination/leases.ts'
import { permitsOf } from './coordination/permits.ts'
import type { Engine } from './database/engine.ts'
import { type NewId, randomId } from './database/new-id.ts'
import { effectsOf } from './effects/effects.ts'
import { eventsOf } from './events/events.ts'
import type { Journal } from './journal.ts'
import { merchantsOf } from './maintenance/copy.ts'
import { forget } from './maintenance/forget.ts'
import { healthOf } from './maintenance/health.ts'
import { isPostgres } from './postgres/location.ts'
import { changesOf } from './records/changes.ts'
import { cursorsOf } from './records/cursors.ts'
import { historyOf } from './records/history.ts'
import { linksOf } from './records/links.ts'
import { parcelsOf } from './records/parcels.ts'
import { claimsOf } from './refunds/claims.ts'
import { refundsOf } from './refunds/refunds.ts'
import { sqlitePath } from './sqlite/location.ts'
import { openSqlite } from './sqlite/open-sqlite.ts'

export type Clock = { now(): Date }

/**
 * Opens the journal at `sqlite:PATH` or `postgres://…`, or the default one in the data directory; creates and migrates
 * it as needed. Loads the database layer, so commands import it lazily. Open one per journal and process. `clock` is
 * the caller's and, when given, decides about leases too; by default a shared database decides by its own clock.
 *
 * Faults: JOURNAL_LOCATION, JOURNAL_NEWER, JOURNAL_FOREIGN, JOURNAL_NOT_DURABLE, JOURNAL_UNWRITABLE, JOURNAL_CORRUPT,
 * JOURNAL_BUSY; for a file also JOURNAL_UNSAFE, JOURNAL_MOVED, JOURNAL_SQLITE_TOO_OLD; for a shared one
 * JOURNAL_UNREACHABLE, JOURNAL_DENIED, JOURNAL_POOLED, JOURNAL_POSTGRES_TOO_OLD. Every member may fail with UNWRITABLE,
 * CORRUPT, BUSY, NEWER, UNREACHABLE, REPLACED (deleted or replaced), or OUTCOME_UNKNOWN: the answer to a COMMIT is
 * missing, and the server could not be asked whether it happened.
 */
export async function openJournal(
  location: string | undefined,
  { dataDir, clock }: { dataDir: string; clock?: Clock },
): Promise<Journal> {
  return journalOn(await openEngine(location, { dataDir, clock }), clock ?? { now: () => new Date() })
}

/** Only the database, for work on a whole journal. */
export async function openEngine(
  location: string | undefined,
  { dataDir, clock }: { dataDir: string; clock?: Clock | undefined },
): Promise<Engine> {
  if (location !== undefined && isPostgres(location)) {
    const { openPostgres } = await import('./postgres/open-postgres.ts')
    return await openPostgres(location, { clock })
  }
  return await openSqlite(sqlitePath(location, dataDir), { folderIsOurs: location === undefined, clock })
}

/** The journal on top of any engine. */
export function journalOn(engine: Engine, clock: Clock, newId: NewId = randomId): Journal {
  const { store } = engine
  return {
    installationId: async () => {
      const query = store.selectFrom('meta').select('value').where('name', '=', 'installation_id')
      return (await query.executeTakeFirstOrThrow()).value
    },
    location: engine.location,
    isInPlace: engine.isInPlace,
    effects: effectsOf(engine, newId),
    claims: claimsOf(engine),
    links: linksOf(engine),
    parcels: parcelsOf(engine),
    history: historyOf(store),
    changes: changesOf(store),
    cursors: cursorsOf(store, clock),
    leases: leasesOf(engine),
    permits: permitsOf(engine),
    refunds: refundsOf(engine),
    events: eventsOf(engine, newId),
    merchants: () => merchantsOf(store),
    forget: (request) => forget(engine, request),
    health: healthOf(engine, clock),
    close: () => store.destroy(),
  }
}
