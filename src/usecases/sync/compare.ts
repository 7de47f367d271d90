import type { Fault } from '../../core/errors/fault.ts'
import type { Policy } from '../../core/merchants/policy.ts'
import { isBoxFree, namesMethod } from '../../core/returns/parcels.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import { customerIdentifierOf } from '../../core/rmas/identifiers.ts'
import { type KnownSkus, planRma, type RmaPlan } from '../../core/rmas/plan-rma.ts'
import type { Rma } from '../../core/rmas/rma.ts'
import { type RmaDifference, rmaDifference } from '../../core/rmas/rma-difference.ts'
import { digestOf } from '../../core/text/digest.ts'
import { isOurs } from '../../effects/own-rmas.ts'
import { isEdited, withoutRemoval } from '../../effects/removals.ts'
import { rmaKinds } from '../../effects/rma.ts'
import type { Effect, EffectKind, Link } from '../../journal/journal.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { comparisonReturns } from '../returns/comparison-returns.ts'
import { differenceInputOf, planInputOf } from '../returns/observe-returns.ts'
import { completed, seenParcels } from '../returns/remembered-returns.ts'

/** One return compared with MasonHub. */
export type Compared = {
  /** Completed by what earlier readings said of its parcels. */
  loopReturn: LoopReturn
  /** When the first of its bags was seen; null: it has none. */
  bagSeenAt: string | null
  link: Link
  plan: RmaPlan
  /** RFC 3339. */
  plannedAt: string
  /** Every RMA that MasonHub shows under its identifier; empty also when it was not looked up. */
  rmas: Rma[]
  difference: RmaDifference
  /** RMA writes of this return that were sent before. */
  effects: Effect[]
}

/** SKUs that this run has asked for, so that none is asked for twice. */
export type SkuMemory = { known: Set<string> & { similar?: Map<string, string> }; unknown: Set<string> }

export type CompareOptions = {
  skus: SkuMemory
  /** See {@link rmaDifference}. */
  reasonsKnown: boolean
  /** With it, RMAs of returns that need none are compared as well, which an audit needs. */
  readBefore?: ReadBefore
  /** A return whose RMA can't be read is left out and reported; without it, or if there is no other, it is thrown. */
  onUnreadable?: (link: Link, fault: Fault) => void
}

/** RMAs that were read in bulk a moment ago. */
export type ReadBefore = {
  /** null: look them up. */
  rmasOf(loopReturn: LoopReturn): Rma[] | null
  /** RMAs that we have written since this time are looked up again, because these writes may not show in `rmasOf`. */
  since: string
}

/**
 * Observes MasonHub for these returns and plans each of them. In the journal it only registers the returns and remembers
 * their parcels.
 */
export async function compare(
  context: MerchantContext,
  read: readonly LoopReturn[],
  options: CompareOptions,
): Promise<Compared[]> {
  const links = await register(context, read)
  const seen = await completed(context, read, links)
  const returns = seen.map(({ loopReturn }) => loopReturn)
  const { policy } = (await context.stored()).merchant
  const plannedAt = nowOf(context)
  const drafts = seen.map((one, index) => {
    const link = links[index]
    if (link === undefined) throw new Error('the journal gave fewer links than returns')
    return { ...one, link, plannedAt, plan: planOf(policy, { ...one, link, plannedAt }, null) }
  })
  const earlier = await effectsByReturn(context, returns, { kinds: rmaKinds })
  const { readBefore } = options
  const known = new Map(drafts.map((draft) => [draft, readBefore?.rmasOf(draft.loopReturn) ?? null]))
  const covered = drafts.filter((draft) => {
    if (hasUnseen(earlier.get(draft.loopReturn.returnId) ?? [], readBefore?.since ?? '')) return true
    return readBefore ? known.get(draft) === null : needsLookup(draft)
  })
  const lookedUp = new Set(covered)
  const requested = covered.map(({ loopReturn }) => loopReturn.returnId)
  const { there, unreadable } = await readRmas(context, requested, options)
  // Read again, so that another process's writes meanwhile don't look older than what was read.
  const effects = await effectsByReturn(context, returns, { kinds: rmaKinds })
  const readable = drafts.filter(({ link }) => !unreadable.has(link.customerIdentifier))
  for (const { link } of drafts) {
    const fault = unreadable.get(link.customerIdentifier)
    if (fault !== undefined) options.onUnreadable?.(link, fault)
  }
  const compared = readable.map((draft): Compared => {
    const found = lookedUp.has(draft) ? there.get(customerIdentifierOf(draft.loopReturn.returnId)) : known.get(draft)
    const rmas = found ?? []
    // For a return that was not looked up, writes made meanwhile can't be judged.
    const past = (lookedUp.has(draft) ? effects : earlier).get(draft.loopReturn.returnId) ?? []
    return { ...draft, rmas, effects: past, difference: difference(policy, draft, rmas, past, options.reasonsKnown) }
  })
  return await withoutRemovals(context, await withKnownSkus(context, policy, compared, options))
}

