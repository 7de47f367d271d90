import { Fault } from '../../core/errors/fault.ts'
import { longestWait } from '../../core/merchants/policy.ts'
import { longestClaimSettle } from '../../core/refunds/claim.ts'
import { tenThousandths } from '../../core/refunds/money.ts'
import { boxFreeWords } from '../../core/returns/parcels.ts'
import { requestedStatuses } from '../../core/rmas/rma.ts'
import { printable } from '../../core/text/printable.ts'
import { milliseconds } from '../../core/time/duration.ts'
import { assertBaseUrl } from '../../http/base-url.ts'
import type { Merchant } from './merchant.ts'
import type { Profile } from './profile.ts'

/** One setting of a profile. Flags, `merchant set`, `merchant show` and files all use its key. */
export type Setting = {
  key: string
  /** Where it is in the profile, and in the assembled merchant. */
  path: readonly string[]
  summary: string
  /** The environment variable that sets it for the merchant `env`. */
  variable?: string
  /** The placeholder in help. */
  takes: string
  /** The word for an empty list; `none` when absent. */
  empty?: string
  /** Parses what was typed; throws Fault (usage). */
  read(text: string): unknown
  /** Parses what a file may write as a mapping; throws Fault (usage). */
  readPairs?(pairs: readonly (readonly [key: string, value: string])[]): unknown
}

function wrong(key: string, text: string, expected: string): Fault {
  return new Fault(`Invalid ${key} "${printable(text, 80)}": expected ${expected}.`, {
    code: 'SETTING_WRONG',
    hint: 'mhloop merchant set --help',
  })
}

function oneOf(key: string, words: readonly string[]): Pick<Setting, 'key' | 'takes' | 'read'> {
  const takes = words.join('|')
  return {
    key,
    takes,
    read(text) {
      if (words.includes(text)) return text
      throw wrong(key, text, takes)
    },
  }
}

function wholeNumber(key: string): Pick<Setting, 'key' | 'takes' | 'read'> {
  return {
    key,
    takes: 'N',
    read(text) {
      if (/^\d{1,6}$/.test(text)) return Number(text)
      throw wrong(key, text, 'a non-negative whole number')
    },
  }
}

function list(
  key: string,
  options: { takes: string; item: RegExp; expected: string; empty: string },
): Pick<Setting, 'key' | 'takes' | 'empty' | 'read'> {
  const { takes, item, expected, empty } = options
  return {
    key,
    takes,
    empty,
    read(text) {
      if (text.trim() === empty) return []
      const items = text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
      const bad = items.find((part) => !item.test(part))
      if (bad !== undefined) throw wrong(key, bad, expected)
      // An unset variable of a script must not come to mean every destination (F66).
      if (items.length === 0) throw wrong(key, text, expected)
      return [...new Set(items)]
    },
  }
}

function baseUrl(key: string, vendor: 'loop' | 'masonhub'): Pick<Setting, 'key' | 'takes' | 'read'> {
  return { key, takes: 'URL', read: (text) => assertBaseUrl(text, vendor) }
}

function onOff(key: string): Pick<Setting, 'key' | 'takes' | 'read'> {
  return {
    key,
    takes: 'on|off',
    read(text) {
      if (text === 'on' || text === 'off') return text === 'on'
      throw wrong(key, text, 'on or off')
    },
  }
}

function interval(name: 'pull' | 'poll' | 'settle' | 'rescan', summary: string): Setting {
  const key = `${name}-every`
  return {
    key,
    takes: 'DURATION',
    path: ['intervals', name],
    summary,
    read(text) {
      if (milliseconds(text) !== null) return text.trim()
      throw wrong(key, text, 'a duration like 20s, 5m, 12h or 1d')
    },
  }
}

function wait(key: string, name: string, summary: string): Setting {
  return {
    key,
    takes: 'DAYS',
    path: ['policy', 'waits', name],
    summary,
    read(text) {
      if (/^\d{1,3}$/.test(text) && Number(text) <= longestWait) return Number(text)
      throw wrong(key, text, `a whole number of days, at most ${longestWait}`)
    },
  }
}

