import type { Rma, RmaLine } from '../../core/rmas/rma.ts'

/** Keeps RMAs until their returns are read. */
export type RmaBuffer = {
  put(rma: Rma): void
  /** Removes and returns all RMAs of one identifier. */
  take(customerIdentifier: string): Rma[]
  /** The RMAs that were not taken. */
  rest(): Iterable<Rma>
}

/**
 * Stored as bytes without field names, a tenth of the memory of objects: a hundred thousand RMAs may have to wait. Bytes
 * lie outside V8's heap, which lets garbage pile up to a multiple of what it holds.
 */
export function createRmaBuffer(): RmaBuffer {
  const byIdentifier = new Map<string, Packed | Packed[]>()
  const nameless: Rma[] = []
  return {
    put(rma) {
      const { customerIdentifier } = rma
      if (customerIdentifier === null) nameless.push(rma)
      else {
        const known = byIdentifier.get(customerIdentifier)
        // Hardly any identifier has two: a list for each would take more memory than the list's only item.
        byIdentifier.set(customerIdentifier, known === undefined ? packed(rma) : [known, packed(rma)].flat())
      }
    },
    take(customerIdentifier) {
      const found = byIdentifier.get(customerIdentifier) ?? []
      byIdentifier.delete(customerIdentifier)
      return [found].flat().map(unpacked)
    },
    *rest() {
      yield* nameless
      for (const found of byIdentifier.values()) for (const rma of [found].flat()) yield unpacked(rma)
    },
  }
}

type Packed = Buffer | Rma

// Typed as records, so that a new field can't be forgotten.
const rmaNames = Object.keys({
  rmaId: 0,
  customerIdentifier: 0,
  manifestId: 0,
  packageId: 0,
  returnType: 0,
  status: 0,
  rawStatus: 0,
  version: 0,
  notes: 0,
  instructions: 0,
  labelUrl: 0,
  receivedAt: 0,
  createdAt: 0,
  updatedAt: 0,
  deletedAt: 0,
  lines: 0,
} satisfies Record<keyof Rma, 0>) as (keyof Rma)[]
const lineNames = Object.keys({
  sku: 0,
  quantity: 0,
  reasonCode: 0,
  requestedStatus: 0,
  notes: 0,
  orderId: 0,
  quantityReceived: 0,
  notOnOriginalRma: 0,
  received: 0,
} satisfies Record<keyof RmaLine, 0>) as (keyof RmaLine)[]

/** JSON has no NaN, which stands for a count that can't be read: such an RMA is kept as it is. */
function packed(rma: Rma): Packed {
  const counts = rma.lines.flatMap(({ quantity, quantityReceived, received }) => [
    quantity,
    quantityReceived,
    ...(received ?? []).map((units) => units.quantity),
  ])
  if (counts.some((count) => Number.isNaN(count))) return rma
  const lines = rma.lines.map((line) => lineNames.map((name) => line[name]))
  return Buffer.from(JSON.stringify(rmaNames.map((name) => (name === 'lines' ? lines : rma[name]))))
}

function unpacked(rma: Packed): Rma {
  if (!Buffer.isBuffer(rma)) return rma
  const values: unknown[] = JSON.parse(rma.toString())
  const { lines, ...rest } = named(rmaNames, values) as Omit<Rma, 'lines'> & { lines: unknown[][] }
  return { ...rest, lines: lines.map((line) => named(lineNames, line) as RmaLine) }
}

function named(names: readonly string[], values: readonly unknown[]): unknown {
  return Object.fromEntries(names.map((name, index) => [name, values[index]]))
}
