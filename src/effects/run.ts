/**
 * The life of an effect, from its row in the journal to the answer of a vendor. An effect is planned, claimed by
 * compare-and-set, sent in ONE request, and its answer is recorded. A claim is used once. Nothing here is repeated, and
 * nothing else sends an effect. What no answer says is found out by reading (settle.ts).
 */
import type { Effect, EffectState, NewEffect } from '../journal/journal.ts'
import { type EffectContext, nowOf } from './context.ts'

/** Something to do, and the effect that it becomes. */
export type Wanted<Item> = { item: Item; effect: NewEffect }
/** The same with its row of the journal. */
export type Planned<Item> = { item: Item; effect: Effect }
/** Its row reads `sent`, and this run alone may send it. */
export type Claimed<Item> = Planned<Item>
export type Answered<Item, Answer> = Claimed<Item> & { answer: Answer }

/** What is special about one kind of effect: its request, and what the answers prove. */
export type Protocol<Item, Answer> = {
  /** Sends all of these in ONE request, and returns an answer for each, whatever the vendor or the network does. */
  send(context: EffectContext, claimed: readonly Claimed<Item>[]): Promise<Answered<Item, Answer>[]>
  /** Null: this run can't say what became of it, so nothing is recorded. */
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

/** Plans, claims and sends at once. What another run has claimed is not among the answers. */
export async function run<Item, Answer>(
  context: EffectContext,
  protocol: Protocol<Item, Answer>,
  wanted: readonly Wanted<Item>[],
  at: string,
): Promise<Answered<Item, Answer>[]> {
  return await send(context, protocol, await claim(context, await plan(context, wanted, at), at))
}

/** Two planners agree on one row. */
export async function plan<Item>(
  { journal }: EffectContext,
  wanted: readonly Wanted<Item>[],
  at: string,
): Promise<Planned<Item>[]> {
  const effects = wanted.map(({ effect }) => effect)
  const rows = await journal.effects.planMany(effects, at)
  // In the order given; by return alone, the item of another kind could be taken.
  return wanted.map(({ item }, index) => {
    const effect = rows[index]
    if (effect === undefined) throw new Error('the journal has not planned every effect')
    return { item, effect }
  })
}

/** planned → sent by compare-and-set. Returns those that this run has won. */
export async function claim<Item>(
  { journal, actor }: EffectContext,
  planned: readonly Planned<Item>[],
  at: string,
): Promise<Claimed<Item>[]> {
  const ids = planned.map(({ effect }) => effect.effectId)
  const won = new Map((await journal.effects.claimMany(ids, actor, at)).map((effect) => [effect.effectId, effect]))
  return planned.flatMap(({ item, effect }) => {
    const row = won.get(effect.effectId)
    // If it is wanted twice, it is claimed once.
    won.delete(effect.effectId)
    return row === undefined ? [] : [{ item, effect: row }]
  })
}

/** Claims that were sent, or given back. */
const used = new WeakSet<Effect>()

/** At most once: neither is one sent twice, nor given back once it was sent, nor sent once it was given back. */
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
    // Another run may have tried again since: only a confirmation is true of that try as well (F9).
    const ofWhich = recorded.to === 'confirmed' ? {} : { attempts: one.effect.attempts }
    const { to, evidence } = recorded
    return [{ effectId: one.effect.effectId, from: ['sent'] as const, to, evidence, ...ofWhich }]
  })
  if (changes.length > 0)
    await context.journal.effects.settleMany(changes, { at: nowOf(context), actor: context.actor })
  return answered
}

/** For what was claimed and surely not sent, but for a refund, which is given up together with its claim at Loop. */
export async function giveBack(context: EffectContext, claimed: readonly Claimed<unknown>[], evidence: string) {
  useUp(claimed)
  const effects = claimed.map(({ effect }) => effect)
  await settleAll(context, effects, { from: ['sent'], to: 'planned', evidence })
}

/** Planned, never sent, and no longer wanted. */
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
