import { prefetch } from '../../core/concurrency/prefetch.ts'
import { type LoopReturn, methodUnsaid, type ReturnMethod, type ReturnState } from '../../core/returns/return.ts'
import { planRma, type RmaPlan } from '../../core/rmas/plan-rma.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { planInputOf } from '../returns/observe-returns.ts'
import { type Missing, observeWindow, type Source } from './observe-window.ts'

/** One return that Loop announces, and the RMA that a sync would plan for it. */
export type Announced = {
  returnId: string
  orderName: string | null
  state: ReturnState
  outcome: string | null
  units: number
  trackingNumbers: string[]
  method: ReturnMethod
  bags: string[]
  destinationId: string | null
  destinationName: string | null
  createdAt: string | null
  updatedAt: string | null
  plan: 'wanted' | 'held' | 'skipped' | 'blocked' | 'retired'
  /** Why it gets no RMA. */
  reason: { code: string; message: string } | null
}

export type AnnouncedQuery = {
  from: string
  to: string
  source: Source
  /** Empty: every state. */
  states: readonly string[]
}

const words = { wanted: 'wanted', hold: 'held', skip: 'skipped', blocked: 'blocked', retire: 'retired' } as const

/** Reads Loop, and what the journal knows of each return. Writes nothing, and does not ask MasonHub. */
export async function listAnnounced(context: MerchantContext, query: AnnouncedQuery): Promise<Announced[]> {
  const { from, to, source, states } = query
  // By id: a return that changes while the list is read comes again, and its last record counts.
  const rows = new Map<string, Announced>()
  const keep = (row: Announced) => {
    // At the position of the last record, not of the first.
    rows.delete(row.returnId)
    rows.set(row.returnId, row)
  }
  for await (const page of prefetch(observeWindow(context, { from, to, fromCursor: false }, source))) {
    context.signal.throwIfAborted()
    for (const { returnId } of page.returns) rows.delete(returnId)
    const selected = page.returns.filter(({ state }) => states.length === 0 || states.includes(state))
    for (const row of [...(await planned(context, selected)), ...page.unreadable.map(unreadableRow)]) keep(row)
    context.progress({ label: 'Reading returns', done: rows.size, total: null })
  }
  return [...rows.values()]
}

async function planned(context: MerchantContext, returns: readonly LoopReturn[]): Promise<Announced[]> {
  if (returns.length === 0) return []
  const { journal, merchant } = context
  const links = await journal.links.find(merchant.name, { returnIds: returns.map(({ returnId }) => returnId) })
  const linkOf = new Map(links.map((link) => [link.returnId, link]))
  return returns.map((loopReturn) => {
    const fromLink = planInputOf(linkOf.get(loopReturn.returnId) ?? null)
    const { policy } = merchant
    return rowOf(loopReturn, planRma({ loopReturn, policy, knownSkus: null, now: nowOf(context), ...fromLink }))
  })
}

/** Listed for every state, because its state is unknown. */
function unreadableRow({ returnId, message }: Missing['unreadable'][number]): Announced {
  return {
    returnId,
    orderName: null,
    state: 'unknown',
    outcome: null,
    units: 0,
    trackingNumbers: [],
    method: methodUnsaid,
    bags: [],
    destinationId: null,
    destinationName: null,
    createdAt: null,
    updatedAt: null,
    plan: 'blocked',
    reason: { code: 'LOOP_UNREADABLE', message },
  }
}

function rowOf(loopReturn: LoopReturn, plan: RmaPlan): Announced {
  const { returnId, orderName, state, outcome, units, trackingNumbers, method, bags } = loopReturn
  const { destinationId, destinationName, createdAt, updatedAt } = loopReturn
  return {
    returnId,
    orderName,
    state,
    outcome,
    units: units.length,
    trackingNumbers,
    method,
    bags,
    destinationId,
    destinationName,
    createdAt,
    updatedAt,
    plan: words[plan.kind],
    reason: plan.kind === 'wanted' ? null : { code: plan.reason.code, message: plan.reason.message },
  }
}
