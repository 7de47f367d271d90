/**
 * The life of an effect, from its row in the journal to the answer of a vendor. An effect is planned, claimed by
 * compare-and-set, sent in ONE request, and its answer is recorded. A claim is used once. Nothing here is repeated, and
 * nothing else sends an effect. What no answer says is found out by reading (settle.ts).
 */
import type { Effect, EffectState, NewEffect } from '../journal/journal.ts'
import { type EffectContext, nowOf } from './context.ts'

/** An item of work, and the effect that the journal records for it. */
export type Proposed<Item> = { item: Item; effect: NewEffect }
/** The item with its row of the journal. */
export type Planned<Item> = { item: Item; effect: Effect }
/** Its row says `sent`, and only this run may send it. */
export type Claimed<Item> = Planned<Item>
export type Answered<Item, Answer> = Claimed<Item> & { answer: Answer }

/** What is special about one kind of effect: its request, and what the answers prove. */
export type Protocol<Item, Answer> = {
  /** Sends all of these in ONE request, and returns an answer for each, whatever the vendor or the network does. */
  send(context: EffectContext, claimed: readonly Claimed<Item>[]): Promise<Answered<Item, Answer>[]>
  /** Null: this run does not know the outcome, so it records nothing. */
  read(answered: Answered<Item, Answer>, context: EffectContext): Recorded | null
}

export type Recorded = { to: EffectState; evidence: string }

/** For a vendor that takes one effect per request. */
export function alone<Item, Answer>(
  request: (context: EffectContext, claimed: Claimed<Item>) => Promise<Answer>,
): Protocol<Item, Answer>['send'] {
  return async (context, [one, ...others]) => {
    if (one === undefined || others.length > 0) throw new Error('this kind of effect is sent one per request')
    return [{ ...one, answer: await request(context, one) }]
  }
}

/** Plans, claims and sends at once. Effects that another run has claimed are not among the answers. */
export async function run<Item, Answer>(
  context: EffectContext,
  protocol: Protocol<Item, Answer>,
  proposed: readonly Proposed<Item>[],
  at: string,
): Promise<Answered<Item, Answer>[]> {
  return await send(context, protocol, await claim(context, await plan(context, proposed, at), at))
}

/** Records the effects in the journal; when two runs plan the same effect, both get the same row. */
export async function plan<Item>(
  { journal }: EffectContext,
  proposed: readonly Proposed<Item>[],
  at: string,
): Promise<Planned<Item>[]> {
  const effects = proposed.map(({ effect }) => effect)
  const rows = await journal.effects.planMany(effects, at)
  // In the given order: by the return alone, the item of another kind could be taken.
  return proposed.map(({ item }, index) => {
    const effect = rows[index]
    if (effect === undefined) throw new Error('the journal has not planned every effect')
    return { item, effect }
  })
}

/** planned → sent by compare-and-set. Returns the effects that this run has claimed. */
export async function claim<Item>(
  { journal, actor }: EffectContext,
  planned: readonly Planned<Item>[],
  at: string,
): Promise<Claimed<Item>[]> {
  const ids = planned.map(({ effect }) => effect.effectId)
  const won = new Map((await journal.effects.claimMany(ids, actor, at)).map((effect) => [effect.effectId, effect]))
  return planned.flatMap(({ item, effect }) => {
    const row = won.get(effect.effectId)
    // An effect that occurs twice in the list is claimed once.
    won.delete(effect.effectId)
    return row === undefined ? [] : [{ item, effect: row }]
  })
}

/** Claims that were sent or given back. */
const used = new WeakSet<Effect>()

/**
 * Throws if a claim was used before: none is sent twice, nor given back after it was sent, nor sent after it was given
 * back.
 */
function useUp(claimed: readonly Claimed<unknown>[]): void {
  for (const { effect } of claimed) {
    if (effect.state !== 'sent') throw new Error('an effect that nobody claimed would be sent')
    if (used.has(effect)) throw new Error('an effect that was claimed once would be sent twice')
    used.add(effect)
  }
}

/** Sends what this run has claimed, in one request, and records every answer, whatever it is. */
export async function send<Item, Answer>(
  context: EffectContext,
  protocol: Protocol<Item, Answer>,
  claimed: readonly Claimed<Item>[],
): Promise<Answered<Item, Answer>[]> {
  if (claimed.length === 0) return []
  useUp(claimed)
  const answered = await protocol.send(context, claimed)
  const changes = answered.flatMap((one) => {
    const recorded = protocol.read(one, context)
    if (recorded === null) return []
    // Another run may have tried again meanwhile: only a confirmation also holds for its attempt (F9).
    const ofWhich = recorded.to === 'confirmed' ? {} : { attempts: one.effect.attempts }
    const { to, evidence } = recorded
    return [{ effectId: one.effect.effectId, from: ['sent'] as const, to, evidence, ...ofWhich }]
  })
  if (changes.length > 0)
    await context.journal.effects.settleMany(changes, { at: nowOf(context), actor: context.actor })
  return answered
}

/**
 * Puts claimed effects that were surely not sent back to planned. Not for refunds, which are given up together with
 * their claims on Loop's timeline (unsent-refund.ts).
 */
export async function giveBack(context: EffectContext, claimed: readonly Claimed<unknown>[], evidence: string) {
  useUp(claimed)
  const effects = claimed.map(({ effect }) => effect)
  await settleAll(context, effects, { from: ['sent'], to: 'planned', evidence })
}

/** Ends effects that were planned, never sent, and are no longer needed. */
export async function abandon(context: EffectContext, effects: readonly Effect[], evidence: string, at?: string) {
  await settleAll(context, effects, { from: ['planned'], to: 'abandoned', evidence }, at)
}

async function settleAll(
  context: EffectContext,
  effects: readonly Effect[],
  step: Recorded & { from: readonly EffectState[] },
  at: string = nowOf(context),
): Promise<void> {
  const changes = effects.map(({ effectId }) => ({ effectId, ...step }))
  await context.journal.effects.settleMany(changes, { at, actor: context.actor })
}
