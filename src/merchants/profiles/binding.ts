import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { Env } from '../files/config-folder.ts'
import type { Profile } from './profile.ts'
import { profileOf, updateProfiles } from './profiles.ts'

/**
 * The journal that first worked for a merchant. Only that journal knows which refunds were sent: another one, because
 * of a lost volume, another HOME or a mistake in MHLOOP_JOURNAL, would pay them again (G1). Restoring a backup and
 * moving a journal keep its installation id.
 */
export type BoundJournal = NonNullable<Profile['journal']>
export type JournalAtHand = { id: string; place: string }

/** The name of a journal for people: its place, and the beginning of its installation id. */
export function journalName({ id, place }: JournalAtHand): string {
  return `${printable(place, 200)} (${id.slice(0, 8)})`
}

/** Whether the merchant is bound to another journal than this one; false for a merchant that is not bound yet. */
export function isOtherJournal(bound: BoundJournal | null | undefined, atHand: JournalAtHand): boolean {
  return bound !== null && bound !== undefined && bound.id !== atHand.id
}

type Answer = { atHand: JournalAtHand; rebind: string }

/** `rebind`: the command that binds the merchant to the journal at hand. */
export function otherJournal(merchant: string, bound: BoundJournal, { atHand, rebind }: Answer): Fault {
  return journalOther(
    merchant,
    `${merchant} is bound to the journal ${journalName(bound)}, but this run uses ${journalName(atHand)}, which does not know which refunds were sent.`,
    rebind,
  )
}

/** For an unbound merchant, when another name of its Loop account is bound elsewhere; `rebind` binds that one (G10). */
export function otherJournalOfAccount(
  merchant: string,
  { name, bound }: { name: string; bound: BoundJournal },
  { atHand, rebind }: Answer,
): Fault {
  return journalOther(
    merchant,
    `${merchant} shares a Loop account with ${name}, which is bound to the journal ${journalName(bound)}, but this run uses ${journalName(atHand)}, which does not know which refunds were sent.`,
    rebind,
  )
}

function journalOther(merchant: string, message: string, rebind: string): Fault {
  return new Fault(message, {
    code: 'JOURNAL_OTHER',
    merchant,
    hint: `Point --journal, MHLOOP_JOURNAL or MHLOOP_DATA_DIR at the right journal, or mount its disk. If that journal is lost for good: ${rebind}`,
  })
}

/** The stored merchants by the journal that they are bound to: this one, another one, or none yet. */
export type Reach = { here: string[]; elsewhere: { name: string; bound: BoundJournal }[]; unbound: string[] }

export function reachOf(merchants: Record<string, Profile>, atHand: JournalAtHand): Reach {
  const reach: Reach = { here: [], elsewhere: [], unbound: [] }
  for (const [name, { journal: bound }] of Object.entries(merchants)) {
    if (bound === undefined) reach.unbound.push(name)
    else if (isOtherJournal(bound, atHand)) reach.elsewhere.push({ name, bound })
    else reach.here.push(name)
  }
  return reach
}

/** For a change to all merchants of a journal that none of them is bound to: it would have no effect. */
export function journalOfNobody([first, ...more]: Reach['elsewhere'], atHand: JournalAtHand): Fault | null {
  if (first === undefined) return null
  const others = more.length === 0 ? '' : `, and ${more.length} more to others or the same one`
  return new Fault(
    `No stored merchant is bound to this journal, ${journalName(atHand)}: ${first.name} is bound to ${journalName(first.bound)}${others}. Nothing was changed.`,
    {
      code: 'JOURNAL_OTHER',
      hint: `Point --journal, MHLOOP_JOURNAL or MHLOOP_DATA_DIR at the right journal, or mount its disk. To see which one it is: mhloop merchant show ${first.name}`,
    },
  )
}

/** Binds a merchant that has no journal yet. Of two processes at once the first wins; returns the bound journal. */
export async function bindJournal(env: Env, merchant: string, atHand: JournalAtHand, now: Date): Promise<BoundJournal> {
  const profiles = await updateProfiles(env, (before) => {
    const profile = profileOf(before, merchant)
    const journal = profile.journal ?? { ...atHand, since: now.toISOString() }
    return { ...before, merchants: { ...before.merchants, [merchant]: { ...profile, journal } } }
  })
  const { journal } = profileOf(profiles, merchant)
  return journal ?? { ...atHand, since: now.toISOString() }
}

/** Binds a merchant to this journal, even if it is bound. Only an operator does this: it may allow a second payment. */
export async function rebindJournal(env: Env, merchant: string, atHand: JournalAtHand, now: Date): Promise<void> {
  await updateProfiles(env, (before) => {
    const profile = profileOf(before, merchant)
    const journal = { ...atHand, since: now.toISOString() }
    return { ...before, merchants: { ...before.merchants, [merchant]: { ...profile, journal } } }
  })
}
