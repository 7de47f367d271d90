import { mayComeHere } from '../returns/destination.ts'
import type { LoopReturn } from '../returns/return.ts'
import { normalReason } from './reason-mapping.ts'
import { ruleKey } from './reason-table.ts'

/** A reason that shoppers chose, in its most frequent spelling. */
export type SeenReason = {
  parentReason: string | null
  reason: string
  units: number
  returns: number
}

export type ReasonCounts = {
  /** Most units first; the order of the returns makes no difference. */
  reasons: SeenReason[]
  returns: number
  /** How many of them are open in Loop. */
  openReturns: number
  units: number
  /** Units without a reason in Loop: there is nothing to map, and they are sent as `other`. */
  unitsWithoutReason: number
}

type Entry = { spellings: Map<string, number>; units: number; returns: Set<string> }

/** Counts the reasons of returns, ignoring case and spacing; with `destinations`, only of returns that go there. */
export function countReasons(returns: Iterable<LoopReturn>, destinations: readonly string[] = []): ReasonCounts {
  const entries = new Map<string, Entry>()
  const counts: ReasonCounts = { reasons: [], returns: 0, openReturns: 0, units: 0, unitsWithoutReason: 0 }
  for (const loopReturn of returns) {
    if (!mayComeHere(loopReturn, destinations)) continue
    const { returnId, state, units } = loopReturn
    counts.returns += 1
    if (state === 'open') counts.openReturns += 1
    counts.units += units.length
    for (const { reason, parentReason } of units) {
      if (reason === null || normalReason(reason) === '') counts.unitsWithoutReason += 1
      else note(entries, { reason, parentReason, returnId })
    }
  }
  counts.reasons = [...entries.values()].map(seenReason).sort(byWeight)
  return counts
}

function note(
  entries: Map<string, Entry>,
  { reason, parentReason, returnId }: { reason: string; parentReason: string | null; returnId: string },
): void {
  const parent = parentReason !== null && normalReason(parentReason) === '' ? null : parentReason
  const key = ruleKey({ parentReason: parent, reason })
  const entry = entries.get(key) ?? { spellings: new Map(), units: 0, returns: new Set() }
  const spelling = JSON.stringify([parent, reason])
  entry.spellings.set(spelling, (entry.spellings.get(spelling) ?? 0) + 1)
  entry.units += 1
  entry.returns.add(returnId)
  entries.set(key, entry)
}

function seenReason({ spellings, units, returns }: Entry): SeenReason {
  const [first] = [...spellings].sort(([a, one], [b, other]) => other - one || compare(a, b))
  const [parentReason, reason] = JSON.parse(first?.[0] ?? '[null,""]') as [string | null, string]
  return { parentReason, reason, units, returns: returns.size }
}

function byWeight(one: SeenReason, other: SeenReason): number {
  return other.units - one.units || compare(ruleKey(one), ruleKey(other))
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
