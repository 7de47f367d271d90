/** RMA writes at MasonHub: many go in one request, each is judged by its own row, and a later reading settles it. */
import type { DesiredRma, Rma } from '../core/rmas/rma.ts'
import { liveRmas, type RmaDifference } from '../core/rmas/rma-difference.ts'
import { isYoung } from '../core/rmas/write-check.ts'
import type { Effect, EffectState } from '../journal/journal.ts'
import type { MasonHubClient, RowAnswer } from '../masonhub/client.ts'
import { showsSent } from './own-rmas.ts'
import type { Protocol, Recorded } from './run.ts'

export const rmaKinds = ['rma.create', 'rma.update', 'rma.delete'] as const
export type RmaKind = (typeof rmaKinds)[number]

/** One RMA to write; `rma` is null for a delete. */
export type RmaWrite = { customerIdentifier: string; rma: DesiredRma | null }

export function rmaProtocol<Item extends RmaWrite>(kind: RmaKind): Protocol<Item, RowAnswer> {
  return {
    async send({ masonhub }, claimed) {
      const writes = claimed.map(({ item }) => item)
      const answers = await request(masonhub.rmas, kind, writes)
      return claimed.map((one) => ({ ...one, answer: answers.get(one.item.customerIdentifier) ?? missing }))
    },
    read: ({ answer }) => recordedByRow(answer),
  }
}

const missing: RowAnswer = { kind: 'in_doubt', detail: "MasonHub's answer does not mention this record" }

async function request(
  rmas: MasonHubClient['rmas'],
  kind: RmaKind,
  writes: readonly RmaWrite[],
): Promise<Map<string, RowAnswer>> {
  const records = writes.flatMap(({ rma }) => rma ?? [])
  switch (kind) {
    case 'rma.create':
      return await rmas.create(records)
    case 'rma.update':
      return await rmas.update(records)
    case 'rma.delete':
      return await rmas.remove(writes.map(({ customerIdentifier }) => customerIdentifier))
  }
}

export function recordedByRow(answer: RowAnswer): Recorded {
  switch (answer.kind) {
    case 'accepted':
      return {
        to: 'accepted',
        evidence: answer.labelUrl === null ? 'MasonHub accepted it.' : 'MasonHub accepted it, and bought a label.',
      }
    case 'refused':
      return { to: 'refused', evidence: `MasonHub refused: ${answer.messages.join(' ')}` }
    case 'in_doubt':
      return { to: 'in_doubt', evidence: answer.detail }
    case 'not_sent':
      return { to: 'planned', evidence: `Not sent: ${answer.detail}` }
  }
}

/** One return as MasonHub shows it, with the RMA writes that were sent for it. */
export type SeenRmas = { rmas: readonly Rma[]; effects: readonly Effect[]; difference: RmaDifference | null }

/** Writes in these states need another check: at MasonHub, or whether they are still needed. */
export const unsettledStates = ['planned', 'sent', 'accepted', 'in_doubt'] as const
const openStates = ['sent', 'accepted', 'in_doubt'] as const

export type RmaChange = { effectId: string; from: readonly EffectState[]; to: EffectState; evidence: string }

/** How a write that was sent, or is planned, is settled by what MasonHub shows; null while nothing can be said. */
export function changeOf(effect: Effect, { rmas, difference }: SeenRmas, at: string): RmaChange | null {
  const { effectId, kind, state, sentAt, plannedAt } = effect
  if (!isRmaKind(kind) || !unsettledStates.some((one) => one === state) || difference === null) return null
  // Still needed: the next write decides whether to wait, to repeat, or to leave it.
  const isDesired = kind === `rma.${difference.kind}`
  // A young one belongs to another process, which is about to send it after a later reading than ours.
  if (state === 'planned') return isDesired || isYoung(plannedAt, at) ? null : ended(effect, 'No longer wanted.')
  if (isDone(kind, effect, { rmas, difference })) return confirmed(effectId)
  if (isDesired || isYoung(sentAt, at)) return null
  const isAnother = kind === 'rma.create' && liveRmas(rmas).length > 0
  return ended(effect, isAnother ? anotherRma : 'Never confirmed, and no longer wanted.')
}

/** By now our RMA would show, or its identifier was refused: both can't exist (F34). */
const anotherRma = 'MasonHub shows another RMA under this identifier, not the one that was sent.'

export function confirmed(effectId: string): RmaChange {
  return { effectId, from: openStates, to: 'confirmed', evidence: 'MasonHub shows it.' }
}

/** A planned write is abandoned; a sent one is recorded as without effect. */
export function ended({ effectId, state }: Pick<Effect, 'effectId' | 'state'>, evidence: string): RmaChange {
  return state === 'planned'
    ? { effectId, from: ['planned'], to: 'abandoned', evidence }
    : { effectId, from: openStates, to: 'refused', evidence }
}

export function isRmaKind(kind: Effect['kind']): kind is RmaKind {
  return (rmaKinds as readonly string[]).includes(kind)
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
      return (
        live && (difference.kind === 'unchanged' || (difference.kind === 'too-late' && difference.changes.length === 0))
      )
    case 'rma.delete':
      return !live
  }
}
