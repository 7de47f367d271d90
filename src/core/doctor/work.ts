import { isRefundKind } from '../refunds/refund-kinds.ts'
import type { LoopReturn } from '../returns/return.ts'
import { showCommand } from '../rmas/smoke-rma.ts'
import { silenceOf } from './silence.ts'
import { agoText, counted, fail, ok, skipped, some, type Verdict, warn } from './verdict.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export type Heard = {
  /** When each message of the last weeks arrived (RFC 3339). */
  loop: readonly string[]
  masonhub: readonly string[]
  /** Returns that Loop shows; null when it could not be asked. */
  returns: readonly LoopReturn[] | null
  /** When our endpoint was last registered (RFC 3339); null: unknown. */
  connectedAt: string | null
}

/** The webhook of a new return comes within seconds; after this long it counts as lost. */
const late = 15 * minute

/** Every new return was followed by a webhook, and neither vendor has been silent for longer than usual (F25). */
export function silenceVerdict({ loop, masonhub, returns, connectedAt }: Heard, merchant: string, now: Date): Verdict {
  const listen = `Make sure that mhloop serve is running and reachable from outside, then: mhloop event tail -m ${merchant}`
  const missed = unheardReturns([...loop, ...(connectedAt === null ? [] : [connectedAt])], returns ?? [], now)
  const last = loop.toSorted().at(-1)
  if (missed.length > 0) {
    const since =
      last === undefined
        ? 'but no webhook ever arrived'
        : `since the last webhook (${agoText(now.getTime() - Date.parse(last))} ago)`
    return fail(`${counted(missed.length, 'return')} filed ${since}: ${some(missed)}.`, listen)
  }
  const timestamps = (times: readonly string[]) => times.map((time) => Date.parse(time))
  for (const [name, times] of [
    ['Loop', loop],
    ['MasonHub', masonhub],
  ] as const) {
    const silence = silenceOf(timestamps(times), now.getTime())
    if (silence.kind !== 'silent') continue
    return warn(
      `Nothing from ${name} for ${agoText(silence.gap)}; the longest pause before was ${agoText(silence.longest)}.`,
      listen,
    )
  }
  if (returns === null && last === undefined)
    return skipped("Loop's returns can't be read, so it is unknown whether a message is missing.")
  return ok(
    last === undefined
      ? 'Nothing was due from Loop yet.'
      : `The last webhook came ${agoText(now.getTime() - Date.parse(last))} ago.`,
  )
}

/** Returns filed after the last webhook and after we connected, long enough ago for their webhook to have come. */
function unheardReturns(heard: readonly string[], returns: readonly LoopReturn[], now: Date): string[] {
  if (heard.length === 0) return []
  const last = Math.max(0, ...heard.map((time) => Date.parse(time)))
  return returns
    .filter(({ createdAt }) => {
      const filed = Date.parse(createdAt ?? '')
      return filed > last + late && filed < now.getTime() - late
    })
    .map(({ returnId }) => returnId)
}

/** Returns that changed at Loop after the cursor of the last pull. `cursor` null: nothing was pulled yet. */
export function pullVerdict(
  cursor: string | null,
  returns: readonly LoopReturn[],
  merchant: string,
  now: Date,
): Verdict {
  const sync = `mhloop asn sync -m ${merchant}`
  if (cursor === null) return skipped('Nothing has been pulled from Loop yet.', `${sync} --dry-run`)
  const behind = returns
    .flatMap(({ updatedAt }) => (updatedAt !== null && updatedAt > cursor ? [updatedAt] : []))
    .sort()
  const [oldest] = behind
  const lag = oldest === undefined ? 0 : now.getTime() - Date.parse(oldest)
  const message = `${counted(behind.length, 'return')} changed at Loop but not pulled for ${agoText(lag)}.`
  if (lag > day) return fail(message, sync)
  if (lag > hour) return warn(message, sync)
  return ok(`Pulled up to ${cursor.slice(0, 16).replace('T', ' ')} UTC.`)
}

export type OpenEffect = { effectId: string; returnId: string; kind: string; state: string; sentAt: string | null }

/** Effects that a person must settle, because reading can't. */
export function parkedVerdict(effects: readonly OpenEffect[], merchant: string): Verdict {
  const parked = effects.filter(({ state }) => state === 'parked')
  if (parked.length === 0) return ok('No effect is parked.')
  return fail(
    `${counted(parked.length, 'effect is', 'effects are')} parked: ${listed(parked)}.`,
    showFirst(parked, merchant),
  )
}

