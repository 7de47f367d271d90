import { Fault } from '../../core/errors/fault.ts'
import type { CodeOf } from '../../core/errors/fault-codes.ts'
import {
  diagnoseKey,
  type KeyDiagnosis,
  type ScopeReading,
  scopeReading,
  scopeTitles,
} from '../../core/merchants/loop-scopes.ts'
import { didYouMean } from '../../core/text/closest.ts'
import { printable } from '../../core/text/printable.ts'
import type { Destination, LoopClient } from '../../loop/client.ts'
import type { Merchant, Secret } from '../../merchants/profiles/merchant.ts'
import { connectLoop, type VendorClientOptions } from '../vendors/vendor-clients.ts'

/** What a Loop key can do. */
export type LoopSurvey = KeyDiagnosis & {
  /** null: they could not be read. */
  destinations: Destination[] | null
  /** The first fault of a read that says nothing about the key. */
  problem: Fault | null
}

/** Finds out what a key can do, by three reads. Throws Fault only for a base URL that must not get a key. */
export async function surveyLoop(
  loop: Merchant['loop'],
  apiKey: Secret,
  options: VendorClientOptions = {},
): Promise<LoopSurvey> {
  const connection = await connectLoop(loop, apiKey, options)
  try {
    return await surveyed(connection.client)
  } finally {
    connection.close()
  }
}

async function surveyed(client: LoopClient): Promise<LoopSurvey> {
  const [returns, destinations, developerTools] = await Promise.allSettled([
    client.check(),
    client.destinations(),
    client.webhooks.list(),
  ])
  const outcomes = { returns, destinations, developerTools }
  const diagnosis = diagnoseKey({
    returns: readingOf(returns),
    destinations: readingOf(destinations),
    developerTools: readingOf(developerTools),
  })
  const problems = Object.values(outcomes).filter((outcome) => readingOf(outcome) === 'unknown')
  return {
    ...diagnosis,
    destinations: destinations.status === 'fulfilled' ? destinations.value : null,
    problem: problems.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Fault] : []))[0] ?? null,
  }
}

/** Throws any other error than a Fault: that is mhloop's own, and says nothing about the key. */
function readingOf(outcome: PromiseSettledResult<unknown>): ScopeReading {
  if (outcome.status === 'fulfilled') return 'granted'
  const reason: unknown = outcome.reason
  if (!(reason instanceof Fault)) throw reason
  return scopeReading(reason)
}

/** Why nothing works with this key; null when returns can be read. */
export function keyFault({ verdict, problem, has }: LoopSurvey): Fault | null {
  if (has.includes('returns')) return null
  if (verdict === 'useless') {
    return credentialFault(
      'LOOP_SCOPE_MISSING',
      `The Loop API key is valid, but lacks the required scope ${scopeTitles.returns.title}.`,
    )
  }
  if (verdict === 'refused') {
    return credentialFault(
      'LOOP_UNAUTHORIZED',
      'Loop refuses the API key for everything (401): it is mistyped, revoked, or has none of the scopes Returns, Destinations (Read) and Developer Tools.',
    )
  }
  return problem
}

function credentialFault(code: CodeOf<4, 'input'>, message: string): Fault {
  return new Fault(message, {
    code,
    hint: "Check the key and its scopes in Loop's admin (Tools & integrations, Developer tools), and enter it again.",
  })
}

/** A Fault that names destinations that Loop does not have, and those that it has; null when Loop has all of them. */
export function unknownDestinations(requested: readonly string[], known: readonly Destination[]): Fault | null {
  const ids = known.map(({ destinationId }) => destinationId)
  const unknown = requested.filter((id) => !ids.includes(id))
  const [first] = unknown
  if (first === undefined) return null
  const list = known.map(({ destinationId, name }) => `${destinationId} (${printable(name, 40)})`).join(', ')
  const has = known.length === 0 ? 'it has none' : `it has ${list}`
  return new Fault(
    `Loop has no destination ${unknown.map((id) => printable(id, 30)).join(', ')}; ${has}.${didYouMean(first, ids)}`,
    { code: 'DESTINATION_UNKNOWN', hint: 'Give --destinations with ids from that list, or "every".' },
  )
}
