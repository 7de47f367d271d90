import { type ExitCode, exitCodes, type Fault } from '../errors/fault.ts'
import {
  diagnoseKey,
  type LoopScope,
  loopScopes,
  type ScopeReadings,
  scopeReading,
  scopeTitles,
} from '../merchants/loop-scopes.ts'
import { agoText, counted, fail, failureOf, ok, type Verdict, warn } from './verdict.ts'

export type Vendor = 'loop' | 'masonhub'
const names = { loop: 'Loop', masonhub: 'MasonHub' } as const

/** What was measured while a vendor was read. */
export type VendorProbe = {
  /** Milliseconds that the fastest answer took; null when none came. */
  fastest: number | null
  /** Why the last request without an answer got none. */
  failure: 'dns' | 'refused' | 'tls' | 'network' | 'cut' | 'slow' | 'proxy' | 'other' | null
  /** Milliseconds by which the vendor's clock is ahead of ours, by the fastest answer; null when it reports no time. */
  ahead: number | null
  /** The lowest rest of its rate limit that it reported; null when it reports none. */
  left: { remaining: number; limit: number } | null
  /** How many requests it answered with 429. */
  turnedAway: number
}

/** How each reading ended; null: it succeeded. */
export type Readings = readonly (Fault | null)[]

const answers: readonly ExitCode[] = [exitCodes.credentials, exitCodes.notFound, exitCodes.refused]

/** Whether there was no usable answer. A refusal is an answer. */
function isOut(fault: Fault | null): boolean {
  return fault !== null && !answers.includes(fault.exit)
}

/** The proxy through which a vendor is asked (H20), without its password, and the variable that sets it. */
export type ThroughProxy = { name: string; variable: string }

export function reachVerdict(
  vendor: Vendor,
  readings: Readings,
  probe: VendorProbe,
  merchant: string,
  proxy: ThroughProxy | null = null,
): Verdict {
  const [first] = readings.filter(isOut)
  if (first === undefined || first === null || !readings.every(isOut)) {
    const spoken = probe.fastest === null ? '' : ` in ${probe.fastest} ms`
    const through = proxy === null ? '' : `, through the proxy ${proxy.name} (${proxy.variable})`
    return ok(`${names[vendor]} answers${spoken}${through}.`)
  }
  const { message } = first
  return {
    ...failureOf(first),
    // The vendor never answered, so it knows no request by this id.
    message: probe.fastest === null ? `${message.replace(/ \[request [^\]]*\]$/, '')}.` : message,
    remedy: first.exit === exitCodes.vendorDown ? reachRemedy(vendor, probe, merchant, proxy) : first.hint,
  }
}

function reachRemedy(
  vendor: Vendor,
  { failure, fastest }: VendorProbe,
  merchant: string,
  proxy: ThroughProxy | null,
): string {
  const url = `mhloop merchant show ${merchant}`
  if (fastest !== null)
    return `It answers, but not with the requested data. Try again later; then check the base URL: ${url}`
  switch (failure) {
    case 'dns':
      return `Check DNS, then the host in the base URL: ${url}`
    case 'tls':
      return `Something between here and ${names[vendor]} (a proxy?) breaks TLS, or the base URL is not ${names[vendor]}'s: ${url}`
    case 'proxy':
      return `Correct ${proxy?.variable ?? 'HTTPS_PROXY'} (http://USER:PASSWORD@HOST:PORT), or ask the owner of the proxy. To bypass it, add ${names[vendor]}'s host to NO_PROXY`
    case 'slow':
      return 'Try again later. If it continues, ask the vendor, or check the firewall here'
    default:
      return `Check the network and the firewall, then the base URL: ${url}`
  }
}

/** How the reading that needs each scope ended; null: it succeeded. */
export type ScopeFaults = Record<LoopScope, Fault | null>

function diagnosisOf(faults: ScopeFaults) {
  const entries = loopScopes.map((scope) => [scope, scopeReading(faults[scope])] as const)
  return diagnoseKey(Object.fromEntries(entries) as ScopeReadings)
}

function isRefused(fault: Fault | null): boolean {
  return fault !== null && fault.exit === exitCodes.credentials
}

