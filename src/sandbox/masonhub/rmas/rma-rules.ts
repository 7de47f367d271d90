import type { Account } from '../account/store.ts'
import type { Refusal } from '../bulk.ts'
import { missing, notOpen, taken } from '../bulk.ts'
import type { AddressField } from '../types.ts'
import type { LineInput, RmaInput } from './rma-input.ts'
import { alive, current } from './rma-store.ts'

/**
 * Fields that a label needs. Line two is evidently optional, although the text says that both are needed (masonhub.md
 * §4.1).
 */
const labelAddress: readonly AddressField[] = [
  'customer_address_name',
  'customer_address_street_line_one',
  'customer_address_city',
  'customer_address_state',
  'customer_address_postal_code',
  'customer_address_country_code',
]

/** Whether MasonHub buys a label for this record; it also does when the record says nothing about it (F36). */
export function buysLabel(account: Account, input: RmaInput): boolean {
  return input.generateReturnLabel ?? account.world.faults.get('masonhub.label-by-default') > 0
}

/** Why this record may not become a new RMA (masonhub.md §4.3). */
export function refuseCreate(account: Account, input: RmaInput): Refusal[] {
  const all = account.rmas.byCustomerIdentifier(input.customerIdentifier)
  const blocked = account.world.faults.get('masonhub.deleted-reusable') ? alive(all) : all.at(-1)
  return [...(blocked ? [taken(input.customerIdentifier)] : []), ...refuseContent(account, input)]
}

/** Why this record may not replace its RMA, which must be open (masonhub.md §4.5). */
export function refuseUpdate(account: Account, input: RmaInput): Refusal[] {
  const rma = alive(account.rmas.byCustomerIdentifier(input.customerIdentifier))
  if (!rma) return [missing('RMA', input.customerIdentifier)]
  if (current(rma).status !== 'open') return [notOpen(input.customerIdentifier, 'updated')]
  return refuseContent(account, input)
}

/** Why this RMA may not be deleted (masonhub.md §4.7). */
export function refuseDelete(account: Account, customerIdentifier: string): Refusal[] {
  const rma = alive(account.rmas.byCustomerIdentifier(customerIdentifier))
  if (!rma) return [missing('RMA', customerIdentifier)]
  return current(rma).status === 'open' ? [] : [notOpen(customerIdentifier, 'deleted')]
}

function refuseContent(account: Account, input: RmaInput): Refusal[] {
  return [
    ...(buysLabel(account, input) ? refuseAddress(input) : refuseParcel(account, input)),
    ...input.lines.flatMap((line) => refuseLine(account, line)),
  ]
}

function refuseAddress(input: RmaInput): Refusal[] {
  const absent = labelAddress.filter((field) => !input.address[field])
  const refusals = absent.map((field) => ({
    field,
    text: `'${field}' is required when 'generate_return_label' is true.`,
  }))
  const country = input.address.customer_address_country_code
  if (country && country !== 'US') {
    refusals.push({ field: 'customer_address_country_code', text: 'Return labels can be made for US addresses only.' })
  }
  return refusals
}

function refuseParcel(account: Account, input: RmaInput): Refusal[] {
  const { packageId } = input
  if (!packageId) {
    return [{ field: 'package_id', text: "'package_id' is required when 'generate_return_label' is false." }]
  }
  if (!account.world.faults.get('masonhub.package-id-unique')) return []
  const isShared = account.rmas.all().some((rma) => {
    const state = current(rma)
    return (
      state.status === 'open' && state.packageId === packageId && rma.customerIdentifier !== input.customerIdentifier
    )
  })
  return isShared
    ? [{ field: 'package_id', text: `301: '${packageId}' is already taken and 'package_id' must be unique` }]
    : []
}

function refuseLine(account: Account, line: LineInput): Refusal[] {
  if (!account.skus.has(line.sku)) return [missing('Sku', line.sku, 'customer_sku_id')]
  return line.orderId === null ? [] : refuseOrder(account, line, line.orderId)
}

/** The checks of 2018, which a later release dropped in part (masonhub.md §9.6, §9.7). */
function refuseOrder(account: Account, line: LineInput, orderId: string): Refusal[] {
  const { faults } = account.world
  const order = account.orders.get(orderId)
  const strict = faults.get('masonhub.strict-orders') > 0
  if (!order) return strict ? [missing('Order', orderId, 'customer_order_id')] : []
  if (!strict && !faults.get('masonhub.known-order-checks')) return []
  const ordered = order.lines.filter((one) => one.sku === line.sku).reduce((sum, one) => sum + one.quantity, 0)
  if (ordered === 0) return [{ field: 'customer_sku_id', text: `'${line.sku}' is not on order '${orderId}'.` }]
  if (line.quantity <= ordered) return []
  return [{ field: 'quantity', text: `Order '${orderId}' has only ${ordered} of '${line.sku}'.` }]
}
