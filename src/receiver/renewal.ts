import type { Endpoint, ReceiverOptions } from './receiver.ts'

/** A stranger who knocks all day must not make us read the keychain all day. */
const atMostEvery = 10_000

/**
 * What proves a sender may have been replaced since the start (`merchant rotate callback`, another webhook secret): before
 * somebody is turned away, it is read again. Gives the endpoint as it is by now.
 */
export function createRenewal({ renew, now, log }: Pick<ReceiverOptions, 'renew' | 'now' | 'log'>) {
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
    /** What was read is what is stored by now. */
    forget: () => endpoints.clear(),
    /** As it was last read. */
    latest: (endpoint: Endpoint): Endpoint => endpoints.get(endpoint.merchant)?.endpoint ?? endpoint,
    /** Read again, unless it just was; several who ask at once wait for one reading. */
    async renewed(endpoint: Endpoint): Promise<Endpoint> {
      if (renew === undefined) return endpoint
      const known = endpoints.get(endpoint.merchant) ?? { endpoint, readAt: Number.NEGATIVE_INFINITY, reading: null }
      endpoints.set(endpoint.merchant, known)
      if (known.reading === null && now().getTime() - known.readAt < atMostEvery) return known.endpoint
      known.reading ??= read(known.endpoint)
      known.endpoint = await known.reading
      known.readAt = now().getTime()
      known.reading = null
      return known.endpoint
    },
  }
}
