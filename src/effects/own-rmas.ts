import type { Rma } from '../core/rmas/rma.ts'
import { isAsSent, liveRmas } from '../core/rmas/rma-difference.ts'
import type { Effect, EffectState } from '../journal/journal.ts'

/** Writes in these states were done, or may have been. */
const maybeDone: ReadonlySet<EffectState> = new Set(['sent', 'accepted', 'in_doubt', 'confirmed'])

/**
 * Whether a live RMA is ours by what the journal knows: it shows what a create or an update of this return sent. That a
 * create was confirmed once says nothing of the RMA that is there now: ours may be gone, and somebody else's may have
 * taken its identifier (F34).
 */
export function isOurs(rmas: readonly Rma[], effects: readonly Effect[]): boolean {
  return effects.some((effect) => isContentWrite(effect) && maybeDone.has(effect.state) && showsSent(rmas, effect))
}

/** Whether a live RMA shares a SKU or the tracking number with what this write sent. */
export function showsSent(rmas: readonly Rma[], { payload }: Pick<Effect, 'payload'>): boolean {
  const sent = sentBy(payload)
  return liveRmas(rmas).some((rma) => isAsSent(rma, sent))
}

function isContentWrite({ kind }: Effect): boolean {
  return kind === 'rma.create' || kind === 'rma.update'
}

/** Total: what can't be read shows nothing to be ours. */
function sentBy(payload: unknown): { skus: string[]; packageId: string | null } {
  const { lines, packageId } = fieldsOf(payload)
  const skus = Array.isArray(lines) ? lines.map((line) => fieldsOf(line)['sku']) : []
  return {
    skus: skus.filter((sku) => typeof sku === 'string'),
    packageId: typeof packageId === 'string' ? packageId : null,
  }
}

function fieldsOf(value: unknown): { [name: string]: unknown } {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
