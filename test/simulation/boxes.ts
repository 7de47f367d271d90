/** Returns in several boxes: labels that move each on its own, and a warehouse that receives one box after the other. */

import { isOfBoxes } from './kinds-of-worlds.ts'
import { current, type Label, type LoopReturn, type Unit } from './loop.ts'
import { catalogue, type Detail, latest, type MasonHub, type Rma, type RmaLine } from './masonhub.ts'
import type { Random } from './random.ts'
import type { Stage } from './stories.ts'
import type { World } from './world.ts'

const minute = 60_000

type Boxed = { random: Random; more: Unit[] }

/** What the position's return is besides what any return is; null: it comes in one parcel. */
export function boxedStory(world: World, position: number): Boxed | null {
  const random = world.random(`boxes of ${position}`)
  if (!isOfBoxes(world.seed) || !random.chance(0.7)) return null
  const more = Array.from({ length: random.pick([1, 1, 2]) }, (_, index) => ({
    lineItemId: 1_000_000 + position * 10 + index,
    sku: random.pick(catalogue),
    reason: 'Too big',
    parentReason: null,
    outcome: 'default',
  }))
  return { random, more }
}

/** What becomes of a box after the first one that arrives. */
type BoxOutcome = 'soon' | 'late' | 'lost' | 'never sent' | 'failed'
type Box = { trackingNumber: string; units: Unit[]; outcome: BoxOutcome; arrivesAt: number }

/** Its labels appear, each box takes its own way, and the warehouse opens those that come. */
export function sendInBoxes(stage: Stage, record: LoopReturn, { random }: Boxed): void {
  const { world, loop } = stage
  const labelled = world.now() + random.between(1_000, 60_000)
  const boxes = packed(record, random, labelled)
  world.at(labelled, () => {
    for (const { trackingNumber, units } of boxes) {
      // Loop may not say what is in a parcel.
      const lineItemIds = random.chance(0.88) ? units.map(({ lineItemId }) => lineItemId) : []
      const status = random.chance(0.7) ? 'new' : 'pre_transit'
      loop.label(record, { trackingNumber, status, at: world.now(), lineItemIds })
    }
  })
  const arrived: Box[] = []
  for (const box of boxes) {
    if (box.outcome === 'never sent') continue
    const leavesAt = labelled + random.between(1, 15) * minute
    move(stage, record, box, 'in_transit', leavesAt)
    if (box.outcome === 'failed') move(stage, record, box, 'error', leavesAt + random.between(5, 120) * minute)
    if (box.outcome === 'lost' || box.outcome === 'failed') continue
    if (random.chance(0.6)) move(stage, record, box, 'delivered', box.arrivesAt - random.between(0, 15) * minute)
    world.at(box.arrivesAt, () => arrive(stage, record, { box, arrived, random }))
  }
}

function packed(record: LoopReturn, random: Random, labelled: number): Box[] {
  const { units } = current(record)
  const count = units.length > 2 && random.chance(0.2) ? 3 : 2
  const first = random.below(count)
  const firstAt = labelled + random.between(20, 200) * minute
  return Array.from({ length: count }, (_, index): Box => {
    const outcome =
      index === first
        ? 'soon'
        : random.pick<BoxOutcome>(['soon', 'soon', 'late', 'late', 'lost', 'never sent', 'failed'])
    const after = outcome === 'soon' ? random.between(1, 90) : random.between(60, 300)
    return {
      trackingNumber: `94001118992231${record.returnId}${index + 1}`,
      units: units.filter((_unit, position) => (position < count ? position : position * 7) % count === index),
      outcome,
      arrivesAt: index === first ? firstAt : firstAt + after * minute,
    }
  })
}

function move({ world, loop }: Stage, record: LoopReturn, box: Box, status: Label['status'], at: number): void {
  world.at(at, () => loop.moveLabel(record, box.trackingNumber, status))
}

type Arrival = { box: Box; arrived: Box[]; random: Random }

function arrive({ world, masonhub }: Stage, record: LoopReturn, { box, arrived, random }: Arrival): void {
  const { returnId } = record
  const rma = masonhub.live(returnId)
  if (rma === undefined) {
    receiveSeparately(masonhub, box, random)
    return
  }
  arrived.push(box)
  const { status } = latest(rma)
  // The receipt that is being written includes it.
  if (status === 'in-receiving') return
  const open = (): void => {
    const isLive = masonhub.live(returnId) === rma
    if (isLive) receiveBoxes(masonhub, rma, arrived, random)
  }
  if (status === 'open') {
    masonhub.change(rma, { status: 'in-receiving' }, 'receivingStarted')
    world.at(world.now() + random.between(10_000, 20 * minute), open)
    return
  }
  // `received` is the end of an RMA: what the warehouse does with another box of it is unknown.
  if (random.chance(0.6)) {
    world.at(world.now() + random.between(1, 20) * minute, open)
    return
  }
  arrived.splice(arrived.indexOf(box), 1)
  receiveSeparately(masonhub, box, random)
}

/** Everything that has come so far; a unit may be damaged, or not be in its box. */
function receiveBoxes(masonhub: MasonHub, rma: Rma, boxes: readonly Box[], random: Random): void {
  const pool = boxes.flatMap(({ units }) => foundIn(units, random))
  const lines = latest(rma).lines.filter(({ unannounced, quantity }) => !(unannounced && quantity === 0))
  const filled = lines.map((line): RmaLine => {
    const words = Array.from({ length: line.quantity }, () => take(pool, line.sku)).filter((word) => word !== null)
    const missing = line.quantity - words.length
    const short = missing > 0 && random.chance(0.3) ? [{ word: 'short', quantity: missing, notes: '' }] : []
    return { ...line, details: [...counted(words), ...short], reported: words.length }
  })
  const raised = latest(rma).status === 'received' && random.chance(0.5) ? { version: latest(rma).version + 1 } : {}
  masonhub.change(rma, { status: 'received', lines: [...filled, ...pool.map(extraLine)], ...raised }, 'received')
}

type Found = { sku: string; word: string }

function foundIn(units: readonly Unit[], random: Random): Found[] {
  const travelling = units.filter(({ outcome, sku }) => outcome !== 'keep' && sku !== '')
  return travelling.flatMap(({ sku }) =>
    random.chance(0.02) ? [] : [{ sku, word: random.chance(0.04) ? 'damaged' : 'available' }],
  )
}

/** Takes one unit of a SKU out of what was found; null: there is none. */
function take(pool: Found[], sku: string): string | null {
  const at = pool.findIndex((one) => one.sku === sku)
  return at < 0 ? null : (pool.splice(at, 1)[0]?.word ?? null)
}

function counted(words: readonly string[]): Detail[] {
  return [...Map.groupBy(words, (word) => word)].map(([word, list]) => ({ word, quantity: list.length, notes: '' }))
}

function extraLine({ sku, word }: Found): RmaLine {
  return {
    sku,
    quantity: 0,
    reasonCode: 'other',
    requestedStatus: 'qc',
    notes: null,
    orderId: null,
    reported: 1,
    details: [{ word, quantity: 1, notes: '' }],
    unannounced: true,
  }
}

/** The box becomes an RMA of the warehouse's own, which counts for no refund. */
function receiveSeparately(masonhub: MasonHub, { trackingNumber, units }: Box, random: Random): void {
  const lines = foundIn(units, random).map(extraLine)
  const first = { status: 'received', packageId: trackingNumber, manifestId: null, instructions: null, lines } as const
  const rma = masonhub.add({ customerIdentifier: null, returnType: 'rma_created_by_distribution_center' }, first)
  masonhub.change(rma, {}, 'received')
}
