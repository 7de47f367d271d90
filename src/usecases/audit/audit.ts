import { auditGone } from '../../core/audit/audit-gone.ts'
import { auditStray } from '../../core/audit/audit-stray.ts'
import { type FindingCode, findingCodes } from '../../core/audit/finding-codes.ts'
import { prefetch } from '../../core/concurrency/prefetch.ts'
import type { Finding } from '../../core/explain/reason.ts'
import type { Kits } from '../../core/refunds/kits.ts'
import { findableIds } from '../../core/returns/parcels.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import { customerIdentifierOf, returnIdOf } from '../../core/rmas/identifiers.ts'
import type { Rma } from '../../core/rmas/rma.ts'
import { visibleWithin } from '../../core/rmas/write-check.ts'
import { printable } from '../../core/text/printable.ts'
import { settleGrades } from '../../effects/grade.ts'
import { settleResolutions, settleRmaWrites } from '../../effects/settle.ts'
import type { UnreadableRow } from '../../loop/client.ts'
import { day, type MerchantContext, nowOf, shifted } from '../merchant-context.ts'
import { heldBack } from '../resolve/held-back.ts'
import { type CarrierReport, carrierReports, noReport } from '../returns/carrier-reports.ts'
import { kitsOfReceipts } from '../returns/kits-of-receipts.ts'
import { conclude, observeReturns } from '../returns/observe-returns.ts'
import { separateBoxesOf } from '../returns/separate-boxes.ts'
import { complete, findingsOf, openEffects, wasOurs } from '../returns/show-return.ts'
import { type Compared, compare, effectsByReturn, type ReadBefore, type SkuMemory } from '../sync/compare.ts'
import { mapSettled } from '../vendors/map-settled.ts'
import { createRmaBuffer, type RmaBuffer } from './rma-buffer.ts'

export type AuditRequest = { since?: string; until?: string; only?: readonly FindingCode[] }
export type AuditResult = {
  window: { from: string; to: string }
  checked: { returns: number; rmas: number }
  findings: Finding[]
  /** Returns that Loop lists and whose record can't be read: nothing is known about them. */
  unreadable: { returnId: string; message: string }[]
}

/** How far an audit looks back by default: longer than a label is valid (loop.md §8.2). */
const lookBack = 60 * day
/** How many returns are compared at a time. */
const chunkSize = 600

type Run = {
  context: MerchantContext
  /** Nothing in this run was read before this time. */
  startedAt: string
  /** true: a return without an RMA in the window's RMAs has none. */
  isWhole: boolean
  skus: SkuMemory
  result: AuditResult
  /** MasonHub's RMAs of the window, read a hundred a request, until their returns are read. */
  buffer: RmaBuffer
  orderNames: Set<string>
  returnByTracking: Map<string, string>
  returnIds: Set<string>
  reports: ReadonlyMap<string, CarrierReport>
}

/** Compares both sides, return by return, and then finds RMAs that belong to no return. Writes to neither vendor. */
export async function audit(context: MerchantContext, request: AuditRequest): Promise<AuditResult> {
  const now = nowOf(context)
  const window = { from: request.since ?? shifted(request.until ?? now, -lookBack), to: request.until ?? now }
  const run: Run = {
    context,
    skus: { known: new Set(), unknown: new Set() },
    result: { window, checked: { returns: 0, rmas: 0 }, findings: [], unreadable: [] },
    startedAt: now,
    // An RMA is younger than its return, so in a window that ends in the past, it may be too young for the window.
    isWhole: request.until === undefined,
    buffer: createRmaBuffer(),
    orderNames: new Set(),
    returnByTracking: new Map(),
    returnIds: new Set(),
    reports: await carrierReports(context, { since: window.from }),
  }
  await readRmas(run)
  await readReturns(run)
  // After only some of the returns, other RMAs would look like orphans.
  if (!context.signal.aborted) await auditStrays(run)
  const selected = new Set<string>(request.only ?? findingCodes)
  run.result.findings = run.result.findings.filter(({ code }) => selected.has(code)).sort(byWeight)
  return run.result
}

async function readRmas({ context, result, buffer }: Run): Promise<void> {
  const { masonhub, signal } = context
  let read = 0
  for await (const page of prefetch(masonhub.rmas.created({ ...result.window, signal }))) {
    signal.throwIfAborted()
    for (const rma of page) buffer.put(rma)
    read += page.length
    context.progress({ label: 'Reading RMAs', done: read, total: null })
  }
}