export const settings: readonly Setting[] = [
  {
    ...oneOf('environment', ['sandbox', 'production']),
    path: ['environment'],
    summary: "Which MasonHub this is. In production, severe changes ask you to type the merchant's name",
    variable: 'MHLOOP_ENVIRONMENT',
  },
  {
    key: 'slug',
    takes: 'SLUG',
    path: ['masonhub', 'slug'],
    summary: "MasonHub account slug: the word after the host in MasonHub's address",
    variable: 'MHLOOP_MASONHUB_SLUG',
    read(text) {
      if (/^[A-Za-z0-9._-]{1,100}$/.test(text)) return text
      throw wrong('slug', text, 'letters, digits, ".", "-" and "_"')
    },
  },
  {
    ...baseUrl('loop-base-url', 'loop'),
    path: ['loop', 'baseUrl'],
    summary: "Base URL of Loop's API, including the version",
    variable: 'MHLOOP_LOOP_BASE_URL',
  },
  {
    ...baseUrl('masonhub-base-url', 'masonhub'),
    path: ['masonhub', 'baseUrl'],
    summary: "Base URL of MasonHub's API, including the slug",
    variable: 'MHLOOP_MASONHUB_BASE_URL',
  },
  {
    key: 'requests-per-second',
    takes: 'N',
    path: ['masonhub', 'requestsPerSecond'],
    summary: 'Most requests per second to MasonHub',
    read(text) {
      const value = /^\d{1,3}(\.\d{1,2})?$/.test(text) ? Number(text) : 0
      if (value > 0) return value
      throw wrong('requests-per-second', text, 'a positive number')
    },
  },
  {
    key: 'loop-requests-per-minute',
    takes: 'N',
    path: ['loop', 'requestsPerMinute'],
    summary: "Most requests per minute with Loop's key, by all processes together; Loop allows 300",
    read(text) {
      const value = /^\d{1,6}$/.test(text) ? Number(text) : 0
      if (value > 0) return value
      throw wrong('loop-requests-per-minute', text, 'a positive whole number')
    },
  },
  {
    ...list('destinations', {
      takes: 'ID,ID|every',
      item: /^\d{1,19}$/,
      expected: 'numeric Loop destination ids separated by commas, or "every"',
      empty: 'every',
    }),
    path: ['policy', 'destinations'],
    summary: 'Loop destinations that are MasonHub warehouses',
    variable: 'MHLOOP_DESTINATIONS',
  },
  {
    key: 'cutoff',
    takes: 'DATE|none',
    path: ['policy', 'cutoff'],
    summary: 'Ignore returns created before this time',
    read: readCutoff,
  },
  {
    ...oneOf('requested-status', requestedStatuses),
    path: ['policy', 'requestedStatus'],
    summary: 'What to ask the warehouse to do with good units',
  },
  {
    ...oneOf('order-reference', ['none', 'order-name', 'provider-order-id']),
    path: ['policy', 'orderReference'],
    summary: 'Which order id to put on RMA lines',
  },
  {
    ...oneOf('box-free', boxFreeWords),
    path: ['policy', 'boxFree'],
    summary:
      'What the dock scans on returns without a box (Happy Returns): the bag barcode, or the return id if Loop has it printed on the bags; off makes no RMA for them',
  },
  {
    ...onOff('refunds'),
    path: ['policy', 'refunds'],
    summary: 'The refund switch: off means that refunds are sent only when an operator asks for them explicitly',
    variable: 'MHLOOP_REFUNDS',
  },
  {
    ...list('outcomes', {
      takes: 'WORD,WORD|none',
      item: /^(?!none$)[a-z]+(\+[a-z]+)*$/,
      expected: 'Loop outcomes like refund,exchange+credit, or none',
      empty: 'none',
    }),
    path: ['policy', 'outcomes'],
    summary:
      'What mhloop may process: refund, credit, exchange, upsell, or a combination such as exchange+refund; every other outcome is flagged',
  },
  {
    ...oneOf('on-unclear', ['flag', 'wait']),
    path: ['policy', 'onUnclear'],
    summary: 'What to do with units that are neither good nor plainly damaged or missing',
  },
  {
    ...wholeNumber('refunds-per-hour'),
    path: ['policy', 'limits', 'refundsPerHour'],
    summary: 'Most refunds per hour',
  },
  {
    ...wholeNumber('refunds-per-day'),
    path: ['policy', 'limits', 'refundsPerDay'],
    summary: 'Most refunds per day',
  },
  {
    key: 'largest-refund',
    takes: 'AMOUNT|USD=AMOUNT,JPY=AMOUNT|none',
    path: ['policy', 'limits', 'largestRefund'],
    summary:
      "Largest refund that is sent automatically: an amount in the return's currency, or one per currency; refunds in any other currency then need an explicit request",
    read(text) {
      if (text === 'none') return null
      if (tenThousandths(text) !== null) return text
      if (!text.includes('=')) throw wrongLargest(text)
      return readAmounts(text.split(',').map((part) => part.split('=')))
    },
    readPairs: readAmounts,
  },
  {
    ...wholeNumber('first-by-hand'),
    path: ['policy', 'limits', 'firstByHand'],
    summary: 'How many refunds must be requested explicitly before automatic refunds begin',
  },
  {
    key: 'claim-settle',
    takes: 'SECONDS',
    path: ['policy', 'claimSettle'],
    read(text) {
      // After a longer wait, the reading of both sides would be too old to pay by.
      if (/^\d{1,2}$/.test(text) && Number(text) <= longestClaimSettle) return Number(text)
      throw wrong('claim-settle', text, `a whole number of seconds, at most ${longestClaimSettle}`)
    },
    summary: "Seconds to wait after a refund's claim appears on Loop's timeline, before the timeline is read once more",
  },
  wait(
    'other-box-days',
    'otherBox',
    'How many days after a receipt to wait for units in another box that is on its way',
  ),
  wait('delivered-days', 'delivered', 'After how many days a parcel that was delivered and not received is reported'),
  wait('scan-days', 'scan', 'After how many days without a carrier scan a parcel on its way is reported'),
  wait('unused-label-days', 'unused', 'After how many days a label that was never used is reported'),
  {
    ...onOff('grades'),
    path: ['policy', 'grades', 'on'],
    summary: 'Whether to tell Loop what the warehouse found, unit by unit, once the refund is over',
  },
  wait('drop-off-days', 'dropOff', 'After how many days a return without a box that no hub has shipped is reported'),
  interval('pull', 'How often `serve` pulls returns from Loop'),
  interval(
    'poll',
    'How often `serve` asks MasonHub whether open RMAs were received; RMAs over 30 days old are asked for every 6 hours',
  ),
  interval('settle', 'How often `serve` checks the outcome of refunds and flags that were sent'),
  interval('rescan', 'How often `serve` reads everything again from scratch'),
]

