import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** One message of PostgreSQL's protocol (postgresql.org/docs/current/protocol-message-formats.html). */
function message(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const authenticated = message('R', Buffer.alloc(4))
const sessionNumber = message('K', Buffer.alloc(8))
const ready = message('Z', Buffer.from('I'))
const stopping = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
)

/** A PostgreSQL server that is shutting down: each client reads in one piece that it is ready, and that it ends. */
export async function startStoppingServer(): Promise<{ location: string; close(): Promise<void> }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(Buffer.concat([authenticated, sessionNumber, ready, stopping])))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    location: `postgres://mhloop@127.0.0.1:${port}/mhloop`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
