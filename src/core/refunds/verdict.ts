import type { Reason } from '../explain/reason.ts'
import type { Policy } from '../merchants/policy.ts'
import { isOutcomeAllowed, partsOf } from '../returns/outcomes.ts'
import type { LoopReturn } from '../returns/return.ts'
import { announcedLineItems, countBySku, repeatedUnit, splitUnits } from '../returns/units.ts'
import type { Rma } from '../rmas/rma.ts'
import { printable } from '../text/printable.ts'
import { foldKits, type Kits, kitText, noKits } from './kits.ts'
import { awaited, type BoxesInput, belongingText, type Missing } from './other-boxes.ts'
import type { Receipt, ReceiptLine } from './receipt.ts'
import { receiptOf } from './receipt.ts'

/**
 * What a received RMA says about its return, regardless of switches, budgets and what was sent before. `good` only if
 * every condition of a refund holds (design.md, rules of money 3); everything else is a flag.
 */
export type Verdict =
  | { kind: 'good'; reasons: [Reason] }
  /** All that is wrong is that units are missing which travel in another box: waited for until then (loop.md §14.5). */
  | { kind: 'incomplete'; until: string; reasons: [Reason, ...Reason[]] }
  /** `certain`: damaged or missing, always a flag. Otherwise policy may say wait. */
  | { kind: 'bad'; certain: boolean; reasons: Reason[] }

export type VerdictInput = {
  loopReturn: LoopReturn
  rma: Rma
  policy: Pick<Policy, 'outcomes' | 'waits'>
  /** Line item ids that the RMA was built from, when the journal knows. */
  announced: readonly string[] | null
  /** RFC 3339 now: how long another box has been waited for. */
  now: string
  /** Kits among the announced SKUs, where they were looked up. */
  kits?: Kits
}

/** Dispositions that receiving can produce besides `available` (masonhub.md §4.6), with the words for people. */
const dispositions: Record<string, { code: string; words: string }> = {
  damaged: { code: 'DAMAGED', words: 'damaged' },
  'quality-control': { code: 'NOT_AVAILABLE', words: 'in quality control' },
  'under-investigation': { code: 'NOT_AVAILABLE', words: 'under investigation' },
  refurbishing: { code: 'NOT_AVAILABLE', words: 'in refurbishing' },
}

const certainCodes = new Set(['DAMAGED', 'MISSING'])

export function verdictOf({ loopReturn, rma, policy, announced, now, kits = noKits }: VerdictInput): Verdict {
  const booked = receiptOf(rma)
  if (booked === null || rma.status !== 'received') {
    return bad([{ code: 'NO_RECEIPT', message: 'MasonHub shows no finished receipt.' }])
  }
  const { receipt, folded, ambiguous } = foldKits(booked, kits)
  const problems = [
    ...receipt.lines.flatMap(lineProblems).map((problem) => namingKit(problem, kits)),
    ...ambiguous,
    ...receipt.contradictions,
    ...(receipt.lines.length === 0 ? [{ code: 'NO_RECEIPT', message: 'The RMA has no lines.' }] : []),
    ...unitProblems(loopReturn, receipt, announced),
    ...outcomeProblems(loopReturn, policy),
  ]
  if (problems.length > 0)
    return withoutOtherBoxes(problems, receipt, { loopReturn, rma, now, days: policy.waits.otherBox })
  const units = receipt.lines.reduce((sum, line) => sum + line.expected, 0)
  return {
    kind: 'good',
    reasons: [
      {
        code: 'ALL_AVAILABLE',
        message: [
          units === 1 ? 'The unit arrived and is available.' : `All ${units} units arrived and are available.`,
          ...[...folded.keys()].map(
            (sku) => `${printable(sku, 60)} came as its parts: ${kitText(kits.get(sku) ?? new Map())}.`,
          ),
        ].join(' '),
      },
    ],
  }
}

/** Otherwise nobody would see what the unannounced units have to do with the missing one. */
function namingKit(problem: Reason, kits: Kits): Reason {
  const kit = problem.code === 'MISSING' ? kits.get(problem.sku ?? '') : undefined
  if (kit === undefined) return problem
  return {
    ...problem,
    message: `${problem.message} It is a kit of ${kitText(kit)}, which did not all arrive available.`,
  }
}

/** The verdict on a receipt with problems. Anything but missing units is none that another box could mend. */
function withoutOtherBoxes(problems: Reason[], receipt: Receipt, boxes: BoxesInput): Verdict {
  const isMissing = ({ code }: Reason) => code === 'MISSING'
  const missing = receipt.lines.flatMap(missingOf)
  const waiting = problems.every(isMissing) ? awaited(missing, boxes) : null
  if (waiting !== null) return { kind: 'incomplete', ...waiting }
  return bad(
    problems.map((problem) => {
      const where = isMissing(problem) ? belongingText(problem.sku ?? '', missing, boxes) : null
      return where === null ? problem : { ...problem, message: `${problem.message} ${where}` }
    }),
  )
}

