import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'

/**
 * What happens to the message that ends a transaction:
 * - `lost`: it never arrives, and the connection is broken;
 * - `unanswered`: it arrives, and the connection breaks before the answer;
 * - `late`: the connection breaks, and the message arrives only at {@link Relay.deliver};
 * - `swallowed`: nothing arrives any more, and neither side closes the connection.
 */
export type Mishap = 'lost' | 'unanswered' | 'late' | 'swallowed'

export type Relay = {
  /** The location through the proxy. */
  location: string
  /** The mishap of the next commit; null: none. */
  next: Mishap | null
  /** Number of commits that met a mishap. */
  count: number
  /** Whether new connections are accepted. */
  isOpen: boolean
  /** Closes all connections. */
  cut(): void
  /** Delivers late messages; resolves once the server has closed their connections. */
  deliver(): Promise<void>
  close(): Promise<void>
}

type Line = { client: Socket; server: Socket }

/** A relay between a journal and its PostgreSQL, which fails as the test says. */
export async function startProxy(location: string): Promise<Relay> {
  const target = new URL(location)
  const lines = new Set<Line>()
  const late: { line: Line; message: Buffer }[] = []
  const listener = createServer((client) => {
    if (!proxy.isOpen) return void client.destroy()
    const server = dial(Number(target.port || 5432), target.hostname)
    const line = { client, server }
    lines.add(line)
    for (const socket of [client, server]) socket.on('error', () => undefined)
    const isHeld = relay(line)
    client.once('close', () => {
      if (!isHeld()) server.destroy()
    })
    server.once('close', () => {
      client.destroy()
      lines.delete(line)
    })
  })

  function relay(line: Line): () => boolean {
    let mishap: Mishap | null = null
    line.server.on('data', (chunk) => {
      if (mishap === null) line.client.write(chunk)
      else if (mishap === 'unanswered') line.client.destroy()
    })
    line.client.on('data', (chunk) => {
      if (mishap !== null) return
      if (proxy.next === null || !/\bcommit\0/.test(chunk.toString('latin1'))) return void line.server.write(chunk)
      mishap = proxy.next
      proxy.next = null
      proxy.count += 1
      if (mishap === 'unanswered') line.server.write(chunk)
      if (mishap === 'late') late.push({ line, message: chunk })
      if (mishap === 'lost' || mishap === 'late') line.client.destroy()
    })
    return () => mishap === 'late'
  }

  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  const through = new URL(location)
  through.port = String(typeof address === 'object' ? address?.port : 0)
  const proxy: Relay = {
    location: through.href,
    next: null,
    count: 0,
    isOpen: true,
    cut() {
      for (const { client, server } of lines) for (const socket of [client, server]) socket.destroy()
    },
    async deliver() {
      for (const { line, message } of late.splice(0)) {
        if (line.server.destroyed) continue
        line.server.end(message)
        await once(line.server, 'close')
      }
    },
    async close() {
      proxy.isOpen = false
      proxy.cut()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
  return proxy
}