async function readReturns(run: Run): Promise<void> {
  const { context, result } = run
  const onUnreadable = ({ returnId, where }: UnreadableRow) =>
    noteUnreadable(run, returnId, `at ${printable(where, 80)}`)
  const query = { ...result.window, filter: 'created_at', signal: context.signal, onUnreadable } as const
  // By id: if a return changes while the list is read, its last record counts (F41).
  const waiting = new Map<string, LoopReturn>()
  for await (const page of prefetch(context.loop.list(query))) {
    for (const loopReturn of page) waiting.set(loopReturn.returnId, loopReturn)
    while (waiting.size >= chunkSize) {
      const returns = waiting.values().take(chunkSize).toArray()
      for (const { returnId } of returns) waiting.delete(returnId)
      await auditChunk(run, returns)
    }
  }
  await auditChunk(run, [...waiting.values()])
}

function noteUnreadable({ result, returnIds }: Run, returnId: string, why: string): void {
  if (result.unreadable.some((known) => known.returnId === returnId)) return
  result.unreadable.push({ returnId, message: `Loop's record of return ${returnId} can't be read: ${why}` })
  // The return exists, so its RMA is no orphan.
  returnIds.add(returnId)
}

const weight = new Map<string, number>(findingCodes.map((code, index) => [code, index]))

function byWeight(a: Finding, b: Finding): number {
  return (weight.get(a.code) ?? 0) - (weight.get(b.code) ?? 0) || (a.returnId ?? '').localeCompare(b.returnId ?? '')
}

async function auditChunk(run: Run, returns: readonly LoopReturn[]): Promise<void> {
  if (returns.length === 0 || run.context.signal.aborted) return
  const { context, result, returnIds } = run
  const again = new Set(returns.flatMap(({ returnId }) => (returnIds.has(returnId) ? [returnId] : [])))
  if (again.size > 0) result.findings = result.findings.filter(({ returnId }) => !again.has(returnId ?? ''))
  const rmasOf = ({ returnId }: LoopReturn) => {
    if (again.has(returnId)) return null
    const rmas = run.buffer.take(customerIdentifierOf(returnId))
    return rmas.length === 0 && !run.isWhole ? null : rmas
  }
  const since = shifted(run.startedAt, -visibleWithin)
  const found = await findingsAbout(run, await compared(run, returns, { rmasOf, since }))
  // Before anything is reported against a return, it is read again: the list may be some minutes old.
  const doubtful = found.filter(({ findings }) => findings.some(({ severity }) => severity !== 'info'))
  const observed = await compared(
    run,
    doubtful.map(({ item }) => item.loopReturn),
    { rmasOf: () => null, since },
  )
  const sure = new Map((await findingsAbout(run, observed)).map((one) => [one.item.loopReturn.returnId, one]))
  for (const first of found) {
    const { item, findings } = sure.get(first.item.loopReturn.returnId) ?? first
    const isAgain = again.has(item.loopReturn.returnId)
    remember(run, item)
    result.findings.push(...findings)
    if (isAgain) continue
    result.checked.returns += 1
    result.checked.rmas += item.rmas.length
  }
  context.progress({ label: 'Comparing returns', done: result.checked.returns, total: null })
}

async function compared({ context, skus }: Run, returns: readonly LoopReturn[], read: ReadBefore): Promise<Compared[]> {
  if (returns.length === 0) return []
  const all = await compare(context, returns, { skus, reasonsKnown: true, readBefore: read })
  await settleRmaWrites(context, all)
  return all
}

type Found = { item: Compared; findings: Finding[] }

async function findingsAbout(run: Run, items: readonly Compared[]): Promise<Found[]> {
  const { context } = run
  // The effects of all kinds, as they are after the reading.
  const effects = await effectsByReturn(
    context,
    items.map(({ loopReturn }) => loopReturn),
  )
  const kits = await kitsOfReceipts(context, items)
  const found: Found[] = []
  for (const item of items) {
    const known = effects.get(item.loopReturn.returnId) ?? []
    const seenAt = run.startedAt
    const resolved = await settleResolutions(context, { ...item, effects: known, seenAt })
    const settled = await settleGrades(context, { ...item, effects: resolved, seenAt })
    found.push({ item, findings: await findingsOfCompared(run, { ...item, effects: settled }, kits) })
  }
  return found
}

