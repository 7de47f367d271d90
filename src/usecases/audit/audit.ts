import { auditStray } from '../../core/audit-stray.ts'
import { type FindingCode, findingCodes } from '../../core/finding-codes.ts'
import { returnIdOf } from '../../core/identifiers.ts'
import type { Finding } from '../../core/reason.ts'
import type { LoopReturn } from '../../core/return.ts'
import type { Rma } from '../../core/rma.ts'
import { shown } from '../../core/text.ts'
import type { Effect } from '../../journal/journal.ts'
import type { UnreadableRow } from '../../loop/client.ts'
import { eachApart } from '../each-apart.ts'
import { conclude } from '../look.ts'
import { settleResolutions } from '../resolve/settle.ts'
import { findingsOf } from '../show.ts'
import { type Compared, compare, type SkuMemory } from '../sync/compare.ts'
import { settleRmaWrites } from '../sync/settle-rma-writes.ts'
import { undeliverable } from '../undeliverable.ts'
import { day, nowOf, shifted, type Workplace } from '../workplace.ts'

export type AuditRequest = { since?: string; until?: string; only?: readonly FindingCode[] }
export type AuditResult = {
  window: { from: string; to: string }
  checked: { returns: number; rmas: number }
  findings: Finding[]
  /** Returns that Loop has and nobody could read: nothing is known about them. */
  unreadable: { returnId: string; message: string }[]
}

/** How far an audit reaches back by itself: longer than a label lives (loop.md §8.2). */
const lookBack = 60 * day
/** Returns compared at a time. */
const chunkSize = 600

type Run = {
  workplace: Workplace
  /** Nothing that was read is older. */
  startedAt: string
  skus: SkuMemory
  result: AuditResult
  seenRmas: Set<string>
  orderNames: Set<string>
  returnByTracking: Map<string, string>
  returnIds: Set<string>
  undeliverable: ReadonlyMap<string, string>
}

/** Compares both sides, return by return, and then looks for RMAs that belong to none. Writes nothing to either vendor. */
export async function audit(workplace: Workplace, request: AuditRequest): Promise<AuditResult> {
  const now = nowOf(workplace)
  const window = { from: request.since ?? shifted(request.until ?? now, -lookBack), to: request.until ?? now }
  const run: Run = {
    workplace,
    skus: { known: new Set(), unknown: new Set() },
    result: { window, checked: { returns: 0, rmas: 0 }, findings: [], unreadable: [] },
    startedAt: now,
    seenRmas: new Set(),
    orderNames: new Set(),
    returnByTracking: new Map(),
    returnIds: new Set(),
    undeliverable: await undeliverable(workplace, { since: window.from }),
  }
  let waiting: LoopReturn[] = []
  const onUnreadable = ({ returnId, where }: UnreadableRow) => noteUnreadable(run, returnId, `at ${shown(where, 80)}`)
  const query = { ...window, filter: 'created_at', signal: workplace.signal, onUnreadable } as const
  for await (const page of workplace.loop.list(query)) {
    waiting.push(...page)
    while (waiting.length >= chunkSize) {
      await auditChunk(run, waiting.slice(0, chunkSize))
      waiting = waiting.slice(chunkSize)
    }
  }
  await auditChunk(run, waiting)
  // Half of the returns would make orphans of RMAs that are none.
  if (!workplace.signal.aborted) await auditStrays(run)
  const wanted = new Set<string>(request.only ?? findingCodes)
  run.result.findings = run.result.findings.filter(({ code }) => wanted.has(code)).sort(byWeight)
  return run.result
}

function noteUnreadable({ result, returnIds }: Run, returnId: string, why: string): void {
  if (result.unreadable.some((known) => known.returnId === returnId)) return
  result.unreadable.push({ returnId, message: `Loop's record of return ${returnId} can't be read: ${why}` })
  // Its RMA is no orphan.
  returnIds.add(returnId)
}

const weight = new Map<string, number>(findingCodes.map((code, index) => [code, index]))

