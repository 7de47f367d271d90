import { isRefundKind } from '../../../core/refunds/refund-kinds.ts'
import type { Effect, HistoryEntry } from '../../../journal/journal.ts'
import type { ReturnHistory } from '../../../usecases/returns/history.ts'
import type { Page } from '../../output/page.ts'
import { dim, strong } from '../../output/styled.ts'

/** `rma.history` in JSON (docs/cli.md). Payloads stay in the journal: they may contain a shopper's text. */
export function historyData({ returnId, link, entries, effects }: ReturnHistory) {
  return {
    returnId,
    orderName: link?.orderName ?? null,
    standing: link?.status ?? null,
    reason: link?.reason ?? null,
    firstSeenAt: link?.firstSeenAt ?? null,
    lastSeenAt: link?.lastSeenAt ?? null,
    entries: entries.map(entryData),
    effects: effects.map(effectData),
  }
}

export function entryData({ at, actor, what, kind, effectId, message }: HistoryEntry) {
  return { at, actor, what, kind, effectId, message }
}

export function effectData(effect: Effect) {
  const { effectId, kind, generation, state, evidence, actor, attempts, plannedAt, sentAt, settledAt } = effect
  return { effectId, kind, generation, state, evidence, actor, attempts, plannedAt, sentAt, settledAt }
}

/** Shows every attempt, oldest first, and then the outcome of each write. */
export function historyPage(page: Page, { returnId, link, entries, effects }: ReturnHistory): void {
  // A return can be resolved without ever having been synced with this journal.
  const isKnown = entries.length > 0 || effects.length > 0
  page.line(
    strong(`Return ${returnId}`),
    link?.orderName ? ` · ${link.orderName}` : '',
    dim(
      link === null
        ? isKnown
          ? ' · never synced with this journal'
          : ' · never seen by mhloop'
        : ` · ${link.status}${link.reason === null ? '' : ` (${link.reason})`}`,
    ),
  )
  if (!isKnown) {
    page.line('Nothing has ever been attempted for it.')
    return
  }
  page.heading(`History (${entries.length}, UTC)`)
  for (const { at, message, actor } of entries) {
    page.paragraph([dim(`${at.slice(0, 19).replace('T', ' ')} `), message, dim(` (${actor})`)])
  }
  if (effects.length === 0) return
  page.heading('Writes and their current state')
  page.rows(effects, [
    {
      key: 'kind',
      title: 'What',
      value: ({ kind, generation }) => (generation === 0 ? kind : `${kind} #${generation + 1}`),
    },
    { key: 'state', title: 'State', value: ({ state }) => state },
    { key: 'attempts', title: 'Sent', align: 'right', value: sentTimes },
    { key: 'evidence', title: 'Evidence', value: ({ evidence }) => evidence ?? '' },
  ])
}

/** How often a write was sent. A refund that was claimed and given up was not sent (G1). */
function sentTimes({ kind, attempts, sentAt }: Effect): number {
  return isRefundKind(kind) && sentAt === null ? 0 : attempts
}
