import { isReadable, type LargestRefund, largestText } from '../../core/refunds/largest-refund.ts'
import { printable } from '../../core/text/printable.ts'
import type { Pause } from '../../journal/journal.ts'
import type { Reconciled } from '../../usecases/refunds/end-refund-quarantine.ts'
import type { Budget, RefundStatus } from '../../usecases/refunds/refund-status.ts'
import type { Page } from '../output/page.ts'
import { bad, dim, good, type Part, type Parts, strong, warn } from '../output/styled.ts'
import { changeText } from './merchants/setting-changes.ts'
import { timestamp } from './times.ts'

const stateTone = {
  open: good,
  off: dim,
  quarantined: bad,
  paused: bad,
  'limit reached': bad,
  'first by hand': warn,
} as const

/** `refunds status` in JSON and for people. */
export type RefundsReport = { pausedForAll: Omit<Pause, 'merchant'> | null; merchants: RefundStatus[] }

/** `elsewhere`: merchants bound to another journal, to which nothing in this one applies. */
export function refundsPage(
  page: Page,
  { pausedForAll, merchants }: RefundsReport,
  elsewhere: ReadonlySet<string> = new Set(),
): void {
  if (pausedForAll !== null) {
    page.paragraph([bad('All merchants are paused'), `: ${pauseText(pausedForAll)}`])
    page.line(dim('Resume: mhloop refunds resume --all-merchants'))
  }
  for (const status of merchants) {
    merchantFields(page, status, { pausedForAll, isElsewhere: elsewhere.has(status.merchant) })
  }
}

function merchantFields(
  page: Page,
  status: RefundStatus,
  { pausedForAll, isElsewhere }: { pausedForAll: RefundsReport['pausedForAll']; isElsewhere: boolean },
): void {
  const { merchant, environment, lane, refunds, pause, sameAccount, quarantine, hour, day } = status
  const { firstByHand, largestRefund, setBy, claimedElsewhere, lastChange } = status
  const whose = (name: string) => (name === merchant ? '' : dim(` (limit of ${name})`))
  const withoutPause = pausedForAll === null ? 'none' : isElsewhere ? 'none in this journal' : 'that of all merchants'
  page.heading(`${merchant} · ${environment}`)
  page.fields([
    // What this journal records applies only to merchants that are bound to it.
    ['Now', isElsewhere ? warn('unknown here: it is bound to another journal') : stateTone[lane](lane)],
    ['Switch', refunds ? 'on' : ['off', dim(" (only an operator's explicit request sends a refund)")]],
    [
      'Pause',
      pause === null
        ? withoutPause
        : [pauseText(pause), pause.merchant === merchant ? '' : `, by way of ${pause.merchant}`],
    ],
    ...(sameAccount.length === 0
      ? []
      : [['Same Loop account', `${sameAccount.join(', ')}: counted together; the tightest limits apply`] as const]),
    ...(quarantine === null ? [] : [['Quarantine', quarantineText(quarantine, merchant)] as const]),
    ['Last hour', budgetText(hour, whose(setBy.refundsPerHour))],
    ['Last 24 hours', budgetText(day, whose(setBy.refundsPerDay))],
    [
      'First explicit',
      firstByHand.required === 0
        ? 'none'
        : [`${firstByHand.done} of ${firstByHand.required}`, whose(setBy.firstByHand)],
    ],
    ['Largest refund', [...largestParts(largestRefund, setBy.largestRefund), whose(setBy.largestRefund)]],
    ...(lastChange === null
      ? []
      : [
          [
            'Last change',
            [
              lastChange.merchant === merchant ? '' : `${lastChange.merchant ?? 'all merchants'}, `,
              changeText(lastChange),
            ],
          ] as const,
        ]),
    ...(claimedElsewhere === 0 ? [] : [['Claimed elsewhere', claimedText(claimedElsewhere, merchant)] as const]),
  ])
}

