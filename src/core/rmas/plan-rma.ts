import type { Reason } from '../explain/reason.ts'
import type { Policy } from '../merchants/policy.ts'
import { mapReason, reasonText } from '../reasons/reason-mapping.ts'
import { beforeCutoff } from '../returns/cutoff.ts'
import { isBoxFree, type Parcel, parcelIdLength, parcelsOf, parcelToAnnounce, sendability } from '../returns/parcels.ts'
import type { LoopReturn, ReturnUnit } from '../returns/return.ts'
import { repeatedUnit, splitUnits } from '../returns/units.ts'
import { cut, printable, printableWithUnseen } from '../text/printable.ts'
import { inDropOffNetwork, skippedBoxFree } from './box-free.ts'
import { customerIdentifierOf } from './identifiers.ts'
import { fittingInstructions, instructionsLimit } from './instructions.ts'
import type { DesiredRma, DesiredRmaLine } from './rma.ts'

/** Text that was shortened to fit a MasonHub field. It is always reported, never silent (F35). */
export type Loss = { field: string; limit: number; length: number }

export type RmaPlan =
  | {
      kind: 'wanted'
      rma: DesiredRma
      /** Line item ids that the RMA is built from, sorted. */
      announced: string[]
      /** Units that are not on the RMA, with the reason. */
      excluded: { lineItemId: string; code: 'SKU_EMPTY' | 'KEPT' }[]
      unmapped: { parentReason: string | null; reason: string }[]
      losses: Loss[]
    }
  /** An RMA is needed, but something that may still come is missing: the return is read again. */
  | { kind: 'hold'; reason: Reason }
  /** No RMA is needed; one that exists is left alone. */
  | { kind: 'skip'; reason: Reason }
  /** An RMA is needed, but a person must correct something first. */
  | { kind: 'blocked'; reason: Reason }
  /** An RMA that exists should be deleted. `skus`: those of the return, to tell its RMA from somebody else's. */
  | { kind: 'retire'; reason: Reason; skus: string[] }

/** SKUs that MasonHub has. `similar`: for a SKU that it lacks, the one that its search found instead. */
export type KnownSkus = ReadonlySet<string> & { readonly similar?: ReadonlyMap<string, string> }

export type PlanInput = {
  loopReturn: LoopReturn
  policy: Policy
  /** Position of this return among those of its order, from 1. */
  ordinal: number
  /** SKUs that MasonHub is known to have; null when it was not asked. */
  knownSkus: KnownSkus | null
  /** An RMA was written for the return before. */
  announcedBefore: boolean
  /** RFC 3339 now. */
  now: string
}

/** MasonHub's field limits, in characters (masonhub.md §4.1). */
const limits = {
  manifestId: 20,
  sku: 100,
  skuShortest: 2,
  notes: 50,
  notesShortest: 2,
  orderId: 100,
  orderIdShortest: 2,
}

