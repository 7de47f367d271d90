import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import { isLoopback } from '../../core/urls/loopback.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A proxy between mhloop and a vendor (H20). */
export type HttpProxy = {
  /** Its URL, safe to print: without user name and password. */
  name: string
  /** The environment variable that names it. */
  variable: string
  protocol: 'http:' | 'https:'
  host: string
  port: number
  /** The value of `Proxy-Authorization`; null when the URL has no credentials. Never printed. */
  authorization: string | null
}

/**
 * The proxy that the environment names for this URL; null for none. The lower-case variable takes precedence, as in
 * other programs. This machine is never reached through a proxy, and plain http goes only to this machine, so
 * HTTP_PROXY has no effect. Throws a Fault for a proxy that can't be used: going around it silently may be forbidden.
 */
export function proxyFor(env: Environment, url: URL): HttpProxy | null {
  if (url.protocol !== 'https:' || isLoopback(url.hostname)) return null
  const variable = ['https_proxy', 'HTTPS_PROXY'].find((name) => env[name]?.trim())
  if (variable === undefined || isExcepted(url, env.no_proxy || env.NO_PROXY || '')) return null
  return readProxy(env[variable]?.trim() ?? '', variable, url)
}

/**
 * Reads NO_PROXY as curl does: a name matches itself and its subdomains, with or without a leading dot; `*` matches
 * everything.
 */
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
  // A value without a scheme means http.
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

/** The message never repeats the value: it may hold a password. */
function unusable(variable: string, { hostname }: URL, complaint: string): Fault {
  return new Fault(`${variable} ${complaint}.`, {
    code: 'PROXY_UNUSABLE',
    hint: `export ${variable}=http://HOST:PORT, or bypass the proxy: export NO_PROXY=${hostname}`,
  })
}
