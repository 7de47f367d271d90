import type { Policy } from '../merchants/policy.ts'
import { type Arrival, daysSince, type Journey, journeyOf } from '../returns/journey.ts'
import type { Parcel } from '../returns/parcels.ts'
import type { LoopReturn } from '../returns/return.ts'
import type { Rma } from '../rmas/rma.ts'
import { liveRmas } from '../rmas/rma-difference.ts'
import { printable } from '../text/printable.ts'
import type { Draft } from './draft.ts'

export type Travelling = {
  loopReturn: LoopReturn
  /** Everything MasonHub shows under the return's identifier. */
  rmas: readonly Rma[]
  /** The parcels that MasonHub is told of. */
  parcels: readonly Parcel[]
  arrival: Arrival
  waits: Policy['waits']
  now: string
}

/**
 * Returns a finding for each part of the way to the warehouse that takes too long. A time that can't be read, or is in
 * the future, causes none. Pure.
 */
export function journeyFindings(travelling: Travelling): Draft[] {
  const { loopReturn, rmas, parcels, arrival } = travelling
  const [rma = null] = liveRmas(rmas)
  if (!['open', 'review'].includes(loopReturn.state) || rma?.status === 'received') return []
  const { deliveredAt } = loopReturn
  const journey = journeyOf({ parcels, deliveredAt, there: rma?.packageId ?? null }, arrival)
  if (journey === null) return []
  return [
    atTheWarehouse(travelling, journey, rma),
    betweenScans(travelling, journey),
    neverHandedIn(travelling),
  ].filter((one) => one !== null)
}

function atTheWarehouse({ waits, now }: Travelling, journey: Journey, rma: Rma | null): Draft | null {
  const isUnpacked = rma?.status === 'in-receiving'
  const yet = isUnpacked ? 'has not finished receiving it' : 'has not received it'
  const overdue = (at: string | null) => {
    const days = daysSince(at, now)
    return at !== null && days !== null && days >= waits.delivered ? `${ago(days)} (${at.slice(0, 10)})` : null
  }
  const docked = overdue(journey.onDockAt)
  if (docked !== null)
    return drafted('DELIVERED_NOT_RECEIVED', `It reached the dock ${docked}, and the warehouse ${yet}.`)
  const delivered = overdue(journey.deliveredAt)
  if (delivered === null) return null
  return drafted('DELIVERED_NOT_RECEIVED', `The carrier delivered it ${delivered}, and the warehouse ${yet}.`)
}

function betweenScans({ loopReturn, waits, now }: Travelling, journey: Journey): Draft | null {
  const { movement, movedAt, deliveredAt, onDockAt, parcelId } = journey
  const days = daysSince(movedAt, now)
  const isOnItsWay = movement === 'moving' && deliveredAt === null && onDockAt === null
  if (!isOnItsWay || movedAt === null || days === null || days < waits.scan) return null
  const status = loopReturn.labels.find(({ trackingNumber }) => trackingNumber === parcelId)?.status ?? movement
  const last = `${printable(status, 40)}, ${movedAt.slice(0, 10)}`
  return drafted('NO_CARRIER_SCAN', `No carrier scan for ${counted(days)} (last: ${last}).`)
}

/** Counted from the youngest label, since a label may be made again. */
function neverHandedIn({ loopReturn, parcels, waits, now }: Travelling): Draft | null {
  if (loopReturn.state !== 'open' || !parcels.every(({ movement }) => movement === 'unused')) return null
  const times = [loopReturn.createdAt, ...parcels.map(({ changedAt }) => changedAt)].filter((at) => at !== null)
  const ages = times.map((at) => daysSince(at, now))
  const days = ages.reduce<number | null>(
    (least, age) => (least === null || age === null ? null : Math.min(least, age)),
    Infinity,
  )
  if (times.length === 0 || days === null || days < waits.unused) return null
  return drafted(
    'LABEL_UNUSED',
    `The label was not used for ${counted(days)}; labels expire after 28. Regenerate it in the Loop admin if the shopper still returns it.`,
  )
}

function drafted(code: Draft['code'], message: string): Draft {
  return { code, severity: 'warning', message, fix: null }
}

function counted(days: number): string {
  return days === 1 ? '1 day' : `${days} days`
}

function ago(days: number): string {
  return days === 0 ? 'today' : `${counted(days)} ago`
}