function largestParts(largest: LargestRefund, setBy: string): Part[] {
  if (largest === null) return ['no limit']
  if (typeof largest !== 'string') return amountParts(largest, setBy)
  if (isReadable(largest)) return [largest]
  const mend = strong(`mhloop merchant set largest-refund AMOUNT -m ${setBy}`)
  return [
    bad(`“${printable(largest, 40)}” is not an amount`),
    ', so no refund goes out without a person; set it: ',
    mend,
  ]
}

/** Limits per currency, and which of them can't be read. */
function amountParts(amounts: Readonly<Record<string, string>>, setBy: string): Part[] {
  const all = Object.entries(amounts)
  const readable = Object.fromEntries(all.filter(([, amount]) => isReadable(amount)))
  const wrong = all.filter(([, amount]) => !isReadable(amount))
  const limits: Part[] =
    Object.keys(readable).length === 0
      ? ['every currency by request']
      : [largestText(readable), dim(' (other currencies: by request)')]
  if (wrong.length === 0) return limits
  const texts = wrong.map(([currency, amount]) => `“${printable(amount, 40)}” for ${currency} is not an amount`)
  const pairs = all.map(([currency, amount]) => `${currency}=${isReadable(amount) ? amount : 'AMOUNT'}`)
  const mend = strong(`mhloop merchant set largest-refund ${pairs.join(',')} -m ${setBy}`)
  return [...limits, '; ', bad(texts.join(', ')), '; set it: ', mend]
}

function claimedText(count: number, merchant: string): Parts {
  const returns = count === 1 ? '1 return is left to a person' : `${count} returns are left to a person`
  return [
    bad(returns),
    ': another mhloop requests the same refunds. To list them: ',
    strong(`mhloop doctor -m ${merchant}`),
  ]
}

export function pauseText({ reason, actor, at }: Pick<Pause, 'reason' | 'actor' | 'at'>): string {
  return `${reason} (${actor}, ${timestamp(at)} UTC)`
}

export function quarantineText(
  { reason, actor, since }: NonNullable<RefundStatus['quarantine']>,
  merchant: string,
): Parts {
  return [
    `${reason} (${actor}, ${timestamp(since)} UTC); ends when every open return has been read: `,
    strong(`mhloop refunds resume -m ${merchant}`),
  ]
}

function budgetText({ limit, used, left: remaining }: Budget, whose: Part): Parts {
  return [`${used} of ${limit} sent, `, remaining === 0 ? bad('none left') : strong(`${remaining} left`), whose]
}

/** A reconciliation in JSON. */
export function quarantineToJson({ quarantine, ...rest }: Reconciled) {
  const { reason, actor, since } = quarantine
  return { reason, actor, since, ...rest }
}

export function reconciledSection(
  page: Page,
  { quarantine, lifted, notBefore, read, foundDone, parked, unreadable }: Reconciled,
): void {
  const { merchant, reason } = quarantine
  if (lifted) {
    page.line(good('Quarantine ended'), `: ${read} returns of `, strong(merchant), ' read on both sides.')
  } else page.line(bad('Still in quarantine'), ': ', strong(merchant), ` (${reason}).`)
  if (foundDone.length > 0) page.line(`  Closed by others, and not refunded again: ${foundDone.join(', ')}`)
  if (parked.length > 0) {
    page.paragraph([
      warn('For a person to decide'),
      `: these were received and are open, but this journal may have lost the record that their refunds were requested. Check each in the Loop admin, and process it there if its timeline shows no request by mhloop.`,
    ])
    page.line(`  ${parked.join(' ')}`)
  }
  if (!lifted && unreadable.length === 0) {
    page.line(`  Loop may still have a refund in its queue; try again after ${timestamp(notBefore)} UTC.`)
  }
  if (unreadable.length === 0) return
  page.bullets(unreadable.map((returnId) => `${returnId}: it could not be read`))
  page.line('  Once they can be read: ', strong(`mhloop refunds resume -m ${merchant}`))
}
