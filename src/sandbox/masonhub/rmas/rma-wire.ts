import type { Account } from '../account/store.ts'
import type { ReceivedUnits, RmaLine, RmaState, StoredRma } from '../types.ts'

type Wire = Record<string, unknown>

/** The style of one answer's records. Without quirks: as the OpenAPI file types them, with unset fields left out. */
export type RecordStyle = {
  /** How an unset date or text is written: left out, null, or the zero value (masonhub.md §3.7). */
  unset: 'absent' | 'null' | 'zero'
  /** `customer_instruction` in place of the plural (masonhub.md §4.1). */
  singularInstruction: boolean
  /** `received_at`, `processed_at`, or the first set and the other null. */
  receivedKey: 'received_at' | 'processed_at' | 'both'
  /** Dates with an offset and microseconds, as in MasonHub's log. */
  offsetDates: boolean
  /** Fields that no document lists. */
  extraFields: boolean
}

const plain: RecordStyle = {
  unset: 'absent',
  singularInstruction: false,
  receivedKey: 'received_at',
  offsetDates: false,
  extraFields: false,
}

/** A random style for one answer (F32); plain when quirks are off. */
export function recordStyle(account: Account): RecordStyle {
  const { faults, random } = account.world
  if (!faults.get('masonhub.quirks')) return plain
  return {
    unset: (['absent', 'null', 'zero'] as const)[random.below(3)] ?? 'absent',
    singularInstruction: random.chance(0.5),
    receivedKey: (['received_at', 'processed_at', 'both'] as const)[random.below(3)] ?? 'received_at',
    offsetDates: random.chance(0.3),
    extraFields: random.chance(0.5),
  }
}

/** One RMA as `GET /rmas` and version 1 callbacks show it (masonhub.md §4.1). */
export function rmaRecord(
  rma: StoredRma,
  state: RmaState,
  options: { style: RecordStyle; labelBase: string },
): Record<string, unknown> {
  const { style } = options
  const record: Wire = { id: rma.id, customer_identifier: rma.customerIdentifier }
  text(record, 'manifest_id', state.manifestId, style)
  text(record, 'package_id', state.packageId, style)
  if (state.labelFile) record['return_label_url'] = `${options.labelBase}/return-labels/${state.labelFile}`
  record['return_type'] = state.returnType
  record['status'] = state.status
  Object.assign(record, state.address)
  receivedAt(record, state.receivedAt, style)
  text(record, 'notes', state.notes, style)
  text(
    record,
    style.singularInstruction ? 'customer_instruction' : 'customer_instructions',
    state.customerInstructions,
    {
      ...style,
      unset: 'absent',
    },
  )
  record['line_items'] = state.lines.map((line) => lineRecord(line, state, style))
  record['version'] = state.stringified ? String(state.version) : state.version
  record['created_at'] = when(rma.createdAt, style)
  record['updated_at'] = when(state.updatedAt, style)
  date(record, 'deleted_at', state.deletedAt, style)
  if (style.extraFields) {
    record['warehouse_id'] = '1342'
    record['return_service_level'] = ''
    record['receiving_inventory_location'] = 'Rancho Cucamonga'
    record['delivered_at'] = '0001-01-01T00:00:00Z'
  }
  return record
}

function lineRecord(line: RmaLine, state: RmaState, style: RecordStyle): Wire {
  const record: Wire = {}
  if (line.orderId !== null) record['customer_order_id'] = line.orderId
  else if (style.unset === 'zero') record['customer_order_id'] = ''
  record['customer_sku_id'] = line.sku
  record['quantity'] = line.quantity
  quantityReceived(record, line, state, style)
  record['return_reason_code'] = line.reasonCode
  text(record, 'return_notes', line.notes, style)
  record['return_inventory_status'] = line.inventoryStatus
  record['not_on_original_rma'] = line.notOnOriginal
  const details = receivingDetails(line, state)
  if (details) record['receiving_details'] = details
  else if (line.quantityReceived === null && style.unset === 'zero') record['receiving_details'] = {}
  if (style.extraFields) record['line_number'] = 1 + state.lines.indexOf(line)
  return record
}

function quantityReceived(record: Wire, line: RmaLine, state: RmaState, style: RecordStyle): void {
  const quantity = line.quantityReceived
  if (quantity !== null) record['quantity_received'] = state.stringified ? String(quantity) : quantity
  else if (style.unset === 'zero') record['quantity_received'] = 0
  else if (style.unset === 'null') record['quantity_received'] = null
}

/** A map of inventory status to entries; several entries of one status stay separate (masonhub.md §4.6). */
function receivingDetails(line: RmaLine, state: RmaState): Wire | null {
  if (line.received === null) return null
  const details = Map.groupBy(line.received, (units) => units.disposition)
  const entry = (units: ReceivedUnits) => ({
    notes: units.notes,
    quantity: state.stringified ? String(units.quantity) : units.quantity,
  })
  return Object.fromEntries([...details].map(([disposition, all]) => [disposition, all.map(entry)]))
}

function receivedAt(record: Wire, value: string | null, style: RecordStyle): void {
  const key = style.receivedKey === 'processed_at' ? 'processed_at' : 'received_at'
  date(record, key, value, style)
  if (style.receivedKey === 'both') record['processed_at'] = null
}

function text(record: Wire, key: string, value: string | null, style: RecordStyle): void {
  if (value !== null) record[key] = value
  else if (style.unset !== 'absent') record[key] = style.unset === 'null' ? null : ''
}

function date(record: Wire, key: string, value: string | null, style: RecordStyle): void {
  if (value !== null) record[key] = when(value, style)
  else if (style.unset !== 'absent') record[key] = style.unset === 'null' ? null : '0001-01-01T00:00:00Z'
}

/** The same time in the style of this answer. */
export function when(value: string, style: Pick<RecordStyle, 'offsetDates'>): string {
  if (!style.offsetDates) return value
  const local = new Date(Date.parse(value) - 4 * 60 * 60 * 1000).toISOString()
  return `${local.slice(0, -1)}000-04:00`
}