export function loopKeyVerdict(faults: ScopeFaults, merchant: string): Verdict {
  const { verdict, has, lacks } = diagnosisOf(faults)
  if (has.length + lacks.length > 0) return ok('The API key is accepted.')
  // No scope was granted, and at least one reading failed for another reason than the key.
  const other = verdict === 'refused' ? undefined : Object.values(faults).find((fault) => fault && !isRefused(fault))
  if (other) return failureOf(other)
  return fail(
    'Loop refuses the API key: it is mistyped, revoked, or has no scope.',
    `Create a key with the scopes ${titlesOf(loopScopes)} in the Loop admin, then: mhloop merchant set -m ${merchant} loop-api-key`,
    exitCodes.credentials,
  )
}

export function scopesVerdict(faults: ScopeFaults): Verdict {
  const { has, lacks, unknown } = diagnosisOf(faults)
  if (lacks.length > 0) {
    return fail(
      `The key lacks ${titlesOf(lacks)}${has.length === 0 ? '' : `; it has ${titlesOf(has)}`}.`,
      'Give the key that scope in the Loop admin (Tools & integrations, Developer tools)',
      exitCodes.credentials,
    )
  }
  const [first] = unknown
  const fault = first === undefined ? null : faults[first]
  if (fault === null) return ok(`${has.map((scope) => scopeTitles[scope].title).join(', ')}.`)
  return { ...failureOf(fault), message: `No usable answer about ${titlesOf(unknown)}: ${fault.message}` }
}

function titlesOf(scopes: readonly LoopScope[]): string {
  const titles = scopes.map((scope) => scopeTitles[scope].title)
  const last = titles.pop() ?? ''
  return titles.length === 0 ? last : `${titles.join(', ')} and ${last}`
}

/** Checks MasonHub's slug and token by the one read that tells them apart. */
export function masonhubTokenVerdict(fault: Fault | null, merchant: string): Verdict {
  if (fault === null) return ok('Slug and token are accepted.')
  if (!isRefused(fault)) return failureOf(fault)
  const slug = fault.code === 'MASONHUB_WRONG_SLUG'
  return fail(
    slug ? 'MasonHub does not know the account slug.' : 'MasonHub refuses the token.',
    slug
      ? `The slug is the word after the host in MasonHub's address: mhloop merchant set -m ${merchant} slug SLUG`
      : `Ask MasonHub for a token of this account, then: mhloop merchant set -m ${merchant} masonhub-token`,
    exitCodes.credentials,
  )
}

const minute = 60_000
/** A vendor's time that is further ahead than this is never stored as a cursor (F40). */
const unusable = 5 * minute

/** Cursors, limits and ages compare the vendor's times with ours, so both clocks must agree. */
export function clockVerdict(vendor: Vendor, { ahead }: Pick<VendorProbe, 'ahead'>): Verdict {
  if (ahead === null) return ok(`${names[vendor]} does not report its time.`)
  const difference = Math.abs(ahead)
  if (difference <= minute) return ok(`Both clocks agree${difference < 2_000 ? '' : ` within ${agoText(difference)}`}.`)
  const message = `${names[vendor]}'s clock is ${agoText(difference)} ${ahead > 0 ? 'ahead of' : 'behind'} this machine's.`
  const remedy = 'Let NTP set the clock of this machine, e.g. timedatectl set-ntp true'
  return difference > unusable ? fail(message, remedy) : warn(message, remedy)
}

export function limitVerdict(vendor: Vendor, { left, turnedAway }: Pick<VendorProbe, 'left' | 'turnedAway'>): Verdict {
  const remedy = 'Find out what else uses this key, and give it its own key or a lower rate'
  if (turnedAway > 0) {
    return warn(
      `${names[vendor]} refused ${counted(turnedAway, 'request')} with 429: other programs use up its limit.`,
      remedy,
    )
  }
  if (left === null) return ok(`${names[vendor]} does not report what is left.`)
  const { remaining, limit } = left
  const text = `${remaining.toLocaleString('en-US')} of ${limit.toLocaleString('en-US')} requests left`
  return remaining * 5 < limit ? warn(`Only ${text}: another program uses them up.`, remedy) : ok(`${text}.`)
}
