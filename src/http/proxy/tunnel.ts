/**
 * Connections to a vendor through a proxy: CONNECT, then TLS with the vendor itself, which the proxy can't read (H20).
 * Node's own `proxyEnv` is not used: when a proxy refuses or does not answer, it forgets the connection, which then
 * keeps the process alive.
 */
import { type ClientRequest, type IncomingMessage, request as requestByHttp } from 'node:http'
import { type AgentOptions, Agent as HttpsAgent, request as requestByHttps } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { requestSeconds } from '../../core/time/time-limits.ts'
import type { HttpProxy } from './proxy.ts'

/** Most milliseconds to wait for a proxy. */
const longestWait = requestSeconds.most * 1_000

/** Error codes of the proxy start with this, followed by Node's own code or by `STATUS_407`. */
export const proxyPrefix = 'PROXY_'

/**
 * An agent that connects through the proxy. A request gets its connection once the proxy has made it, and sends nothing
 * before TLS is established on it: "surely not sent" is detected as it is without a proxy.
 */
export function tunnelAgent(options: AgentOptions, proxy: HttpProxy): HttpsAgent {
  const agent = new HttpsAgent(options)
  const asking = new Set<ClientRequest>()
  const secure = agent.createConnection.bind(agent)
  const destroy = agent.destroy.bind(agent)
  agent.createConnection = (requested, callback) => {
    const request = ask(proxy, `${requested.host}:${requested.port ?? 443}`)
    asking.add(request)
    whenConnected(request, (error, socket) => {
      asking.delete(request)
      // Without an error there is a socket. Node's agent adds TLS, with the sessions that it has cached.
      if (error === null) {
        const secured = secure({ ...requested, socket } as typeof requested) as Socket
        secured.once('close', () => socket?.destroy())
        callback?.(null, secured)
      } else callback?.(error, undefined as never)
    })
    return undefined
  }
  agent.destroy = () => {
    for (const request of asking) request.destroy()
    destroy()
  }
  return agent
}

function ask(proxy: HttpProxy, target: string): ClientRequest {
  const { protocol, host, port, authorization } = proxy
  const common = { host, port, method: 'CONNECT', path: target, agent: false } as const
  const headers = { host: target, ...(authorization === null ? {} : { 'proxy-authorization': authorization }) }
  // Without `servername`, Node would check the proxy's certificate against the `host` header, which names the vendor.
  const request =
    protocol === 'http:'
      ? requestByHttp({ ...common, headers })
      : requestByHttps({ ...common, headers, servername: isIP(host) === 0 ? host : '', rejectUnauthorized: true })
  request.end()
  return request
}

/** Calls `onConnected` exactly once: with the socket, or with the error. */
function whenConnected(request: ClientRequest, onConnected: (error: Error | null, socket?: Socket) => void): void {
  let isSettled = false
  const end = (error: Error | null, socket?: Socket) => {
    if (isSettled) return
    isSettled = true
    clearTimeout(timer)
    onConnected(error, socket)
  }
  const timer = setTimeout(() => request.destroy(trouble('ETIMEDOUT')), longestWait)
  timer.unref()
  request.once('connect', ({ statusCode = 0 }: IncomingMessage, socket: Socket, early: Buffer) => {
    // The TLS on top of this socket reports its errors.
    socket.on('error', () => undefined)
    if (statusCode >= 200 && statusCode < 300) {
      if (early.length > 0) socket.unshift(early)
      end(null, socket)
    } else {
      socket.destroy()
      end(trouble(`STATUS_${statusCode}`))
    }
  })
  request.on('error', (error: NodeJS.ErrnoException) => end(trouble(error.code ?? 'FAILED')))
  request.once('close', () => end(trouble('ECONNRESET')))
}

/** Carries only a code: the proxy's own text is not shown. */
function trouble(code: string): Error {
  const name = code.startsWith(proxyPrefix) ? code : `${proxyPrefix}${code}`
  return Object.assign(new Error('the proxy did not connect'), { code: name })
}
