import type { DesiredRma, DesiredRmaLine } from '../../core/rmas/rma.ts'

/**
 * The body of one POST or PUT. Without `generate_return_label: false` MasonHub buys a label, also on a PUT (F36,
 * masonhub.md §4.4): the literal is part of the type, and only this file creates such a record.
 */
export type RmaRecord = {
  customer_identifier: string
  return_type: 'rma_submitted_by_customer'
  generate_return_label: false
  package_id: string
  manifest_id?: string
  customer_instructions?: string
  line_items: RmaLineRecord[]
}

type RmaLineRecord = {
  customer_sku_id: string
  quantity: number
  return_reason_code: string
  return_inventory_status: string
  return_notes?: string
  customer_order_id?: string
}

/** The whole RMA as we want it: a PUT replaces all of it, so no field may be left out (masonhub.md §4.5). */
export function rmaRecord(rma: DesiredRma): RmaRecord {
  return {
    customer_identifier: rma.customerIdentifier,
    return_type: 'rma_submitted_by_customer',
    generate_return_label: false,
    package_id: rma.packageId,
    ...(rma.manifestId ? { manifest_id: rma.manifestId } : {}),
    ...(rma.instructions ? { customer_instructions: rma.instructions } : {}),
    line_items: rma.lines.map(lineRecord),
  }
}

/** Optional fields have a minimum length: an unset field is left out, never sent empty (masonhub.md §12.6). */
function lineRecord(line: DesiredRmaLine): RmaLineRecord {
  return {
    customer_sku_id: line.sku,
    quantity: line.quantity,
    return_reason_code: line.reasonCode,
    return_inventory_status: line.requestedStatus,
    ...(line.notes ? { return_notes: line.notes } : {}),
    ...(line.orderId ? { customer_order_id: line.orderId } : {}),
  }
}
