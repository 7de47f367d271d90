import { lookup } from 'node:dns/promises'
import { type FastifyInstance, fastify } from 'fastify'
import { turnAway } from './answers.ts'
import { limitConnections } from './connections.ts'
import { badCertificate, unusableAddress } from './faults.ts'
import { defaultLimits, type Receiver, type ReceiverLimits, type ReceiverOptions } from './receiver.ts'
import { registerDoors } from './register-doors.ts'
import { registerWatching } from './register-watching.ts'
import { createTally } from './tally.ts'

/**
 * The way in for Loop's webhooks and MasonHub's callbacks, and for whoever watches. Loads fastify: import it lazily.
 * Faults: RECEIVER_KEY, RECEIVER_TLS, RECEIVER_ADDRESS.
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
  registerWatching(app, options)
  registerDoors(app, options, { tally, limits, connections })
  return {
    url: await listen(app, options),
    counts: () => tally.counts(),
    close: async () => {
      isClosing = true
      // A server that closes no longer looks after its timeouts: one slow sender would hold it for ever.
      const cut = setTimeout(() => app.server.closeAllConnections(), limits.requestTimeout)
      await app.close().finally(() => clearTimeout(cut))
    },
  }
}

function createApp(tls: ReceiverOptions['tls'], limits: ReceiverLimits): FastifyInstance {
  const { headersTimeout, requestTimeout, connectionsCheckingInterval } = limits
  const server = { headersTimeout, connectionsCheckingInterval, maxHeaderSize: limits.headerBytes }
  const shared = {
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout,
    keepAliveTimeout: requestTimeout,
    // A path that is no text, or longer than any of ours.
    frameworkErrors: (_error: unknown, _request: unknown, reply: Parameters<typeof turnAway>[0]) =>
      void turnAway(reply, 'unknown'),
  } as const
  const app = tls === null ? fastify({ ...shared, http: server }) : secureApp(tls)
  // The signature is over the bytes as they came; read-body.ts reads them.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, body, done) => done(null, body))
  return app

  function secureApp({ certificate, key }: NonNullable<ReceiverOptions['tls']>): FastifyInstance {
    try {
      const https = { ...server, handshakeTimeout: headersTimeout, cert: certificate, key }
      return fastify({ ...shared, https }) as unknown as FastifyInstance
    } catch (error) {
      throw badCertificate(error)
    }
  }
}

async function listen(app: FastifyInstance, { host, port, tls }: ReceiverOptions): Promise<string> {
  try {
    // One address: where a name has several, fastify opens servers that the limits don't reach.
    const { address, family } = await lookup(host)
    await app.listen({ host: address, port })
    const bound = app.server.address()
    const number = typeof bound === 'object' && bound !== null ? bound.port : port
    return `${tls === null ? 'http' : 'https'}://${family === 6 ? `[${address}]` : address}:${number}`
  } catch (error) {
    await app.close()
    throw unusableAddress(host, port, error)
  }
}
