import { BadRequest } from '../control/control-input.ts'
import type { MasonHubSandbox, Receipt, StoredRma } from '../masonhub/types.ts'
import { milestones } from '../masonhub/types.ts'
import { catalogue } from './stories.ts'
import type { PlannedLine, PlannedReceipt, SeededReturn } from './story.ts'

/** The parts of a sandbox that the dock uses. */
export type Docked = { masonhub: MasonHubSandbox; seeded: ReadonlyMap<string, SeededReturn> }

export type ParcelsReceived = {
  received: { returnId: string; customerIdentifier: string; what: string }[]
  /** Parcels that could not be received, each with the reason. */
  skipped: { returnId: string; reason: string }[]
}

/** The events that receive a whole parcel; the other events are milestones (masonhub.md §4.8). */
const parcelEvents = ['planned', 'receiveFull', 'receivePartial', 'receiveUnexpected', 'receiveDamaged'] as const

/**
 * Receives parcels: `{all: true}`: every seeded one by its plan; `{returnId}`, `{customerIdentifier}` or `{parcelId}`,
 * which is what a scanner reads: one, by an `event`, by explicit `lines`, or otherwise by its plan (everything fine if it
 * has none).
 */
export function receiveParcels(sandbox: Docked, body: Record<string, unknown>): ParcelsReceived {
  const found = indexRmas(sandbox.masonhub)
  if (body['all'] === true) return receiveEach(sandbox.masonhub, found, sandbox.seeded.values())
  const name = body['customerIdentifier'] ?? body['returnId'] ?? scanned(sandbox.masonhub, body['parcelId'])
  if (typeof name !== 'string' && typeof name !== 'number') {
    throw new BadRequest('Give the parcel: returnId, customerIdentifier, parcelId, or {"all": true}.')
  }
  const rmas = found.get(String(name)) ?? found.get(firstNumber(String(name)) ?? '') ?? []
  if (rmas.length === 0) throw new BadRequest(`MasonHub has no RMA for ${name}.`, 404)
  const plan = sandbox.seeded.get(String(name))?.receipt ?? null
  const received = rmas.map((rma) => {
    const customerIdentifier = rma.customerIdentifier ?? ''
    const what = receiveOne(sandbox.masonhub, rma, { plan, event: body['event'], lines: body['lines'] })
    return { returnId: String(name), customerIdentifier, what }
  })
  return { received, skipped: [] }
}

/** The identifier of the RMA that announces this package id; undefined when nothing was scanned. */
function scanned(masonhub: MasonHubSandbox, parcelId: unknown): string | undefined {
  if (parcelId === undefined) return undefined
  for (const { customerIdentifier, states } of masonhub.rmas.all()) {
    const state = states.at(-1)
    if (customerIdentifier !== null && state?.status !== 'deleted' && state?.packageId === String(parcelId)) {
      return customerIdentifier
    }
  }
  throw new BadRequest(`MasonHub has no RMA with the package id ${parcelId}.`, 404)
}

/** Receives the parcel of one seeded return by its plan; skipped while no open RMA announces it. */
export function receiveSeeded(masonhub: MasonHubSandbox, seeded: SeededReturn): ParcelsReceived {
  return receiveEach(masonhub, indexRmas(masonhub), [seeded])
}

function receiveEach(
  masonhub: MasonHubSandbox,
  found: ReadonlyMap<string, StoredRma[]>,
  plans: Iterable<SeededReturn>,
): ParcelsReceived {
  const result: ParcelsReceived = { received: [], skipped: [] }
  for (const { returnId, receipt } of plans) {
    if (receipt === null) continue
    const rmas = found.get(returnId) ?? []
    if (rmas.length === 0) result.skipped.push({ returnId, reason: 'no RMA announces it' })
    for (const rma of rmas) {
      const status = rma.states.at(-1)?.status
      if (status !== 'open') {
        result.skipped.push({ returnId, reason: `its RMA is ${status}` })
        continue
      }
      const what = receiveOne(masonhub, rma, { plan: receipt, event: undefined, lines: undefined })
      result.received.push({ returnId, customerIdentifier: rma.customerIdentifier ?? '', what })
    }
  }
  return result
}

/**
 * Indexes the RMAs that are not deleted by their identifier and by the number in it. Clients may prefix short ids or
 * count generations; the first number without leading zeros is the return id in every case.
 */
function indexRmas(masonhub: MasonHubSandbox): ReadonlyMap<string, StoredRma[]> {
  const index = new Map<string, StoredRma[]>()
  for (const rma of masonhub.rmas.all()) {
    if (rma.customerIdentifier === null || rma.states.at(-1)?.status === 'deleted') continue
    for (const key of new Set([rma.customerIdentifier, firstNumber(rma.customerIdentifier)])) {
      if (key !== null) index.set(key, [...(index.get(key) ?? []), rma])
    }
  }
  return index
}

