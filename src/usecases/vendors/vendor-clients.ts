import { accountOf } from '../../core/merchants/loop-account.ts'
import type { RateLimitStore } from '../../core/rate-limit/rate-limit-store.ts'
import type { RequestTrace } from '../../http/create-transport.ts'
import type { Environment } from '../../http/proxy/proxy.ts'
import type { Transport } from '../../http/transport.ts'
import { loopHeaders } from '../../loop/authorization.ts'
import type { LoopClient } from '../../loop/client.ts'
import type { MasonHubClient } from '../../masonhub/client.ts'
import { masonhubHeaders } from '../../masonhub/requests/authorization.ts'
import type { Credentials, Merchant, Secret } from '../../merchants/profiles/merchant.ts'
import { renewedSecret } from './renewed-secret.ts'

export type VendorClients = {
  loop: LoopClient
  masonhub: MasonHubClient
  /** Digest of the Loop key in use now, which stands for the account in the journal (G10). */
  account(): string
  /** Writes whose answer has not come yet. */
  writing(): string[]
  close(): void
}

export type VendorClientOptions = {
  /** Called with one line per request, for --verbose: no header, no body, no query. */
  onRequest?: (line: string) => unknown
  /** Where HTTPS_PROXY and NO_PROXY are read; by default from the process's environment. */
  env?: Environment
  /** Reads the credentials again, after a vendor refused them: they may have been rotated. */
  renew?: () => Promise<Credentials>
  /** Once it aborts, nothing new begins; writes in flight are finished (H30). */
  stopping?: AbortSignal
  /** Called with the same, and with what the answer's headers say: for checks of the vendors themselves. */
  onTrace?: (trace: RequestTrace) => void
  /** The store of permits that all processes share; without it, each process keeps the vendors' limits by itself. */
  permits?: RateLimitStore
  /** Milliseconds for one try, and for a call with its retries; by default the transport's own. */
  timeouts?: { attempt: number; call: number }
  /** Seconds for one try, as the operator set it (`--timeout`); takes precedence over `timeouts` (H20). */
  timeout?: number
}

/** Clients of both vendors; nothing is sent yet. Throws Fault for a base URL that must not get credentials. */
export async function createVendorClients(
  merchant: Pick<Merchant, 'loop' | 'masonhub'>,
  { loopApiKey, masonhubToken }: Pick<Credentials, 'loopApiKey' | 'masonhubToken'>,
  options: VendorClientOptions = {},
): Promise<VendorClients> {
  const [loop, masonhub] = await Promise.all([
    connectLoop(merchant.loop, loopApiKey, options),
    connectMasonHub(merchant.masonhub, masonhubToken, options),
  ])
  return {
    loop: loop.client,
    masonhub: masonhub.client,
    account: loop.account,
    writing: () => [...loop.transport.writing, ...masonhub.transport.writing],
    close() {
      loop.close()
      masonhub.close()
    },
  }
}

/** A client of one vendor; nothing is sent yet. */
export type VendorClient<Client> = { client: Client; transport: Transport; close(): void }

export async function connectLoop(
  { baseUrl, requestsPerMinute }: Merchant['loop'],
  apiKey: Secret,
  options: VendorClientOptions = {},
): Promise<VendorClient<LoopClient> & Pick<VendorClients, 'account'>> {
  const [{ createTransport }, { sharedRateLimiter }, { createLoopClient }] = await Promise.all([
    import('../../http/create-transport.ts'),
    import('../../http/rate-limit/rate-limit.ts'),
    import('../../loop/create-loop-client.ts'),
  ])
  const { renew } = options
  const latest = renewedSecret(apiKey, renew && (async () => (await renew()).loopApiKey))
  const transport = createTransport({
    vendor: 'loop',
    baseUrl,
    headers: () => loopHeaders(latest.reveal()),
    renew: latest.renew,
    rate: sharedRateLimiter(apiKey.reveal(), { perMinute: requestsPerMinute }, options.permits),
    ...traceOptions(options),
  })
  const account = () => accountOf(latest.reveal())
  return { client: createLoopClient(transport, baseUrl), transport, account, close: () => transport.close() }
}

export async function connectMasonHub(
  { baseUrl, requestsPerSecond }: Pick<Merchant['masonhub'], 'baseUrl' | 'requestsPerSecond'>,
  token: Secret,
  options: VendorClientOptions = {},
): Promise<VendorClient<MasonHubClient>> {
  const [{ createTransport }, { sharedRateLimiter }, { createMasonHubClient }] = await Promise.all([
    import('../../http/create-transport.ts'),
    import('../../http/rate-limit/rate-limit.ts'),
    import('../../masonhub/create-masonhub-client.ts'),
  ])
  const { renew } = options
  const latest = renewedSecret(token, renew && (async () => (await renew()).masonhubToken))
  const transport = createTransport({
    vendor: 'masonhub',
    baseUrl,
    headers: () => masonhubHeaders(latest.reveal()),
    renew: latest.renew,
    rate: sharedRateLimiter(
      token.reveal(),
      { perSecond: requestsPerSecond, burst: Math.max(1, requestsPerSecond) },
      options.permits,
    ),
    ...traceOptions(options),
  })
  return { client: createMasonHubClient(transport), transport, close: () => transport.close() }
}

function traceOptions({ env, onRequest, onTrace, timeouts, stopping, timeout }: VendorClientOptions) {
  const attempt = timeout === undefined ? timeouts?.attempt : timeout * 1_000
  return {
    ...(env === undefined ? {} : { env }),
    ...(stopping === undefined ? {} : { stopping }),
    onRequest(trace: RequestTrace) {
      onTrace?.(trace)
      onRequest?.(traceLine(trace))
    },
    ...(attempt === undefined ? {} : { attemptTimeout: attempt }),
    ...(timeouts === undefined ? {} : { timeout: Math.max(timeouts.call, attempt ?? 0) }),
  }
}

/** Such as `loop GET /warehouse/return/list 200 in 312 ms, request 0f…`. */
function traceLine({ vendor, method, path, status, failure, milliseconds, attempt, requestId }: RequestTrace): string {
  const again = attempt > 1 ? `, attempt ${attempt}` : ''
  return `${vendor} ${method} ${path} ${status ?? failure ?? 'no answer'} in ${milliseconds} ms${again}, request ${requestId}`
}
