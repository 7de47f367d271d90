import { mapWithLimit } from '../../core/concurrency/map-with-limit.ts'
import type { Policy } from '../../core/merchants/policy.ts'
import { type Decision, decide, type PastResolutions } from '../../core/refunds/decide.ts'
import type { Kits } from '../../core/refunds/kits.ts'
import { isRefundKind } from '../../core/refunds/refund-kinds.ts'
import { parcelsOf } from '../../core/returns/parcels.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import { customerIdentifierOf } from '../../core/rmas/identifiers.ts'
import { type KnownSkus, type PlanInput, planRma, type RmaPlan } from '../../core/rmas/plan-rma.ts'
import type { Rma } from '../../core/rmas/rma.ts'
import { type DifferenceInput, liveRmas, type RmaDifference, rmaDifference } from '../../core/rmas/rma-difference.ts'
import { isOurs, unitsSent } from '../../effects/own-rmas.ts'
import { withoutRemoval } from '../../effects/removals.ts'
import { isSurelyUnsent } from '../../journal/effects/transitions.ts'
import type { Effect, Link } from '../../journal/journal.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { kitsOfReceipts } from './kits-of-receipts.ts'
import { completed } from './remembered-returns.ts'

/** One return, freshly read from both vendors, with what the journal knows and what the rules decide. */
export type ReturnObservation = {
  returnId: string
  /** null: Loop has no such return. */
  loopReturn: LoopReturn | null
  /** When the first of its bags was seen; null: it has none. */
  bagSeenAt: string | null
  /** Every RMA that MasonHub shows under its identifier, deleted ones included. */
  rmas: Rma[]
  /** The one live RMA; null when there is none, or more than one. */
  rma: Rma | null
  link: Link | null
  effects: Effect[]
  /** Kits among what a receipt seems to lack. */
  kits: Kits
  plan: RmaPlan | null
  difference: RmaDifference | null
  decision: Decision
}

/** Loop returns one return per request; a few at a time use the connection well without a burst. */
const readsAtOnce = 4

/** Reads both sides now, RMAs thirty per request, returns one by one; in the order given. Writes nothing. */
export async function observeReturns(
  context: MerchantContext,
  returnIds: readonly string[],
): Promise<ReturnObservation[]> {
  if (returnIds.length === 0) return []
  const { loop, masonhub, journal, merchant } = context
  const [returns, byIdentifier, links, effects] = await Promise.all([
    mapWithLimit(returnIds, readsAtOnce, (returnId) => loop.details(returnId)),
    masonhub.rmas.byCustomerIdentifiers(returnIds.map(customerIdentifierOf)),
    journal.links.find(merchant.name, { returnIds }),
    journal.effects.find({ merchant: merchant.name, returnIds }),
  ])
  const kits = await kitsOfReceipts(
    context,
    [...byIdentifier.values()].map((rmas) => ({ rmas })),
  )
  const { policy } = (await context.stored()).merchant
  const linkOf = new Map(links.map((link) => [link.returnId, link]))
  const read = returns.filter((one) => one !== null)
  const known = read.map(({ returnId }) => linkOf.get(returnId) ?? null)
  const complete = new Map((await completed(context, read, known)).map((one) => [one.loopReturn.returnId, one]))
  const effectsOf = Map.groupBy(effects, ({ returnId }) => returnId)
  return returnIds.map((returnId, index) => {
    const seen: Seen = {
      loopReturn: complete.get(returns[index]?.returnId ?? '')?.loopReturn ?? null,
      bagSeenAt: complete.get(returns[index]?.returnId ?? '')?.bagSeenAt ?? null,
      rmas: byIdentifier.get(customerIdentifierOf(returnId)) ?? [],
      link: linkOf.get(returnId) ?? null,
      effects: effectsOf.get(returnId) ?? [],
      kits,
    }
    return { returnId, ...seen, ...conclude(seen, { policy, now: nowOf(context), explicitRefund: false }) }
  })
}

type Seen = Pick<ReturnObservation, 'loopReturn' | 'bagSeenAt' | 'rmas' | 'link' | 'effects' | 'kits'>

export type ConcludeBy = {
  policy: Policy
  /** RFC 3339 now. */
  now: string
  explicitRefund: boolean
  knownSkus?: KnownSkus | null
}