function firstNumber(identifier: string): string | null {
  return /[1-9]\d*/.exec(identifier)?.[0] ?? null
}

type ParcelRequest = { plan: PlannedReceipt | null; event: unknown; lines: unknown }

/** Receives one parcel and returns a short text of what happened. */
function receiveOne(masonhub: MasonHubSandbox, rma: StoredRma, request: ParcelRequest): string {
  const identifier = rma.customerIdentifier ?? ''
  if (request.lines !== undefined) return receiveLines(masonhub, identifier, readLines(request.lines))
  const event = request.event ?? 'planned'
  const milestone = milestones.find((known) => known === event)
  if (milestone) {
    masonhub.warehouse.milestone(identifier, milestone)
    return milestone
  }
  if (event === 'planned') return receivePlanned(masonhub, identifier, request.plan ?? 'complete')
  const receipt = receiptOf(rma, event)
  masonhub.warehouse.receive(identifier, receipt)
  return String(event)
}

function receivePlanned(masonhub: MasonHubSandbox, identifier: string, plan: PlannedReceipt): string {
  if (plan === 'started') {
    masonhub.warehouse.milestone(identifier, 'receivingStarted')
    return 'receivingStarted'
  }
  if (plan !== 'complete') return receiveLines(masonhub, identifier, plan)
  masonhub.warehouse.receive(identifier)
  return 'all available'
}

function receiveLines(masonhub: MasonHubSandbox, identifier: string, lines: readonly PlannedLine[]): string {
  const notes = lines.find((line) => line.notes !== undefined)?.notes
  masonhub.warehouse.receive(identifier, {
    lines: lines.filter((line) => !line.unannounced).map(announcedLine),
    unexpected: lines.filter((line) => line.unannounced).flatMap(unannouncedLines),
    ...(notes === undefined ? {} : { notes }),
  })
  return lines.map((line) => `${line.sku}: ${countsOf(line)}`).join('; ')
}

function announcedLine(line: PlannedLine) {
  const notes = line.notes === undefined ? {} : { notes: line.notes }
  const received = Object.entries(line.received).map(([disposition, quantity]) => ({ disposition, quantity, ...notes }))
  return { sku: line.sku, received, ...(line.counted === undefined ? {} : { quantityReceived: line.counted }) }
}

function unannouncedLines(line: PlannedLine) {
  return Object.entries(line.received).map(([disposition, quantity]) => ({
    sku: line.sku,
    disposition,
    quantityReceived: quantity,
  }))
}

function countsOf(line: PlannedLine): string {
  const counts = Object.entries(line.received).map(([disposition, quantity]) => `${quantity} ${disposition}`)
  return counts.length === 0 ? 'nothing' : counts.join(', ')
}

function receiptOf(rma: StoredRma, event: unknown): Receipt {
  const lines = rma.states.at(-1)?.lines ?? []
  switch (event) {
    case 'receiveFull':
      return {}
    case 'receivePartial':
      return { lines: lines.map((line, index) => unitsOf(line, index === 0 ? line.quantity - 1 : line.quantity)) }
    case 'receiveUnexpected': {
      const announced = new Set(lines.map((line) => line.sku))
      return { unexpected: [{ sku: catalogue.find((sku) => !announced.has(sku)) ?? catalogue[0] }] }
    }
    case 'receiveDamaged':
      return { lines: lines.map((line) => unitsOf(line, line.quantity, 'damaged')) }
    default:
      throw new BadRequest(`event must be one of ${[...parcelEvents, ...milestones].join(', ')}.`)
  }
}

function unitsOf(line: { sku: string }, quantity: number, disposition = 'available') {
  return { sku: line.sku, received: quantity > 0 ? [{ disposition, quantity }] : [] }
}

function readLines(lines: unknown): PlannedLine[] {
  const wrong = 'lines must look like [{"sku": "TEE-BLK-M", "received": {"available": 1, "damaged": 1}}].'
  if (!Array.isArray(lines) || lines.length === 0) throw new BadRequest(wrong)
  return lines.map((line: unknown) => {
    if (typeof line !== 'object' || line === null) throw new BadRequest(wrong)
    const { sku, received, counted, unannounced, notes } = line as Record<string, unknown>
    if (typeof sku !== 'string' || typeof received !== 'object' || received === null) throw new BadRequest(wrong)
    const counts = Object.entries(received)
    if (counts.some(([, quantity]) => !Number.isInteger(quantity) || quantity < 0)) throw new BadRequest(wrong)
    return {
      sku,
      received: Object.fromEntries(counts) as Record<string, number>,
      ...(typeof counted === 'number' ? { counted } : {}),
      ...(unannounced === true ? { unannounced } : {}),
      ...(typeof notes === 'string' ? { notes } : {}),
    }
  })
}
