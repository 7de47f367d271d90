import { printable } from '../../core/text/printable.ts'
import { inTransaction, type Store, type Writing } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import type { EffectKind } from '../effects/effect.ts'

export type History = {
  append(entries: readonly HistoryEntry[]): Promise<void>
  of(merchant: string, returnId: string): Promise<HistoryEntry[]>
}

export type HistoryEntry = {
  at: string
  merchant: string
  returnId: string
  /** `operator@host`, or a worker's name. */
  actor: string
  /** An effect's new state, which the journal writes with each step; or `seen`, `decided`, `forced`, … from callers. */
  what: string
  kind: EffectKind | null
  effectId: string | null
  /** One line for people; already safe to print. */
  message: string
}

/** Runs in the transaction of what happened, so that history and state never disagree. */
export async function appendHistory(writing: Writing, entries: readonly HistoryEntry[]): Promise<void> {
  for (let start = 0; start < entries.length; start += 500) {
    const rows = entries.slice(start, start + 500).map((entry) => ({
      at: timestamp(entry.at),
      merchant: entry.merchant,
      return_id: entry.returnId,
      actor: entry.actor,
      what: entry.what,
      kind: entry.kind,
      effect_id: entry.effectId,
      // It is printed as it is, and may quote a vendor (F55).
      message: printable(entry.message, 600),
    }))
    await writing.insertInto('history').values(rows).execute()
  }
}

export function historyOf(store: Store): History {
  return {
    append: async (entries) => {
      if (entries.length === 0) return
      await inTransaction(store, (writing) => appendHistory(writing, entries))
    },

    of: async (merchant, returnId) => {
      const rows = await store
        .selectFrom('history')
        .selectAll()
        .where('merchant', '=', merchant)
        .where('return_id', '=', returnId)
        .orderBy('seq')
        .execute()
      return rows.map(({ at, actor, what, kind, message, effect_id }) => ({
        at,
        merchant,
        returnId,
        actor,
        what,
        kind,
        effectId: effect_id,
        message,
      }))
    },
  }
}
