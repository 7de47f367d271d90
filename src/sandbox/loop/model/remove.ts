import type { LoopRecord } from './record.ts'
import type { LoopStore } from './store.ts'

/**
 * Takes units out of a return, so that nothing is paid for them. Whether Loop then still lists them is not documented:
 * by default they are gone, which looks like an edit by the shopper.
 */
export function removeUnits(store: LoopStore, record: LoopRecord, lineItemIds: ReadonlySet<number>): void {
  for (const unit of record.units) if (lineItemIds.has(unit.lineItemId)) unit.removed = true
  if (store.world.faults.get('loop.removed-units-vanish')) record.units = record.units.filter((unit) => !unit.removed)
  record.editedAt = store.now()
  store.touch(record)
}
