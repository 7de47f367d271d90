import { exitCodes, Fault } from '../../core/errors/fault.ts'
import { scopeTitles } from '../../core/merchants/loop-scopes.ts'
import type { Merchant } from '../../merchants/profiles/merchant.ts'
import type { StoredSecrets } from '../../merchants/secrets/credentials.ts'
import type { VendorClientOptions } from '../vendors/vendor-clients.ts'
import { checkMasonHub } from './check-masonhub.ts'
import { keyFault, type LoopSurvey, surveyLoop, unknownDestinations } from './survey-loop.ts'

/**
 * Throws Fault unless both vendors accept the credentials, and Loop has these `destinations`. Both are asked, so that
 * one run reports everything that is wrong. null when a credential is missing, so that there is nothing to ask with.
 */
export async function checkAccounts(
  merchant: Merchant,
  secrets: StoredSecrets,
  options: VendorClientOptions,
  destinations: readonly string[] = [],
): Promise<LoopSurvey | null> {
  const { loopApiKey, masonhubToken } = secrets
  if (!loopApiKey || !masonhubToken) return null
  const [survey, masonhub] = await Promise.all([
    surveyLoop(merchant.loop, loopApiKey.value, options),
    checkMasonHub(merchant.masonhub, masonhubToken.value, options),
  ])
  const unknown = survey.destinations === null ? null : unknownDestinations(destinations, survey.destinations)
  const faults = [keyFault(survey), masonhub.works ? null : masonhub.fault, unknown].filter((fault) => fault !== null)
  const [first, ...more] = faults
  if (first !== undefined) throw refused(merchant.name, [first, ...more])
  return survey
}

function refused(name: string, faults: readonly [Fault, ...Fault[]]): Fault {
  // A wrong credential comes first: the operator can correct it now, but can only wait for an unreachable vendor.
  const first = faults.find((fault) => fault.exit === exitCodes.credentials) ?? faults[0]
  return new Fault(`${faults.map(({ message }) => message).join(' ')} Nothing was stored.`, {
    like: first,
    merchant: name,
    hint: 'Correct it and run the command again, or store it unchecked with --no-check.',
    requestId: first.requestId,
    cause: first,
  })
}

/** Warnings about what this key can do only in part. */
export function surveyWarnings({ lacks, unknown, destinations }: LoopSurvey, chosen: readonly string[]): string[] {
  const missing = lacks
    .filter((scope) => scope !== 'returns')
    .map(
      (scope) => `The Loop API key lacks the scope ${scopeTitles[scope].title}, needed ${scopeTitles[scope].purpose}.`,
    )
  const unasked = unknown.map(
    (scope) => `mhloop could not tell whether the Loop API key has the scope ${scopeTitles[scope].title}.`,
  )
  const unseen =
    chosen.length > 0 && destinations === null ? ['mhloop could not tell whether Loop has these destinations.'] : []
  return [...missing, ...unasked, ...unseen]
}
