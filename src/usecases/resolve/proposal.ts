import type { Reason } from '../../core/explain/reason.ts'
import type { Decision } from '../../core/refunds/decide.ts'
import type { ReturnObservation } from '../returns/observe-returns.ts'

/** `rules`: whatever the rules decide. `refund`, `flag`: an operator asks for this explicitly. */
export type RequestedAction = 'rules' | 'refund' | 'flag'

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
  /** When both sides were read, in milliseconds since 1970. */
  readAt: number
}