/** How long Loop may take to do what it accepted (F2). */
const longestWait = 15 * minute

/** Effects that were sent and have no known outcome; young ones may still be on their way. */
export function doubtVerdict(effects: readonly OpenEffect[], merchant: string, now: Date): Verdict {
  const open = effects.filter(isUnsettled)
  const old = open.filter(({ sentAt }) => sentAt !== null && now.getTime() - Date.parse(sentAt) > longestWait)
  if (old.length > 0) {
    const message = `${counted(old.length, 'effect was', 'effects were')} sent over 15 minutes ago with no known outcome: ${listed(old)}.`
    return fail(message, showFirst(old, merchant))
  }
  // Loop queues what it accepts: for 15 minutes, that is no doubt.
  const doubted = open.filter(({ state }) => state !== 'accepted')
  if (doubted.length > 0)
    return warn(`${counted(doubted.length, 'effect')} in doubt: ${listed(doubted)}.`, showFirst(doubted, merchant))
  return ok('No effect is in doubt.')
}

/**
 * Whether the outcome is still open. The next sync settles an RMA write that MasonHub accepted; a refund or flag that
 * Loop accepted is not done yet (F6).
 */
function isUnsettled({ kind, state }: OpenEffect): boolean {
  return state === 'in_doubt' || state === 'sent' || (state === 'accepted' && (isRefundKind(kind) || kind === 'flag'))
}

function listed(effects: readonly OpenEffect[]): string {
  return some(effects.map(({ kind, returnId }) => `${kind} of ${returnId}`))
}

function showFirst([first]: readonly OpenEffect[], merchant: string): string {
  return showCommand(first?.returnId ?? '', merchant)
}

export function quarantineVerdict(quarantined: number, merchant: string): Verdict {
  if (quarantined === 0) return ok('No event is quarantined.')
  return warn(
    `${quarantined > 100 ? 'Over 100 events' : counted(quarantined, 'event')} that could not be processed.`,
    `mhloop event list -m ${merchant} --state quarantined`,
  )
}

/** serve processes an event within seconds. */
export function inboxVerdict(oldest: string | null, now: Date): Verdict {
  if (oldest === null) return ok('Every event has been processed.')
  const age = now.getTime() - Date.parse(oldest)
  if (age <= longestWait) return ok(`The oldest event has been waiting for ${agoText(age)}.`)
  return fail(
    `Events have been waiting for ${agoText(age)}: nothing processes them.`,
    'Start it, or check its log: mhloop serve',
  )
}

export type RefundsState = {
  lane: 'open' | 'off' | 'quarantined' | 'paused' | 'limit reached' | 'first by hand'
  /** Who paused it, when, and why; null when nobody did. */
  pause: string | null
  /** The pause is one for all merchants. */
  forAll: boolean
  /** The merchant that was paused, if the pause is for one: maybe another name of the Loop account (G10). */
  pausedAs: string | null
  hour: { used: number; limit: number }
  day: { used: number; limit: number }
  firstByHand: { required: number; done: number }
}

export function refundsVerdict(
  { lane, pause, forAll, pausedAs, hour, day: today, firstByHand }: RefundsState,
  merchant: string,
): Verdict {
  const sent = `${hour.used} of ${hour.limit} sent this hour, ${today.used} of ${today.limit} in 24 hours`
  switch (lane) {
    case 'open':
      return ok(`On; ${sent}.`)
    case 'off':
      return ok('Off: every refund needs an explicit request.')
    case 'first by hand':
      return ok(
        `${firstByHand.done} of the first ${firstByHand.required} requested explicitly; after that, refunds are automatic.`,
      )
    case 'paused':
      return warn(
        `Paused${pausedAs === null || pausedAs === merchant ? '' : `, by way of ${pausedAs}`}${pause === null ? '' : `: ${pause}`}.`,
        forAll ? 'mhloop refunds resume --all-merchants' : `mhloop refunds resume -m ${pausedAs ?? merchant}`,
      )
    case 'quarantined':
      return warn(
        'In quarantine: this journal may lack refunds, and none goes out until every open return has been read.',
        `mhloop refunds resume -m ${merchant}`,
      )
    case 'limit reached':
      return warn(`The limit is reached: ${sent}.`, `mhloop refunds status -m ${merchant}`)
  }
}
