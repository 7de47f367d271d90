import type { RequestTrace } from '../http/create-transport.ts'
import { loopHeaders } from '../loop/authorization.ts'
import type { LoopClient } from '../loop/client.ts'
import { masonhubHeaders } from '../masonhub/authorization.ts'
import type { MasonHubClient } from '../masonhub/client.ts'
import type { Credentials, Merchant } from '../merchants/merchant.ts'

export type Connections = { loop: LoopClient; masonhub: MasonHubClient; close(): void }

export type ConnectOptions = {
  /** Told one line per request that was made, for --verbose: no header, no body, no query. */
  onRequest?: (line: string) => unknown
  /** Reads the credentials anew: asked when a vendor refuses them, for they may have been rotated since. */
  renew?: () => Promise<Credentials>
  /** Told the same with what the answer's headers tell, for whoever examines the vendors themselves. */
  onTrace?: (trace: RequestTrace) => void
  /** Milliseconds for one try and for a call with its retries; the transport's own otherwise. */
  patience?: { attempt: number; call: number }
}

/** Loop allows 300 requests a minute per key (loop.md §3); we take 85 % of it, because others use the key too (F44). */
const loopRate = { perMinute: 255 }

/** Clients of both vendors for one merchant. Nothing is sent yet. Throws Fault for a base URL that may get no credentials. */
export async function connect(
  merchant: Merchant,
  credentials: Credentials,
  options: ConnectOptions = {},
): Promise<Connections> {
  const [{ createTransport }, { sharedRateLimiter }, { createLoopClient }, { createMasonHubClient }] =
    await Promise.all([
      import('../http/create-transport.ts'),
      import('../http/rate-limit.ts'),
      import('../loop/create-loop-client.ts'),
      import('../masonhub/create-masonhub-client.ts'),
    ])
  const { onRequest, onTrace, patience } = options
  const told = {
    onRequest(trace: RequestTrace) {
      onTrace?.(trace)
      onRequest?.(traceLine(trace))
    },
    ...(patience === undefined ? {} : { attemptTimeout: patience.attempt, timeout: patience.call }),
  }
  const { loopApiKey, masonhubToken } = credentials
  const holder = holderOf(credentials, options.renew)
  const loop = createTransport({
    vendor: 'loop',
    baseUrl: merchant.loop.baseUrl,
    headers: () => loopHeaders(holder.current().loopApiKey.reveal()),
    renew: holder.renew,
    rate: sharedRateLimiter(loopApiKey.reveal(), loopRate),
    ...told,
  })
  const { requestsPerSecond } = merchant.masonhub
  const masonhub = createTransport({
    vendor: 'masonhub',
    baseUrl: merchant.masonhub.baseUrl,
    headers: () => masonhubHeaders(holder.current().masonhubToken.reveal()),
    renew: holder.renew,
    rate: sharedRateLimiter(masonhubToken.reveal(), {
      perSecond: requestsPerSecond,
      burst: Math.max(1, requestsPerSecond),
    }),
    ...told,
  })
  return {
    loop: createLoopClient(loop),
    masonhub: createMasonHubClient(masonhub),
    close() {
      loop.close()
      masonhub.close()
    },
  }
}

/** A wrong key that is asked for again and again must not have the keychain read again and again. */
const renewAtMostEvery = 10_000

/** The credentials as they were last read. */
function holderOf(first: Credentials, read: ConnectOptions['renew']) {
  let current = first
  let reading: Promise<void> | null = null
  let readAt = Number.NEGATIVE_INFINITY
  async function readAgain(renew: () => Promise<Credentials>): Promise<void> {
    try {
      current = await renew()
    } catch {
      // What can't be read now is no reason to forget what was: the vendor's refusal is told in any case.
    }
    readAt = performance.now()
    reading = null
  }
  return {
    current: () => current,
    async renew() {
      if (read === undefined) return
      if (reading === null && performance.now() - readAt < renewAtMostEvery) return
      reading ??= readAgain(read)
      await reading
    },
  }
}

/** `loop GET /warehouse/return/list 200 in 312 ms, request 0f…` */
function traceLine({ vendor, method, path, status, failure, milliseconds, attempt, requestId }: RequestTrace): string {
  const again = attempt > 1 ? `, attempt ${attempt}` : ''
  return `${vendor} ${method} ${path} ${status ?? failure ?? 'no answer'} in ${milliseconds} ms${again}, request ${requestId}`
}
