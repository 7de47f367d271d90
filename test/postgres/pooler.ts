import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'

const word = (code: string, body: Buffer) => {
  const head = Buffer.alloc(5)
  head.write(code, 0)
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
const welcome = Buffer.concat([
  word('R', Buffer.alloc(4)),
  // A relay gives a session its own process id.
  word('K', Buffer.from([0, 0, 0x7f, 0x01, 0, 0, 0, 1])),
  word('Z', Buffer.from('I')),
])

/**
 * A minimal pooler in transaction mode: all clients share one session of the server, each until its transaction ends.
 * `mode` session: each client has its own session.
 */
export async function startPooler(location: string, mode: 'transaction' | 'session') {
  const target = new URL(location)
  const sockets = new Set<Socket>()
  let shared: ReturnType<typeof sessionFor> | null = null
  const listener = createServer((client) => {
    sockets.add(client)
    client.on('error', () => undefined)
    client.once('data', (startup) => {
      if (mode === 'session') shared = null
      shared ??= sessionFor(target, startup, sockets)
      const session = shared
      client.write(welcome)
      client.on('data', (chunk) => session.take(client, chunk))
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  const through = new URL(location)
  through.port = String(typeof address === 'object' ? address?.port : 0)
  return {
    location: through.href,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

function sessionFor(target: URL, startup: Buffer, sockets: Set<Socket>) {
  const server = dial(Number(target.port || 5432), target.hostname)
  sockets.add(server)
  server.on('error', () => undefined)
  server.write(startup)
  const waiting: [Socket, Buffer][] = []
  let isReady = false
  let owner: Socket | null = null
  let rest = Buffer.alloc(0)
  const serve = () => {
    while (isReady && waiting.length > 0) {
      const place = waiting.findIndex(([client]) => owner === null || owner === client)
      const [next] = place < 0 ? [] : waiting.splice(place, 1)
      if (next === undefined) return
      owner = next[0]
      server.write(next[1])
    }
  }
  server.on('data', (chunk) => {
    if (isReady) owner?.write(chunk)
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      const end = rest.readUInt32BE(1) + 1
      if (rest[0] === 0x5a && rest[5] === 0x49) {
        isReady = true
        owner = null
      }
      rest = rest.subarray(end)
    }
    serve()
  })
  return {
    take(client: Socket, chunk: Buffer) {
      waiting.push([client, chunk])
      serve()
    },
  }
}
