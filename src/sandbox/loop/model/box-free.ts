import type { Random } from '../../world.ts'
import { processByShop } from './processing.ts'
import type { BoxFree, LoopRecord, Shipment } from './record.ts'
import { removeUnits } from './remove.ts'
import type { LoopStore } from './store.ts'

/**
 * Returns without a box (loop.md §14.4): the shopper hands the items in at a Return Bar, Loop pays some hours later, and
 * only when the hub ships does anybody learn the barcodes of the bags. There is never a label.
 */
export type BoxFreePlan = {
  /** Handed in already. */
  droppedOff?: boolean
  /** Positions of the units that were not handed in, from 0. */
  missing?: readonly number[]
  /** The barcodes of its bags, or how many it fills; default: one. */
  bags?: readonly string[] | number
  /** The hub has shipped already. */
  shipped?: boolean
}
export type DropOff = Pick<BoxFreePlan, 'missing' | 'bags'>

/** A box-free return that nobody has handed in. */
export function notHandedIn(): BoxFree {
  return { droppedOffAt: null, missing: [], bags: [], shipment: null }
}

/** Letters that are not taken for digits. */
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ'

function someLetters(random: Random, count: number): string {
  return Array.from({ length: count }, () => letters[random.below(letters.length)] ?? 'A').join('')
}

/** The code that the shopper shows at the bar, like `HRJYTQ5J`. */
export function freshRmaId(store: LoopStore): string {
  const random = store.world.randomFor('box-free')
  return `HR${someLetters(random, 4)}${random.below(10)}${someLetters(random, 1)}`
}

/** Like `HR200250DB9E`. */
function freshBag(store: LoopStore): string {
  const random = store.world.randomFor('bags')
  const number = String(random.below(1_000_000)).padStart(6, '0')
  return `HR${number}${random.below(0x10000).toString(16).toUpperCase().padStart(4, '0')}`
}

/** The shopper hands the items in; Loop's own job follows, unless the return is over already. */
export function dropOff(store: LoopStore, record: LoopRecord, { missing = [], bags = 1 }: DropOff): void {
  const { boxFree } = record
  if (boxFree === null) throw new Error(`Return ${record.id} is not handed in at a bar: it goes by mail.`)
  if (boxFree.droppedOffAt !== null) throw new Error(`Return ${record.id} was handed in already.`)
  const remaining = missing.flatMap((position) => record.units[position]?.lineItemId ?? [])
  if (remaining.length >= record.units.length) throw new Error(`Of return ${record.id} nothing was handed in.`)
  boxFree.droppedOffAt = store.now()
  boxFree.bags = typeof bags === 'number' ? Array.from({ length: bags }, () => freshBag(store)) : [...bags]
  boxFree.missing = remaining
  const detail = { bags: boxFree.bags.join(','), missing: boxFree.missing.length }
  store.world.groundTruth.record({ what: 'dropped_off', returnId: String(record.id), detail })
  if (record.state === 'open') scheduleOwnJob(store, record, boxFree)
}

/**
 * Loop pays about half a day later by itself. Units that were not handed in have a day to follow, then the refund or
 * credit is made without them; an exchange is made whole.
 */
function scheduleOwnJob(store: LoopStore, record: LoopRecord, boxFree: BoxFree): void {
  const { faults, clock } = store.world
  if (!faults.get('loop.box-free-processes')) return
  const waitsForUnits = boxFree.missing.length > 0 && record.exchanges.length === 0
  const grace = waitsForUnits ? faults.get('loop.box-free-grace-ms') : 0
  clock.after(Math.max(faults.get('loop.box-free-process-ms'), grace), () => {
    if (record.state !== 'open') return
    withoutMissing(store, record)
    processByShop(store, record)
  })
}

/** Takes the units out that were not handed in, unless something is exchanged for them. */
export function withoutMissing(store: LoopStore, record: LoopRecord): void {
  const missing = new Set(record.boxFree?.missing)
  if (missing.size > 0 && record.exchanges.length === 0) removeUnits(store, record, missing)
}

/** The hub ships these returns on one pallet: now their bags can be read, and Loop tells of each return and of it. */
export function shipBags(store: LoopStore, records: readonly LoopRecord[]): Shipment {
  if (records.length === 0) throw new Error('No bag waits to be shipped.')
  const at = store.now()
  const random = store.world.randomFor('pallets')
  const shipment: Shipment = {
    loopId: store.nextId('shipment'),
    happyReturnsId: String(store.nextId('pallet')),
    box: `HR${someLetters(random, 6)}-${1_000 + random.below(9_000)}-1`,
    tracking: `1Z${String(random.below(10 ** 9)).padStart(16, '0')}`,
    carrier: 'UPS',
    at,
    returnIds: records.map((record) => record.id),
  }
  store.shipments.push(shipment)
  const separator = store.world.faults.get('loop.bag-separator') ? ' ' : ','
  for (const record of records) {
    if (record.boxFree === null) continue
    record.boxFree.shipment = shipment
    record.packageReference = record.boxFree.bags.join(separator)
    store.touch(record)
    store.emit('return', 'return.updated', record)
  }
  store.emitShipment(shipment)
  return shipment
}

/** Box-free returns that lie in the hub: handed in, and not shipped. */
export function inTheHub(store: LoopStore): LoopRecord[] {
  return [...store.returns.values()].filter(
    ({ boxFree }) => boxFree !== null && boxFree.droppedOffAt !== null && boxFree.shipment === null,
  )
}
