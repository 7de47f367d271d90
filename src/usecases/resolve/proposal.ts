import type { Reason } from '../../core/explain/reason.ts'
import type { Decision } from '../../core/refunds/decide.ts'
import type { WhatArrived } from '../../core/refunds/partial-refund.ts'
import type { ReturnObservation } from '../returns/observe-returns.ts'

/**
 * `rules`: whatever the rules decide. `refund`, `flag`: an operator asks for this explicitly; `only-arrived`: to refund
 * what arrived, and nothing else.
 */
export type RequestedAction = 'rules' | 'refund' | 'flag' | 'only-arrived'

/** What is asked for, of each return. */
export type Requested = {
  requested: RequestedAction
  /** Refund against the verdict of the receipt. */
  force: boolean
  /** Line item ids that did not arrive, as a person names them; null: none are named. */
  units?: readonly string[] | null
}

/** Whether a person asks for a refund explicitly, which passes the refund switch and the limit of its size. */
export function isExplicitRefund(requested: RequestedAction): boolean {
  switch (requested) {
    case 'refund':
    case 'only-arrived':
      return true
    case 'rules':
    case 'flag':
      return false
  }
}

/** What would be done about one return; nothing is sent yet. */
export type Proposal = {
  observation: ReturnObservation
  decision: Decision
  /** The operator asked for something that the rules forbid. */
  refused: boolean
  /** A refund against the verdict, by `--force`. */
  forced: boolean
  /** What holds the decided refund back; null: nothing does, or it was not checked (see `withHeldBack`). */
  heldBy: Reason | null
  /** Only what arrived would be refunded: these units. null: the whole return, or nothing. */
  partial: WhatArrived | null
  /** When both sides were read, in milliseconds since 1970. */
  readAt: number
}
