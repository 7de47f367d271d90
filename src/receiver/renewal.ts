import { steadyTime } from '../core/time/steady-time.ts'
import type { Endpoint, ReceiverOptions } from './receiver.ts'

/** Milliseconds. Repeated wrong requests must not make us read the keychain each time. */
const atMostEvery = 10_000

/**
 * Reads a merchant's secrets again before a sender is refused: they may have been replaced since the start (`merchant
 * rotate callback`, another webhook secret).
 */
export function createRenewal({ renew, now, log }: Pick<ReceiverOptions, 'renew' | 'now' | 'log'>) {
  const time = steadyTime(() => now().getTime())
  const endpoints = new Map<string, { endpoint: Endpoint; readAt: number; reading: Promise<Endpoint> | null }>()

  async function read(endpoint: Endpoint): Promise<Endpoint> {
    try {
      const proofs = await renew?.(endpoint.merchant)
      return proofs ? { ...endpoint, ...proofs } : endpoint
    } catch {
      log({ level: 'warn', event: 'credentials could not be read again', merchant: endpoint.merchant })
      return endpoint
    }
  }

  return {
    /** Drops what was read: the endpoints that were just set are newer. */
    forget: () => endpoints.clear(),
    /** The endpoint with the secrets that were last read. */
    latest: (endpoint: Endpoint): Endpoint => endpoints.get(endpoint.merchant)?.endpoint ?? endpoint,
    /**
     * The endpoint with its secrets read again, unless that happened just now; concurrent callers wait for one read.
     */
    async renewed(endpoint: Endpoint): Promise<Endpoint> {
      if (renew === undefined) return endpoint
      const known = endpoints.get(endpoint.merchant) ?? { endpoint, readAt: Number.NEGATIVE_INFINITY, reading: null }
      endpoints.set(endpoint.merchant, known)
      if (known.reading === null && time() - known.readAt < atMostEvery) return known.endpoint
      known.reading ??= read(known.endpoint)
      known.endpoint = await known.reading
      known.readAt = time()
      known.reading = null
      return known.endpoint
    },
  }
}
