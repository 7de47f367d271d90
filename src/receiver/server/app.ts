import { lookup } from 'node:dns/promises'
import { type FastifyInstance, fastify } from 'fastify'
import type { ReceiverLimits, ReceiverOptions } from '../receiver.ts'
import { type AddressFlags, badCertificate, unusableAddress } from '../receiver-faults.ts'
import { sendRefusal } from './answers.ts'

/** Creates a server with these limits and no paths yet. Throws RECEIVER_TLS. */
export function createApp(tls: ReceiverOptions['tls'], limits: ReceiverLimits): FastifyInstance {
  const { headersTimeout, requestTimeout, connectionsCheckingInterval } = limits
  const server = { headersTimeout, connectionsCheckingInterval, maxHeaderSize: limits.headerBytes }
  const shared = {
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout,
    keepAliveTimeout: requestTimeout,
    // A path that can't be decoded, or is longer than any of ours.
    frameworkErrors: (_error: unknown, _request: unknown, reply: Parameters<typeof sendRefusal>[0]) =>
      void sendRefusal(reply, 'unknown'),
  } as const
  const app = tls === null ? fastify({ ...shared, http: server }) : secureApp(tls)
  // The signature covers the raw bytes; read-body.ts reads them.
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

/** Starts listening and returns the URL. Throws RECEIVER_ADDRESS after closing the server. */
export async function listen(
  app: FastifyInstance,
  { host, port, tls }: Pick<ReceiverOptions, 'host' | 'port' | 'tls'>,
  flags: AddressFlags,
): Promise<string> {
  try {
    // Only one address: for a name with several, fastify opens more servers, which the limits don't reach.
    const { address, family } = await lookup(host)
    await app.listen({ host: address, port })
    const bound = app.server.address()
    const number = typeof bound === 'object' && bound !== null ? bound.port : port
    return `${tls === null ? 'http' : 'https'}://${family === 6 ? `[${address}]` : address}:${number}`
  } catch (error) {
    await app.close()
    throw unusableAddress({ host, port, flags }, error)
  }
}
