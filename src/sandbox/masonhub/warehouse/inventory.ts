import type { RmaState } from '../types.ts'

export type Counts = Map<string, number>

export type Inventory = {
  counts(sku: string): ReadonlyMap<string, number>
  /** Applies an RMA's change to the stock; returns the SKUs whose counts changed. */
  move(before: RmaState | null, after: RmaState): string[]
}

/**
 * Counts units by inventory status and SKU: an open RMA raises `expected`, a receipt turns it into dispositions
 * (masonhub.md §4.3, §4.6).
 */
export function createInventory(): Inventory {
  const skus = new Map<string, Counts>()
  function adjust(sku: string, status: string, by: number): void {
    const counts = skus.get(sku) ?? new Map<string, number>()
    skus.set(sku, counts)
    counts.set(status, (counts.get(status) ?? 0) + by)
  }
  return {
    counts: (sku) => skus.get(sku) ?? new Map(),
    move(before, after) {
      const moved = new Map<string, number>()
      for (const [key, quantity] of contributions(before)) moved.set(key, -quantity)
      for (const [key, quantity] of contributions(after)) moved.set(key, (moved.get(key) ?? 0) + quantity)
      const changed = new Set<string>()
      for (const [key, by] of moved) {
        if (by === 0) continue
        const [status = '', sku = ''] = split(key)
        adjust(sku, status, by)
        changed.add(sku)
      }
      return [...changed]
    },
  }
}

function contributions(state: RmaState | null): Counts {
  const counts: Counts = new Map()
  if (!state || state.status === 'deleted') return counts
  for (const line of state.lines) {
    if (state.status !== 'received') add(counts, 'expected', line.sku, line.quantity - (line.quantityReceived ?? 0))
    for (const units of line.received ?? []) {
      if (units.disposition !== 'short') add(counts, units.disposition, line.sku, units.quantity)
    }
  }
  return counts
}

function add(counts: Counts, status: string, sku: string, quantity: number): void {
  if (quantity <= 0) return
  const key = `${status}\n${sku}`
  counts.set(key, (counts.get(key) ?? 0) + quantity)
}

function split(key: string): [string, string] {
  const at = key.indexOf('\n')
  return [key.slice(0, at), key.slice(at + 1)]
}
