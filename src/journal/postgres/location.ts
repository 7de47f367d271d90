import { readFileSync } from 'node:fs'
import type { ClientConfig } from 'pg'
import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'

type Env = Readonly<Record<string, string | undefined>>

export function isPostgres(location: string): boolean {
  return /^postgres(ql)?:/i.test(location)
}

/** A location for people: without password, options or anything else that could contain a secret. */
export function printableLocation(location: string, env: Env = process.env): string {
  const { host, port, user, database } = partsOf(location, env)
  const name = host === '' ? 'localhost' : host
  const named = isSocket(name) ? '' : `${name.includes(':') ? `[${name}]` : name}${port === '' ? '' : `:${port}`}`
  const place = `postgres://${user === '' ? '' : `${user}@`}${named}${database === '' ? '' : `/${database}`}`
  return isSocket(name) ? `${place}?host=${name}` : place
}

/** Whether it contains a password, which a process list or a shell's history would show (F59). */
export function hasPassword(location: string): boolean {
  const { url } = parsed(location)
  return url.password !== '' || url.searchParams.has('password')
}

/**
 * The settings that pg connects with. A server on another machine is reached by TLS with its certificate checked,
 * because the traffic decides about money; only one on this machine may go without (H10). The host that pg really
 * connects to decides, wherever it is named. pg's own reading of the URL is not used: it would accept
 * `sslmode=no-verify` or `uselibpqcompat`.
 */
export function connectionOf(location: string, env: Env = process.env): ClientConfig {
  const { host, port, user, password, database, rest } = partsOf(location, env)
  const { sslmode, sslrootcert, sslcert, sslkey, ...others } = rest
  const name = host === '' ? 'localhost' : host
  return {
    ...others,
    host: name,
    ...(port === '' ? {} : { port: Number(port) }),
    ...(user === '' ? {} : { user }),
    ...(password === '' ? {} : { password }),
    ...(database === '' ? {} : { database }),
    ssl: isVerified(name, sslmode, env)
      ? { rejectUnauthorized: true, ...fileOf('ca', sslrootcert), ...fileOf('cert', sslcert), ...fileOf('key', sslkey) }
      : false,
  }
}

/** Whether TLS is used, always with the certificate checked. */
function isVerified(host: string, sslmode: string | undefined, env: Env): boolean {
  if (sslmode !== undefined && sslmode !== 'disable' && sslmode !== 'verify-full') {
    const remedy = isHere(host) ? 'leave it out' : 'leave it out, or write sslmode=verify-full'
    throw refused(`sslmode=${printable(sslmode, 40)} would not verify the server's identity`, remedy)
  }
  if (isSocket(host)) return false
  if (!isHere(host) && sslmode === 'disable') {
    const remedy = 'leave out sslmode (sslrootcert=FILE adds your own CA), or connect by a socket or a tunnel'
    throw refused(`sslmode=disable is for this machine only, and ${printable(host, 100)} is another`, remedy)
  }
  // A server on this machine may be the end of a tunnel, so TLS is used there when it is asked for.
  return !isHere(host) || (sslmode ?? env.PGSSLMODE) === 'verify-full'
}

function isSocket(host: string): boolean {
  return host.startsWith('/')
}

/** Loopback, or a socket in the file system. */
function isHere(host: string): boolean {
  return isSocket(host) || /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/i.test(host)
}

type Parts = {
  /** The host to connect to; '' when neither the location nor PGHOST names one. */
  host: string
  port: string
  user: string
  password: string
  database: string
  rest: Record<string, string>
}

function partsOf(location: string, env: Env): Parts {
  const { url, hasHost } = parsed(location)
  const names = [...url.searchParams.keys()]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw refused(`${printable(twice, 40)}= appears twice`, 'give each parameter once')
  const { host: requested, port, user, password, ...rest } = Object.fromEntries(url.searchParams)
  const unknown = Object.keys(rest).find(
    (name) => /ssl|hostaddr|libpq/i.test(name) && !['sslmode', 'sslrootcert', 'sslcert', 'sslkey'].includes(name),
  )
  if (unknown !== undefined) throw refused(`${printable(unknown, 40)}= is not supported`, 'use sslmode and sslrootcert')
  const inUrl = hasHost ? decoded(url.hostname).replace(/^\[(.*)\]$/, '$1') : ''
  const host = requested || inUrl || env.PGHOST || ''
  if (host.includes(',')) throw refused('it lists several hosts', 'give one host; put a proxy in front of several')
  return {
    host,
    port: port || url.port,
    user: user || decoded(url.username),
    password: password || decoded(url.password),
    database: decoded(url.pathname.slice(1)),
    rest,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function fileOf(key: string, path: string | undefined): Record<string, string> {
  if (path === undefined) return {}
  try {
    return { [key]: readFileSync(path, 'utf8') }
  } catch {
    throw refused(`the file ${printable(path, 200)} can't be read`, 'correct sslrootcert, sslcert or sslkey')
  }
}

/** A placeholder for a missing host: `ann@/mhloop?host=/run/postgresql` is common, but no valid URL. */
const nowhere = 'nowhere.invalid'

/** Its errors never quote the location, which may contain a password. */
function parsed(location: string): { url: URL; hasHost: boolean } {
  try {
    const hasHost = !/^[a-z]+:\/\/[^/]*@\//i.test(location)
    return { url: new URL(hasHost ? location : location.replace(/^([a-z]+:\/\/[^/]*@)\//i, `$1${nowhere}/`)), hasHost }
  } catch {
    throw refused('it is not a PostgreSQL URL', 'use postgres://USER@HOST/DATABASE, with the password in PGPASSWORD')
  }
}

function refused(why: string, remedy: string): Fault {
  return new Fault(`The location of the journal is not usable: ${why}.`, {
    code: 'JOURNAL_LOCATION',
    hint: `correct MHLOOP_JOURNAL (or --journal): ${remedy}`,
  })
}
