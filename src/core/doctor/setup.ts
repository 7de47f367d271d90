import { exitCodes } from '../errors/fault.ts'
import { printable } from '../text/printable.ts'
import { counted, fail, ok, skipped, some, type Verdict, warn } from './verdict.ts'

export type KnownDestination = { destinationId: string; name: string; enabled: boolean }

/** Every configured destination exists and takes returns; where Loop has several, some are configured as MasonHub's. */
export function destinationsVerdict(
  configured: readonly string[],
  there: readonly KnownDestination[],
  merchant: string,
): Verdict {
  const byId = new Map(there.map((one) => [one.destinationId, one]))
  const named = (ids: readonly string[]) => some(ids.map((id) => nameOf(byId.get(id), id)))
  const enabled = there.filter((one) => one.enabled).map(({ destinationId }) => destinationId)
  const choose = `mhloop merchant set -m ${merchant} destinations ID,ID`
  if (configured.length === 0) {
    if (enabled.length <= 1)
      return ok(
        enabled.length === 0 ? 'Loop has none, and every return is handled.' : `${named(enabled)} is the only one.`,
      )
    return warn(`Every return is handled, but Loop has ${enabled.length} destinations: ${named(enabled)}.`, choose)
  }
  const unknown = configured.filter((id) => !byId.has(id))
  if (unknown.length > 0) return fail(`Loop has no destination ${some(unknown)}; it has ${named(enabled)}.`, choose)
  const disabled = configured.filter((id) => byId.get(id)?.enabled === false)
  if (disabled.length > 0) return warn(`${named(disabled)} is switched off at Loop: no returns go there.`, choose)
  return ok(`${named(configured)}.`)
}

function nameOf(destination: KnownDestination | undefined, id: string): string {
  return destination === undefined || destination.name === '' ? id : `${printable(destination.name, 40)} (${id})`
}

/** `bound`, `atHand`: names for people; `same`: equal installation ids. Only one journal knows of the refunds (G1). */
export function journalVerdict(
  bound: { name: string; same: boolean } | null,
  atHand: string,
  merchant: string,
): Verdict {
  if (bound === null) return ok('It is not bound to a journal yet; its first work binds it.')
  if (bound.same) return ok(`It is bound to this journal, ${atHand}.`)
  return fail(
    `It is bound to the journal ${bound.name}, but this run uses ${atHand}.`,
    `Point --journal, MHLOOP_JOURNAL or MHLOOP_DATA_DIR at the right journal. If that journal is lost for good: mhloop merchant rebind ${merchant}`,
  )
}

/** `names`: other merchants with the same Loop account. Two profiles of one shop are nearly always a mistake (G10). */
export function accountVerdict(names: readonly string[], merchant: string): Verdict {
  if (names.length === 0) return ok('No other merchant of this journal uses its Loop account.')
  return warn(
    `It shares its Loop account with ${some(names)}: pauses, limits (the tightest of each kind, the largest refund included) and the count of first explicit refunds apply to all of them together.`,
    `Keep only one of them: mhloop refunds status -m ${merchant}, then mhloop merchant remove NAME`,
  )
}

export type KnownSecret = {
  /** Its name for people: `Loop API key`. */
  title: string
  /** Its name for `merchant set`: `loop-api-key`. */
  key: string
  required: boolean
  /** Where it is kept: `environment`, `keychain`, a path, or `reference`; null when it is missing. */
  place: string | null
  /** Why it is missing or can't be read; null when nothing is wrong. */
  problem: string | null
  /** Since when it is stored (RFC 3339); null: unknown. */
  since: string | null
  /** When it expires (RFC 3339); null: never, or unknown. */
  expiresAt: string | null
}

const day = 86_400_000
/** A secret older than this should be replaced. */
const oldAge = 365 * day
/** A token that expires within this time is reported. */
const soon = 30 * day

/** Secrets that mhloop can replace itself, revoking the old one. */
const rotations: Record<string, (merchant: string) => string> = {
  'masonhub-token': (merchant) => `mhloop merchant rotate masonhub -m ${merchant}`,
  'callback-token': (merchant) => `mhloop merchant rotate callback -m ${merchant}`,
}

