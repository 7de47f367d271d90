/**
 * The life of an effect, from its row in the journal to the answer of a vendor. An effect is planned, claimed by
 * compare-and-set, sent in ONE request, and its answer is recorded. A claim is used once: nothing here repeats anything,
 * and nothing else sends an effect. What no answer says is found out by reading (settle.ts).
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
  /** ONE request for all of these; whatever a vendor or the network does, it is an answer for each. */
  send(context: EffectContext, claimed: readonly Claimed<Item>[]): Promise<Answered<Item, Answer>[]>
  /** Null: this run may not say what became of it. */
  read(answered: Answered<Item, Answer>, context: EffectContext): Recorded | null
}

export type Recorded = { to: EffectState; evidence: string }

/** Of a vendor that takes each in a request of its own. */
export function oneByOne<Item, Answer>(
  request: (context: EffectContext, claimed: Claimed<Item>) => Promise<Answer>,
): Protocol<Item, Answer>['send'] {
  return (context, claimed) =>
    Promise.all(claimed.map(async (one) => ({ ...one, answer: await request(context, one) })))
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

/** At most one effect of each return: two planners agree on one row. */
export async function plan<Item>(
  { journal }: EffectContext,
  wanted: readonly Wanted<Item>[],
  at: string,
): Promise<Planned<Item>[]> {
  const effects = wanted.map(({ effect }) => effect)
  const planned = new Map((await journal.effects.planMany(effects, at)).map((effect) => [effect.returnId, effect]))
  return wanted.flatMap(({ item, effect }) => {
    const row = planned.get(effect.returnId)
    return row === undefined ? [] : [{ item, effect: row }]
  })
}

/** planned → sent: those that this run has won. The others are another's, or over. */
export async function claim<Item>(
  { journal, actor }: EffectContext,
  planned: readonly Planned<Item>[],
  at: string,
): Promise<Claimed<Item>[]> {
  const ids = planned.map(({ effect }) => effect.effectId)
  const won = new Map((await journal.effects.claimMany(ids, actor, at)).map((effect) => [effect.effectId, effect]))
  return planned.flatMap(({ item, effect }) => {
    const row = won.get(effect.effectId)
    // Handed out once, though it were wanted twice.
    won.delete(effect.effectId)
    return row === undefined ? [] : [{ item, effect: row }]
  })
}

/** Sends what this run has claimed, in one request, and records every answer, whatever it is. */
export async function send<Item, Answer>(
  context: EffectContext,
  protocol: Protocol<Item, Answer>,
  claimed: readonly Claimed<Item>[],
): Promise<Answered<Item, Answer>[]> {
  if (claimed.length === 0) return []
  for (const { effect } of claimed) useUp(effect)
  const answered = await protocol.send(context, claimed)
  const changes = answered.flatMap((one) => {
    const recorded = protocol.read(one, context)
    if (recorded === null) return []
    // Somebody may have tried again since: to that, only what is there still speaks (F9).
    const ofWhich = recorded.to === 'confirmed' ? {} : { attempts: one.effect.attempts }
    return [{ effectId: one.effect.effectId, from: ['sent'] as const, ...recorded, ...ofWhich }]
  })
  const { journal, actor } = context
  if (changes.length > 0) await journal.effects.settleMany(changes, { at: nowOf(context), actor })
  return answered
}

/** The same for one alone. */
export async function sendOne<Item, Answer>(
  context: EffectContext,
  protocol: Protocol<Item, Answer>,
  claimed: Claimed<Item>,
): Promise<Answer> {
  const [answered] = await send(context, protocol, [claimed])
  if (answered === undefined) throw new Error('an effect was sent, and there is no answer')
  return answered.answer
}

const used = new WeakSet<Effect>()

function useUp(effect: Effect): void {
  if (used.has(effect)) throw new Error('an effect that was claimed once would be sent twice')
  used.add(effect)
}

/** Claimed, and surely not sent: another run may claim it. Not for a refund, which is given up with its claim at Loop. */
export async function giveBack(context: EffectContext, claimed: readonly Claimed<unknown>[], evidence: string) {
  const changes = claimed.map(({ effect: { effectId } }) => {
    return { effectId, from: ['sent'] as const, to: 'planned' as const, evidence }
  })
  await context.journal.effects.settleMany(changes, { at: nowOf(context), actor: context.actor })
}
