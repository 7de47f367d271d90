import type { Policy } from '../merchants/policy.ts'
import { mapReason, reasonText } from '../reasons/reason-mapping.ts'
import { claimsIn, flagTagsIn, installationsIn } from '../refunds/claim-note.ts'
import { alreadyPaid } from '../refunds/decide.ts'
import { beforeCutoff } from '../returns/cutoff.ts'
import { mayComeHere } from '../returns/destination.ts'
import { isBoxFree } from '../returns/parcels.ts'
import type { LoopReturn } from '../returns/return.ts'
import { splitUnits } from '../returns/units.ts'
import type { Rma } from '../rmas/rma.ts'
import { liveRmas } from '../rmas/rma-difference.ts'
import { printable } from '../text/printable.ts'
import { agoText, counted, fail, ok, some, type Verdict, warn } from './verdict.ts'

/** How many days back the checks of recent returns look. */
export const recentDays = 7

/** Whether a return is this merchant's and this warehouse's to handle, as far as Loop says where it goes. */
export function isOurs(loopReturn: LoopReturn, { destinations, cutoff }: Policy): boolean {
  return mayComeHere(loopReturn, destinations) && beforeCutoff(loopReturn, cutoff) !== true
}

/** The SKUs of units that are, or will be, announced to the warehouse: of box-free returns after they were closed, too. */
export function announcedSkus(returns: readonly LoopReturn[], { boxFree }: Pick<Policy, 'boxFree'>): string[] {
  const isComing = (one: LoopReturn) =>
    one.state === 'open' || one.state === 'review' || (one.state === 'closed' && boxFree !== 'off' && isBoxFree(one))
  const coming = returns.filter(isComing)
  return [...new Set(coming.flatMap((one) => splitUnits(one).announced.map(({ sku }) => sku)))]
}

export function skusVerdict(checked: readonly string[], known: ReadonlySet<string>, merchant: string): Verdict {
  const recent = `of the last ${recentDays} days`
  if (checked.length === 0) return ok('No open return has a SKU.')
  const unknown = checked.filter((sku) => !known.has(sku)).map((sku) => printable(sku, 30))
  if (unknown.length === 0) return ok(`${counted(checked.length, 'SKU')} in open returns, all known.`)
  return fail(
    `MasonHub lacks ${unknown.length} of ${counted(checked.length, 'SKU')} in open returns ${recent}: ${some(unknown)}.`,
    `Add them to MasonHub's catalogue, then: mhloop asn sync -m ${merchant}`,
  )
}

