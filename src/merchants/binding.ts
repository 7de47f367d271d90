import { Fault } from '../core/fault.ts'
import { printable } from '../core/text.ts'
import type { Env } from './config-folder.ts'
import type { Profile } from './profile.ts'
import { profileOf, updateProfiles } from './profiles.ts'

/**
 * The journal that first worked for a merchant. It alone knows which refunds were sent: another one, made by a lost
 * volume, another HOME or a slip in MHLOOP_JOURNAL, would pay them again (G1). A backup that is restored, and a journal
 * that is moved, keep their installation id.
 */
export type BoundJournal = NonNullable<Profile['journal']>
export type JournalAtHand = { id: string; place: string }

/** How a journal is named to people: where it is, and the beginning of its installation id. */
export function journalName({ id, place }: JournalAtHand): string {
  return `${printable(place, 200)} (${id.slice(0, 8)})`
}

/** Whether the merchant works with another journal than this one; one that has none yet does not. */
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

/** Of a merchant that has not worked yet, when another name of its Loop account has. `rebind` binds that one (G10). */
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

/** The stored merchants by the journal that they work with: this one, another one, or none yet. */
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

/** For what is done for all merchants in a journal that none of them works with: it would hold for nobody. */
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

/** Binds a merchant that has no journal yet to this one. Of two processes at once, the first has it; answers with who has. */
export async function bindJournal(env: Env, merchant: string, atHand: JournalAtHand, now: Date): Promise<BoundJournal> {
  const profiles = await updateProfiles(env, (before) => {
    const profile = profileOf(before, merchant)
    const journal = profile.journal ?? { ...atHand, since: now.toISOString() }
    return { ...before, merchants: { ...before.merchants, [merchant]: { ...profile, journal } } }
  })
  const { journal } = profileOf(profiles, merchant)
  return journal ?? { ...atHand, since: now.toISOString() }
}

/** Binds a merchant to this journal, whatever it was bound to before: an operator's act, which may allow a second payment. */
export async function rebindJournal(env: Env, merchant: string, atHand: JournalAtHand, now: Date): Promise<void> {
  await updateProfiles(env, (before) => {
    const profile = profileOf(before, merchant)
    const journal = { ...atHand, since: now.toISOString() }
    return { ...before, merchants: { ...before.merchants, [merchant]: { ...profile, journal } } }
  })
}
