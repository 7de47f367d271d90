import { customerIdentifierOf } from '../../core/identifiers.ts'
import type { Rma } from '../../core/rma.ts'
import { liveRmas, type RmaDifference } from '../../core/rma-difference.ts'
import { isSmokeIdentifier } from '../../core/smoke-rma.ts'
import { visibleWithin } from '../../core/write-check.ts'
import type { Effect, EffectOutline, EffectState } from '../../journal/journal.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { rmaKinds } from './compare.ts'
import { showsSent } from './own-rmas.ts'

/** One return as MasonHub shows it, with the RMA writes that were sent for it. */
export type SeenRmas = { rmas: readonly Rma[]; effects: readonly Effect[]; difference: RmaDifference | null }

/** Writes in these states need another check: at MasonHub, or whether they are still wanted. */
const unsettledStates = ['planned', 'sent', 'accepted', 'in_doubt'] as const

type Change = { effectId: string; from: readonly EffectState[]; to: EffectState; evidence: string }

/**
 * Settles what was sent by what MasonHub shows, which wins over what the journal remembers. A write that is no longer
 * wanted is ended as well, so that nothing is checked for ever. Returns whether anything was settled.
 */
export async function settleRmaWrites(context: MerchantContext, seen: readonly SeenRmas[]): Promise<boolean> {
  const at = nowOf(context)
  const changes = seen.flatMap((one) => one.effects.flatMap((effect) => changeOf(effect, one, at) ?? []))
  if (changes.length === 0) return false
  await context.journal.effects.settleMany(changes, { at, actor: context.actor })
  return true
}

/**
 * The returns with writes that are planned, or that were accepted and are not seen done even now. MasonHub alone
 * settles creates and deletes, thirty per request; only what it does not show costs a request to Loop as well.
 */
export async function unsettledWrites(
  context: MerchantContext,
  except: ReadonlySet<string>,
  options: { settle: boolean },
): Promise<Set<string>> {
  const { journal, merchant, masonhub, signal } = context
  const at = nowOf(context)
  const filter = { merchant: merchant.name, kinds: rmaKinds, states: unsettledStates }
  // What was sent a moment ago belongs to another process, or may still show. Test RMAs are settled by smoke.
  const isDue = ({ returnId, state, sentAt }: EffectOutline) =>
    !except.has(returnId) && !isSmokeIdentifier(returnId) && (state === 'planned' || !isYoung(sentAt, at))
  // By id: an effect that moves on meanwhile comes again in its next state.
  const due = new Map<string, EffectOutline>()
  for await (const page of journal.effects.outline(filter))
    for (const effect of page.filter(isDue)) due.set(effect.effectId, effect)
  const effects = [...due.values()]
  const ids = [...new Set(effects.map(({ returnId }) => returnId))]
  if (ids.length === 0) return new Set()
  // What can't be read stays unsettled: it is not absent. It is reported when its return is compared (F47).
  const unreadable = new Set<string>()
  const onUnreadable = (identifier: string) => void unreadable.add(identifier)
  const there = await masonhub.rmas.byCustomerIdentifiers(ids.map(customerIdentifierOf), { signal, onUnreadable })
  const rmasOf = (returnId: string) => there.get(customerIdentifierOf(returnId)) ?? []
  // What a create sent is read only where an RMA is there to be compared with it.
  const found = effects.filter(({ kind, returnId }) => kind === 'rma.create' && liveRmas(rmasOf(returnId)).length > 0)
  const returnIds = [...new Set(found.map(({ returnId }) => returnId))]
  const creates = await journal.effects.find({ merchant: merchant.name, returnIds, kinds: ['rma.create'] })
  const done = creates.filter((create) => showsSent(rmasOf(create.returnId), create))
  const doneIds = new Set(done.map(({ effectId }) => effectId))
  const isSeen = ({ effectId, returnId, kind, state }: EffectOutline) => {
    if (state === 'planned' || !isRmaKind(kind) || unreadable.has(customerIdentifierOf(returnId))) return false
    switch (kind) {
      case 'rma.create':
        return doneIds.has(effectId)
      case 'rma.update':
        return false
      case 'rma.delete':
        return liveRmas(rmasOf(returnId)).length === 0
    }
  }
  if (options.settle) {
    const seen = effects.filter(isSeen).map(({ effectId }) => confirmed(effectId))
    await journal.effects.settleMany(seen, { at: nowOf(context), actor: context.actor })
  }
  return new Set(effects.filter((effect) => !isSeen(effect)).map(({ returnId }) => returnId))
}

