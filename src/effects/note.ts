import { Fault } from '../core/errors/fault.ts'
import { noteTag, noteText } from '../core/refunds/flag-note.ts'
import { settlementLimit } from '../core/refunds/settlement.ts'
import { digestOf } from '../core/text/digest.ts'
import type { Effect, EffectState } from '../journal/journal.ts'
import type { ActionAnswer, Note } from '../loop/client.ts'
import { type EffectContext, nowOf } from './context.ts'
import type { FlagReasons } from './flag.ts'
import { abandon, alone, claim, type Protocol, send } from './run.ts'
import { isTurnedAway } from './turned-away.ts'

/** A note whose first try left no trace is written once more; after that, no note is better than two (F21). */
export const mostTries = 2
/** Milliseconds within which a flag counts as just sent. */
const lately = 60_000
/** Milliseconds. Well before {@link patience}, after which another process writes the note (F9). */
const sendWithin = 5 * 60_000

/** Records in the journal that a flag needs its note. It has the flag's generation, so that a flag never gets two. */
export async function planNote(context: EffectContext, flag: Effect): Promise<Effect> {
  const { journal, merchant, actor } = context
  const { returnId, generation } = flag
  const tag = noteTag(flag.effectId)
  const identity = { merchant: merchant.name, returnId, kind: 'note', generation } as const
  const note = { ...identity, digest: digestOf(tag), payload: { tag }, actor }
  return await journal.effects.plan(note, nowOf(context))
}

/**
 * Writes one note that explains a flag, after the flag (F21). If it may have been written already, it is first looked
 * for by its tag. Never throws for what Loop does: the flag stands, whatever happens to its note.
 */
export async function addReasonNote(
  context: EffectContext,
  flag: Effect,
  { reasons, operatorNote }: FlagReasons,
): Promise<void> {
  const planned = await planNote(context, flag)
  await endOthers(context, planned)
  const tag = noteTag(flag.effectId)
  // The flag was sent a moment ago, so that no other run can have written its note yet.
  const isNew = flag.sentAt !== null && between(flag.sentAt, nowOf(context)) < lately
  const effect = planned.state === 'planned' && isNew ? planned : await settleNote(context, planned, tag)
  if (effect?.state !== 'planned') return
  const note = { item: noteText(reasons, operatorNote, tag), effect }
  await send(context, noteProtocol, await claim(context, [note], nowOf(context)))
}

const noteProtocol: Protocol<string, ActionAnswer> = {
  send: alone((context, { item, effect }) =>
    context.loop.addNote(effect.returnId, item, () => isMine(context, effect)),
  ),
  read({ effect, answer }, context) {
    const isUnwritten = answer.kind === 'not_sent' || (answer.kind === 'refused' && isTurnedAway(answer.code))
    // After a long freeze, the note has to be looked for, as by any other process.
    if (isUnwritten && !isMine(context, effect)) return null
    switch (answer.kind) {
      case 'accepted':
        return { to: 'confirmed', evidence: 'Loop answered true.' }
      case 'refused':
        // Nothing was written, so it may still be: with another key, or later.
        if (isUnwritten) return { to: 'planned', evidence: answer.text }
        return { to: 'refused', evidence: `Loop refused the note: ${answer.text}` }
      case 'not_sent':
        return { to: 'planned', evidence: `Not sent: ${answer.detail}` }
      case 'in_doubt':
        return { to: 'in_doubt', evidence: answer.detail }
    }
  },
}

function isMine(context: EffectContext, { sentAt }: Effect): boolean {
  return sentAt !== null && between(sentAt, nowOf(context)) <= sendWithin
}

/**
 * Finds out by reading whether a note is there; if it surely is not, it may be written. A note that is only planned is
 * looked for, too: it may have been written since, if the journal came from a backup (F11). null when Loop does not
 * answer.
 */
async function settleNote(context: EffectContext, note: Effect, tag: string): Promise<Effect | null> {
  if (!(unfinished as readonly string[]).includes(note.state)) return note
  // Taken before the request: after a freeze, an old answer must not look as if it came after the patience ended (F9).
  const requestedAt = nowOf(context)
  const notes = await notesOf(context, note.returnId)
  if (notes === null) return null
  const settled = async (to: EffectState, evidence: string) => {
    const change = { from: [note.state], to, evidence, at: nowOf(context), actor: context.actor }
    // After another run's try, only a note that was found counts.
    const ofWhich = to === 'confirmed' ? {} : { attempts: note.attempts }
    return (await context.journal.effects.settle(note.effectId, { ...change, ...ofWhich })) ?? note
  }
  if (notes.some(({ content }) => content.includes(tag))) return await settled('confirmed', 'Found among the notes.')
  // It was just written, and may not show yet.
  if (note.state === 'planned' || between(note.sentAt ?? note.plannedAt, requestedAt) <= settlementLimit) return note
  if (note.attempts < mostTries) return await settled('planned', 'Not among the notes; it will be written again.')
  return await settled('refused', `Not among the notes after ${note.attempts} tries; there will be no further try.`)
}

/** Milliseconds. A clock that was set back does not make anything look younger (C5). */
function between(one: string, other: string): number {
  return Math.abs(Date.parse(other) - Date.parse(one))
}

/** null when Loop does not answer: then nothing is known about the note. */
export async function notesOf({ loop }: EffectContext, returnId: string): Promise<Note[] | null> {
  try {
    return await loop.notes(returnId)
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

/**
 * Only the latest flag gets a note: one that an earlier flag still lacks is abandoned. One that may have been written
 * is looked for all the same, or it would stay unsettled for ever.
 */
async function endOthers(context: EffectContext, note: Effect): Promise<void> {
  const { journal, merchant } = context
  const filter = { merchant: merchant.name, returnIds: [note.returnId], kinds: ['note'], states: unfinished } as const
  const others = (await journal.effects.find(filter)).filter(({ effectId }) => effectId !== note.effectId)
  const unwritten: Effect[] = []
  for (const other of others) {
    const { tag } = other.payload as { tag: string }
    const settled = other.state === 'planned' ? other : await settleNote(context, other, tag)
    if (settled?.state === 'planned') unwritten.push(other)
  }
  await abandon(context, unwritten, 'A later flag has a note of its own.')
}

const unfinished = ['planned', 'sent', 'in_doubt'] as const

/** Writes the note that a crash left unwritten, or abandons the notes of flags that Loop did not accept. */
export async function finishNotes(context: EffectContext, effects: readonly Effect[]): Promise<void> {
  const flagged = latestFlag(effects)
  if (flagged) await addReasonNote(context, flagged, flagged.payload as FlagReasons)
  else await giveUpNotes(context, effects)
}

export function latestFlag(effects: readonly Effect[]): Effect | undefined {
  return effects.filter(({ kind, state }) => kind === 'flag' && state === 'confirmed').at(-1)
}

/** Loop refused the flag after all, so its planned note is abandoned. */
async function giveUpNotes(context: EffectContext, effects: readonly Effect[]): Promise<void> {
  const refused = new Set(effects.filter(isRefusedFlag).map(({ generation }) => generation))
  const failed = effects.filter(({ kind, state, generation }) => {
    return kind === 'note' && state === 'planned' && refused.has(generation)
  })
  await abandon(context, failed, 'Loop did not accept its flag.')
}

function isRefusedFlag({ kind, state }: Effect): boolean {
  return kind === 'flag' && (state === 'refused' || state === 'parked' || state === 'abandoned')
}
