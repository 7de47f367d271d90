import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server as NetServer, type Socket } from 'node:net'
import { createTransport, type TransportOptions } from '../../src/http/create-transport.ts'
import { createRateLimiter } from '../../src/http/rate-limit/rate-limit.ts'

const started: { close: () => Promise<void> }[] = []

/** Starts any server on a free port; it is closed with the others. */
export async function listen(server: NetServer): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  started.push({
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts a local HTTP server on a free port; returns its base URL. */
export const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener))

/** Starts a local TCP server, for behaviour that no HTTP server has. */
export const serveTcp = (listener: (socket: Socket) => void): Promise<string> => listen(createTcpServer(listener))

/** Closes every server that the tests of this file have started. */
export async function closeServers(): Promise<void> {
  await Promise.all(started.splice(0).map((server) => server.close()))
}

/** A URL with a port on which no server listens. */
export async function deadUrl(): Promise<string> {
  const server = createTcpServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

/** Time that advances only when code under test sleeps. */
export function virtualTime() {
  const slept: number[] = []
  let now = 1_000_000
  return {
    clock: () => now,
    sleep: async (milliseconds: number) => {
      slept.push(milliseconds)
      now += milliseconds
    },
    slept,
  }
}

export const canary = 'canary-key-4f9c1b7e2d'

/** A transport for Loop that does not really wait between attempts. */
export function transportTo(baseUrl: string, options: Partial<TransportOptions> = {}) {
  const { clock, sleep, slept } = virtualTime()
  const rate = createRateLimiter({ perMinute: 100_000, clock, sleep })
  const transport = createTransport({
    baseUrl,
    vendor: 'loop',
    headers: () => ({ 'X-Authorization': canary }),
    rate,
    clock,
    sleep,
    random: () => 1,
    userAgent: 'mhloop/test',
    ...options,
  })
  return { transport, slept, clock }
}