/** Applies the rules to an observation; the audit, which observes in bulk, uses it, too. */
export function conclude(
  seen: Seen,
  { policy, now, explicitRefund, knownSkus = null }: ConcludeBy,
): Pick<ReturnObservation, 'rma' | 'plan' | 'difference' | 'decision'> {
  const { loopReturn, rmas, link, effects, kits } = seen
  const live = liveRmas(rmas)
  const rma = live.length === 1 ? (live[0] ?? null) : null
  const plan = loopReturn && planRma({ loopReturn, policy, knownSkus, now, ...planInputOf(link) })
  const ours = isOurs(rmas, effects)
  const found =
    loopReturn && plan && rmaDifference({ plan, there: rmas, ours, ...differenceInputOf(loopReturn, policy) })
  const difference = loopReturn && found && withoutRemoval(found, loopReturn, effects)
  const situation = {
    loopReturn,
    rma,
    policy,
    announced: announcedUnits(seen),
    past: pastResolutions(effects),
    explicitRefund,
    bagSeenAt: seen.bagSeenAt,
    now,
    kits,
  }
  const decision: Decision =
    difference?.kind === 'foreign' ? { action: 'wait', reasons: [difference.reason] } : decide(situation)
  return { rma, plan, difference, decision }
}

/** What the journal's record of a return says to its plan. */
export function planInputOf(link: Link | null): Pick<PlanInput, 'ordinal' | 'announcedBefore'> {
  return { ordinal: link?.ordinal ?? 1, announcedBefore: link !== null && link.announced !== null }
}

export function differenceInputOf(
  loopReturn: LoopReturn,
  { boxFree }: Policy,
): Pick<DifferenceInput, 'parcels' | 'over'> {
  const over = loopReturn.state === 'closed' || loopReturn.state === 'expired'
  return { parcels: parcelsOf(loopReturn, boxFree), over }
}

/**
 * Line item ids of the units that MasonHub's RMA is built from; null when unknown. The writes of the journal say it: a
 * process may die, or be overtaken, before it stores them in the return record.
 */
export function announcedUnits({ rmas, link, effects }: Pick<Seen, 'rmas' | 'link' | 'effects'>): string[] | null {
  return unitsSent(rmas, effects) ?? link?.announced ?? null
}

/** Translates the journal's effects into the terms of the rules. */
export function pastResolutions(effects: readonly Effect[]): PastResolutions {
  const refunds = effects.filter(({ kind }) => isRefundKind(kind))
  // At most one of a return holds its slot; an abandoned one says nothing.
  const process = refunds.find(({ state }) => state !== 'abandoned')
  const flags = effects.filter((effect) => effect.kind === 'flag')
  return {
    process: processState(process),
    flags: flags.flatMap(({ digest, state }) => {
      const known = flagState(state)
      return known === null ? [] : [{ receipt: digest, state: known }]
    }),
  }
}

function flagState(state: Effect['state']): PastResolutions['flags'][number]['state'] | null {
  switch (state) {
    case 'sent':
    case 'in_doubt':
      return 'unsettled'
    case 'accepted':
    case 'confirmed':
    case 'parked':
      return state
    case 'planned':
    case 'refused':
    case 'abandoned':
      return null
  }
}

function processState(process: Effect | undefined): PastResolutions['process'] {
  switch (process?.state) {
    case undefined:
    case 'abandoned':
      return 'none'
    case 'planned':
      return 'planned'
    case 'sent':
    case 'accepted':
    case 'in_doubt':
      return 'pending'
    case 'confirmed':
      return process.parkedBecause === 'MAYBE_SENT' ? 'paid by somebody' : 'confirmed'
    case 'refused':
      return isSurelyUnsent(process) ? 'ended elsewhere' : 'refused'
    case 'parked':
      return parkedState(process.parkedBecause)
  }
}

function parkedState(because: Effect['parkedBecause']): PastResolutions['process'] {
  switch (because) {
    case 'CLAIMED_ELSEWHERE':
      return 'claimed elsewhere'
    case 'CLAIM_UNSEEN':
      return 'unclaimed'
    case 'MAYBE_SENT':
    case null:
      return 'parked'
  }
}
