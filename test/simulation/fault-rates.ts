import type { Random } from './random.ts'

/** The probability of each fault where it is on: per request, message, write, return or session. */
const probabilities = {
  // The network between us and a vendor (C1).
  'request lost': 0.08,
  'answer lost': 0.1,
  'request late': 0.04,
  'answer late': 0.08,
  'connection refused': 0.06,
  'turn late': 0.03,
  'error before the work': 0.05,
  'error after the work': 0.05,
  'web page instead of an answer': 0.04,
  'unknown answer': 0.04,
  'rate limited': 0.04,
  'vendor down': 0.5,
  'credential dead': 0.3,
  // Messages of the vendors (C3).
  'message lost': 0.3,
  'message duplicated': 0.3,
  'message late': 0.3,
  'acknowledgement lost': 0.15,
  'forged message': 0.3,
  // Loop (C2).
  'queue slow': 0.15,
  'job fails': 0.1,
  'job fails to review': 0.08,
  'row skipped': 0.1,
  'Loop reads late': 0.2,
  'label late': 0.25,
  'label never': 0.06,
  'label unannounced': 0.4,
  'flag hidden': 0.5,
  'note hidden': 0.1,
  'refund list late': 0.3,
  // MasonHub and its warehouse (C9).
  'write shows late': 0.3,
  'write lost in queue': 0.05,
  'record refused': 0.04,
  'result missing': 0.06,
  'result odd': 0.06,
  'receipt corrected': 0.1,
  // People, and what shops do automatically (C7).
  'return edited': 0.2,
  'return cancelled': 0.1,
  'return closed by hand': 0.06,
  'return paid by hand': 0.08,
  'return flagged by hand': 0.06,
  'review cleared': 0.4,
  'return expired': 0.06,
  'paid on the way': 0.06,
  'paid before inspection': 0.04,
  'RMA deleted by hand': 0.05,
  'RMA of somebody else': 0.04,
  'parcel before its RMA': 0.05,
  // Our own machines (C4, C5, C6).
  'process killed': 0.012,
  'process frozen': 0.008,
  'clock jump': 0.4,
  'journal fails': 0.01,
  'journal restored from a backup': 0.25,
  interrupted: 0.15,
} as const

/** Faults that need several installations, or changing settings: only worlds of several installations have them. */
const probabilitiesOfSeveral = {
  // The timeline by which installations learn of each other (loop.md §5.6).
  'notes read late': 0.3,
  'note shows late': 0.25,
  'note duplicated': 0.08,
  'notes down': 0.4,
  'mark late': 0.4,
  'mark missing': 0.2,
  // What happens to journals.
  'journal copied': 0.3,
  'journal rolled back': 0.25,
  'journal lost': 0.25,
  'journal replaced under a process': 0.25,
  // What happens to settings.
  'settings changed': 0.5,
  'merchant removed': 0.2,
  'credential rotated': 0.3,
  // People with two laptops, and people who name the wrong journal.
  'same second': 0.8,
  'wrong journal': 0.1,
} as const

export type FaultKind = keyof typeof probabilities | keyof typeof probabilitiesOfSeveral
export const faultKinds = Object.keys(probabilities) as FaultKind[]
export const faultKindsOfSeveral = Object.keys(probabilitiesOfSeveral) as FaultKind[]

const allProbabilities: Record<FaultKind, number> = { ...probabilities, ...probabilitiesOfSeveral }

/** Probabilities by kind; an absent kind never occurs. */
export type FaultRates = Partial<Record<FaultKind, number>>

/**
 * The faults of one world: some worlds have few, most have a third of all faults with different rates, and some have
 * all.
 */
export function faultRatesOf(random: Random, kinds: readonly FaultKind[] = faultKinds, usual = 0.3): FaultRates {
  const kind = random.next()
  if (kind < 0.08) return {}
  const share = kind < 0.75 ? usual : kind < 0.92 ? 0.7 : 1
  return Object.fromEntries(
    kinds.flatMap((name) => {
      const [on, strength] = [random.next() < share, random.pick([0.3, 1, 1, 2.5])]
      return on ? [[name, Math.min(0.9, allProbabilities[name] * strength)]] : []
    }),
  )
}
