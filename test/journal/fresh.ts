import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Journal, NewEffect, NewEvent, RefundLimits } from '../../src/journal/journal.ts'
import { journalOn, openJournal } from '../../src/journal/open-journal.ts'
import { openSqlite } from '../../src/journal/sqlite/open-sqlite.ts'

export const at = '2026-03-01T12:00:00.000Z'
export const clock = { now: () => new Date(at) }

/** The same day, so many minutes after {@link at}. */
export function minutes(count: number): string {
  return new Date(Date.parse(at) + count * 60_000).toISOString()
}

export async function freshFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-journal-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** A journal in a folder of its own; `dispose` closes and removes both. */
export async function freshJournal(): Promise<{ journal: Journal; folder: string; dispose(): Promise<void> }> {
  const { folder, remove } = await freshFolder()
  const journal = await openJournal(undefined, { dataDir: folder, clock })
  const dispose = async () => {
    await journal.close()
    await remove()
  }
  return { journal, folder, dispose }
}

/** The same, with the engine under it laid open. */
export async function freshEngine() {
  const { folder, remove } = await freshFolder()
  const engine = await openSqlite(join(folder, 'journal.db'), { folderIsOurs: true })
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

export const generous: RefundLimits = { refundsPerHour: 1000, refundsPerDay: 1000, byHand: false, firstByHand: 0 }

/** `count` different return ids. */
export function returnIds(count: number, start = 1): string[] {
  return Array.from({ length: count }, (_, index) => String(start + index))
}
