/** A refund of only what arrived: which units are paid, and which are not. */
import { totalOf } from '../../../core/refunds/money.ts'
import type { WhatArrived } from '../../../core/refunds/partial-refund.ts'
import type { ReturnUnit } from '../../../core/returns/return.ts'
import type { Page } from '../../output/page.ts'
import { dim, warn } from '../../output/styled.ts'

/** Both lists, and what Loop says that each unit is worth. */
export function whatArrivedPage(page: Page, what: WhatArrived): void {
  const { paid, removed } = what
  page.heading('Paid')
  units(page, paid, what)
  page.heading('Not paid, and removed from the return')
  units(page, removed, what)
  page.blank()
  page.paragraph(
    `Paid: ${amountText(what)} by its lines. Loop computes the amount that goes out: shipping, fees, discounts.`,
  )
  page.paragraph([warn("Loop can't undo it: "), 'it takes these units out of the return and refunds the rest.'])
}

function units(
  page: Page,
  some: readonly ReturnUnit[],
  { neverShipped, currency }: Pick<WhatArrived, 'neverShipped' | 'currency'>,
): void {
  page.rows(some, [
    { key: 'lineItemId', title: 'Line item', value: ({ lineItemId }) => lineItemId },
    { key: 'sku', title: 'SKU', value: ({ sku }) => sku ?? dim('–') },
    { key: 'title', title: 'Title', value: ({ title }) => title ?? dim('–') },
    {
      key: 'refund',
      title: 'Refund',
      align: 'right',
      value: ({ refund }) => (refund === null ? dim('unknown') : `${refund} ${currency ?? ''}`.trim()),
    },
    {
      key: 'note',
      title: '',
      value: ({ lineItemId }) => (neverShipped.includes(lineItemId) ? dim('never shipped, and paid all the same') : ''),
    },
  ])
}

/** `45.00 of 70.00 USD`; unknown as soon as Loop does not say the amount of a unit. */
export function amountText({ paid, removed, currency }: WhatArrived): string {
  const [part, all] = [sumOf(paid), sumOf([...paid, ...removed])]
  if (part === null || all === null) return 'an unknown amount'
  return `${part} of ${[all, currency].filter((word) => word !== null).join(' ')}`
}

function sumOf(units: readonly ReturnUnit[]): string | null {
  const amounts = units.flatMap(({ refund }) => refund ?? [])
  return amounts.length === units.length ? totalOf(amounts) : null
}

/** `partial` in JSON (docs/cli.md). */
export function whatArrivedData({ paid, removed, neverShipped, currency }: WhatArrived) {
  const unit = ({ lineItemId, sku, refund }: ReturnUnit) => ({ lineItemId, sku, refund })
  return {
    currency,
    paid: paid.map((one) => ({ ...unit(one), kept: neverShipped.includes(one.lineItemId) })),
    removed: removed.map(unit),
  }
}
