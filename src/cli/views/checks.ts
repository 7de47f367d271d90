import type { Check } from '../../core/check.ts'
import { type Listing, listing } from '../output/listing.ts'
import type { Page } from '../output/page.ts'
import { bad, dim, good, type Part, strong, warn } from '../output/styled.ts'

const marks: Record<Check['status'], Part> = {
  ok: good('ok'),
  warn: warn('warn'),
  fail: bad('FAIL'),
  skipped: dim('skipped'),
}

/** One line a check, and what to do below those that want something done. */
export function checksPage(page: Page, checks: readonly Check[]): void {
  page.table(checksListing(checks))
  page.blank()
  page.paragraph(checksSummary(checks))
}

type Row = { check: string; status: Part; text: string | readonly Part[] }

function checksListing(checks: readonly Check[]): Listing {
  const rows = checks.flatMap(({ code, status, message, remedy }): Row[] => {
    const row = { check: code, status: marks[status], text: message }
    return remedy === null ? [row] : [row, { check: '', status: '', text: [dim('Next: '), remedy] }]
  })
  return listing<Row>({
    columns: [
      { key: 'status', title: '', value: ({ status }) => status },
      { key: 'check', title: 'Check', value: ({ check }) => check },
      { key: 'message', title: 'Found', value: ({ text }) => text },
    ],
    rows,
    empty: 'Nothing was checked.',
  })
}

/** `18 ok, 1 failed, 3 skipped.` */
function checksSummary(checks: readonly Check[]): Part[] {
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length
  const parts = [
    { text: `${count('ok')} ok`, tone: good },
    { text: `${count('warn')} with a warning`, tone: warn },
    { text: `${count('fail')} failed`, tone: bad },
    { text: `${count('skipped')} skipped`, tone: dim },
  ].filter(({ text }) => !text.startsWith('0 '))
  if (parts.length === 1 && count('ok') > 0) return [strong(`All ${count('ok')} ok.`)]
  return parts.flatMap(({ text, tone }, index) => [...(index === 0 ? [] : [', ']), tone(text)]).concat('.')
}
