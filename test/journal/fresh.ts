import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../src/journal/database/engine.ts'
import type { Journal, NewEffect, NewEvent, RefundLimits } from '../../src/journal/journal.ts'
import { journalOn, openEngine } from '../../src/journal/open-journal.ts'
import { openSqlite } from '../../src/journal/sqlite/open-sqlite.ts'
import { needsPostgres } from '../postgres/needs-postgres.ts'
import { freshPlace } from '../postgres/server.ts'
import { dropSpare, giveBack, rememberUntouched, usablePlace } from '../postgres/used-places.ts'

export const at = '2026-03-01T12:00:00.000Z'
export const clock = { now: () => new Date(at) }

/** The same day, `count` minutes after {@link at}. */
export function minutes(count: number): string {
  return new Date(Date.parse(at) + count * 60_000).toISOString()
}

export async function freshFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-journal-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

type Clock = { now(): Date }
export type Opened = { journal: Journal; engine: Engine; location: string; dispose(): Promise<void> }

/** One of the databases for a journal; every test of the journal runs on each. */
export type Kit = {
  name: Engine['name']
  /** A place where an empty journal may be created. */
  freshPlace(): Promise<{ location: string; remove(): Promise<void> }>
  /** A journal in a fresh place, with access to its engine; `dispose` closes and removes both. */
  freshJournal(by?: Clock): Promise<Opened>
}

const kits: readonly Kit[] = [
  kit('sqlite', async () => {
    const { folder, remove } = await freshFolder()
    return { location: `sqlite:${join(folder, 'journal.db')}`, remove }
  }),
  kit(
    'postgres',
    async () => {
      const { location, drop } = await freshPlace()
      return { location, remove: drop }
    },
    async () => {
      const place = await usablePlace()
      const opened = () => rememberUntouched(place)
      return { location: place.location, opened, remove: () => giveBack(place) }
    },
  ),
]

type JournalPlace = { location: string; opened?(): Promise<void>; remove(): Promise<void> }

/** `journalPlace`: a place that holds only a journal; by default a fresh place. */
function kit(
  name: Engine['name'],
  freshPlace: Kit['freshPlace'],
  journalPlace: () => Promise<JournalPlace> = freshPlace,
): Kit {
  return {
    name,
    freshPlace,
    freshJournal: async (by = clock) => {
      const { location, opened, remove } = await journalPlace()
      const engine = await openEngine(location, { dataDir: '', clock: by })
      await opened?.()
      const dispose = async () => {
        await engine.store.destroy()
        await remove()
      }
      return { engine, journal: journalOn(engine, by), location, dispose }
    },
  }
}

/** Defines the same tests for every engine. */
export function onEachEngine(title: string, tests: (kit: Kit) => void): void {
  for (const each of kits) {
    describe(`${title} (${each.name})`, () => {
      if (each.name === 'postgres') needsPostgres()
      tests(each)
      // After the hooks of the tests themselves, which give back their places.
      if (each.name === 'postgres') after(dropSpare)
    })
  }
}

/** A journal of the usual kind, for tests of other parts. */
export async function freshJournal(): Promise<{ journal: Journal; folder: string; dispose(): Promise<void> }> {
  return await freshFile()
}

/** A SQLite journal in its own folder, for tests about its files. */
export async function freshFile() {
  const { folder, remove } = await freshFolder()
  const engine = await openSqlite(join(folder, 'journal.db'), { folderIsOurs: true, clock })
  const dispose = async () => {
    await engine.store.destroy()
    await remove()
  }
  return { engine, journal: journalOn(engine, clock), folder, dispose }
}

export function effect(change: Partial<NewEffect> = {}): NewEffect {
  return {
    merchant: 'acme',
    returnId: '99904598',
    kind: 'rma.create',
    generation: 0,
    digest: 'd1',
    payload: { lines: 1 },
    actor: 'ann@desk',
    ...change,
  }
}

export function refund(returnId: string, change: Partial<NewEffect> = {}): NewEffect {
  return effect({ returnId, kind: 'process', ...change })
}

export function event(change: Partial<NewEvent> = {}): NewEvent {
  return {
    merchant: 'acme',
    source: 'loop',
    digest: 'e1',
    topic: 'return.created',
    returnId: '99904598',
    body: '',
    state: 'new',
    reason: null,
    receivedAt: at,
    ...change,
  }
}

export const generous: RefundLimits = {
  refundsPerHour: 1000,
  refundsPerDay: 1000,
  explicit: false,
  firstByHand: 0,
  receivedAt: null,
}

/** `count` different return ids. */
export function returnIds(count: number, start = 1): string[] {
  return Array.from({ length: count }, (_, index) => String(start + index))
}
