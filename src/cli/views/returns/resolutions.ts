import type { Reason } from '../../../core/explain/reason.ts'
import type { Action } from '../../../core/refunds/decide.ts'
import { isHeldByPolicy } from '../../../core/refunds/held-by-policy.ts'
import { atMost, totalOf } from '../../../core/refunds/money.ts'
import type { Proposal } from '../../../usecases/resolve/proposal.ts'
import type { Resolved } from '../../../usecases/resolve/results.ts'
import { type Listing, listing } from '../../output/listing.ts'
import type { Page } from '../../output/page.ts'
import { bad, dim, good, type Parts, type Styled, strong, warn } from '../../output/styled.ts'
import { amountText } from './what-arrived.ts'

const actionWords: Record<Action, Styled> = {
  refund: good('refund'),
  flag: bad('flag'),
  wait: warn('wait'),
  none: dim('nothing'),
}

const outcomeWords: Record<Resolved['outcome'], Styled> = {
  confirmed: good('confirmed'),
  accepted: warn('accepted'),
  refused: bad('refused'),
  in_doubt: bad('in doubt'),
  parked: bad('parked'),
  skipped: dim('skipped'),
}

function sentences(reasons: readonly Reason[]): string {
  return reasons.map(({ message }) => message).join(' ')
}

/** The proposals, before the confirmation. */
export function proposalListing(proposals: readonly Proposal[]): Listing {
  return listing<Proposal>({
    columns: [
      { key: 'returnId', title: 'Return', value: ({ observation }) => observation.returnId },
      { key: 'order', title: 'Order', value: ({ observation }) => observation.loopReturn?.orderName ?? '–' },
      {
        key: 'action',
        title: 'Action',
        value: wouldDo,
      },
      { key: 'amount', title: 'Refund', align: 'right', value: amount },
      { key: 'why', title: 'Why', value: (proposal) => sentences(whyOf(proposal)) },
    ],
    rows: proposals,
    empty: 'Nothing is ready to resolve.',
  })
}

/** Whether the proposal sends a refund or a flag once it is confirmed. */
export function willAct({ decision, refused, heldBy }: Proposal): boolean {
  return !refused && heldBy === null && (decision.action === 'refund' || decision.action === 'flag')
}

function wouldDo({ decision, refused, heldBy }: Proposal): Styled {
  if (refused) return bad('refuse')
  if (heldBy === null) return actionWords[decision.action]
  return heldBy.code === 'MAYBE_SENT' ? bad('park') : warn('hold back')
}

function whyOf({ heldBy, decision }: Proposal): readonly Reason[] {
  return heldBy === null ? decision.reasons : [heldBy, ...decision.reasons.filter(({ code }) => code !== heldBy.code)]
}

function amount({ observation, decision, heldBy, partial }: Proposal): Parts {
  const money = observation.loopReturn?.money
  if (partial !== null) return heldBy === null ? amountText(partial) : dim('–')
  if (decision.action !== 'refund' || heldBy !== null || money?.refund == null) return dim('–')
  return `${money.refund} ${money.currency ?? ''}`.trim()
}

/** The outcome of each return, and the next command where a person is needed. */
export function resultsPage(page: Page, results: readonly Resolved[], complete: (command: string) => string): void {
  page.rows(
    results,
    [
      { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId },
      { key: 'action', title: 'Resolution', value: ({ action }) => actionWords[action] },
      { key: 'outcome', title: 'Outcome', value: outcomeText },
      { key: 'why', title: 'Why', value: ({ reasons }) => sentences(reasons) },
    ],
    'Nothing is ready to resolve.',
  )
  const accepted = results.filter(({ outcome }) => outcome === 'accepted')
  if (accepted.length > 0) {
    page.blank()
    page.paragraph('Accepted means that Loop has queued it. To see whether it is done:')
    page.line('  ', strong(complete(`mhloop rma show ${accepted[0]?.returnId ?? ''}`)))
  }
  const held = results.filter(isHeld)
  if (held.length > 0) {
    page.blank()
    page.paragraph(`Held back by policy: ${held.length} of ${results.length}. To see why and what to do:`)
    page.line('  ', strong(complete(`mhloop rma show ${held[0]?.returnId ?? ''}`)))
  }
  const doubtful = results.filter(({ outcome }) => outcome === 'in_doubt' || outcome === 'parked')
  if (doubtful.length > 0) {
    page.blank()
    page.paragraph([bad('mhloop does not send these again. '), 'Check the evidence:'])
    page.line('  ', strong(complete(`mhloop rma show ${doubtful[0]?.returnId ?? ''}`)))
  }
}

function isHeld({ outcome, reasons }: Resolved): boolean {
  return outcome === 'skipped' && isHeldByPolicy(reasons)
}

function outcomeText(resolved: Resolved): Styled {
  return isHeld(resolved) ? warn('held back') : outcomeWords[resolved.outcome]
}

/**
 * `Refund 3 returns (130.50 USD) and flag one return for acme (production)?`. `acting`: the proposals that will be
 * sent.
 */
export function question(acting: readonly Proposal[], merchant: string, environment: string): string {
  const parts = (['refund', 'flag'] as const).flatMap((action) => {
    const some = acting.filter(({ decision }) => decision.action === action)
    if (some.length === 0) return []
    const [first] = some
    if (some.length === 1 && first !== undefined && first.partial !== null)
      return [`refund only what arrived of one return (${amountText(first.partial)} by its lines)`]
    const count = some.length === 1 ? 'one return' : `${some.length} returns`
    return [`${action} ${count}${action === 'refund' ? ` (${totals(some)})` : ''}`]
  })
  const sentence = parts.join(' and ')
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)} for ${merchant} (${environment})?`
}

/**
 * The sum of the refunds by currency, with store credit listed separately. Loop may pay more or less by the time it
 * processes them.
 */
function totals(refunds: readonly Proposal[]): string {
  const money = refunds.map(({ observation }) => observation.loopReturn?.money)
  const credits = money.filter((one) => one?.giftCard != null && atMost(one.giftCard, '0') !== true)
  const paid = byCurrency(money.map((one) => ({ amount: one?.refund, currency: one?.currency })))
  const credited = byCurrency(credits.map((one) => ({ amount: one?.giftCard, currency: one?.currency })))
  return [...paid, ...credited.map((text) => `${text} store credit`)].join(', ')
}

type Amount = { amount: string | null | undefined; currency: string | null | undefined }

function byCurrency(amounts: readonly Amount[]): string[] {
  const unknown = amounts.filter(({ amount }) => amount == null || atMost(amount, '0') === null).length
  const known = amounts.filter(({ amount }) => amount != null && atMost(amount, '0') !== null)
  const groups = [...Map.groupBy(known, ({ currency }) => currency ?? '')]
  const sums = groups.map(([currency, some]) => `${totalOf(some.map(({ amount }) => amount ?? ''))} ${currency}`.trim())
  return unknown === 0 ? sums : [...sums, `${unknown} of an amount that Loop does not report`]
}
