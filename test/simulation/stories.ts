/** The story of one return outside mhloop: its shopper, its parcel, the warehouse, and people in both admin pages. */

import { boxedStory, sendInBoxes } from './boxes.ts'
import type { FaultKind } from './fault-rates.ts'
import { current, type Loop, type LoopReturn, type PersonAct, type Unit } from './loop.ts'
import { catalogue, latest, type MasonHub } from './masonhub.ts'
import type { Random } from './random.ts'
import { receive, receiveUnannounced, someReceipt } from './warehouse.ts'
import { start, type World } from './world.ts'

const minute = 60_000
const hour = 60 * minute

/** By this time, everything that happens to returns from outside has happened. */
export const storiesEnd = start + 9 * hour

export type Stage = { world: World; loop: Loop; masonhub: MasonHub; destinations: readonly number[] }

/**
 * Files the return and plans everything that will happen to it. `position` names it in the world, independent of the
 * others.
 */
export function startStory(stage: Stage, position: number): string {
  const { world, loop } = stage
  const random = world.random(`return ${position}`)
  const returnId = String(10_000_000 + (world.seed % 9_000) * 1_000 + position)
  const filed = {
    returnId,
    // Some orders have several returns.
    orderName: `#${2_000 + (random.chance(0.2) ? 0 : position)}`,
    outcome: random.pick([
      'refund',
      'refund',
      'refund',
      'refund',
      'refund',
      'refund',
      'refund',
      'refund+credit',
      'credit',
      'credit+refund',
      'exchange',
      'exchange+refund',
      'gift',
    ]),
    amount: random.pick(['12.00', '47.50', '99.99', '240.00']),
    destinationId: stage.destinations.length > 0 && random.chance(0.15) ? 66 : 10,
    paidBeforeInspection: world.hits('paid before inspection', [returnId]),
  }
  const boxed = boxedStory(world, position)
  const units = [...someUnits(random), ...(boxed?.more ?? [])]
  const filedAt = start + random.between(0, 150) * minute
  world.at(filedAt, () => {
    const record = loop.file(filed, units)
    if (boxed !== null) sendInBoxes(stage, record, boxed)
    const labelAt = boxed === null ? labels(stage, record, random) : null
    if (labelAt !== null && !random.chance(0.08)) parcel(stage, record, labelAt, random)
    manualActions(stage, record, random)
  })
  return returnId
}

function someUnits(random: Random): Unit[] {
  return Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, (_, index) => ({
    lineItemId: 500_000 + random.below(100_000) * 4 + index,
    sku: random.chance(0.04) ? '' : random.chance(0.03) ? 'GHOST' : random.pick(catalogue),
    reason: random.pick(['Too small', 'Too big', 'Other']),
    parentReason: random.chance(0.3) ? 'Fit' : null,
    outcome: random.chance(0.05) ? 'keep' : 'default',
  }))
}

/** When its first label appears; null: never. */
function labels({ world, loop }: Stage, record: LoopReturn, random: Random): number | null {
  const { returnId } = record
  if (world.hits('label never', [returnId])) return null
  const late = world.hits('label late', [returnId])
  const at = world.now() + (late ? random.between(10, 180) * minute : random.between(1_000, 60_000))
  const number = (index: number) => `94001118992231${returnId}${index}`
  world.at(at, () => loop.label(record, { trackingNumber: number(1), status: 'in_transit', at }))
  if (random.chance(0.1)) {
    const second = at + random.between(1, 120) * minute
    world.at(second, () => loop.label(record, { trackingNumber: number(2), status: 'new', at: second }))
  }
  return at
}

function parcel(stage: Stage, record: LoopReturn, labelAt: number, random: Random): void {
  const { world, masonhub } = stage
  const { returnId } = record
  const early = world.hits('parcel before its RMA', [returnId])
  const arrivesAt = labelAt + (early ? random.between(1_000, 20_000) : random.between(20, 240) * minute)
  const receipt = someReceipt(random)
  world.at(arrivesAt, () => {
    const rma = masonhub.live(returnId)
    // An RMA of another installation, or of a person, is received just the same.
    if (rma === undefined || latest(rma).status !== 'open') return void receiveUnannounced(masonhub, `9400${returnId}`)
    masonhub.change(rma, { status: 'in-receiving' }, 'receivingStarted')
    world.at(world.now() + random.between(10_000, 40 * minute), () => receive(masonhub, rma, receipt, random))
    if (!world.hits('receipt corrected', [returnId])) return
    const corrected = someReceipt(random)
    world.at(world.now() + random.between(45, 120) * minute, () => receive(masonhub, rma, corrected, random))
  })
}

const acts: Partial<Record<FaultKind, PersonAct>> = {
  'return edited': 'edit',
  'return cancelled': 'cancel',
  'return closed by hand': 'close',
  'return paid by hand': 'pay',
  'return flagged by hand': 'flag',
  'return expired': 'expire',
  'paid on the way': 'auto',
}

function manualActions({ world, loop, masonhub }: Stage, record: LoopReturn, random: Random): void {
  const { returnId } = record
  for (const [kind, act] of Object.entries(acts) as [FaultKind, PersonAct][]) {
    const at = world.now() + random.between(1, 330) * minute
    if (world.hits(kind, [returnId])) world.at(at, () => loop.person(record, act))
  }
  const clearsAt = [0, 1].map(() => world.now() + random.between(60, 380) * minute)
  if (world.hits('review cleared', [returnId])) {
    for (const at of clearsAt) world.at(at, () => loop.person(record, 'reopen'))
  }
  const meddlesAt = world.now() + random.between(2, 240) * minute
  if (world.hits('RMA deleted by hand', [returnId])) {
    world.at(meddlesAt, () => {
      const rma = masonhub.live(returnId)
      if (rma !== undefined && latest(rma).status === 'open') masonhub.change(rma, { status: 'deleted' }, null)
    })
  }
  if (world.hits('RMA of somebody else', [returnId]) && masonhub.live(returnId) === undefined) {
    const line = {
      sku: 'HOODIE',
      quantity: 2,
      reasonCode: 'other',
      requestedStatus: 'qc',
      notes: null,
      orderId: null,
      reported: null,
      details: null,
      unannounced: false,
    }
    const shares = current(record).units.some(({ sku }) => sku === 'HOODIE')
    if (!shares)
      masonhub.add(
        { customerIdentifier: returnId, returnType: 'rma_submitted_by_customer' },
        { status: 'open', packageId: 'X-77777', manifestId: null, instructions: null, lines: [line] },
      )
  }
}
