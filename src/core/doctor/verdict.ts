import { type ExitCode, exitCodes, type Fault } from '../errors/fault.ts'

/** What one check found, without its name. */
export type Verdict = {
  status: 'ok' | 'warn' | 'fail' | 'skipped'
  message: string
  remedy: string | null
  /** The exit code when it is not just `findings` (3): credentials, a vendor that is down, or an error of ours. */
  exit?: ExitCode
}

export function ok(message: string): Verdict {
  return { status: 'ok', message, remedy: null }
}

export function warn(message: string, remedy: string | null): Verdict {
  return { status: 'warn', message, remedy }
}

export function fail(message: string, remedy: string | null, exit?: ExitCode): Verdict {
  return { status: 'fail', message, remedy, ...(exit === undefined ? {} : { exit }) }
}

/** There is nothing to check. `remedy`: what would change that, if anything. */
export function skipped(message: string, remedy: string | null = null): Verdict {
  return { status: 'skipped', message, remedy }
}

/** It could not be checked; the check with this code says why. */
export function because(code: string): Verdict {
  return skipped(`Not checked, because of ${code}.`)
}

/** A reading that failed, as the failure of the check that needed it. */
export function failureOf({ message, hint, exit }: Fault): Verdict {
  return fail(message, hint, exit)
}

const heaviest: readonly ExitCode[] = [exitCodes.credentials, exitCodes.vendorDown, exitCodes.ours]

/**
 * One exit code for many verdicts: 4 when credentials are missing, wrong or lack a scope; otherwise 7 when a vendor
 * can't be reached; otherwise 1 for an error of mhloop's own; otherwise 3 for any warning or failure; otherwise 0. What
 * needs a person comes before what passes by itself.
 */
export function exitOf(verdicts: readonly Pick<Verdict, 'status' | 'exit'>[]): ExitCode {
  const failed = verdicts.filter(({ status }) => status === 'fail')
  const heavy = heaviest.find((code) => failed.some(({ exit }) => exit === code))
  if (heavy !== undefined) return heavy
  return verdicts.some(({ status }) => status === 'warn' || status === 'fail') ? exitCodes.findings : exitCodes.done
}

/** `1 return`, `3 returns`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}

/** The first few of a list, and how many more there are. */
export function some(items: readonly string[], most = 3): string {
  const more = items.length - most
  return more > 0 ? `${items.slice(0, most).join(', ')} and ${more} more` : items.join(', ')
}

/** `45 s`, `12 min`, `3 h`, `9 days` */
export function agoText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} days`
}
