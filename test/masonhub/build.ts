import type { DesiredRma } from '../../src/core/rmas/rma.ts'

/** A desired RMA with one unit of SHIRT-M. */
export function anRma(special: Partial<DesiredRma> = {}): DesiredRma {
  return {
    customerIdentifier: '99904598',
    manifestId: '#1001-R1',
    packageId: '9400111899223197428490',
    instructions: null,
    lines: [{ sku: 'SHIRT-M', quantity: 1, reasonCode: 'tooBig', requestedStatus: 'qc', notes: null, orderId: null }],
    ...special,
  }
}

/** `count` identifiers, from 99900001. */
export function identifiers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(99900001 + index))
}

/** A record as `GET /rmas` shows it. */
export function wireRma(customerIdentifier: string | null, special: Record<string, unknown> = {}) {
  return {
    id: `7bda07f7-be88-42dc-a26b-${(customerIdentifier ?? '').padStart(12, '0').slice(-12)}`,
    customer_identifier: customerIdentifier,
    package_id: '9400111899223197428490',
    return_type: 'rma_submitted_by_customer',
    status: 'open',
    line_items: [{ customer_sku_id: 'SHIRT-M', quantity: 1 }],
    version: 1,
    created_at: '2026-11-01T10:00:00Z',
    ...special,
  }
}

/** The envelope of `GET /rmas` (masonhub.md §3.2). */
export function page(data: unknown[], { limit = 100, offset = 0 } = {}) {
  return { search_criteria: { status: 'all' }, limit, offset, list_type: 'detail', include_counts: false, data }
}
