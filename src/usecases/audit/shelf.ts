import type { Rma } from '../../core/rma.ts'

/** RMAs until their returns come by. */
export type Shelf = {
  put(rma: Rma): void
  /** Takes all of one identifier. */
  take(customerIdentifier: string): Rma[]
  /** What nobody took. */
  rest(): Iterable<Rma>
}

/** As bytes they take an eighth of the room: a hundred thousand RMAs have to wait in memory. */
export function createShelf(): Shelf {
  const byIdentifier = new Map<string, (Buffer | Rma)[]>()
  const nameless: Rma[] = []
  return {
    put(rma) {
      const { customerIdentifier } = rma
      if (customerIdentifier === null) nameless.push(rma)
      else {
        const known = byIdentifier.get(customerIdentifier)
        if (known) known.push(packed(rma))
        else byIdentifier.set(customerIdentifier, [packed(rma)])
      }
    },
    take(customerIdentifier) {
      const found = byIdentifier.get(customerIdentifier) ?? []
      byIdentifier.delete(customerIdentifier)
      return found.map(unpacked)
    },
    *rest() {
      yield* nameless
      for (const found of byIdentifier.values()) for (const rma of found) yield unpacked(rma)
    },
  }
}

/** A count that can't be read is NaN, which JSON does not have. */
function packed(rma: Rma): Buffer | Rma {
  const counts = rma.lines.flatMap(({ quantity, quantityReceived, received }) => [
    quantity,
    quantityReceived,
    ...(received ?? []).map((units) => units.quantity),
  ])
  if (counts.some((count) => Number.isNaN(count))) return rma
  return Buffer.from(JSON.stringify(rma))
}

function unpacked(rma: Buffer | Rma): Rma {
  return Buffer.isBuffer(rma) ? JSON.parse(rma.toString()) : rma
}
