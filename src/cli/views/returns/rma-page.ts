import { mapReason, reasonText } from '../../../core/reasons/reason-mapping.ts'
import type { ReceiptLine } from '../../../core/refunds/receipt.ts'
import { endingOf, parcelOfUnit, parcelsOf } from '../../../core/returns/parcels.ts'
import { splitUnits, type UnitSplit } from '../../../core/returns/units.ts'
import type { Effect } from '../../../journal/journal.ts'
import type { Merchant } from '../../../merchants/profiles/merchant.ts'
import type { ReturnOverview } from '../../../usecases/returns/show-return.ts'
import type { Column } from '../../output/listing.ts'
import type { Page } from '../../output/page.ts'
import { bad, dim, good, type Parts, type Styled, strong, warn } from '../../output/styled.ts'
import { timestamp } from '../times.ts'
import { grades } from './grades.ts'

/** The main page for support: both sides, unit by unit, the decision, and what to type next. */
export function rmaPage(
  page: Page,
  overview: ReturnOverview,
  merchant: Merchant,
  complete: (command: string) => string,
): void {
  const order = overview.loopReturn?.orderName ?? overview.rma?.manifestId ?? null
  page.line(
    strong(`Return ${overview.returnId}`),
    order === null ? '' : ` · ${order}`,
    dim(` · ${merchant.name} (${merchant.environment})`),
  )
  bothSides(page, overview)
  units(page, overview, merchant)
  grades(page, overview)
  decision(page, overview)
  findings(page, overview)
  sent(page, overview.effects)
  history(page, overview, complete)
  page.heading('Next')
  page.paragraph(overview.next.text)
  if (overview.next.command !== null) page.line('  ', strong(overview.next.command))
}

function bothSides(page: Page, { loopReturn, rma, rmas }: ReturnOverview): void {
  page.blank()
  const rows: [string, Parts, Parts][] = [
    [
      'State',
      loopReturn ? stateOf(loopReturn.state) : bad('unknown to Loop'),
      rma ? stateOf(rma.status) : bad(noRma(rmas.length)),
    ],
    ['Number', loopReturn?.returnId ?? '–', rma?.customerIdentifier ?? '–'],
    ['Created', timestamp(loopReturn?.createdAt ?? null), timestamp(rma?.createdAt ?? null)],
    [
      'Changed',
      timestamp(loopReturn?.updatedAt ?? null),
      rma?.receivedAt ? ['received ', timestamp(rma.receivedAt)].join('') : version(rma?.version ?? null),
    ],
    ['Parcel', parcelsInLoop(loopReturn), rma?.packageId ?? '–'],
    ['Outcome', outcomeOf(loopReturn), rma?.manifestId ?? '–'],
  ]
  page.rows(rows, [
    { key: 'what', title: '', value: ([label]) => dim(label) },
    { key: 'loop', title: 'Loop', value: ([, loop]) => loop },
    { key: 'masonhub', title: 'MasonHub', value: ([, , masonhub]) => masonhub },
  ])
}

function parcelsInLoop(loopReturn: ReturnOverview['loopReturn']): string {
  const { trackingNumbers = [], bags = [] } = loopReturn ?? {}
  return [...trackingNumbers, ...bags.map((bag) => `bag ${bag}`)].join(', ') || '–'
}

function noRma(count: number): string {
  return count > 1 ? `${count} RMAs, none chosen` : count === 1 ? 'deleted' : 'no RMA'
}

function version(number: number | null): string {
  return number === null ? '–' : `version ${number}`
}

function outcomeOf(loopReturn: ReturnOverview['loopReturn']): string {
  if (loopReturn === null) return '–'
  const { refund, currency } = loopReturn.money
  return [loopReturn.outcome ?? 'none named', refund === null ? null : `(${refund} ${currency ?? ''})`]
    .filter((part) => part !== null)
    .join(' ')
}

function stateOf(state: string): Styled {
  if (state === 'open' || state === 'in-receiving') return warn(state)
  if (state === 'closed' || state === 'received') return good(state)
  return bad(state)
}

type UnitRow = {
  sku: string
  reason: Parts
  inLoop: number
  onRma: number
  receipt: ReceiptLine | null
  note: string | null
  /** How the numbers of its boxes end. */
  boxes: Set<string>
}

function units(page: Page, overview: ReturnOverview, merchant: Merchant): void {
  const rows = unitRows(overview, merchant)
  if (rows.length === 0) return
  page.heading('Units')
  page.rows(rows, [
    { key: 'sku', title: 'SKU', value: ({ sku }) => sku },
    { key: 'reason', title: 'Reason', value: ({ reason }) => reason },
    ...boxColumn(overview, rows),
    { key: 'loop', title: 'Loop', align: 'right', value: ({ inLoop }) => inLoop },
    { key: 'rma', title: 'RMA', align: 'right', value: ({ onRma }) => onRma },
    { key: 'arrived', title: 'Arrived', value: (row) => arrived(row, overview.rma?.status === 'received') },
  ])
  const notes = (overview.receipt?.lines ?? []).flatMap((line) =>
    line.notes.filter((text) => text !== '').map((note): [string, Parts] => [`  ${line.sku}:`, note]),
  )
  page.fields(notes)
}

