import type { Journal } from '../../journal/journal.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import {
  bindJournal,
  isOtherJournal,
  journalName,
  journalOfNobody,
  type Reach,
  reachOf,
} from '../../merchants/profiles/binding.ts'
import { readProfiles } from '../../merchants/profiles/profiles.ts'

/**
 * The merchants that an action on all merchants of this journal applies to. Throws JOURNAL_OTHER when there are none:
 * an action without effect must not be reported as done.
 */
export async function reachOfAll(env: Env, journal: Journal): Promise<Reach> {
  const atHand = { id: await journal.installationId(), place: journal.location }
  const reach = reachOf((await readProfiles(env)).merchants, atHand)
  const fault = reach.here.length === 0 ? journalOfNobody(reach.elsewhere, atHand) : null
  if (fault !== null) throw fault
  return reach
}

/**
 * Binds every merchant that is not bound to a journal yet to this one, as its first work would. Binds none if any
 * merchant is bound to another journal, because the unbound ones may be meant for that one.
 */
export async function bindAll(env: Env, journal: Journal, reach: Reach, now: Date): Promise<Reach> {
  if (reach.elsewhere.length > 0) return reach
  const atHand = { id: await journal.installationId(), place: journal.location }
  const bound: Reach = { here: [...reach.here], elsewhere: [], unbound: [] }
  for (const name of reach.unbound) {
    const journalNow = await bindJournal(env, name, atHand, now)
    if (isOtherJournal(journalNow, atHand)) bound.elsewhere.push({ name, bound: journalNow })
    else bound.here.push(name)
  }
  return bound
}

/** A sentence for each merchant that the action does not apply to, or may not. */
export function notHeld({ elsewhere, unbound }: Reach): string[] {
  if (elsewhere.length === 0) return []
  return [
    ...elsewhere.map(
      ({ name, bound }) => `It does not apply to ${name}, which is bound to another journal: ${journalName(bound)}.`,
    ),
    ...unbound.map(
      (name) => `It applies to ${name}, which is not bound to a journal yet, only if its first work uses this one.`,
    ),
  ]
}
