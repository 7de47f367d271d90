/**
 * MasonHub and its warehouse at their worst: writes that are queued, become visible late or are lost, and people who
 * change RMAs.
 */
import type { World } from './world.ts'

export type RmaStatus = 'open' | 'in-receiving' | 'received' | 'deleted'
export type Detail = { word: string; quantity: number; notes: string }
export type RmaLine = {
  sku: string
  quantity: number
  reasonCode: string
  requestedStatus: string
  notes: string | null
  orderId: string | null
  reported: number | null
  details: readonly Detail[] | null
  unannounced: boolean
}

/** Immutable; reads show a version from `visibleAt` on. */
export type RmaVersion = {
  at: number
  visibleAt: number
  version: number
  status: RmaStatus
  packageId: string
  manifestId: string | null
  instructions: string | null
  lines: readonly RmaLine[]
}

export type Rma = {
  id: string
  customerIdentifier: string | null
  createdAt: number
  returnType: 'rma_submitted_by_customer' | 'rma_created_by_distribution_center'
  /** Another system created it, for something else. */
  isForeign: boolean
  versions: RmaVersion[]
}

export type RmaMessage = { event: string; rma: Rma; at: number }

export type Written = Pick<RmaVersion, 'packageId' | 'manifestId' | 'instructions' | 'lines'>
/** The result of a write: the three digits of its refusal, or null. */
export type WriteAnswer = { code: '301' | '303' | '409' | null }

export type MasonHub = {
  readonly world: World
  readonly rmas: Rma[]
  readonly skus: ReadonlySet<string>
  readonly habits: { listsDeleted: boolean; quirks: boolean; apiVersion: '1.0' | '2.0'; stringifies: boolean }
  /** Identifiers for which a label was bought: must stay empty (F36). */
  readonly labelsBought: string[]
  live(customerIdentifier: string): Rma | undefined
  byIdentifier(customerIdentifier: string): readonly Rma[]
  create(customerIdentifier: string, written: Written): WriteAnswer
  update(customerIdentifier: string, written: Written): WriteAnswer
  remove(customerIdentifier: string): WriteAnswer
  /**
   * A change by the warehouse, or by a person in MasonHub's own pages: it counts at once, although reads may show it
   * late.
   */
  change(rma: Rma, changes: Partial<RmaVersion>, event: string | null): void
  /** Adds an RMA that no client announced, or that another system did. */
  add(rma: Pick<Rma, 'customerIdentifier' | 'returnType'>, first: Omit<RmaVersion, 'at' | 'visibleAt' | 'version'>): Rma
  onMessage(listener: (message: RmaMessage) => void): void
}

export const catalogue = ['TEE', 'CAP', 'SOCKS', 'HOODIE'] as const

export function createMasonHub(world: World): MasonHub {
  const random = world.random('MasonHub')
  const rmas: Rma[] = []
  const identifiers = new Map<string, Rma[]>()
  /** Identifiers of creates that are still in the queue. */
  const queued = new Set<string>()
  const listeners: ((message: RmaMessage) => void)[] = []

  const byIdentifier = (customerIdentifier: string) => identifiers.get(customerIdentifier) ?? []
  const live = (customerIdentifier: string) =>
    byIdentifier(customerIdentifier).find((rma) => latest(rma).status !== 'deleted')

  function insert(rma: Rma): Rma {
    rmas.push(rma)
    const { customerIdentifier } = rma
    if (customerIdentifier !== null) identifiers.set(customerIdentifier, [...byIdentifier(customerIdentifier), rma])
    world.note(`MasonHub ${customerIdentifier} created`)
    return rma
  }

  /** Reads show a write a moment later, or up to two minutes later. */
  function visibleAt(returnId: string): number {
    const late = world.hits('write shows late', [returnId]) ? random.between(5, 110) * 1000 : random.between(0, 1500)
    return world.now() + late
  }

  function push(rma: Rma, changes: Partial<RmaVersion>): void {
    const isVisibleNow = visibleAt(rma.customerIdentifier ?? '')
    rma.versions.push({ ...latest(rma), ...changes, at: world.now(), visibleAt: isVisibleNow })
    world.note(`MasonHub ${rma.customerIdentifier} ${Object.keys(changes).join(',')} ${latest(rma).status}`)
  }

  /** "Success" means validated and queued (C9): the effect comes later, if the RMA still allows it. */
  function enqueue(customerIdentifier: string, work: () => void): void {
    if (world.hits('write lost in queue', [customerIdentifier])) return
    world.at(world.now() + random.delay(700, 8_000), work)
  }

  function ours(rma: Rma): void {
    if (rma.isForeign) world.violation(`an RMA of somebody else was written to: ${rma.customerIdentifier}`)
  }

  const isOpen = (rma: Rma) => latest(rma).status === 'open'
  const nextId = () => `0b6bb516-ce52-4950-8a8b-${String(rmas.length + 1).padStart(12, '0')}`

  return {
    world,
    rmas,
    skus: new Set(catalogue),
    habits: {
      listsDeleted: random.chance(0.5),
      quirks: random.chance(0.7),
      apiVersion: random.pick(['1.0', '2.0']),
      stringifies: random.chance(0.2),
    },
    labelsBought: [],
    live,
    byIdentifier,
    create(customerIdentifier, written) {
      if (live(customerIdentifier) !== undefined || queued.has(customerIdentifier)) return { code: '301' }
      const lost = world.hits('write lost in queue', [customerIdentifier])
      if (lost) return { code: null }
      queued.add(customerIdentifier)
      world.at(world.now() + random.delay(700, 8_000), () => {
        queued.delete(customerIdentifier)
        const at = world.now()
        const first: RmaVersion = {
          ...written,
          at,
          visibleAt: visibleAt(customerIdentifier),
          version: 1,
          status: 'open',
        }
        insert({
          id: nextId(),
          customerIdentifier,
          createdAt: at,
          returnType: 'rma_submitted_by_customer',
          isForeign: false,
          versions: [first],
        })
      })
      return { code: null }
    },
    update(customerIdentifier, written) {
      const rma = live(customerIdentifier)
      if (rma === undefined) return { code: '303' }
      if (!isOpen(rma)) return { code: '409' }
      ours(rma)
      enqueue(customerIdentifier, () => {
        if (isOpen(rma)) push(rma, { ...written, version: latest(rma).version + 1 })
      })
      return { code: null }
    },
    remove(customerIdentifier) {
      const rma = live(customerIdentifier)
      if (rma === undefined) return { code: '303' }
      if (!isOpen(rma)) return { code: '409' }
      ours(rma)
      enqueue(customerIdentifier, () => {
        if (isOpen(rma)) push(rma, { status: 'deleted' })
      })
      return { code: null }
    },
    change(rma, changes, event) {
      push(rma, changes)
      if (event === null) return
      for (const listener of listeners) listener({ event, rma, at: world.now() })
    },
    add({ customerIdentifier, returnType }, first) {
      const at = world.now()
      return insert({
        id: nextId(),
        customerIdentifier,
        createdAt: at,
        returnType,
        isForeign: returnType === 'rma_submitted_by_customer',
        versions: [{ ...first, at, visibleAt: at, version: 1 }],
      })
    },
    onMessage: (listener) => void listeners.push(listener),
  }
}

/** The true version, whatever reads show. */
export function latest(rma: Rma): RmaVersion {
  const last = rma.versions.at(-1)
  if (last === undefined) throw new Error('an RMA has a version')
  return last
}