function remember(run: Run, { loopReturn }: Compared): void {
  run.returnIds.add(loopReturn.returnId)
  if (loopReturn.orderName !== null) run.orderNames.add(loopReturn.orderName.replace(/^#/, ''))
  for (const id of findableIds(loopReturn)) run.returnByTracking.set(id, loopReturn.returnId)
}

async function findingsOfCompared({ context, reports }: Run, item: Compared, kits: Kits): Promise<Finding[]> {
  const { loopReturn, rmas, link, plan, difference, effects, bagSeenAt } = item
  const by = { policy: context.merchant.policy, now: nowOf(context), explicitRefund: false }
  const { rma, decision } = conclude({ loopReturn, bagSeenAt, rmas, link, effects, kits }, by)
  const seen = {
    returnId: loopReturn.returnId,
    loopReturn,
    bagSeenAt,
    rmas,
    rma,
    link,
    effects,
    kits,
    plan,
    difference,
    decision,
  }
  const [heldBy = null] = await heldBack(context, [{ observation: seen, decision }], { explicit: false })
  return findingsOf(context, seen, { ...(reports.get(loopReturn.returnId) ?? noReport), heldBy })
}

/** RMAs created in the window that belong to none of the returns read. Loop is asked before one is called an orphan. */
async function auditStrays(run: Run): Promise<void> {
  const { context, result } = run
  const missed = new Map<string, LoopReturn>()
  for (const rma of run.buffer.rest()) {
    context.signal.throwIfAborted()
    result.checked.rmas += 1
    const owner = await ownerOf(run, rma)
    if (owner === 'another') continue
    if (owner === null) result.findings.push(...(await strayFindings(run, rma)))
    else if (isWithin(owner, result.window)) {
      result.checked.rmas -= 1
      missed.set(owner.returnId, owner)
    }
  }
  // They changed their state between two passes of the list, so that neither pass listed them (F41).
  await auditChunk({ ...run, isWhole: false }, [...missed.values()])
}

/** An RMA of ours whose return is gone from Loop is reported as that (G15); any other by what it looks like. */
async function strayFindings(run: Run, rma: Rma): Promise<Finding[]> {
  const { journal, merchant } = run.context
  const returnId = askableId(rma)
  if (returnId !== null) {
    const about = { returnIds: [returnId] }
    const [[link = null], effects] = await Promise.all([
      journal.links.find(merchant.name, about),
      journal.effects.find({ merchant: merchant.name, ...about }),
    ])
    if (wasOurs({ link, effects })) {
      const open = openEffects(effects, nowOf(run.context))
      return complete(run.context, auditGone({ returnId, rmas: [rma], open }))
    }
  }
  const finding = auditStray({ rma, orderNames: run.orderNames, returnByTracking: run.returnByTracking })
  if (finding === null) return []
  const separate = finding.code === 'UNANNOUNCED_RECEIPT' ? await separateFrom(run, rma, finding.returnId) : []
  return complete(run.context, separate.length > 0 ? separate : [finding])
}

/** The finding about a box of a return that has been received already; none if its own RMA has not. */
async function separateFrom({ context }: Run, rma: Rma, returnId: string | null): Promise<Finding[]> {
  const [seen] = returnId === null ? [] : await observeReturns(context, [returnId])
  return seen === undefined ? [] : separateBoxesOf(seen, [rma])
}

/** The return id to ask Loop for; null when an RMA of this kind names none. */
function askableId(rma: Rma): string | null {
  if (rma.returnType !== 'rma_submitted_by_customer' || rma.status === 'deleted') return null
  return rma.customerIdentifier === null ? null : returnIdOf(rma.customerIdentifier)
}

function isWithin({ createdAt }: LoopReturn, { from, to }: AuditResult['window']): boolean {
  return createdAt !== null && Date.parse(createdAt) >= Date.parse(from) && Date.parse(createdAt) <= Date.parse(to)
}

/** The return of an RMA in Loop; null: there is none. `another`: already compared, or its record can't be read. */
async function ownerOf(run: Run, rma: Rma): Promise<LoopReturn | 'another' | null> {
  const { context, returnIds } = run
  const returnId = askableId(rma)
  if (returnId === null) return null
  if (returnIds.has(returnId)) return 'another'
  const { done, failures } = await mapSettled([returnId], (id) => context.loop.details(id))
  for (const { item, fault } of failures) noteUnreadable(run, item, fault.message)
  return failures.length > 0 ? 'another' : (done[0] ?? null)
}

/** The returns whose findings a sync would correct. */
export function fixable(findings: readonly Finding[]): string[] {
  const ids = findings.filter(({ fix }) => fix?.startsWith('mhloop asn sync ') === true).map(({ returnId }) => returnId)
  return [...new Set(ids.filter((returnId) => returnId !== null))]
}
