import type { RmaState, StoredRma } from '../types.ts'

type Held = {
  id: string
  customerIdentifier: string | null
  createdAt: string
  createdMs: number
  position: number
  states: RmaState[]
}

export type RmaStore = {
  add(rma: { id: string; customerIdentifier: string | null; createdAt: string; first: RmaState }): StoredRma
  /** Adds a new state. */
  push(rma: StoredRma, state: RmaState): void
  byId(id: string): StoredRma | undefined
  /** All RMAs with this identifier, including deleted ones, oldest first. */
  byCustomerIdentifier(customerIdentifier: string): readonly StoredRma[]
  /** In the order of creation. */
  all(): readonly StoredRma[]
  /** Milliseconds since 1970, for filters on created_at. */
  createdMs(rma: StoredRma): number
  /** Without duplicates, in the order of creation. */
  inOrder(rmas: readonly StoredRma[]): StoredRma[]
  readonly size: number
  /** Changes with every change. */
  readonly revision: number
}

/**
 * RMAs with an index for every lookup that the API offers; an identifier is unique among RMAs that are not deleted
 * (masonhub.md §4.7).
 */
export function createRmaStore(): RmaStore {
  const ordered: Held[] = []
  const ids = new Map<string, Held>()
  const identifiers = new Map<string, Held[]>()
  let revision = 0
  return {
    add({ id, customerIdentifier, createdAt, first }) {
      const createdMs = Date.parse(createdAt)
      const held: Held = { id, customerIdentifier, createdAt, createdMs, position: ordered.length, states: [first] }
      ordered.push(held)
      revision += 1
      ids.set(id, held)
      if (customerIdentifier !== null) {
        const known = identifiers.get(customerIdentifier)
        if (known) known.push(held)
        else identifiers.set(customerIdentifier, [held])
      }
      return held
    },
    push(rma, state) {
      ids.get(rma.id)?.states.push(state)
      revision += 1
    },
    byId: (id) => ids.get(id),
    byCustomerIdentifier: (customerIdentifier) => identifiers.get(customerIdentifier) ?? [],
    all: () => ordered,
    createdMs: (rma) => ids.get(rma.id)?.createdMs ?? 0,
    inOrder: (rmas) => [...new Set(rmas)].sort((a, b) => position(ids, a) - position(ids, b)),
    get size() {
      return ordered.length
    },
    get revision() {
      return revision
    },
  }
}

function position(ids: ReadonlyMap<string, Held>, rma: StoredRma): number {
  return ids.get(rma.id)?.position ?? -1
}

/** The last state, which is the true one. */
export function current(rma: StoredRma): RmaState {
  const last = rma.states.at(-1)
  if (!last) throw new Error(`RMA ${rma.id} has no state`)
  return last
}

/**
 * The state that a read shows now: writes become visible late (C9). Undefined when not even the creation is visible
 * yet.
 */
export function visible(rma: StoredRma, nowMs: number): RmaState | undefined {
  return rma.states.findLast((state) => state.visibleAt <= nowMs)
}

/** The RMA that counts for uniqueness and for writes: the one that is not deleted. */
export function alive(rmas: readonly StoredRma[]): StoredRma | undefined {
  const last = rmas.at(-1)
  return last && current(last).status !== 'deleted' ? last : undefined
}
