import type { Refusal } from '../bulk.ts'
import type { AddressField } from '../types.ts'
import { addressFields } from '../types.ts'

/** One record of a POST or PUT with the checks of its form; the other rules need the account (`rma-rules.ts`). */
export type RmaInput = {
  customerIdentifier: string
  manifestId: string | null
  packageId: string | null
  returnType: string
  /** Undefined when omitted, which buys a label (masonhub.md §4.4). */
  generateReturnLabel: boolean | undefined
  address: Partial<Record<AddressField, string>>
  customerInstructions: string | null
  lines: LineInput[]
}

export type LineInput = {
  sku: string
  quantity: number
  reasonCode: string
  inventoryStatus: string
  orderId: string | null
  notes: string | null
}

type Fields = Record<string, unknown>

const returnTypes = ['rma_submitted_by_customer', 'returned_to_sender', 'rma_created_by_distribution_center']
/** Every other code fails since 12 March 2019 (masonhub.md §4.1). */
const reasonCodes = ['tooBig', 'tooSmall', 'damaged', 'wrongItem', 'other']
const inventoryStatuses = ['available', 'qc', 'damaged', 'quarantine']

const addressLengths: Record<AddressField, [number, number]> = {
  customer_address_name: [1, 30],
  customer_address_street_line_one: [1, 40],
  customer_address_street_line_two: [1, 40],
  customer_address_city: [1, 30],
  customer_address_state: [1, 2],
  customer_address_postal_code: [1, 20],
  customer_address_country_code: [1, 2],
}

/** Reads a record and collects what is wrong with its form; unknown fields are ignored. */
export function readRma(record: unknown, enforceLengths: boolean): { input: RmaInput; refusals: Refusal[] } {
  const reader = createReader(asFields(record), enforceLengths)
  const input: RmaInput = {
    customerIdentifier: reader.text('customer_identifier', 5, 250, true) ?? '',
    manifestId: reader.text('manifest_id', 1, 20),
    packageId: reader.text('package_id', 5, 100),
    returnType: reader.oneOf('return_type', returnTypes),
    generateReturnLabel: reader.flag('generate_return_label'),
    address: readAddress(reader),
    customerInstructions: reader.text('customer_instructions', 0, 250),
    lines: readLines(reader, enforceLengths),
  }
  return { input, refusals: reader.refusals }
}

function readAddress(reader: Reader): RmaInput['address'] {
  const address: RmaInput['address'] = {}
  for (const field of addressFields) {
    const value = reader.text(field, ...addressLengths[field])
    if (value !== null) address[field] = value
  }
  return address
}

function readLines(reader: Reader, enforceLengths: boolean): LineInput[] {
  const lines = reader.fields['line_items']
  if (!Array.isArray(lines) || lines.length === 0) {
    reader.refuse('line_items', "'line_items' must have at least one item.")
    return []
  }
  return lines.map((line) => readLine(line, reader, enforceLengths))
}

function readLine(line: unknown, record: Reader, enforceLengths: boolean): LineInput {
  const reader = createReader(asFields(line), enforceLengths, record.refusals)
  const quantity = reader.fields['quantity']
  if (!Number.isInteger(quantity) || Number(quantity) < 1 || Number(quantity) > 2 ** 31 - 1) {
    reader.refuse('quantity', "'quantity' must be a whole number of at least 1.")
  }
  return {
    sku: reader.text('customer_sku_id', 2, 100, true) ?? '',
    quantity: Number(quantity),
    reasonCode: reader.oneOf('return_reason_code', reasonCodes),
    inventoryStatus: reader.oneOf('return_inventory_status', inventoryStatuses),
    orderId: reader.text('customer_order_id', 2, 100),
    notes: reader.text('return_notes', 2, 50),
  }
}

type Reader = ReturnType<typeof createReader>

function createReader(fields: Fields, enforceLengths: boolean, refusals: Refusal[] = []) {
  const refuse = (field: string, text: string) => {
    refusals.push({ field, text })
  }
  return {
    fields,
    refusals,
    refuse,
    /** Lengths are in characters. */
    text(field: string, shortest: number, longest: number, required = false): string | null {
      const value = fields[field]
      if (value === undefined || value === null) {
        if (required) refuse(field, `'${field}' is required.`)
        return null
      }
      if (typeof value !== 'string') {
        refuse(field, `'${field}' must be a string.`)
        return null
      }
      const length = [...value].length
      const outside = length < shortest || length > longest
      if (outside && (enforceLengths || (required && length === 0))) {
        refuse(field, `'${field}' must have between ${shortest} and ${longest} characters.`)
      }
      return value
    },
    oneOf(field: string, allowed: readonly string[]): string {
      const value = fields[field]
      if (typeof value === 'string' && allowed.includes(value)) return value
      refuse(field, `'${field}' must be one of ${allowed.join(', ')}.`)
      return ''
    },
    flag(field: string): boolean | undefined {
      const value = fields[field]
      if (value === undefined || value === null) return undefined
      if (typeof value !== 'boolean') refuse(field, `'${field}' must be true or false.`)
      return value === true
    },
  }
}

/** The fields of an object; any other value counts as a record without fields. */
export function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}