/** Ends every unsettled write of returns that Loop no longer knows: there is nothing left to compare MasonHub with. */
export async function giveUp(context: MerchantContext, returnIds: readonly string[]): Promise<void> {
  if (returnIds.length === 0) return
  const { journal, merchant, actor } = context
  const filter = { merchant: merchant.name, returnIds, kinds: rmaKinds, states: unsettledStates }
  const evidence = 'Loop no longer has this return.'
  const changes = (await journal.effects.find(filter)).map((effect) => ended(effect, evidence))
  await journal.effects.settleMany(changes, { at: nowOf(context), actor })
}

/** How a write that was sent, or is planned, is settled by what MasonHub shows; null while nothing can be said. */
export function changeOf(effect: Effect, { rmas, difference }: SeenRmas, at: string): Change | null {
  const { effectId, kind, state, sentAt, plannedAt } = effect
  if (!isRmaKind(kind) || !isUnsettled(state) || difference === null) return null
  // Still wanted: the next write decides whether to wait, to repeat, or to leave it.
  const wanted = difference.kind === kindsOf[kind]
  // A young one belongs to another process, which is about to send it by a later reading than ours.
  if (state === 'planned') return wanted || isYoung(plannedAt, at) ? null : ended(effect, 'No longer wanted.')
  const live = liveRmas(rmas).length > 0
  if (isDone(kind, effect, { rmas, difference })) return confirmed(effectId)
  if (wanted || isYoung(sentAt, at)) return null
  return ended(effect, kind === 'rma.create' && live ? anotherRma : 'Never confirmed, and no longer wanted.')
}

/** By now ours would show, or its identifier was refused: there can't be both (F34). */
const anotherRma = 'MasonHub shows another RMA under this identifier, not the one that was sent.'

function isYoung(sentAt: string | null, at: string): boolean {
  return sentAt !== null && Math.abs(Date.parse(at) - Date.parse(sentAt)) < visibleWithin
}

function confirmed(effectId: string): Change {
  return { effectId, from: openStates, to: 'confirmed', evidence: 'MasonHub shows it.' }
}

function ended({ effectId, state }: Effect, evidence: string): Change {
  return state === 'planned'
    ? { effectId, from: ['planned'], to: 'abandoned', evidence }
    : { effectId, from: openStates, to: 'refused', evidence }
}

const openStates = ['sent', 'accepted', 'in_doubt'] as const
type RmaKind = (typeof rmaKinds)[number]
const kindsOf: Record<RmaKind, RmaDifference['kind']> = {
  'rma.create': 'create',
  'rma.update': 'update',
  'rma.delete': 'delete',
}

function isRmaKind(kind: Effect['kind']): kind is RmaKind {
  return (rmaKinds as readonly string[]).includes(kind)
}

function isUnsettled(state: EffectState): boolean {
  return (unsettledStates as readonly string[]).includes(state)
}

function isDone(
  kind: RmaKind,
  effect: Effect,
  { rmas, difference }: { rmas: readonly Rma[]; difference: RmaDifference },
): boolean {
  const live = liveRmas(rmas).length > 0
  switch (kind) {
    case 'rma.create':
      // Somebody else's RMA under our identifier is no sign that ours was made (F34).
      return showsSent(rmas, effect)
    case 'rma.update':
      return live && agrees(difference)
    case 'rma.delete':
      return !live
  }
}

function agrees(difference: RmaDifference): boolean {
  return difference.kind === 'unchanged' || (difference.kind === 'too-late' && difference.changes.length === 0)
}
