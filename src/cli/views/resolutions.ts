import type { Action } from '../../core/decide.ts'
import type { Reason } from '../../core/reason.ts'
import type { Proposal } from '../../usecases/resolve/propose.ts'
import type { Resolved } from '../../usecases/resolve/resolve.ts'
import { type Listing, listing } from '../output/listing.ts'
import type { Page } from '../output/page.ts'
import { bad, dim, good, type Parts, type Styled, warn } from '../output/styled.ts'

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

/** What would be done, before anybody is asked. */
export function proposalListing(proposals: readonly Proposal[]): Listing {
  return listing<Proposal>({
    columns: [
      { key: 'returnId', title: 'Return', value: ({ look }) => look.returnId },
      { key: 'order', title: 'Order', value: ({ look }) => look.loopReturn?.orderName ?? '–' },
      {
        key: 'action',
        title: 'Would',
        value: ({ decision, refused }) => (refused ? bad('refuse') : actionWords[decision.action]),
      },
      { key: 'amount', title: 'Refund', align: 'right', value: amount },
      { key: 'why', title: 'Because', value: ({ decision }) => sentences(decision.reasons) },
    ],
    rows: proposals,
    empty: 'Nothing is ready to be resolved.',
  })
}

function amount({ look, decision }: Proposal): Parts {
  const money = look.loopReturn?.money
  if (decision.action !== 'refund' || money?.refund == null) return dim('–')
  return `${money.refund} ${money.currency ?? ''}`.trim()
}

/** What became of each return, and what to type where a person is needed. */
export function resultsPage(page: Page, results: readonly Resolved[]): void {
  page.table(
    listing<Resolved>({
      columns: [
        { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId },
        { key: 'action', title: 'Resolution', value: ({ action }) => actionWords[action] },
        { key: 'outcome', title: 'Outcome', value: ({ outcome }) => outcomeWords[outcome] },
        { key: 'why', title: 'Why', value: ({ reasons }) => sentences(reasons) },
      ],
      rows: results,
      empty: 'Nothing is ready to be resolved.',
    }),
  )
  const accepted = results.filter(({ outcome }) => outcome === 'accepted')
  if (accepted.length > 0) {
    page.blank()
    page.paragraph([
      'Accepted means that Loop queued it. ',
      dim(`See it done: mhloop rma show ${accepted[0]?.returnId ?? ''}`),
    ])
  }
  const doubtful = results.filter(({ outcome }) => outcome === 'in_doubt' || outcome === 'parked')
  if (doubtful.length > 0) {
    page.blank()
    page.paragraph([
      bad('Nobody sends these again. '),
      `Look at the evidence: mhloop rma show ${doubtful[0]?.returnId ?? ''}`,
    ])
  }
}

/** `Refund 3 returns and flag 1 for acme (production)?` */
export function question(proposals: readonly Proposal[], merchant: string, environment: string): string {
  const count = (action: Action) =>
    proposals.filter(({ decision, refused }) => !refused && decision.action === action).length
  const parts = (['refund', 'flag'] as const).flatMap((action) => {
    const returns = count(action)
    return returns === 0 ? [] : [`${action} ${returns === 1 ? 'one return' : `${returns} returns`}`]
  })
  const sentence = parts.join(' and ')
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)} for ${merchant} (${environment})?`
}