/** Only where it tells something: one of several parcels. */
function boxColumn({ loopReturn }: ReturnOverview, rows: readonly UnitRow[]): Column<UnitRow>[] {
  const isOneOfSeveral = (loopReturn?.trackingNumbers.length ?? 0) > 1
  if (!isOneOfSeveral || rows.every(({ boxes }) => boxes.size === 0)) return []
  return [{ key: 'box', title: 'Box', value: ({ boxes }) => [...boxes].join(', ') || dim('–') }]
}

/** One row per SKU that either side has, in Loop's order first. */
function unitRows({ loopReturn, rma, receipt }: ReturnOverview, merchant: Merchant): UnitRow[] {
  const split: UnitSplit = loopReturn ? splitUnits(loopReturn) : { announced: [], withoutSku: [], kept: [] }
  const parcels = loopReturn ? parcelsOf(loopReturn, 'off') : []
  const rows = new Map<string, UnitRow>()
  const row = (sku: string): UnitRow => {
    const found = rows.get(sku) ?? {
      sku,
      reason: '–',
      inLoop: 0,
      onRma: 0,
      receipt: null,
      note: null,
      boxes: new Set<string>(),
    }
    rows.set(sku, found)
    return found
  }
  for (const unit of split.announced) {
    const entry = row(unit.sku)
    entry.inLoop += 1
    const parcel = parcelOfUnit(parcels, unit.lineItemId)
    if (parcel !== null) entry.boxes.add(endingOf(parcel.id))
    const { code } = mapReason(merchant.policy.reasons, unit.parentReason, unit.reason)
    entry.reason = [reasonText(unit.parentReason, unit.reason) ?? '–', dim(` → ${code}`)]
  }
  for (const line of rma?.lines ?? []) if (!line.notOnOriginalRma) row(line.sku).onRma += line.quantity
  for (const line of receipt?.lines ?? []) row(line.sku).receipt = line
  const extra = (label: string, note: string, count: number): UnitRow[] =>
    count === 0 ? [] : [{ sku: label, reason: '–', inLoop: count, onRma: 0, receipt: null, note, boxes: new Set() }]
  return [
    ...rows.values(),
    ...extra('(no SKU)', 'not announced', split.withoutSku.length),
    ...extra('(kept)', 'never shipped', split.kept.length),
  ]
}

function arrived({ receipt, note, onRma }: UnitRow, received: boolean): Parts {
  if (note !== null) return dim(note)
  if (receipt === null) return received && onRma > 0 ? bad('nothing') : dim('–')
  const parts: Styled[] = []
  for (const [disposition, quantity] of receipt.byDisposition) {
    if (quantity > 0 && disposition !== 'short')
      parts.push((disposition === 'available' ? good : bad)(`${quantity} ${disposition}`))
  }
  const missing = receipt.expected - receipt.received
  if (missing > 0 && received) parts.push(bad(`${missing} missing`))
  if (receipt.unannounced) parts.push(bad('not announced'))
  else if (missing < 0) parts.push(bad(`${-missing} too many`))
  return parts.length === 0 ? dim('–') : parts.flatMap((part, index) => (index === 0 ? [part] : [', ', part]))
}

const actionTone = { refund: good, flag: bad, wait: warn, none: dim } as const

function decision(page: Page, { decision: { action, reasons }, heldBy }: ReturnOverview): void {
  page.heading('Decision')
  if (heldBy !== null) page.line(warn('REFUND, HELD BACK'))
  else page.line(actionTone[action](action === 'none' ? 'NOTHING TO DO FOR MHLOOP' : action.toUpperCase()))
  const all = heldBy === null ? reasons : [heldBy, ...reasons.filter(({ code }) => code !== heldBy.code)]
  page.bullets(all.map(({ code, message }): Parts => [message, dim(` ${code}`)]))
}

function findings(page: Page, overview: ReturnOverview): void {
  if (overview.findings.length === 0) return
  page.heading('Findings')
  const tones = { error: bad, warning: warn, info: dim } as const
  page.bullets(overview.findings.map(({ code, severity, message }): Parts => [tones[severity](code), ' ', message]))
}

const effectTone: Record<Effect['state'], (text: string) => Styled> = {
  planned: warn,
  sent: warn,
  accepted: warn,
  confirmed: good,
  refused: bad,
  in_doubt: bad,
  parked: bad,
  abandoned: dim,
}

function sent(page: Page, effects: readonly Effect[]): void {
  if (effects.length === 0) return
  page.heading('Sent by mhloop')
  page.rows(effects, [
    { key: 'at', title: 'When (UTC)', value: (effect) => timestamp(effect.sentAt ?? effect.plannedAt) },
    { key: 'kind', title: 'What', value: (effect) => effect.kind },
    { key: 'state', title: 'State', value: (effect) => effectTone[effect.state](effect.state) },
    { key: 'evidence', title: 'Evidence', value: (effect) => dim(effect.evidence ?? '') },
  ])
}

const mostHistory = 6

function history(page: Page, { history, returnId }: ReturnOverview, complete: (command: string) => string): void {
  if (history.length === 0) return
  const isCut = history.length > mostHistory
  page.heading(isCut ? `History (last ${mostHistory} of ${history.length})` : 'History')
  for (const entry of history.slice(-mostHistory)) {
    page.paragraph([dim(`${timestamp(entry.at)} `), entry.message, dim(` (${entry.actor})`)])
  }
  if (isCut) page.line(dim(`All of it: ${complete(`mhloop rma history ${returnId}`)}`))
}