function wrongLargest(text: string): Fault {
  return wrong('largest-refund', text, 'an amount like 250.00, amounts per currency like USD=200,JPY=30000, or none')
}

/** Amounts per currency, in the order of the currencies; no currency twice, and at least one. */
function readAmounts(pairs: readonly (readonly string[])[]): Record<string, string> {
  const typed = pairs.map((pair) => pair.join('=')).join(',')
  const amounts = pairs.map((pair): [string, string] => {
    const [currency = '', amount = ''] = pair.map((part) => part.trim())
    const isWrong = pair.length !== 2 || !/^[A-Za-z]{3}$/.test(currency) || tenThousandths(amount) === null
    if (isWrong) throw wrongLargest(typed)
    return [currency.toUpperCase(), amount]
  })
  const limits = Object.fromEntries(amounts.toSorted(([one], [other]) => (one < other ? -1 : 1)))
  if (amounts.length === 0 || Object.keys(limits).length < amounts.length) throw wrongLargest(typed)
  return limits
}

function readCutoff(text: string): string | null {
  if (text === 'none') return null
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const timestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text)
  const time = new Date(day ? `${text}T00:00:00Z` : text)
  // JavaScript takes 31 February for 3 March, so the parsed day must be the day that was typed.
  const real = !day || (!Number.isNaN(time.getTime()) && time.toISOString().startsWith(text))
  if ((day || timestamp) && real && !Number.isNaN(time.getTime())) return time.toISOString()
  throw wrong('cutoff', text, 'a date (2026-10-01, midnight UTC), an RFC 3339 time, or none')
}

/** The value at a path; undefined when there is none. */
export function valueAt(from: unknown, path: readonly string[]): unknown {
  let value: unknown = from
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

/** The profile with one setting changed; `undefined` restores the default. */
export function withSetting(profile: Profile, path: readonly string[], value: unknown): Profile {
  return changed(profile, path, value) as Profile
}

function changed(from: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...deeper] = path
  if (key === undefined) return value
  const { [key]: before, ...rest } = (from ?? {}) as Record<string, unknown>
  const after = changed(before, deeper, value)
  return after === undefined ? rest : { ...rest, [key]: after }
}

/** The text of a setting's value, as `read` accepts it. */
export function settingText(setting: Setting, value: unknown): string {
  if (value === null) return 'none'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.length === 0 ? (setting.empty ?? 'none') : value.join(',')
  if (typeof value === 'object') {
    return Object.entries(value as object)
      .map((pair) => pair.join('='))
      .join(',')
  }
  return String(value)
}

/** The setting's value in effect. */
export function settingOf(merchant: Merchant, setting: Setting): unknown {
  return valueAt(merchant, setting.path)
}
