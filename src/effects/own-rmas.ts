import type { Rma } from '../core/rmas/rma.ts'
import { hasUnitsSent, isAsSent, liveRmas } from '../core/rmas/rma-difference.ts'
import type { Effect, EffectState } from '../journal/journal.ts'

/** Writes in these states were done, or may have been. */
const maybeDone: ReadonlySet<EffectState> = new Set(['sent', 'accepted', 'in_doubt', 'confirmed'])

/** MasonHub has said that it took these writes, or has shown them. */
const wasTaken: ReadonlySet<EffectState> = new Set(['accepted', 'confirmed'])

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

/**
 * Line item ids of the units that the RMA is built from; null when no write of this return says it. Of the writes that
 * MasonHub accepted, it is the last whose units the RMA shows: a later one may have been planned by an outdated reading,
 * and may have had no effect although an RMA is there (F18, F37). Where none matches, the last one counts.
 */
export function unitsSent(rmas: readonly Rma[], effects: readonly Effect[]): string[] | null {
  const taken = effects.filter((effect) => isContentWrite(effect) && wasTaken.has(effect.state))
  const [rma] = liveRmas(rmas)
  const matching = taken.findLast(({ payload }) => rma !== undefined && hasUnitsSent(rma, sentBy(payload).lines))
  const ids = fieldsOf((matching ?? taken.at(-1))?.payload)['announced']
  return Array.isArray(ids) ? ids.map(String) : null
}

function isContentWrite({ kind }: Effect): boolean {
  return kind === 'rma.create' || kind === 'rma.update'
}

type Sent = { lines: { sku: string; quantity: number }[]; skus: string[]; packageId: string | null }

/** Total: a payload that can't be read proves nothing. */
function sentBy(payload: unknown): Sent {
  const { lines, packageId } = fieldsOf(payload)
  const read = Array.isArray(lines) ? lines.map(fieldsOf) : []
  const known = read.flatMap(({ sku, quantity }) =>
    typeof sku === 'string' ? [{ sku, quantity: typeof quantity === 'number' ? quantity : Number.NaN }] : [],
  )
  return {
    lines: known,
    skus: known.map(({ sku }) => sku),
    packageId: typeof packageId === 'string' ? packageId : null,
  }
}

function fieldsOf(value: unknown): { [name: string]: unknown } {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