/** No required secret is missing, none has expired or is about to, none is old. */
export function secretsVerdict(secrets: readonly KnownSecret[], merchant: string, now: Date): Verdict {
  const set = (secret: KnownSecret | undefined) => `mhloop merchant set -m ${merchant} ${secret?.key ?? ''}`
  const titles = (some: readonly KnownSecret[]) => some.map(({ title }) => title).join(' and ')
  const wrong = secrets.filter(({ problem }) => problem !== null)
  const needed = wrong.filter(({ required }) => required)
  const listed = (needed.length > 0 ? needed : wrong).map(({ problem }) => problem).join(' ')
  const repair = (secret: KnownSecret | undefined) =>
    secret?.place === 'reference' ? `mhloop merchant show ${merchant}` : set(secret)
  if (needed.length > 0) return fail(listed, repair(needed[0]), exitCodes.credentials)
  if (wrong.length > 0) return warn(listed, repair(wrong[0]))
  const replace = (secret: KnownSecret) => rotations[secret.key]?.(merchant) ?? set(secret)
  const ending = secrets.filter(({ expiresAt }) => expiresAt !== null && Date.parse(expiresAt) - now.getTime() < soon)
  const [first] = ending
  if (first?.expiresAt) {
    const ended = Date.parse(first.expiresAt) <= now.getTime()
    const message = `The ${first.title} ${ended ? 'ended' : 'ends'} on ${first.expiresAt.slice(0, 10)}.`
    return ended ? fail(message, set(first), exitCodes.credentials) : warn(message, replace(first))
  }
  const old = secrets.filter(({ since }) => since !== null && now.getTime() - Date.parse(since) > oldAge)
  const [oldest] = old
  if (oldest !== undefined) return warn(`Over a year old: ${titles(old)}.`, replace(oldest))
  return ok(placesText(secrets))
}

function placesText(secrets: readonly KnownSecret[]): string {
  const present = secrets.filter(({ place }) => place !== null)
  const byPlace = Map.groupBy(present, ({ place }) => place ?? '')
  const oldest = present.flatMap(({ since }) => since ?? []).sort()[0]
  const places = [...byPlace].map(([place, inPlace]) => `${counted(inPlace.length, 'secret')} ${placeText(place)}`)
  return `${places.join(', ')}${oldest === undefined ? '' : `, the oldest since ${oldest.slice(0, 10)}`}.`
}

function placeText(place: string): string {
  if (place === 'reference') return 'fetched by reference'
  return place === 'environment' || place === 'keychain' ? `in the ${place}` : `in ${printable(place, 200)}`
}

/** Something that `merchant connect` registers and that is missing or wrong; `why` is that command's word for it. */
export type Outstanding = { what: string; why: string }

const words: Record<string, string> = {
  missing: 'is not registered',
  inactive: 'is switched off',
  moved: 'points elsewhere',
  version: 'has another version',
  token: 'may carry an old callback token',
  duplicate: 'is registered more than once',
  unwanted: 'is registered for no topic',
}
/** These cost extra requests, or may do no harm; everything else loses messages. */
const harmless = new Set(['duplicate', 'unwanted', 'token'])

export type Registered = {
  outstanding: readonly Outstanding[]
  /** How many of our registrations are as they should be. */
  good: number
  /** Hosts of other receivers that get the same messages. */
  others: readonly string[]
  /** The command that corrects it. */
  remedy: string
}

/** Compares one vendor's registrations with those that `merchant connect` would make (F25). */
export function registrationsVerdict({ outstanding, good, others, remedy }: Registered): Verdict {
  const beside = others.length === 0 ? '' : ` Others receive them as well: ${some(others)}.`
  if (outstanding.length === 0)
    return ok(`${counted(good, 'registration')} of ours, as ${good === 1 ? 'it' : 'they'} should be.${beside}`)
  const lost = outstanding.filter(({ why }) => !harmless.has(why))
  const listed = lost.length > 0 ? lost : outstanding
  const message = `${some(listed.map(({ what, why }) => `${what} ${words[why] ?? why}`))}.${beside}`
  return lost.length > 0 ? fail(message, remedy) : warn(message, remedy)
}

/** The merchant was never connected. Polling alone is a supported way to work, so that is no warning. */
export function notConnected(merchant?: string): Verdict {
  if (merchant === undefined) return skipped('Not connected.')
  return skipped(
    'Not connected: returns arrive by polling only.',
    `mhloop merchant connect -m ${merchant} --url https://HOST`,
  )
}

/** MasonHub keeps held messages until somebody releases them (masonhub.md §5.2). */
export function holdsVerdict(
  holds: readonly { messageType: string; createdAt: string | null }[],
  ours: string,
): Verdict {
  const held = holds.find(({ messageType }) => messageType === ours)
  if (held === undefined) return ok(`MasonHub holds back no ${ours}.`)
  const since = held.createdAt === null ? '' : ` since ${held.createdAt.slice(0, 16).replace('T', ' ')} UTC`
  return fail(
    `MasonHub holds back ${ours} messages${since}: no receipts are reported.`,
    `Ask whoever placed the hold to release it: DELETE /callback_holds with [{"message_type":"${ours}"}]`,
  )
}