/**
 * A return that lacks only units that mhloop had removed counts as unchanged, not as edited. Removals are read from the
 * journal only for returns that look edited, to save queries.
 */
async function withoutRemovals(context: MerchantContext, compared: readonly Compared[]): Promise<Compared[]> {
  const edited = compared.filter(({ difference }) => isEdited(difference)).map(({ loopReturn }) => loopReturn)
  if (edited.length === 0) return [...compared]
  const removals = await effectsByReturn(context, edited, { kinds: ['remove'] })
  return compared.map((one) => {
    const effects = removals.get(one.loopReturn.returnId) ?? []
    return { ...one, difference: withoutRemoval(one.difference, one.loopReturn, effects) }
  })
}

async function readRmas(
  context: MerchantContext,
  returnIds: readonly string[],
  { onUnreadable }: CompareOptions,
): Promise<{ there: Map<string, Rma[]>; unreadable: Map<string, Fault> }> {
  const { masonhub, signal } = context
  const unreadable = new Map<string, Fault>()
  if (returnIds.length === 0) return { there: new Map(), unreadable }
  const ids = returnIds.map(customerIdentifierOf)
  const note = { onUnreadable: (id: string, fault: Fault) => void unreadable.set(id, fault) }
  const there = await masonhub.rmas.byCustomerIdentifiers(ids, { signal, ...(onUnreadable ? note : {}) })
  const [first] = unreadable.values()
  if (first !== undefined && unreadable.size === ids.length && !(await isAnyReadable(context, returnIds))) throw first
  return { there, unreadable }
}

/**
 * If all records fail, MasonHub may be failing for every record: reading another return that the journal knows decides.
 */
async function isAnyReadable(context: MerchantContext, but: readonly string[]): Promise<boolean> {
  const { masonhub, signal } = context
  for await (const other of comparisonReturns(context, but)) {
    const unreadable: string[] = []
    const onUnreadable = (id: string) => void unreadable.push(id)
    await masonhub.rmas.byCustomerIdentifiers([customerIdentifierOf(other)], { signal, onUnreadable })
    if (unreadable.length === 0) return true
  }
  return false
}

/** A digest of what a write contains, to tell a repetition from a change. */
export function writeDigest(difference: RmaDifference): string {
  if (difference.kind === 'create' || difference.kind === 'update') return digestOf(difference.rma)
  return digestOf(difference.kind === 'delete' ? difference.customerIdentifier : null)
}

/** A write that was accepted or is in doubt, and not seen done: only reading MasonHub settles it, whatever the plan. */
function hasUnseen(effects: readonly Effect[], since: string): boolean {
  return effects.some(
    ({ state, sentAt }) =>
      (state === 'sent' || state === 'accepted' || state === 'in_doubt') && (sentAt === null || sentAt >= since),
  )
}