function bad(reasons: Reason[]): Verdict {
  return { kind: 'bad', certain: reasons.some((reason) => certainCodes.has(reason.code)), reasons }
}

function lineProblems(line: ReceiptLine): Reason[] {
  const { sku } = line
  // All three are collected: an extra unit must not hide that another is damaged or missing, which is always a flag.
  const problems = [...unannouncedProblems(line), ...dispositionProblems(line), ...countProblems(line)]
  if (problems.length > 0) return problems
  if (line.reported === null) {
    return [
      { code: 'COUNTS_UNREADABLE', sku, message: `MasonHub reports no received quantity for ${printable(sku, 60)}.` },
    ]
  }
  // A second safeguard: whatever the rules above missed, only `available` equal to what was announced is good.
  if (line.byDisposition.get('available') === line.expected) return []
  return [{ code: 'NOT_AVAILABLE', sku, message: `${printable(sku, 60)} is not entirely available.` }]
}

function unannouncedProblems({ sku, expected, received, unannounced }: ReceiptLine): Reason[] {
  if (expected > 0 && !unannounced) return []
  const message =
    expected > 0
      ? `Unannounced units of ${printable(sku, 60)} arrived.`
      : `${printable(sku, 60)} arrived (${units(received)}) but was not announced.`
  return [{ code: 'UNANNOUNCED_ITEM', sku, message }]
}

function dispositionProblems({ sku, expected, byDisposition }: ReceiptLine): Reason[] {
  const elsewhere = [...byDisposition].filter(
    ([name, quantity]) => quantity > 0 && name !== 'available' && name !== 'short',
  )
  return elsewhere.map(([name, quantity]) => {
    const known = Object.hasOwn(dispositions, name) ? dispositions[name] : undefined
    const where = known?.words ?? `“${printable(name, 40)}”`
    return {
      code: known?.code ?? 'DISPOSITION_UNKNOWN',
      sku,
      message: `${part(quantity, expected)} × ${printable(sku, 60)} ${where}.`,
    }
  })
}

function missingOf({ sku, expected, received, byDisposition }: ReceiptLine): Missing[] {
  const count = Math.max(expected - received, byDisposition.get('short') ?? 0)
  return count > 0 ? [{ sku, count, expected }] : []
}

function countProblems(line: ReceiptLine): Reason[] {
  const { sku, expected, received, unannounced } = line
  const [missing] = missingOf(line)
  if (missing !== undefined) {
    return [{ code: 'MISSING', sku, message: `${part(missing.count, expected)} × ${printable(sku, 60)} missing.` }]
  }
  if (received === expected || expected === 0 || unannounced) return []
  return [{ code: 'EXTRA_UNITS', sku, message: `${received - expected} more × ${printable(sku, 60)} than announced.` }]
}

/** Loop's units must still be exactly those that the RMA was built from (design.md, rules of money 3; F18). */
export function unitProblems(
  loopReturn: Pick<LoopReturn, 'units' | 'returnMethod'>,
  receipt: Receipt,
  announced: readonly string[] | null,
): Reason[] {
  const split = splitUnits(loopReturn)
  const repeated = repeatedUnit(loopReturn)
  const problems: Reason[] = repeated === null ? [] : [repeated]
  for (const unit of split.withoutSku) {
    const message = `Line item ${printable(unit.lineItemId, 40)} has no SKU, so its arrival can't be checked.`
    problems.push({ code: 'UNIT_WITHOUT_SKU', message })
  }
  const now = countBySku(split.announced.map((unit) => ({ sku: unit.sku, quantity: 1 })))
  const then = countBySku(
    receipt.lines.filter((line) => line.expected > 0).map((line) => ({ sku: line.sku, quantity: line.expected })),
  )
  const sameCounts = now.size === then.size && [...now].every(([sku, quantity]) => then.get(sku) === quantity)
  const ids = announcedLineItems(loopReturn)
  const sameUnits = announced === null || JSON.stringify(ids) === JSON.stringify([...announced].sort())
  if (!sameCounts || !sameUnits) {
    problems.push({
      code: 'UNITS_CHANGED',
      message: 'The return in Loop no longer has the units that the RMA was built from.',
    })
  }
  return problems
}

function outcomeProblems(loopReturn: LoopReturn, policy: Pick<Policy, 'outcomes'>): Reason[] {
  const { outcome } = loopReturn
  if (isOutcomeAllowed(outcome, policy.outcomes)) return []
  return [{ code: 'OUTCOME_NOT_ALLOWED', message: outcomeMessage(outcome) }]
}

function outcomeMessage(outcome: string | null): string {
  if (outcome === null) return 'Loop names no outcome.'
  const word = `“${printable(outcome, 40)}”`
  return partsOf(outcome) === null
    ? `mhloop does not know the outcome ${word}.`
    : `This merchant does not process the outcome ${word}.`
}

function part(count: number, expected: number): string {
  return expected > 0 ? `${count} of ${expected}` : `${count}`
}

function units(count: number): string {
  return count === 1 ? '1 unit' : `${count} units`
}
