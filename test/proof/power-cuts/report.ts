import type { EffectState } from '../../../src/journal/journal.ts'

/** What the journal has acknowledged to its callers. */
export type Report =
  | { what: 'opened' }
  /** A message that may now be answered with 200. */
  | { what: 'stored'; digest: string }
  /** An effect in this state; if it is `sent`, its request may be in flight. */
  | { what: 'effect'; effectId: string; state: EffectState }
