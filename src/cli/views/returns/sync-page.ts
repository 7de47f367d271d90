import type { SyncResult } from '../../../usecases/sync/result.ts'
import type { Page } from '../../output/page.ts'
import { bad, dim, good, type Parts, type Styled, strong, warn } from '../../output/styled.ts'
import { span } from '../times.ts'

/** Most rows in a section; --json has all of them. */
const mostRows = 20

type Row = { returnId: string; what: Parts }

/** What a sync did, or would do in a dry run: the counts, then every section that has rows. */
export function syncPage(page: Page, result: SyncResult, complete: (command: string) => string): void {
  const { window, dryRun } = result
  page.line(...syncSummary(result))
  if (window !== null) page.line(dim(`Changed in Loop ${span(window)}`))
  const would = dryRun ? 'To be ' : ''
  section(page, `${would}created`, result.created, ({ returnId, units }) => ({
    returnId,
    what: units === 1 ? '1 unit' : `${units} units`,
  }))
  section(page, `${would}updated`, result.updated, ({ returnId, changes }) => ({
    returnId,
    what: changes
      .map(({ field, there, wanted: desired }) => `${field}: ${there || 'none'} → ${desired || 'none'}`)
      .join('; '),
  }))
  section(page, `${would}deleted`, result.deleted, ({ returnId, reason }) => ({ returnId, what: reason }))
  section(page, 'held', result.held, explained)
  section(page, 'skipped', result.skipped, explained)
  section(page, 'shortened', result.losses, ({ returnId, field, limit, length }) => ({
    returnId,
    what: `${field} has ${length} characters; MasonHub allows ${limit}`,
  }))
  section(page, 'failed', result.failed, ({ returnId, code, message }) => ({
    returnId,
    what: [message, dim(` ${code}`)],
  }))
  const [first] = result.failed
  if (first !== undefined && /^\d+$/.test(first.returnId)) {
    page.blank()
    page.line('What to do: ', strong(complete(`mhloop rma show ${first.returnId}`)))
  }
  if (dryRun) {
    page.blank()
    page.line('Nothing was sent (--dry-run).')
  }
}

/** `12 returns: 3 created, 1 updated, 7 unchanged, 1 held` */
export function syncSummary(result: SyncResult): readonly Styled[] {
  const { created, updated, deleted, unchanged, held, skipped, failed, observed, dryRun } = result
  const would = dryRun ? 'to be ' : ''
  const counts: [number, string, (text: string) => Styled][] = [
    [created.length, `${would}created`, good],
    [updated.length, `${would}updated`, good],
    [deleted.length, `${would}deleted`, warn],
    [unchanged, 'unchanged', dim],
    [held.length, 'held', warn],
    [skipped.length, 'skipped', dim],
    [failed.length, 'failed', bad],
  ]
  const present = counts.filter(([count]) => count > 0)
  const comma = dim(', ')
  return [
    strong(observed === 1 ? '1 return' : `${observed} returns`),
    ...(present.length === 0 ? [dim(': nothing to do')] : []),
    ...present.flatMap(([count, word, tone], index) => [index === 0 ? dim(': ') : comma, tone(`${count} ${word}`)]),
  ]
}

function explained({ returnId, reason, message }: { returnId: string; reason: string; message: string }): Row {
  return { returnId, what: [message, dim(` ${reason}`)] }
}

function section<Item>(page: Page, title: string, items: readonly Item[], row: (item: Item) => Row): void {
  if (items.length === 0) return
  page.heading(`${title.charAt(0).toUpperCase()}${title.slice(1)} (${items.length})`)
  page.rows(items.slice(0, mostRows).map(row), [
    { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId },
    { key: 'what', title: 'What', value: ({ what }) => what },
  ])
  if (items.length > mostRows) page.line(dim(`… and ${items.length - mostRows} more (use --json)`))
}
