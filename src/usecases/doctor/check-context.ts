import { announcedSkus, isOurs, recentDays } from '../../core/doctor/returns.ts'
import type { ScopeFaults } from '../../core/doctor/vendors.ts'
import type { Fault } from '../../core/errors/fault.ts'
import { onFault } from '../../core/errors/on-fault.ts'
import { isRefundKind } from '../../core/refunds/refund-kinds.ts'
import type { LoopReturn, ReturnState } from '../../core/returns/return.ts'
import { customerIdentifierOf } from '../../core/rmas/identifiers.ts'
import type { Rma } from '../../core/rmas/rma.ts'
import type { Effect, JournalEvent, Link } from '../../journal/journal.ts'
import type { Destination, UnreadableRow, Webhook } from '../../loop/client.ts'
import type { Callback } from '../../masonhub/client.ts'
import type { FoundMerchant } from '../../merchants/profiles/resolve-merchant.ts'
import type { StoredSecrets } from '../../merchants/secrets/credentials.ts'
import type { SecretPlace } from '../../merchants/secrets/secret-places.ts'
import { day } from '../merchant-context.ts'
import { type SeenOutcomes, seenOutcomes } from '../returns/seen-outcomes.ts'
import { listCursor } from '../sync/observe-window.ts'
import type { VendorClients } from '../vendors/vendor-clients.ts'
import type { Machine } from './machine.ts'
import { once } from './once.ts'
import type { Probes } from './probes.ts'
import { Blocked, blockedBy } from './run.ts'

/** What the checks of one merchant read. Each reading is made when a check first needs it, and only once. */
export type CheckContext = {
  name: string
  machine: Machine
  now: Date
  found(): Promise<FoundMerchant>
  /** Where each secret is and in what state. */
  places(): Promise<SecretPlace[]>
  /** The secrets that can be read. */
  secrets(): Promise<StoredSecrets>
  probes: Probes
  /** How the three readings of Loop ended, one for each scope. */
  scopes(): Promise<ScopeFaults>
  /** The readings of Loop. When they fail they throw Blocked, because `loop.scopes` reports why. */
  destinations(): Promise<Destination[]>
  webhooks(): Promise<Webhook[]>
  recent(): Promise<Recent>
  outcomes(): Promise<SeenOutcomes>
  notes(): Promise<{ returnId: string; isOpen: boolean; notes: string[] }[]>
  /** null when slug and token are accepted. */
  account(): Promise<Fault | null>
  callbacks(): Promise<Callback[]>
  holds(): Promise<{ messageType: string; createdAt: string | null }[]>
  skus(): Promise<{ checked: string[]; known: Set<string> }>
  /** By return id, for returns that were closed and for those that have been open for long. */
  rmas(): Promise<ReadonlyMap<string, Rma[]>>
  stale(): Promise<{ links: Link[]; total: number }>
  /** For recent returns. */
  effects(): Promise<Map<string, Effect[]>>
  /** This installation has pulled or paid for the merchant; it does more than read. */
  works(): Promise<boolean>
  /** Effects that were sent and have no outcome, or are parked. */
  open(): Promise<Effect[]>
  events(): Promise<JournalEvent[]>
}

/** Returns that changed recently and are this merchant's to handle, newest first. */
export type Recent = { returns: LoopReturn[]; unreadable: UnreadableRow[] }

type Needs = Pick<CheckContext, 'name' | 'machine' | 'now' | 'found' | 'places' | 'secrets' | 'probes'> & {
  signal: AbortSignal
  vendorClients(): Promise<VendorClients>
}

const states: readonly Exclude<ReturnState, 'unknown'>[] = ['open', 'review', 'closed', 'cancelled', 'expired']
/** Limits of one run, so that a large shop is checked as fast as a small one. `events`: of each source. */
const most = { skus: 150, closed: 60, stale: 30, notes: 10, events: 2_000 }
/** How many MasonHub takes in one request (masonhub.md §3.1). */
const together = 30
/** Longer than a label is valid (loop.md §8.2). */
const staleAfter = 35 * day
/** The period whose messages show what is usual. */
const usualOver = 14 * day

