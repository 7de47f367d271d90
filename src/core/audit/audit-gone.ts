import type { Finding } from '../explain/reason.ts'
import { customerIdentifierOf } from '../rmas/identifiers.ts'
import type { Rma } from '../rmas/rma.ts'
import { liveRmas } from '../rmas/rma-difference.ts'
import { type OpenEffect, openEffectFinding } from './audit-return.ts'
import type { Draft } from './draft.ts'

export type GoneReturn = {
  returnId: string
  /** Everything MasonHub shows under the return's identifier. */
  rmas: readonly Rma[]
  /** Effects of this return that can't be settled without a person. */
  open: readonly OpenEffect[]
}

/** The findings about a return that the journal has seen and Loop no longer knows (G15). Pure. */
export function auditGone({ returnId, rmas, open }: GoneReturn): Finding[] {
  const drafts: Draft[] = open.map((effect) => openEffectFinding(effect, returnId))
  const live = liveRmas(rmas)
  const received = live.find((rma) => rma.status === 'received')
  if (received !== undefined) {
    drafts.push({
      code: 'RETURN_GONE',
      severity: 'error',
      message: 'Loop no longer has this return, but the warehouse has received its parcel: nobody will be refunded.',
      fix: `mhloop rma show ${returnId}`,
    })
  } else if (live.length > 0) {
    drafts.push({
      code: 'RETURN_GONE',
      severity: 'warning',
      message: 'Loop no longer has this return, but MasonHub still expects its parcel.',
      fix: `mhloop rma show ${returnId}`,
    })
  }
  return drafts.map((draft) => ({ ...draft, returnId, customerIdentifier: customerIdentifierOf(returnId) }))
}
