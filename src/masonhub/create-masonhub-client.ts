import type { Transport } from '../http/transport.ts'
import { callbacksOf, holdsOf } from './account/callbacks.ts'
import { check } from './account/check-access.ts'
import { secretsOf } from './account/secrets.ts'
import type { MasonHubClient } from './client.ts'
import { dataFactoryOf } from './rmas/data-factory.ts'
import { kitsOf } from './rmas/kits.ts'
import { rmasOf } from './rmas/rmas.ts'
import { knownSkus, someSkus } from './rmas/skus.ts'

/**
 * MasonHub's API over a transport whose base URL ends in the account's slug and `/api/v1`. All of MasonHub's quirks end
 * here.
 */
export function createMasonHubClient(transport: Transport): MasonHubClient {
  return {
    rmas: rmasOf(transport),
    knownSkus: (skus) => knownSkus(transport, skus),
    kits: (skus) => kitsOf(transport, skus),
    someSkus: (limit) => someSkus(transport, limit),
    callbacks: callbacksOf(transport),
    holds: holdsOf(transport),
    secrets: secretsOf(transport),
    dataFactory: dataFactoryOf(transport),
    check: () => check(transport),
  }
}
