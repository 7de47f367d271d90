import { createTally } from './messages/tally.ts'
import { defaultLimits, type Receiver, type ReceiverOptions } from './receiver.ts'
import { createApp, listen } from './server/app.ts'
import { limitConnections } from './server/connections.ts'
import { registerEndpoints } from './server/register-endpoints.ts'
import { registerHealth } from './server/register-watching.ts'

/** Milliseconds. A stop takes at most five seconds (H30); a sender that is cut off tries again. */
const longestClose = 3_000

/**
 * Creates the receiver of Loop's webhooks and MasonHub's callbacks. Its address is public; monitoring has another one
 * (create-watch.ts). Loads fastify: import it lazily. Faults: RECEIVER_KEY, RECEIVER_TLS, RECEIVER_ADDRESS.
 */
export async function createReceiver(options: ReceiverOptions): Promise<Receiver> {
  const limits = { ...defaultLimits, ...options.limits }
  const tally = createTally(options)
  const app = createApp(options.tls, limits)
  const connections = limitConnections(app.server, limits.connections)
  app.addHook('onRequest', async (request) => connections.mark(request.raw.socket, 'reading'))
  app.addHook('onResponse', async (request) => connections.mark(request.raw.socket, 'idle'))
  let isClosing = false
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close')
  })
  registerHealth(app, options)
  const { setEndpoints } = registerEndpoints(app, options, { tally, limits, connections })
  return {
    url: await listen(app, options, { host: '--host', port: '--port' }),
    setEndpoints,
    counts: () => tally.counts(),
    close: async () => {
      isClosing = true
      // A closing server no longer enforces its timeouts: one slow sender would keep it open for ever.
      const cut = setTimeout(() => app.server.closeAllConnections(), Math.min(limits.requestTimeout, longestClose))
      await app.close().finally(() => clearTimeout(cut))
    },
  }
}
