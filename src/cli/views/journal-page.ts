import { agoText } from '../../core/doctor/verdict.ts'
import { showCommand } from '../../core/rmas/smoke-rma.ts'
import type { Effect, JournalHealth } from '../../journal/journal.ts'
import type { Restored } from '../../journal/maintenance/backup.ts'
import type { Page } from '../output/page.ts'
import { bad, dim, good, type Part, strong, warn } from '../output/styled.ts'

/** Most effects in the table; --json has all of them. */
const mostRows = 20

/** An effect that is not settled. */
export type Unsettled = Pick<Effect, 'effectId' | 'merchant' | 'returnId' | 'kind' | 'state' | 'evidence'> & {
  /** RFC 3339: when it was sent; when it was planned, if it was not sent. */
  since: string
  ageSeconds: number
}

export function unsettledOf(effects: readonly Effect[], now: Date): Unsettled[] {
  return effects
    .map(({ effectId, merchant, returnId, kind, state, evidence, sentAt, plannedAt }) => {
      const since = sentAt ?? plannedAt
      const ageSeconds = Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 1000))
      return { effectId, merchant, returnId, kind, state, evidence, since, ageSeconds }
    })
    .sort((a, b) => (a.since < b.since ? -1 : 1))
}

export function healthPage(page: Page, health: JournalHealth): void {
  const { engine, location, schemaVersion, sizeBytes, settings, counts, problems } = health
  page.fields([
    ['Journal', [strong(location), dim(` · ${engine}, schema ${schemaVersion}, ${sizeText(sizeBytes)}`)]],
    [
      'Settings',
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
    ],
    ['Returns', String(counts.returns)],
    ['Effects', effectCounts(counts.effects)],
    ['Events', String(counts.events)],
    ['History', String(counts.history)],
    [
      'Health',
      problems.length === 0
        ? good('no problems')
        : bad(problems.length === 1 ? '1 problem' : `${problems.length} problems`),
    ],
  ])
  if (problems.length > 0) {
    page.blank()
    page.bullets(problems)
  }
}

function effectCounts(effects: JournalHealth['counts']['effects']): string {
  const present = Object.entries(effects).filter(([, count]) => count > 0)
  return present.length === 0
    ? 'none'
    : present.map(([state, count]) => `${count} ${state.replace('_', ' ')}`).join(', ')
}

export function unsettledSection(page: Page, unsettled: readonly Unsettled[]): void {
  if (unsettled.length === 0) return
  page.heading(`Not settled (${unsettled.length})`)
  page.rows(unsettled.slice(0, mostRows), [
    { key: 'age', title: 'Age', value: ({ ageSeconds }) => agoText(ageSeconds * 1000) },
    { key: 'merchant', title: 'Merchant', value: ({ merchant }) => merchant },
    { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId },
    { key: 'kind', title: 'What', value: ({ kind }) => kind },
    {
      key: 'state',
      title: 'State',
      value: ({ state }) => (state === 'parked' || state === 'in_doubt' ? bad(state) : warn(state)),
    },
    { key: 'evidence', title: 'Evidence', value: ({ evidence }) => evidence ?? '' },
  ])
  if (unsettled.length > mostRows) page.line(dim(`… and ${unsettled.length - mostRows} more (use --json)`))
  const [oldest] = unsettled
  if (oldest === undefined) return
  page.blank()
  page.paragraph([
    dim(
      'They are settled by reading both sides: the next asn sync or rma resolve --ready does that for all of them; for a single one run ',
    ),
    strong(showCommand(oldest.returnId, oldest.merchant)),
  ])
}

export function sizeText(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1_000)} kB`
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

/** What was copied, and the merchants whose refunds wait until every open return is read (F11). */
export function quarantinedSection(page: Page, { copied, quarantined }: Restored, title: Part): void {
  const { effects, links, history, events } = copied
  page.line(`  ${links} returns, ${effects} effects, ${events} events, ${history} lines of history.`)
  if (quarantined.length === 0) return
  page.blank()
  page.paragraph([
    title,
    ` for ${quarantined.join(', ')}: this journal may not know every refund that was sent. They continue automatically once mhloop serve has read every open return, in 15 minutes at the earliest, or with`,
  ])
  for (const merchant of quarantined) page.line('  ', strong(`mhloop refunds resume -m ${merchant}`))
}