function needsLookup({ plan, link }: Pick<Compared, 'plan' | 'link'>): boolean {
  return plan.kind === 'wanted' || plan.kind === 'retire' || mayStillCome({ plan, link })
}

/** Closed in Loop before its parcel came, as far as the journal knows: its RMA says whether it is still to come (H33). */
export function mayStillCome({ plan, link }: Pick<Compared, 'plan' | 'link'>): boolean {
  return plan.kind === 'skip' && plan.reason.code === 'CLOSED' && link.status === 'open' && link.announced !== null
}

function planOf(
  policy: Policy,
  { loopReturn, link, plannedAt: now }: Pick<Compared, 'loopReturn' | 'link' | 'plannedAt'>,
  knownSkus: KnownSkus | null,
): RmaPlan {
  return planRma({ loopReturn, policy, knownSkus, now, ...planInputOf(link) })
}

/** Whether another policy would plan the same; only for returns to be written, whose SKUs are known (G4). */
export function isPlannedBy(policy: Policy, { plan, ...draft }: Compared): boolean {
  return digestOf(planOf(policy, draft, null)) === digestOf(plan)
}

function difference(
  policy: Policy,
  draft: Pick<Compared, 'plan' | 'loopReturn'>,
  there: Rma[],
  past: readonly Effect[],
  reasonsKnown: boolean,
): RmaDifference {
  return rmaDifference({
    plan: draft.plan,
    there,
    ours: isOurs(there, past),
    reasonsKnown,
    ...differenceInputOf(draft.loopReturn, policy),
  })
}

async function register(context: MerchantContext, returns: readonly LoopReturn[]): Promise<Link[]> {
  const { journal, merchant } = context
  const seen = returns.map((loopReturn) => ({
    returnId: loopReturn.returnId,
    customerIdentifier: customerIdentifierOf(loopReturn.returnId),
    orderName: loopReturn.orderName,
    returnUpdatedAt: loopReturn.updatedAt,
    boxFree: namesMethod(loopReturn) ? isBoxFree(loopReturn) : null,
  }))
  const at = nowOf(context)
  const links = await journal.links.see(merchant.name, seen, at)
  await journal.parcels.see(merchant.name, seenParcels(returns), at)
  return links
}

/** Without `kinds`, the effects of all kinds. */
export async function effectsByReturn(
  { journal, merchant }: MerchantContext,
  returns: readonly LoopReturn[],
  only: { kinds?: readonly EffectKind[] } = {},
): Promise<Map<string, Effect[]>> {
  const returnIds = returns.map(({ returnId }) => returnId)
  const found = await journal.effects.find({ merchant: merchant.name, returnIds, ...only })
  return Map.groupBy(found, (effect) => effect.returnId)
}

/** Only what would be written is checked against MasonHub's catalogue, 30 SKUs per request. */
async function withKnownSkus(
  context: MerchantContext,
  policy: Policy,
  compared: Compared[],
  options: CompareOptions,
): Promise<Compared[]> {
  const writes = compared.filter(({ difference }) => difference.kind === 'create' || difference.kind === 'update')
  const needed = new Set(
    writes.flatMap(({ plan }) => (plan.kind === 'wanted' ? plan.rma.lines.map((line) => line.sku) : [])),
  )
  const unasked = [...needed].filter((sku) => !options.skus.known.has(sku) && !options.skus.unknown.has(sku))
  if (unasked.length > 0) {
    const known = await context.masonhub.knownSkus(unasked)
    options.skus.known.similar = new Map([...(options.skus.known.similar ?? []), ...(known.similar ?? [])])
    for (const sku of unasked) (known.has(sku) ? options.skus.known : options.skus.unknown).add(sku)
  }
  const writing = new Set(writes)
  return compared.map((item) => {
    if (!writing.has(item)) return item
    const checked = planOf(policy, item, options.skus.known)
    return {
      ...item,
      plan: checked,
      difference: difference(policy, { ...item, plan: checked }, item.rmas, item.effects, options.reasonsKnown),
    }
  })
}
