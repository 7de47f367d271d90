import { createHash, timingSafeEqual } from 'node:crypto'
import { Fault } from '../core/errors/fault.ts'
import type { Endpoint } from './receiver.ts'

export type Endpoints = {
  /**
   * The endpoint with this key; null for none. Compares with all of them in every case, so that the time reveals
   * nothing.
   */
  withKey(key: string): Endpoint | null
}

/** Throws RECEIVER_KEY when a key is too weak, or when two merchants share one: their messages would mix (F22). */
export function createEndpoints(endpoints: readonly Endpoint[]): Endpoints {
  const [wrong] = faultsOfEndpoints(endpoints)
  if (wrong !== undefined) throw wrong
  const known = endpoints.map((endpoint) => ({ endpoint, digest: digest(endpoint.key) }))
  return {
    withKey(key) {
      const actual = digest(key)
      let found: Endpoint | null = null
      for (const { endpoint, digest } of known) if (timingSafeEqual(actual, digest)) found = endpoint
      return found
    },
  }
}

/** The faults of these keys. When two merchants share a key, the fault names the later one. */
export function faultsOfEndpoints(endpoints: readonly Endpoint[]): Fault[] {
  return endpoints.flatMap((endpoint, index) => {
    if (!/^[\w-]{32,100}$/.test(endpoint.key))
      return [wrongKey(endpoint, 'is too weak: use 32 to 100 random letters, digits, "-" and "_"')]
    const twin = endpoints.slice(0, index).find((other) => other.key === endpoint.key)
    return twin === undefined ? [] : [wrongKey(endpoint, `is also the key of ${twin.merchant}`)]
  })
}

/** Whether an Authorization header has one of these bearer tokens; compared as digests, in constant time (F51). */
export function bearsToken(header: string | undefined, tokens: readonly string[]): boolean {
  const actual = digest(/^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '')
  let matches = false
  for (const token of tokens) {
    // An empty token proves nothing.
    if (token !== '' && timingSafeEqual(actual, digest(token))) matches = true
  }
  return matches
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function wrongKey({ merchant }: Endpoint, what: string): Fault {
  return new Fault(`The receiver key of ${merchant} ${what}.`, {
    code: 'RECEIVER_KEY',
    merchant,
    hint: `mhloop merchant set -m ${merchant} receiver-key, then register the new addresses with both vendors`,
  })
}
