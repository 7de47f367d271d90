import { defaultLimits, type Watch, type WatchOptions } from './receiver.ts'
import { createApp, listen } from './server/app.ts'
import { registerWatching } from './server/register-watching.ts'

/** Monitoring has few clients and small requests. */
const limits = { ...defaultLimits, bodyBytes: 1024, requestTimeout: 3_000 }
const mostConnections = 64

/**
 * Creates the watch address for monitoring, apart from the public one, because it shows merchant names and fault codes
 * (H3). Loads fastify: import it lazily. Faults: RECEIVER_ADDRESS.
 */
export async function createWatch(options: WatchOptions): Promise<Watch> {
  const app = createApp(null, limits)
  app.server.maxConnections = mostConnections
  registerWatching(app, options)
  const url = await listen(app, { ...options, tls: null }, { host: '--watch-host', port: '--watch-port' })
  return {
    url,
    close: async () => {
      const cut = setTimeout(() => app.server.closeAllConnections(), limits.requestTimeout)
      await app.close().finally(() => clearTimeout(cut))
    },
  }
}
