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

/** For a vendor that takes each in a request of its own. */
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

/** Of each return at most one effect; two planners agree on one row. */
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

/** Claims that were used. */
const used = new WeakSet<Effect>()

/** Sends what this run has claimed, in one request, and records every answer, whatever it is. */
export async function send<Item, Answer>(
  context: EffectContext,
  protocol: Protocol<Item, Answer>,
  claimed: readonly Claimed<Item>[],
): Promise<Answered<Item, Answer>[]> {
  if (claimed.length === 0) return []
  for (const { effect } of claimed) {
    if (used.has(effect)) throw new Error('an effect that was claimed once would be sent twice')
    used.add(effect)
  }
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

/** For what was claimed and surely not sent, but for a refund, which is given up together with its claim at Loop. */
export async function giveBack(context: EffectContext, claimed: readonly Claimed<unknown>[], evidence: string) {
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
