import { type Engine, inTransaction } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import { type Refused, refusalOf } from './refund-checks.ts'
import type { Claim, RefundLimits } from './refund-claims.ts'

/** A refund that may be sent: when the warehouse received its parcel, and what the shopper gets. */
export type RefundAhead = {
  returnId: string
  receivedAt: string | null
  paidOut?: string | null
  currency?: string | null
}
export type RefundRefusal = Extract<Claim, { claimed: false }>

/**
 * For each refund, why it would not go out now; null where it would. Each one that would go out uses up budget for
 * those behind it. Claims nothing, and promises nothing.
 */
export type PreviewRefunds = (
  merchant: string,
  refunds: readonly RefundAhead[],
  at: string,
  limits: Omit<RefundLimits, 'receivedAt' | 'paidOut' | 'currency'>,
) => Promise<(RefundRefusal | null)[]>

/** Runs the checks of a claim for one refund after the other, in one transaction (G12). */
export function previewRefunds(engine: Engine): PreviewRefunds {
  return async (merchant, refunds, at, limits) => {
    if (refunds.length === 0) return []
    const when = timestamp(at)
    return await inTransaction(engine.store, async (writing) => {
      const refusals: (Refused | null)[] = []
      let ahead = limits.ahead ?? 0
      for (const { returnId, receivedAt, paidOut = null, currency = null } of refunds) {
        const row = { merchant, return_id: returnId, effect_id: null }
        const refusal = await refusalOf(engine, writing, row, when, { ...limits, receivedAt, paidOut, currency, ahead })
        if (refusal === null) ahead += 1
        refusals.push(refusal)
      }
      return refusals
    })
  }
}
