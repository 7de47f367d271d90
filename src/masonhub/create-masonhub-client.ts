import type { Transport } from '../http/transport.ts'
import { check } from './check.ts'
import type { MasonHubClient } from './client.ts'
import { dataFactoryOf } from './data-factory.ts'
import { callbacksOf, holdsOf } from './registry.ts'
import { rmasOf } from './rmas.ts'
import { secretsOf } from './secrets.ts'
import { knownSkus, someSkus } from './skus.ts'

/**
 * MasonHub's API over a transport whose base URL ends in the account's slug and `/api/v1`. All of MasonHub's quirks end
 * here.
 */
export function createMasonHubClient(transport: Transport): MasonHubClient {
  return {
    rmas: rmasOf(transport),
    knownSkus: (skus) => knownSkus(transport, skus),
    someSkus: (limit) => someSkus(transport, limit),
    callbacks: callbacksOf(transport),
    holds: holdsOf(transport),
    secrets: secretsOf(transport),
    dataFactory: dataFactoryOf(transport),
    check: () => check(transport),
  }
}
