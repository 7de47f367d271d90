import type { ClientConfig } from 'pg'
import { exitCodes, Fault } from '../../core/fault.ts'

export function isPostgres(location: string): boolean {
  return /^postgres(ql)?:/i.test(location)
}

/** A location as it may be shown: without password, options or anything else that could hold a secret. */
export function shownLocation(location: string): string {
  const { host, pathname, username } = parsed(location)
  const database = pathname.length > 1 ? pathname : ''
  return `postgres://${username === '' ? '' : `${username}@`}${host}${database}`
}

/** Whether a password stands in it, where a process list or a shell's history would show it (F59). */
export function hasPassword(location: string): boolean {
  const url = parsed(location)
  return url.password !== '' || url.searchParams.has('password')
}

/**
 * What pg connects with. A server on another machine is reached by TLS with its certificate checked, unless the
 * location says `sslmode=disable`: what travels decides about money.
 */
export function connectionOf(location: string): ClientConfig {
  const url = parsed(location)
  const host = url.searchParams.get('host') ?? url.hostname
  if (!isHere(host) && !url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'verify-full')
  return { connectionString: url.href }
}

/** Loopback, or a socket in the file system. */
function isHere(host: string): boolean {
  return host === '' || host.startsWith('/') || /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|%2f.*)$/i.test(host)
}

/** The location is never quoted in a message: it may hold a password. */
function parsed(location: string): URL {
  try {
    // `ann@/mhloop?host=/run/postgresql`: a socket, which has no host.
    return new URL(location.replace(/^([a-z]+:\/\/[^/]*@)\//i, '$1localhost/'))
  } catch {
    throw new Fault('The location of the journal is no PostgreSQL URL.', {
      code: 'JOURNAL_LOCATION',
      exit: exitCodes.usage,
      blame: 'input',
      hint: 'set MHLOOP_JOURNAL to postgres://USER@HOST/DATABASE, with the password in PGPASSWORD',
    })
  }
}
