import { isIPv6, type Server, type Socket } from 'node:net'

/**
 * `idle`: between requests, or before the first one's headers are complete; `reading`: its body is arriving; `working`:
 * it waits for our answer.
 */
export type ConnectionState = 'idle' | 'reading' | 'working'

export type Connections = { mark(socket: Socket, state: ConnectionState): void }

type Connection = { socket: Socket; holder: string; state: ConnectionState }

/**
 * Limits the number of connections, and makes room for new ones: when all are taken, the address with the most gives
 * one up, first the one that has been idle longest (H4). So one address can't shut out the others, and a proxy, whose
 * clients all share its address, loses idle connections first. A connection that waits for its answer is never cut.
 */
export function limitConnections(server: Server, most: number): Connections {
  // Ordered by when each entered its current state, oldest first.
  const open = new Map<string, Connection>()

  server.on('connection', (socket: Socket) => {
    if (open.size >= most && !makeRoom(open)) {
      socket.destroy()
      return
    }
    const key = keyOf(socket)
    const connection: Connection = { socket, holder: holderOf(socket.remoteAddress ?? ''), state: 'idle' }
    open.set(key, connection)
    socket.once('close', () => {
      if (open.get(key) === connection) open.delete(key)
    })
  })
  // A backstop: connections that are still closing count here too.
  server.maxConnections = 2 * most

  return {
    mark(socket, state) {
      const key = keyOf(socket)
      const connection = open.get(key)
      if (connection === undefined) return
      connection.state = state
      open.delete(key)
      open.set(key, connection)
    },
  }
}

/** Under TLS, a request and its connection have different sockets; both have the same remote address and port. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/** Closes one closable connection of the address that has the most; false when all wait for their answer. */
function makeRoom(open: Map<string, Connection>): boolean {
  const closable = [...open].filter(([, { state }]) => state !== 'working')
  const byHolder = [...Map.groupBy(closable, ([, { holder }]) => holder).values()]
  const [most = []] = byHolder.sort((a, b) => b.length - a.length)
  const [key, connection] = most.find(([, { state }]) => state === 'idle') ?? most[0] ?? []
  if (key === undefined || connection === undefined) return false
  open.delete(key)
  connection.socket.destroy()
  return true
}

/** The holder that an address belongs to: one customer has a whole /64 of IPv6, and IPv4 may be written as IPv6. */
export function holderOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const missing = 8 - groups(head).length - groups(tail).length
  const zeros = tail === undefined ? [] : Array.from({ length: missing }, () => '0')
  return [...groups(head), ...zeros, ...groups(tail)].slice(0, 4).join(':')
}
