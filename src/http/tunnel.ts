/**
 * Connections to a vendor through a proxy: CONNECT, then TLS with the vendor itself, which the proxy can't look into
 * (H20). Node's own `proxyEnv` is not used: it forgets a connection to a proxy that refuses or does not answer, which then
 * keeps the process alive.
 */
import { type ClientRequest, type IncomingMessage, request as requestByHttp } from 'node:http'
import { type AgentOptions, Agent as HttpsAgent, request as requestByHttps } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { requestSeconds } from '../core/time-limits.ts'
import type { HttpProxy } from './proxy.ts'

/** Milliseconds after which nobody waits for a proxy any more. */
const longestWait = requestSeconds.most * 1_000

/** Codes of errors that are the proxy's start with this; then follows Node's own code, or `STATUS_407`. */
export const proxyPrefix = 'PROXY_'

/**
 * An agent that reaches everything through the proxy. A request gets its connection when the proxy has made it, and sends
 * nothing before TLS stands on it: so "surely not sent" is seen as without a proxy.
 */
export function tunnelAgent(options: AgentOptions, proxy: HttpProxy): HttpsAgent {
  const agent = new HttpsAgent(options)
  const asking = new Set<ClientRequest>()
  const secure = agent.createConnection.bind(agent)
  const destroy = agent.destroy.bind(agent)
  agent.createConnection = (wanted, callback) => {
    const request = ask(proxy, `${wanted.host}:${wanted.port ?? 443}`)
    asking.add(request)
    whenConnected(request, (error, socket) => {
      asking.delete(request)
      // Without an error there is a socket. TLS is Node's, with the sessions that it remembers.
      if (error === null) {
        const secured = secure({ ...wanted, socket } as typeof wanted) as Socket
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
  // Node would check the proxy's certificate against the header's host, which is the vendor's.
  const request =
    protocol === 'http:'
      ? requestByHttp({ ...common, headers })
      : requestByHttps({ ...common, headers, servername: isIP(host) === 0 ? host : '', rejectUnauthorized: true })
  request.end()
  return request
}

/** Tells once how it ended. */
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
    // What ails the connection is told by the TLS on it.
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

/** A code only: what a proxy says is nobody's business here. */
function trouble(code: string): Error {
  const name = code.startsWith(proxyPrefix) ? code : `${proxyPrefix}${code}`
  return Object.assign(new Error('the proxy did not connect'), { code: name })
}
