import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { Random } from '../../../src/sandbox/world.ts'

export type ReverseProxy = {
  url: string
  /** The addresses of the running workers; the proxy asks another one when one does not answer. */
  readonly workers: Set<string>
  /** Number of messages that a worker has acknowledged. */
  readonly acknowledged: number
  close(): Promise<void>
}

/**
 * A reverse proxy in front of several workers, as in deploy/compose.yaml: any of them gets a message, and one that does
 * not answer is skipped.
 */
export async function startReverseProxy(random: Random): Promise<ReverseProxy> {
  const workers = new Set<string>()
  let acknowledged = 0
  const server = createServer(async (incoming, answer) => {
    const body = await bodyOf(incoming)
    const order = [...workers]
      .map((url) => ({ url, place: random.next() }))
      .sort((one, other) => one.place - other.place)
    for (const { url } of order) {
      const status = await passOn(`${url}${incoming.url}`, incoming, body)
      if (status === null) continue
      if (status < 300) acknowledged += 1
      return void answer.writeHead(status).end()
    }
    answer.writeHead(503, { 'retry-after': '1' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    workers,
    get acknowledged() {
      return acknowledged
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The worker's status code; null when it does not answer within two seconds, because it has ended or is frozen. */
function passOn(url: string, { method, headers }: IncomingMessage, body: Buffer): Promise<number | null> {
  return new Promise((resolve) => {
    const sent = request(url, { method, headers, timeout: 2_000 }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? null))
      answer.once('error', () => resolve(null))
    })
    sent.once('timeout', () => sent.destroy())
    sent.once('error', () => resolve(null))
    sent.end(body)
  })
}
