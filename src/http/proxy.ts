import { Fault } from '../core/fault.ts'
import { isLoopback } from '../core/loopback.ts'
import { printable } from '../core/text.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A proxy that connects us to a vendor (H20). */
export type HttpProxy = {
  /** As it may be told: without user name and password. */
  name: string
  /** The variable that names it. */
  variable: string
  protocol: 'http:' | 'https:'
  host: string
  port: number
  /** What it is told of who we are; null when nothing. Never printed. */
  authorization: string | null
}

/**
 * The proxy through which the environment wants this URL asked for; null for none. The lower-case variable counts before
 * the other, as everywhere. This machine itself is never asked for through a proxy, and plain http goes nowhere else, so
 * that HTTP_PROXY has nothing to say. Throws Fault for a proxy that can't be used: going around it in silence would be
 * what somebody forbade.
 */
export function proxyFor(env: Environment, url: URL): HttpProxy | null {
  if (url.protocol !== 'https:' || isLoopback(url.hostname)) return null
  const variable = ['https_proxy', 'HTTPS_PROXY'].find((name) => env[name]?.trim())
  if (variable === undefined || isExcepted(url, env.no_proxy || env.NO_PROXY || '')) return null
  return readProxy(env[variable]?.trim() ?? '', variable, url)
}

/** As curl reads it: a name stands for itself and for all below it, with a leading dot or without; `*` for everything. */
function isExcepted({ hostname, port }: URL, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true
      const [, name, onlyPort] = /^(?:\*?\.)?([^:]+)(?::(\d+))?$/.exec(entry) ?? []
      if (name === undefined || (onlyPort !== undefined && onlyPort !== (port || '443'))) return false
      return hostname === name || hostname.endsWith(`.${name}`)
    })
}

function readProxy(value: string, variable: string, url: URL): HttpProxy {
  // Many are written without it, and mean http.
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`
  const proxy = URL.canParse(text) ? new URL(text) : null
  if (proxy === null) throw unusable(variable, url, 'is not the URL of a proxy')
  const { protocol, hostname, port, username, password } = proxy
  if (protocol !== 'http:' && protocol !== 'https:') {
    const spoken = printable(protocol.slice(0, -1), 20)
    throw unusable(variable, url, `names a ${spoken} proxy; mhloop supports http and https proxies`)
  }
  if (hostname === '') throw unusable(variable, url, 'is not the URL of a proxy')
  return {
    name: `${protocol}//${proxy.host}`,
    variable,
    protocol,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    authorization: username === '' && password === '' ? null : authorizationOf(username, password, variable, url),
  }
}

function authorizationOf(username: string, password: string, variable: string, url: URL): string {
  try {
    const both = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    return `Basic ${Buffer.from(both).toString('base64')}`
  } catch {
    throw unusable(variable, url, 'has a % in its user name or password that must be written as %25')
  }
}

/** The value itself is never repeated: it may hold a password. */
function unusable(variable: string, { hostname }: URL, complaint: string): Fault {
  return new Fault(`${variable} ${complaint}.`, {
    code: 'PROXY_UNUSABLE',
    hint: `export ${variable}=http://HOST:PORT, or bypass the proxy: export NO_PROXY=${hostname}`,
  })
}
