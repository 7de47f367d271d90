import type { EffectState } from '../../../src/journal/journal.ts'

/** What the journal has taken, as whoever relies on it was told. */
export type Report =
  | { what: 'opened' }
  /** A message that may be answered 200 now. */
  | { what: 'stored'; digest: string }
  /** An effect that stands so; as `sent`, its request may be under way. */
  | { what: 'effect'; effectId: string; state: EffectState }