export function checkContextOf(needs: Needs): CheckContext {
  const { vendorClients, signal, ...provided } = needs
  const { name, now, found } = provided
  const { journal } = provided.machine
  const loop = async () => (await vendorClients()).loop
  const masonhub = async () => (await vendorClients()).masonhub
  const listed = once(() => readReturns(needs))
  const destinations = once(async () => (await loop()).destinations())
  const webhooks = once(async () => (await loop()).webhooks.list())
  const recent = blockedBy('loop.scopes', listed)
  const stale = once(async () => {
    const links = await (await journal()).links.find(name, { statuses: ['open'] })
    const old = links.filter(({ firstSeenAt }) => now.getTime() - Date.parse(firstSeenAt) > staleAfter)
    return { links: old.slice(0, most.stale), total: old.length }
  })
  const effects = once(async () => {
    const returnIds = (await recent()).returns.map(({ returnId }) => returnId)
    const found = await (await journal()).effects.find({ merchant: name, returnIds })
    return Map.groupBy(found, ({ returnId }) => returnId)
  })
  const open = once(async () =>
    (await journal()).effects.find({ merchant: name, states: ['sent', 'accepted', 'in_doubt', 'parked'] }),
  )
  return {
    ...provided,
    scopes: once(async () => {
      const [returns, developerTools, inDestinations] = await Promise.all([listed, webhooks, destinations].map(faultOf))
      return { returns: returns ?? null, developerTools: developerTools ?? null, destinations: inDestinations ?? null }
    }),
    destinations: blockedBy('loop.scopes', destinations),
    webhooks: blockedBy('loop.scopes', webhooks),
    recent,
    outcomes: blockedBy(
      'loop.scopes',
      once(async () => {
        const [client, { merchant }] = await Promise.all([loop(), found()])
        return await seenOutcomes(client, { policy: merchant.policy, now, signal })
      }),
    ),
    notes: once(async () => {
      const client = await loop()
      const { returns } = await recent()
      const resolved = returns.filter(({ state }) => state === 'closed' || state === 'review')
      // Neither of two installations that claimed a refund pays it, so the return stays open (G1).
      const known = await effects()
      const claimed = returns.filter(({ state, returnId }) => state === 'open' && isRefundPlanned(known.get(returnId)))
      return await Promise.all(
        [...resolved.slice(0, most.notes), ...claimed.slice(0, most.notes)].map(async ({ returnId, state }) => {
          const notes = await client.notes(returnId)
          return { returnId, isOpen: state === 'open', notes: notes.map(({ content }) => content) }
        }),
      )
    }),
    account: once(async () => faultOf(async () => (await masonhub()).check())),
    callbacks: once(async () => (await masonhub()).callbacks.list()),
    holds: once(async () => (await masonhub()).holds.list()),
    skus: once(async () => {
      const [{ returns }, { merchant }] = await Promise.all([recent(), found()])
      const checked = announcedSkus(returns, merchant.policy).slice(0, most.skus)
      const client = await masonhub()
      const answers = await Promise.all(pieces(checked).map((some) => client.knownSkus(some)))
      return { checked, known: new Set(answers.flatMap((some) => [...some])) }
    }),
    rmas: once(async () => await readRmas(needs, await returnsToLookUp({ recent, effects, stale }))),
    stale,
    effects,
    works: once(async () => {
      const { cursors, refunds } = await journal()
      if ((await cursors.get(name, listCursor)) !== null) return true
      if ((await refunds.sentSince(name, new Date(0).toISOString())) > 0) return true
      // It has tried to pay, but another installation was first (G1).
      return (await open()).some(({ kind }) => isRefundKind(kind))
    }),
    open,
    events: once(async () => {
      const since = new Date(now.getTime() - usualOver).toISOString()
      const { events } = await journal()
      // Each by itself: otherwise many messages of one source would hide that the other has fallen silent (F25, F29).
      const bySource = (['loop', 'masonhub'] as const).map((source) =>
        events.find({ merchant: name, source, since, newestFirst: true, limit: most.events }),
      )
      return (await Promise.all(bySource)).flat()
    }),
  }
}

/** Loop lists one state at a time (loop.md §4.2), so all states are read at once. */
async function readReturns({ vendorClients, found, now, signal }: Needs): Promise<Recent> {
  const [{ loop }, { merchant }] = await Promise.all([vendorClients(), found()])
  const window = { from: new Date(now.getTime() - recentDays * day).toISOString(), to: now.toISOString() }
  const unreadable: UnreadableRow[] = []
  const onUnreadable = (row: UnreadableRow) => void unreadable.push(row)
  const passes = await Promise.all(
    states.map(async (state) => {
      const pass: LoopReturn[] = []
      for await (const page of loop.list({
        ...window,
        filter: 'updated_at',
        states: [state],
        signal,
        onUnreadable,
      }))
        pass.push(...page)
      return pass
    }),
  )
  // A return that changed its state meanwhile is in two lists; the later record is the valid one.
  const byId = new Map<string, LoopReturn>()
  for (const one of passes.flat().toSorted(byAge)) byId.set(one.returnId, one)
  const returns = [...byId.values()].filter((one) => isOurs(one, merchant.policy)).toSorted((a, b) => byAge(b, a))
  return { returns, unreadable }
}

function byAge(a: LoopReturn, b: LoopReturn): number {
  const [one, other] = [a.updatedAt ?? '', b.updatedAt ?? '']
  return one < other ? -1 : one > other ? 1 : 0
}

/** Closed returns that mhloop did not pay, and those open for long; the checks need no other RMAs. */
async function returnsToLookUp({ recent, effects, stale }: Pick<CheckContext, 'recent' | 'effects' | 'stale'>) {
  const { links } = await stale()
  const [closed, known] = await Promise.all([recent(), effects()]).catch((error: unknown) => {
    if (error instanceof Blocked) return [null, null] as const
    throw error
  })
  const unpaid = (closed?.returns ?? []).filter(
    ({ returnId, state }) => state === 'closed' && !isProcessedByUs(known?.get(returnId) ?? []),
  )
  const ids = [...unpaid.slice(0, most.closed), ...links].map(({ returnId }) => returnId)
  return [...new Set(ids)]
}

function isRefundPlanned(effects: readonly Effect[] = []): boolean {
  return effects.some(({ kind }) => isRefundKind(kind))
}

/** Whether a refund was sent, whatever the outcome. */
export function isProcessedByUs(effects: readonly Effect[]): boolean {
  return effects.some(({ kind, sentAt }) => isRefundKind(kind) && sentAt !== null)
}

async function readRmas({ vendorClients }: Needs, returnIds: readonly string[]): Promise<Map<string, Rma[]>> {
  if (returnIds.length === 0) return new Map()
  const { masonhub } = await vendorClients()
  const found = await Promise.all(
    pieces(returnIds).map((some) => masonhub.rmas.byCustomerIdentifiers(some.map(customerIdentifierOf))),
  )
  const byIdentifier = new Map(found.flatMap((some) => [...some]))
  return new Map(returnIds.map((returnId) => [returnId, byIdentifier.get(customerIdentifierOf(returnId)) ?? []]))
}

function pieces<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / together) }, (_, index) =>
    items.slice(index * together, (index + 1) * together),
  )
}

async function faultOf(read: () => Promise<unknown>): Promise<Fault | null> {
  return await read().then(
    () => null,
    onFault((fault) => fault),
  )
}
