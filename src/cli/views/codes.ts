import type { Blame } from '../../core/errors/fault-codes.ts'
import { exits } from '../../core/explain/exits.ts'
import type { Entry, Kind, Topic } from '../../core/explain/topics.ts'
import { type Column, type Listing, listing } from '../output/listing.ts'
import type { Page } from '../output/page.ts'
import { dim, strong } from '../output/styled.ts'

/** The heading of each kind of code. */
const kinds: Record<Kind, string> = {
  error: 'Error',
  reason: 'Reason in a result',
  finding: 'Finding of mapping audit and rma show',
  check: 'Check of doctor',
  exit: 'Exit code',
}

export const blameWords: Record<Blame, string> = {
  ours: 'mhloop',
  input: 'what was typed or is configured',
  loop: 'Loop',
  masonhub: 'MasonHub',
  machine: 'this machine or its network',
}

/** The page of one code, with all of its meanings. */
export function codePage(page: Page, entries: readonly Entry[]): void {
  for (const [index, entry] of entries.entries()) {
    if (index > 0) page.blank()
    page.paragraph([strong(entry.code), dim(` · ${[kinds[entry.kind], ...topicOf(entry)].join(' · ')}`)])
    page.blank()
    page.fields([
      ['Means', entry.means],
      ...(entry.blame.length > 0 ? [['Cause', entry.blame.map((one) => blameWords[one]).join(', or ')] as const] : []),
      ...entry.exits.map((exit) => ['Exit', `${exit}: ${exits[exit].means}`] as const),
      ['Next', entry.next],
      ['Docs', `docs/errors.md, “${entry.topic}”`],
    ])
  }
}

/** The topic, for errors and reasons only: the other kinds have one topic each. */
function topicOf({ kind, topic }: Entry): string[] {
  return kind === 'error' || kind === 'reason' ? [topic] : []
}

/** Terminal columns from which code and meaning stand side by side. */
const besideOneAnother = 70

/** All codes on a terminal: a table per topic, or a list where a table would be too narrow. */
export function topicPage(page: Page, topics: readonly Topic[], width: number): void {
  for (const { title, entries } of topics) {
    page.heading(title)
    if (width >= besideOneAnother) page.rows(entries, forUsers(entries))
    else for (const { code, means } of entries) page.item('- ', [strong(code), `: ${means}`])
  }
}

function forUsers(entries: readonly Entry[]): Column<Entry>[] {
  const hasExits = entries.some(({ exits: own }) => own.length > 0)
  return [
    { key: 'code', title: 'Code', value: ({ code }) => strong(code) },
    ...(hasExits ? [exitColumn] : []),
    { key: 'means', title: 'Meaning', value: ({ means }) => means },
  ]
}

const exitColumn: Column<Entry> = { key: 'exits', title: 'Exit', value: ({ exits: own }) => own.join(', ') }

/** All codes for a pipe or a spreadsheet. */
export function codeListing(entries: readonly Entry[]): Listing {
  return listing({
    columns: [
      { key: 'kind', title: 'Kind', value: ({ kind }) => kind },
      { key: 'topic', title: 'Topic', value: ({ topic }) => topic },
      { key: 'code', title: 'Code', value: ({ code }) => code },
      exitColumn,
      { key: 'blame', title: 'Cause', value: ({ blame }) => blame.join(', ') },
      { key: 'means', title: 'Meaning', value: ({ means }) => means },
      { key: 'next', title: 'Next', value: ({ next }) => next },
    ],
    rows: entries,
    empty: 'There are no codes.',
  })
}
