import type { Pause } from '../../journal/journal.ts'
import type { Budget, RefundStatus } from '../../usecases/money-switch.ts'
import type { Page } from '../output/page.ts'
import { bad, dim, good, type Parts, strong, warn } from '../output/styled.ts'
import { moment } from './times.ts'

const laneTone = { open: good, off: dim, paused: bad, 'limit reached': bad, 'first by hand': warn } as const

/** `refunds status` in JSON and for people. */
export type RefundsTold = { pausedForAll: Omit<Pause, 'merchant'> | null; merchants: RefundStatus[] }

export function refundsPage(page: Page, { pausedForAll, merchants }: RefundsTold): void {
  if (pausedForAll !== null) {
    page.paragraph([bad('All merchants are paused'), `: ${pauseText(pausedForAll)}`])
    page.line(dim('Resume: mhloop refunds resume --all-merchants'))
  }
  for (const status of merchants) merchantFields(page, status)
}

function merchantFields(page: Page, status: RefundStatus): void {
  const { merchant, environment, lane, refunds, pause, hour, day, firstByHand, largestRefund } = status
  page.heading(`${merchant} · ${environment}`)
  page.fields([
    ['Now', laneTone[lane](lane)],
    ['Switch', refunds ? 'on' : ['off', dim(' (only an operator, by name, has a return paid)')]],
    ['Pause', pause === null ? 'none' : pauseText(pause)],
    ['Last hour', budgetText(hour)],
    ['Last 24 hours', budgetText(day)],
    ['First by hand', firstByHand.required === 0 ? 'none' : `${firstByHand.done} of ${firstByHand.required}`],
    ['Largest refund', largestRefund ?? 'no limit'],
  ])
}

export function pauseText({ reason, actor, at }: Pick<Pause, 'reason' | 'actor' | 'at'>): string {
  return `${reason} (${actor}, ${moment(at)} UTC)`
}

function budgetText({ limit, used, left }: Budget): Parts {
  return [`${used} of ${limit} sent, `, left === 0 ? bad('none left') : strong(`${left} left`)]
}
