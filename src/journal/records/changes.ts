import { sql } from 'kysely'
import { printable } from '../../core/text/printable.ts'
import { inTransaction, type Store, type Writing } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import { begun, type SettingChange, type SettingChanges, type Who, withdrawn } from './setting-changes.ts'

/** Runs in the transaction of the change itself, where that is in the journal. */
export async function appendChanges(writing: Writing, changes: readonly SettingChange[]): Promise<void> {
  for (let start = 0; start < changes.length; start += 500) {
    const rows = changes.slice(start, start + 500).map((change) => ({
      at: timestamp(change.at),
      merchant: change.merchant ?? '',
      actor: printable(change.actor, 120),
      claimed_actor: change.claimedActor === null ? null : printable(change.claimedActor, 120),
      what: change.what,
      setting: change.setting,
      before: change.before === null ? null : printable(change.before, 600),
      after: change.after === null ? null : printable(change.after, 600),
      reason: change.reason === null ? null : printable(change.reason, 600),
    }))
    await writing.insertInto('changes').values(rows).execute()
  }
}

export function changesOf(store: Store): SettingChanges {
  return {
    append: async (changes) => {
      if (changes.length === 0) return
      await inTransaction(store, (writing) => appendChanges(writing, changes))
    },

    find: async ({ merchants, settings, since, until, limit }) => {
      let query = store.selectFrom('changes').selectAll().where(isLogged).orderBy('seq', 'desc').limit(limit)
      if (merchants !== undefined) query = query.where('merchant', 'in', ['', ...merchants])
      if (settings !== undefined) query = query.where('setting', 'in', settings)
      if (since !== undefined) query = query.where('at', '>=', timestamp(since))
      if (until !== undefined) query = query.where('at', '<=', timestamp(until))
      const rows = await query.execute()
      return rows.map(({ at, merchant, actor, claimed_actor, what, setting, before, after, reason }) => ({
        at,
        merchant: merchant === '' ? null : merchant,
        actor,
        claimedActor: claimed_actor,
        what,
        setting,
        before,
        after,
        reason,
      }))
    },
  }
}

/** A row that says `begun` is shown only while no later row says how the change ended. */
const isLogged = sql<boolean>`what not like ${`%${withdrawn}`} and (what not like ${`%${begun}`} or not exists (
  select 1 from changes as ended where ended.merchant = changes.merchant and ended.seq > changes.seq
  and ended.at = changes.at and ended.actor = changes.actor and coalesce(ended.setting, '') = coalesce(changes.setting, '')
))`

/** A plain name comes without a name that the environment claims. */
export function whoOf(actor: string | Who): Who {
  return typeof actor === 'string' ? { actor, claimedActor: null } : actor
}

/** Both names in one text. */
export function actorText({ actor, claimedActor }: Who): string {
  return printable(claimedActor === null ? actor : `${actor} (claimed: ${claimedActor})`, 120)
}
