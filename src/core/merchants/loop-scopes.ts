import type { Fault } from '../errors/fault.ts'

/**
 * The scopes of a Loop API key, found out by harmless reads. Loop answers 401 both for a wrong key and for a missing
 * scope (loop.md §2.1): only a read that succeeds proves that the key is right.
 */
export const loopScopes = ['returns', 'destinations', 'developerTools'] as const
export type LoopScope = (typeof loopScopes)[number]

/** `unauthorized`: 401. `forbidden`: 403. `unknown`: no conclusive answer. */
export type ScopeReading = 'granted' | 'unauthorized' | 'forbidden' | 'unknown'
/** What a read says about its scope when it ended with this fault; null: it succeeded. */
export function scopeReading(fault: Fault | null): ScopeReading {
  if (fault === null) return 'granted'
  if (fault.code === 'LOOP_UNAUTHORIZED') return 'unauthorized'
  return fault.code === 'LOOP_FORBIDDEN' ? 'forbidden' : 'unknown'
}

export type ScopeReadings = Record<LoopScope, ScopeReading>

export type KeyVerdict =
  /** The key has every scope that mhloop needs. */
  | 'complete'
  /** The key is right and can read returns, but lacks a scope. */
  | 'incomplete'
  /** The key is right, but lacks Returns: nothing works with it. */
  | 'useless'
  /** Loop refuses every read. The key is mistyped, revoked, or without any of the scopes; these can't be told apart. */
  | 'refused'
  /** Loop's answers don't say enough. */
  | 'unclear'

export type KeyDiagnosis = { verdict: KeyVerdict; has: LoopScope[]; lacks: LoopScope[]; unknown: LoopScope[] }

/** The names of the scopes in Loop's admin, and what mhloop needs each for. */
export const scopeTitles: Record<LoopScope, { title: string; purpose: string }> = {
  returns: { title: 'Returns', purpose: 'to read returns, and to refund or flag them' },
  destinations: { title: 'Destinations (Read)', purpose: 'to list the destinations to choose from' },
  developerTools: { title: 'Developer Tools', purpose: 'to register webhooks (merchant connect)' },
}

/** Total. A scope counts as lacking only when the key is known to be right. */
export function diagnoseKey(readings: ScopeReadings): KeyDiagnosis {
  const of = (...expected: ScopeReading[]) => loopScopes.filter((scope) => expected.includes(readings[scope]))
  const has = of('granted')
  const right = has.length > 0 || of('forbidden').length > 0
  const lacks = right ? of('unauthorized', 'forbidden') : []
  const unknown = right ? of('unknown') : of('unknown', 'unauthorized')
  return { verdict: verdictOf(readings, { right, has, lacks }), has, lacks, unknown }
}

function verdictOf(
  readings: ScopeReadings,
  { right, has, lacks }: { right: boolean; has: LoopScope[]; lacks: LoopScope[] },
): KeyVerdict {
  if (has.length === loopScopes.length) return 'complete'
  if (!right) return loopScopes.every((scope) => readings[scope] === 'unauthorized') ? 'refused' : 'unclear'
  if (lacks.includes('returns')) return 'useless'
  if (!has.includes('returns')) return 'unclear'
  return lacks.length > 0 ? 'incomplete' : 'unclear'
}