/** Each unmapped reason with its number of units, most frequent first. */
export function unmappedReasons(
  returns: readonly LoopReturn[],
  rules: Policy['reasons'],
): { text: string; units: number }[] {
  const counts = new Map<string, number>()
  for (const { parentReason, reason } of returns.flatMap((one) => splitUnits(one).announced)) {
    if (mapReason(rules, parentReason, reason).mapped) continue
    const text = reasonText(parentReason, reason) ?? ''
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return [...counts].map(([text, units]) => ({ text, units })).sort((a, b) => b.units - a.units)
}

export function reasonsVerdict(returns: readonly LoopReturn[], rules: Policy['reasons'], merchant: string): Verdict {
  const unmapped = unmappedReasons(returns, rules)
  if (unmapped.length === 0) return ok(`No unmapped reasons in ${counted(returns.length, 'return')}.`)
  const listed = some(unmapped.map(({ text, units }) => `“${printable(text, 40)}” (${units})`))
  return warn(
    `Unmapped in the last ${recentDays} days, and sent as “other”: ${listed}.`,
    `mhloop mapping reasons suggest -m ${merchant}`,
  )
}

/** What the journal and MasonHub know of one recent return. */
export type RecentReturn = {
  loopReturn: LoopReturn
  /** Every RMA under its identifier; null when MasonHub was not asked. */
  rmas: readonly Rma[] | null
  /** mhloop sent its refund, whatever the outcome. */
  processedByUs: boolean
  /** When mhloop last flagged it (RFC 3339); null: never. */
  flaggedAt: string | null
}

/**
 * Whether Loop paid the return before the warehouse received it, without a request by mhloop (F19). A return without a
 * box is always paid so (loop.md §14.4).
 */
export function paidBeforeReceipt({ loopReturn, rmas, processedByUs }: RecentReturn): boolean {
  if (isBoxFree(loopReturn)) return false
  if (processedByUs || loopReturn.state !== 'closed' || alreadyPaid(loopReturn) === null) return false
  const [rma] = liveRmas(rmas ?? [])
  if (rma === undefined) return false
  if (rma.status !== 'received') return true
  // Loop's list has no `closed_at`: a return was closed at its last change, or before it.
  const { receivedAt } = rma
  return receivedAt !== null && loopReturn.updatedAt !== null && receivedAt > loopReturn.updatedAt
}

export function autoProcessingVerdict(recent: readonly RecentReturn[]): Verdict {
  const early = recent.filter(paidBeforeReceipt).map(({ loopReturn }) => loopReturn.returnId)
  const ended = recent.filter(({ loopReturn }) => loopReturn.state === 'closed')
  const closed = ended.length
  // In a busy week, MasonHub is asked about the latest returns only.
  const unseen = ended.filter(({ rmas, processedByUs }) => rmas === null && !processedByUs).length
  const scope = `of ${counted(closed, 'return')} closed in the last ${recentDays} days`
  if (early.length === 0 && unseen > 0)
    return ok(
      `${counted(closed, 'closed return')}; none of the ${closed - unseen} checked was refunded before its receipt.`,
    )
  if (early.length === 0) return ok(`${counted(closed, 'closed return')}, none refunded before its receipt.`)
  return warn(
    `${early.length} ${scope} ${early.length === 1 ? 'was' : 'were'} refunded in Loop before the warehouse received it: ${some(early)}.`,
    'In the Loop admin, switch automatic processing off (Returns management, Processing) if the warehouse is to decide',
  )
}

/** The least time in which a person reads a flag, looks at the parcel's photographs and decides. */
const tooFastForAPerson = 15 * 60_000

/** Whether the return was paid so soon after mhloop's flag that no person can have decided it (F20). */
export function paidInSpiteOfFlag({ loopReturn, processedByUs, flaggedAt }: RecentReturn): boolean {
  if (flaggedAt === null || processedByUs || loopReturn.state !== 'closed' || alreadyPaid(loopReturn) === null)
    return false
  const after = Date.parse(loopReturn.updatedAt ?? '') - Date.parse(flaggedAt)
  return after >= 0 && after < tooFastForAPerson
}

export function flaggedVerdict(recent: readonly RecentReturn[]): Verdict {
  const flagged = recent.filter(({ flaggedAt }) => flaggedAt !== null)
  const spited = flagged.filter(paidInSpiteOfFlag).map(({ loopReturn }) => loopReturn.returnId)
  if (spited.length > 0) {
    return fail(
      `${counted(spited.length, 'return')} that mhloop flagged ${spited.length === 1 ? 'was' : 'were'} refunded within ${agoText(tooFastForAPerson)} anyway: ${some(spited)}.`,
      'In the Loop admin, switch “Allow flagged returns to process” off, or ask Loop’s support to do so',
    )
  }
  return ok(`${counted(flagged.length, 'return')} flagged by mhloop, none refunded at once.`)
}

/** The notes of one return, which show who works on it. `ownClaims`: every nonce that this journal has drawn for it. */
export type NotedReturn = {
  returnId: string
  /** The return is open in Loop: whatever was claimed, nothing was paid. */
  isOpen: boolean
  notes: readonly string[]
  ownEffects: readonly string[]
  ownClaims: readonly string[]
}

/**
 * The notes of another installation: tags (flag-note.ts) of effects that are not ours, claims of refunds that this journal
 * has not drawn (G1), and installation ids (in the body of a refund) that are not this one's (F12).
 */
export function foreignNotes(
  { notes, ownEffects, ownClaims }: Omit<NotedReturn, 'isOpen'>,
  installationId: string,
): string[] {
  return notes.filter(
    (note) =>
      flagTagsIn(note).some((tag) => !ownEffects.some((effectId) => effectId.startsWith(tag))) ||
      claimsIn(note).some(({ nonce }) => nonce === null || !ownClaims.includes(nonce)) ||
      installationsIn(note).some((id) => id !== installationId),
  )
}

/** `works`: this installation has pulled or paid for the merchant; one that only reads, as a CI job, does no harm. */
export function foreignVerdict(
  noted: readonly NotedReturn[],
  { installationId, works }: { installationId: string; works: boolean },
  merchant: string,
): Verdict {
  const found = noted.filter((one) => foreignNotes(one, installationId).length > 0)
  const foreign = found.map(({ returnId }) => returnId)
  const unpaid = found.filter(({ isOpen, notes }) => isOpen && notes.some((note) => claimsIn(note).length > 0))
  if (foreign.length === 0) {
    return ok(`No other mhloop on the ${counted(noted.length, 'return')} checked.`)
  }
  if (!works) return ok('Another mhloop works for this merchant; this one only reads.')
  return fail(
    `Another mhloop, with another journal, has worked on ${some(foreign)}.${unpaidText(unpaid)}`,
    `Stop one of the two. Until then: mhloop refunds pause -m ${merchant} --reason "two installations"`,
  )
}

/** A claim stays for ever, so only a person can settle a return that is claimed and still open (G1). */
function unpaidText(unpaid: readonly NotedReturn[]): string {
  const ids = unpaid.map(({ returnId }) => returnId)
  if (ids.length === 0) return ''
  const [are, they] = ids.length === 1 ? ['is', 'it'] : ['are', 'them']
  return ` Claimed and still open ${are} ${some(ids)}: mhloop does not refund returns that another installation has claimed, so a person must check ${they} in Loop.`
}

/** An RMA that has been open for longer than a shipping label is valid (F29). */
export type StaleRma = { returnId: string; since: string; rmas: readonly Rma[] }

export function staleVerdict(stale: readonly StaleRma[], total: number, merchant: string): Verdict {
  const unheard = stale.filter(({ rmas }) => liveRmas(rmas).some(({ status }) => status === 'received'))
  const ids = (which: readonly StaleRma[]) => some(which.map(({ returnId }) => returnId))
  if (unheard.length > 0) {
    return fail(
      `${counted(unheard.length, 'RMA')} received at MasonHub but missed here: ${ids(unheard)}.`,
      `mhloop rma resolve ${unheard[0]?.returnId ?? ''} -m ${merchant} --dry-run`,
    )
  }
  const waiting = stale.filter(({ rmas }) => liveRmas(rmas).length > 0)
  if (waiting.length === 0) return ok('No RMA has been open for over five weeks.')
  const [oldest] = waiting
  const more = total > stale.length ? `the oldest ${stale.length} of ${total}` : counted(waiting.length, 'RMA')
  return warn(
    `${more} open for over five weeks: ${ids(waiting)}.`,
    `mhloop rma show ${oldest?.returnId ?? ''} -m ${merchant}`,
  )
}
