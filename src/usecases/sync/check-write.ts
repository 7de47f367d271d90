import type { Reason } from '../../core/explain/reason.ts'
import type { RmaDifference } from '../../core/rmas/rma-difference.ts'
import { isYoung, type NextWrite, nextWrite, visibleWithin } from '../../core/rmas/write-check.ts'
import { changeOf, isRmaKind, type SeenRmas } from '../../effects/rma.ts'
import type { Effect } from '../../journal/journal.ts'
import { forMerchant, type MerchantContext, shifted } from '../merchant-context.ts'
import { type Compared, writeDigest } from './compare.ts'

export type WriteKind = 'create' | 'update' | 'delete'
export type Write = Compared & { difference: Extract<RmaDifference, { kind: WriteKind }> }

/** The outcome of one write. */
export type Written =
  | { kind: 'written'; item: Compared; labelBought?: boolean }
  /** MasonHub accepted the same write a moment ago, and may not show it yet. */
  | { kind: 'waiting'; item: Compared }
  /** Another process is writing it right now. */
  | { kind: 'taken'; item: Compared }
  /** Ctrl-C came before it was sent: it stays planned, and the next sync sends it. */
  | { kind: 'interrupted'; item: Compared }
  | { kind: 'failed'; item: Compared; code: string; message: string }

/** The evidence of a superseded write, which is now known not to have happened. */
export const notVisible = 'A later read of MasonHub does not show it.'

export function failed(item: Compared, code: string, message: string): Written {
  return { kind: 'failed', item, code, message }
}

export function isWrite(item: Compared): item is Write {
  return item.difference.kind === 'create' || item.difference.kind === 'update' || item.difference.kind === 'delete'
}

/** Writes of the same kind that were sent, or planned, before this one. */
export function pastOf({ effects, difference }: Write): Effect[] {
  return effects.filter(({ kind }) => kind === `rma.${difference.kind}`)
}

type Checked =
  | { next: Extract<NextWrite, { kind: 'write' }>; stopped: null }
  /** It is not sent now; `stopped` is what the sync reports instead. */
  | { next: null; stopped: Written }

/** Whether a write goes out now, given earlier ones. Both the sync and its plan ask only this function (G12). */
export function checkWrite(
  context: Pick<MerchantContext, 'merchant'>,
  write: Write,
  at: string,
  explicit: boolean,
): Checked {
  const past = pastOf(write)
  const undoneAt = write.difference.kind === 'create' ? lastDelete(write.effects) : null
  const next = nextWrite(past, writeDigest(write.difference), at, undoneAt, explicit)
  switch (next.kind) {
    case 'write':
      return { next, stopped: null }
    case 'wait':
      return { next: null, stopped: inDoubt(write, at) ?? { kind: 'waiting', item: write } }
    case 'later':
      return { next: null, stopped: backingOff(context, write, past, next) }
    case 'parked': {
      const message = 'An earlier write of this RMA could not be settled; a person must check it first.'
      return { next: null, stopped: failed(write, 'PARKED', message) }
    }
  }
}

/**
 * A write of this return whose outcome is unknown, and which MasonHub may still show: until then it is neither done nor
 * to be repeated, whatever else is known about the return (G13). null when there is none.
 */
export function stillUnknown(seen: SeenRmas, at: string): Reason | null {
  const unknown = seen.effects.filter(
    (effect) => isUnknown(effect) && isYoung(effect.sentAt, at) && !changeOf(effect, seen, at),
  )
  const last = unknown.reduce<Effect | null>((best, one) => (isLater(one, best) ? one : best), null)
  if (last?.sentAt == null) return null
  const what = { 'rma.update': 'An update', 'rma.delete': 'A delete' }[last.kind as string] ?? 'A create'
  const how = last.state === 'sent' ? 'no answer is recorded' : `its outcome is unknown (${bare(last.evidence)})`
  const until = `${shifted(last.sentAt, visibleWithin).slice(0, 19)}Z`
  const sent = `${what} was sent at ${last.sentAt.slice(0, 19)}Z and ${how}.`
  const { difference } = seen
  const next =
    difference?.kind === 'foreign'
      ? `${difference.reason.message} A sync after ${until} checks it again; until a person at MasonHub has removed what is not ours, it writes nothing.`
      : `A sync after ${until} checks it, and repeats it if MasonHub does not show it.`
  return { code: 'IN_DOUBT', message: `${sent} ${next}` }
}

/** The same, as the result of a sync. */
export function inDoubt(item: Compared, at: string): Written | null {
  const reason = stillUnknown(item, at)
  return reason && { kind: 'failed', item, ...reason }
}

function bare(evidence: string | null): string {
  return (evidence ?? 'no answer').replace(/[.\s]+$/, '')
}

function isUnknown({ kind, state }: Effect): boolean {
  return isRmaKind(kind) && (state === 'sent' || state === 'in_doubt')
}

function isLater(one: Effect, other: Effect | null): boolean {
  return other === null || (one.sentAt ?? '') > (other.sentAt ?? '')
}

function backingOff(
  context: Pick<MerchantContext, 'merchant'>,
  item: Write,
  past: readonly Effect[],
  { latest, tries, notBefore }: Extract<NextWrite, { kind: 'later' }>,
): Written {
  const last = past.find(({ generation }) => generation === latest)
  const refused = last?.state === 'refused' && last.evidence !== notVisible
  const sent = last?.state === 'accepted' ? 'MasonHub accepted it' : 'It was sent'
  const why = refused ? (last.evidence ?? '') : `${sent}, and MasonHub does not show it.`
  const now = forMerchant(context, `mhloop asn sync ${item.loopReturn.returnId}`)
  const again = `tried ${tries} times; next try after ${notBefore}, or now with ${now}`
  return failed(item, refused ? 'MASONHUB_REFUSED' : 'NOT_TAKEN', `${why} (${again})`)
}

function lastDelete(effects: readonly Effect[]): string | null {
  const sent = effects
    .filter((effect) => effect.kind === 'rma.delete' && effect.sentAt !== null)
    .map((effect) => effect.sentAt ?? '')
  return sent.sort().at(-1) ?? null
}