/** Decides whether a return needs an RMA, and which. Pure: the same input always gives the same plan. */
export function planRma(input: PlanInput): RmaPlan {
  const { loopReturn, policy, ordinal, knownSkus } = input
  const outside = byPolicy(loopReturn, policy)
  // Returns that policy leaves alone stay so in every state: a cancelled return's RMA may be somebody else's.
  const stop = outside?.kind === 'skip' ? outside : (byState(input) ?? outside)
  if (stop) return stop
  const { announced, withoutSku, kept: retained } = splitUnits(loopReturn)
  if (loopReturn.units.length === 0) {
    const message = 'Loop lists no units for this return, so nothing can be announced.'
    return { kind: 'skip', reason: { code: 'NO_UNITS', message } }
  }
  const repeated = repeatedUnit(loopReturn)
  if (repeated !== null) return { kind: 'hold', reason: repeated }
  if (announced.length === 0) {
    const message =
      retained.length > 0 && withoutSku.length === 0
        ? 'The shopper keeps every item: nothing will arrive.'
        : 'None of the units has a SKU, so nothing can be announced.'
    return { kind: 'skip', reason: { code: withoutSku.length > 0 ? 'SKU_EMPTY' : 'KEPT', message } }
  }
  const badSku = unsendableSku(announced, knownSkus)
  if (badSku) return { kind: 'blocked', reason: badSku }
  const network = isBoxFree(loopReturn) ? inDropOffNetwork(input) : null
  if (network !== null) return { kind: 'hold', reason: network }
  const parcels = parcelsOf(loopReturn, policy.boxFree)
  const parcel = parcelToAnnounce(parcels, null)
  if (parcel === null) return withoutParcel(parcels)
  const losses: Loss[] = []
  const shorten = (field: string, text: string, limit: number): string => {
    if (text.length > limit) losses.push({ field, limit, length: text.length })
    return cut(text, limit)
  }
  const others = otherParcels(parcels, parcel.id)
  const unmapped = new Map<string, { parentReason: string | null; reason: string }>()
  const lines = linesOf(announced, policy, orderIdOf(loopReturn, policy), unmapped, shorten)
  const rma: DesiredRma = {
    customerIdentifier: customerIdentifierOf(loopReturn.returnId),
    manifestId: manifestIdOf(loopReturn.orderName, ordinal, losses),
    packageId: parcel.id,
    instructions: others && fittingInstructions(others),
    lines,
  }
  if (others !== null && others.length > instructionsLimit)
    losses.push({ field: 'customer_instructions', limit: instructionsLimit, length: others.length })
  const excluded = [
    ...withoutSku.map((unit) => ({ lineItemId: unit.lineItemId, code: 'SKU_EMPTY' as const })),
    ...retained.map((unit) => ({ lineItemId: unit.lineItemId, code: 'KEPT' as const })),
  ]
  return {
    kind: 'wanted',
    rma,
    announced: announced.map((unit) => unit.lineItemId).sort(),
    excluded,
    unmapped: [...unmapped.values()],
    losses,
  }
}

/** Either no number has come yet, or none that has come is one: the latter is nothing to wait for. */
function withoutParcel([first]: readonly Parcel[]): RmaPlan {
  if (first === undefined) {
    const message = 'Loop has no tracking number yet; MasonHub needs one.'
    return { kind: 'hold', reason: { code: 'WAITING_FOR_TRACKING', message } }
  }
  const { shortest, longest } = parcelIdLength
  const why =
    sendability(first.id) === 'unprintable'
      ? 'no scanner reads all of its characters'
      : `it has ${first.id.length} characters, and MasonHub allows ${shortest} to ${longest}`
  const what = first.kind === 'label' ? 'tracking number' : 'bag barcode'
  const message = `Loop's ${what} “${printableWithUnseen(first.id, 60)}” can't be announced: ${why}.`
  return { kind: 'blocked', reason: { code: 'TRACKING_UNSENDABLE', message } }
}

function byState(input: PlanInput): RmaPlan | null {
  const { state, rawState, units } = input.loopReturn
  const boxFree = isBoxFree(input.loopReturn)
  const skipped = boxFree ? skippedBoxFree(input) : null
  if (skipped !== null) return { kind: 'skip', reason: skipped }
  if (boxFree && (state === 'closed' || state === 'expired')) return null
  switch (state) {
    case 'open':
    case 'review':
      // During a review a person is deciding in Loop, but the parcel travels all the same.
      return null
    case 'cancelled':
      return {
        kind: 'retire',
        reason: { code: 'CANCELLED', message: 'Cancelled in Loop.' },
        skus: units.flatMap(({ sku }) => sku?.trim() || []),
      }
    case 'closed':
      return { kind: 'skip', reason: { code: 'CLOSED', message: 'Closed in Loop.' } }
    case 'expired':
      // A late parcel is a real case (loop.md §8.2): an RMA that exists stays.
      return { kind: 'skip', reason: { code: 'EXPIRED', message: 'Expired in Loop.' } }
    case 'unknown':
      return {
        kind: 'hold',
        reason: {
          code: 'STATE_UNKNOWN',
          message: `Loop reports the state “${printable(rawState, 40)}”, which mhloop does not know.`,
        },
      }
  }
}