function byWeight(a: Finding, b: Finding): number {
  return (weight.get(a.code) ?? 0) - (weight.get(b.code) ?? 0) || (a.returnId ?? '').localeCompare(b.returnId ?? '')
}

async function auditChunk(run: Run, returns: readonly LoopReturn[]): Promise<void> {
  if (returns.length === 0 || run.workplace.signal.aborted) return
  const { workplace, result } = run
  const compared = await compare(workplace, returns, { skus: run.skus, reasonsKnown: true, lookUpAll: true })
  await settleRmaWrites(workplace, compared)
  const effects = await effectsByReturn(workplace, returns)
  for (const item of compared) {
    remember(run, item)
    const known = effects.get(item.loopReturn.returnId) ?? []
    const settled = await settleResolutions(workplace, { ...item, effects: known, seenAt: run.startedAt })
    result.findings.push(...findingsOfCompared(run, { ...item, effects: settled }))
  }
  result.checked.returns += returns.length
  workplace.progress({ label: 'Comparing returns', done: result.checked.returns, total: null })
}

function remember(run: Run, { loopReturn, rmas }: Compared): void {
  run.returnIds.add(loopReturn.returnId)
  if (loopReturn.orderName !== null) run.orderNames.add(loopReturn.orderName.replace(/^#/, ''))
  for (const number of loopReturn.trackingNumbers) run.returnByTracking.set(number, loopReturn.returnId)
  for (const rma of rmas) if (rma.rmaId !== null) run.seenRmas.add(rma.rmaId)
  run.result.checked.rmas += rmas.length
}

function findingsOfCompared({ workplace, undeliverable }: Run, item: Compared): Finding[] {
  const { loopReturn, rmas, link, plan, difference, effects } = item
  const { rma, decision } = conclude({ loopReturn, rmas, link, effects }, workplace.merchant.policy, false)
  const seen = {
    returnId: loopReturn.returnId,
    loopReturn,
    rmas,
    rma,
    link,
    effects,
    plan,
    difference,
    decision,
  }
  return findingsOf(workplace, seen, undeliverable.get(loopReturn.returnId) ?? null)
}

/** Of all kinds, as they stand after the look. */
async function effectsByReturn(
  { journal, merchant }: Workplace,
  returns: readonly LoopReturn[],
): Promise<Map<string, Effect[]>> {
  const returnIds = returns.map(({ returnId }) => returnId)
  const found = await journal.effects.find({ merchant: merchant.name, returnIds })
  return Map.groupBy(found, (effect) => effect.returnId)
}

/** RMAs created in the window whose identifier is none of the returns'. Loop is asked before one is called an orphan. */
async function auditStrays(run: Run): Promise<void> {
  const { workplace, result } = run
  for await (const page of workplace.masonhub.rmas.created({ ...result.window, signal: workplace.signal })) {
    for (const rma of page) {
      if (rma.rmaId !== null && run.seenRmas.has(rma.rmaId)) continue
      result.checked.rmas += 1
      if (await belongsElsewhere(run, rma)) continue
      const finding = auditStray({ rma, orderNames: run.orderNames, returnByTracking: run.returnByTracking })
      if (finding !== null) result.findings.push(finding)
    }
  }
}

/** A return from before the window has an RMA in it when the label came late. */
async function belongsElsewhere(run: Run, rma: Rma): Promise<boolean> {
  const { workplace, returnIds } = run
  const returnId = rma.customerIdentifier === null ? null : returnIdOf(rma.customerIdentifier)
  if (returnId === null || rma.returnType !== 'rma_submitted_by_customer' || rma.status === 'deleted') return false
  if (returnIds.has(returnId)) return true
  const { done, aside } = await eachApart([returnId], (id) => workplace.loop.details(id))
  for (const { item, fault } of aside) noteUnreadable(run, item, fault.message)
  return aside.length > 0 || done[0] !== null
}

/** The returns whose findings a sync would mend. */
export function fixable(findings: readonly Finding[]): string[] {
  const ids = findings.filter(({ fix }) => fix?.startsWith('mhloop asn sync ') === true).map(({ returnId }) => returnId)
  return [...new Set(ids.filter((returnId) => returnId !== null))]
}
