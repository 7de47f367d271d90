import { type RawRefusal, wordsOf } from '../core/urls/raw-path.ts'

/** Calls that decide about a return go through the journal, which sends each once (design.md, rules of money 1). */
const actions: Record<string, RawRefusal> = {
  process: { why: 'It would pay a refund without the journal.', instead: 'mhloop rma resolve ID --refund' },
  flag: { why: 'It would flag a return without the journal.', instead: 'mhloop rma resolve ID --flag' },
  close: { why: 'It would close a return for good.', instead: 'Do that in the Loop admin.' },
  cancel: { why: 'It would cancel a return for good.', instead: 'Do that in the Loop admin.' },
  'fraud-report': { why: 'It would accuse a shopper without the journal.', instead: 'mhloop rma report ID' },
  labels: { why: 'It would buy a label without the journal.', instead: 'mhloop rma label ID' },
  remove: {
    why: 'It would refund the rest of a return without the journal.',
    instead: 'mhloop rma resolve ID --refund --only-arrived',
  },
}

/** Refuses these words under any method: which methods Loop's router accepts is unknown. */
export function loopRefusal(path: string): RawRefusal | null {
  const action = wordsOf(path).find((word) => Object.hasOwn(actions, word))
  return action === undefined ? null : (actions[action] ?? null)
}

/** The return that a path is about, for the history; null when it names none. */
export function loopReturnIn(path: string): string | null {
  return /^\/(?:warehouse\/return|returns)\/([1-9]\d{0,18})(?:[/?]|$)/.exec(path)?.[1] ?? null
}