function byPolicy(loopReturn: LoopReturn, policy: Policy): RmaPlan | null {
  const { destinationId } = loopReturn
  switch (beforeCutoff(loopReturn, policy.cutoff)) {
    case true:
      return {
        kind: 'skip',
        reason: { code: 'BEFORE_CUTOFF', message: `Created before the merchant's cut-off, ${policy.cutoff}.` },
      }
    case null:
      return {
        kind: 'hold',
        reason: {
          code: 'CREATED_UNKNOWN',
          message: "Its creation time can't be read, so the merchant's cut-off can't be applied.",
        },
      }
    case false:
      break
  }
  if (policy.destinations.length === 0) return null
  if (destinationId === null) {
    return {
      kind: 'hold',
      reason: { code: 'DESTINATION_UNKNOWN', message: 'Loop does not say where this return goes.' },
    }
  }
  if (policy.destinations.includes(destinationId)) return null
  return {
    kind: 'skip',
    reason: {
      code: 'OTHER_DESTINATION',
      message: `Goes to destination ${printable(destinationId, 40)}, which is not a MasonHub warehouse.`,
    },
  }
}

function unsendableSku(units: readonly { sku: string }[], knownSkus: KnownSkus | null): Reason | null {
  for (const { sku } of units) {
    if (sku.length < limits.skuShortest || sku.length > limits.sku) {
      return {
        code: 'SKU_UNSENDABLE',
        sku,
        message: `SKU ${printable(sku, 60)} has ${sku.length} characters; MasonHub allows ${limits.skuShortest} to ${limits.sku}.`,
      }
    }
    if (knownSkus !== null && !knownSkus.has(sku)) {
      const other = knownSkus.similar?.get(sku)
      const found = other === undefined ? '' : ` It has “${printable(other, 100)}”, which is not the same.`
      return { code: 'SKU_UNKNOWN', sku, message: `MasonHub has no SKU ${printableWithUnseen(sku, 100)}.${found}` }
    }
  }
  return null
}

type Shorten = (field: string, text: string, limit: number) => string

function linesOf(
  units: readonly (ReturnUnit & { sku: string })[],
  policy: Policy,
  orderId: string | null,
  unmapped: Map<string, { parentReason: string | null; reason: string }>,
  shorten: Shorten,
): DesiredRmaLine[] {
  const lines = new Map<string, DesiredRmaLine>()
  for (const unit of units) {
    const { code, mapped } = mapReason(policy.reasons, unit.parentReason, unit.reason)
    if (!mapped && unit.reason !== null) {
      unmapped.set(JSON.stringify([unit.parentReason, unit.reason]), {
        parentReason: unit.parentReason,
        reason: unit.reason,
      })
    }
    // Invisible characters are removed first: the rest may be too short to send (F35).
    const text = printable(reasonText(unit.parentReason, unit.reason) ?? '', Number.POSITIVE_INFINITY).trim()
    const notes = text.length < limits.notesShortest ? null : shorten('return_notes', text, limits.notes)
    const key = JSON.stringify([unit.sku, code, notes])
    const line = lines.get(key)
    if (line) line.quantity += 1
    else
      lines.set(key, {
        sku: unit.sku,
        quantity: 1,
        reasonCode: code,
        requestedStatus: policy.requestedStatus,
        notes,
        orderId,
      })
  }
  return [...lines.values()]
}

function orderIdOf(loopReturn: LoopReturn, policy: Policy): string | null {
  const id = { none: null, 'order-name': loopReturn.orderName, 'provider-order-id': loopReturn.providerOrderId }[
    policy.orderReference
  ]
  // A shortened order id would name another order, so it is left out.
  return id !== null && id.trim().length >= limits.orderIdShortest && id.length <= limits.orderId ? id : null
}

/** `#1001-R2`: what people at both companies search for. A long order name is cut, the ordinal never. */
function manifestIdOf(orderName: string | null, ordinal: number, losses: Loss[]): string | null {
  const name = printable(orderName ?? '', Number.POSITIVE_INFINITY).trim()
  if (name === '') return null
  const suffix = `-R${ordinal}`
  const room = limits.manifestId - suffix.length
  if (name.length > room)
    losses.push({ field: 'manifest_id', limit: limits.manifestId, length: name.length + suffix.length })
  return cut(name, room) + suffix
}

/** Lists the return's other parcels for the dock; not yet cut: see {@link fittingInstructions}. */
export function otherParcels(parcels: readonly Pick<Parcel, 'id' | 'kind'>[], packageId: string): string | null {
  const others = parcels.filter(({ id }) => id !== packageId && sendability(id) !== 'short')
  if (others.length === 0) return null
  const what = others.every(({ kind }) => kind === 'bag') ? 'bags' : 'parcels'
  return `Other ${what} of this return: ${others.map(({ id }) => id).join(', ')}`
}
