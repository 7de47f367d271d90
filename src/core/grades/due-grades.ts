import { settlementLimit } from '../refunds/settlement.ts'
import type { PastWrite } from '../rmas/write-check.ts'
import type { Displayed } from './grade.ts'

type OfUnit = { lineItemId: string }

/** An earlier write of grades, or of dispositions, for the same return. */
export type PastGrades<Item extends OfUnit> = Pick<PastWrite, 'state' | 'digest'> & {
  explicit: boolean
  items: readonly Item[]
}

/**
 * What still has to be told to Loop of one receipt. A unit is told once for each receipt; what somebody else has written
 * is never overwritten (H44), and what we wrote for an earlier receipt only while Loop still shows it. What an answer
 * leaves out may be somebody else's, so nothing is due there.
 */
export function dueGrades<Item extends OfUnit>(
  desired: readonly Item[],
  displayed: (item: Item) => Displayed,
  past: readonly PastGrades<Item>[],
  digest: string,
): Item[] {
  const earlier = past.filter((write) => !write.explicit && write.state === 'confirmed')
  return desired.filter((item) => {
    const ofUnit = earlier.map((write) => ({
      ...write,
      items: write.items.filter(({ lineItemId }) => lineItemId === item.lineItemId),
    }))
    if (ofUnit.some((write) => write.digest === digest && write.items.length > 0)) return false
    const now = displayed(item)
    if (now !== 'other') return now === 'absent'
    return ofUnit.some(({ items }) => items.some((written) => displayed(written) === 'shown'))
  })
}

export type GradeSettlement = { to: 'confirmed' | 'refused'; evidence: string } | { to: 'wait' }

/** How a write of grades ended, by what Loop shows now of each unit in it. */
export function gradeSettlement(
  { state, sentAt }: { state: 'sent' | 'accepted' | 'in_doubt'; sentAt: string },
  displayed: readonly Displayed[],
  { now, seenAt }: { now: string; seenAt: string },
): GradeSettlement {
  const age = Date.parse(seenAt) - Date.parse(sentAt)
  // The clock was far ahead when it was sent, and was corrected since (C5).
  const misdated = Date.parse(sentAt) - Date.parse(now) > settlementLimit
  if (age < 0 && !misdated) return { to: 'wait' }
  if (displayed.every((one) => one === 'shown')) return { to: 'confirmed', evidence: 'Loop shows it.' }
  const late = misdated || age > settlementLimit
  const visible = displayed.filter((one) => one !== 'not said')
  if (visible.every((one) => one === 'shown')) {
    if (state === 'accepted') return { to: 'confirmed', evidence: 'Loop accepted it; its answers do not show it.' }
    if (!late) return { to: 'wait' }
    // Sent again, it could overwrite what somebody has written since (H44).
    return { to: 'refused', evidence: 'Whether Loop took it is unknown, and its answers do not show it.' }
  }
  if (!late) return { to: 'wait' }
  if (state === 'accepted' && visible.every((one) => one !== 'absent')) {
    return { to: 'confirmed', evidence: 'Loop accepted it; somebody has written another value since.' }
  }
  return { to: 'refused', evidence: 'Loop does not show it.' }
}
