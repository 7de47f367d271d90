import type { Check } from '../../core/doctor/check.ts'
import { type Listing, listing } from '../output/listing.ts'
import type { Page } from '../output/page.ts'
import { bad, dim, good, type Part, type Styled, strong, warn } from '../output/styled.ts'

/** Marks of five columns; capitals are noticeable without colour. */
const marks: Record<Check['status'], Styled> = {
  ok: good('ok   '),
  warn: warn('WARN '),
  fail: bad('FAIL '),
  skipped: dim('skip '),
}
const indent = '       '

/** This machine first, then each merchant: one line per check, its remedy below it, and a summary at the end. */
export function doctorPage(page: Page, checks: readonly Check[], seconds: number): void {
  const widest = Math.max(0, ...checks.map(({ code }) => code.length))
  const groups = Map.groupBy(checks, ({ merchant }) => merchant)
  for (const [merchant, some] of groups) {
    page.heading(merchant ?? 'This machine')
    for (const check of some) drawCheck(page, check, widest)
  }
  if (checks.length > 0) page.blank()
  page.paragraph(sumOf(checks, seconds))
}

function drawCheck(page: Page, { status, code, message, remedy }: Check, widest: number): void {
  const quiet = status === 'ok' || status === 'skipped'
  const name = code.padEnd(widest + 1)
  page.item(['  ', marks[status], quiet ? name : strong(name)], quiet ? dim(message) : message)
  if (remedy === null) return
  page.item([indent, dim('→ ')], quiet ? dim(remedy) : strong(remedy))
}

/** `3 merchants: 85 ok, 1 failed, 2 warnings, 4 skipped, in 1.2 s. Check acme.` */
export function sumOf(checks: readonly Check[], seconds: number): Part[] {
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length
  const merchants = new Set(checks.flatMap(({ merchant }) => merchant ?? [])).size
  const warnings = count('warn')
  const counts: [number, Styled][] = [
    [count('fail'), bad(`${count('fail')} failed`)],
    [warnings, warn(warnings === 1 ? '1 warning' : `${warnings} warnings`)],
    [count('skipped'), dim(`${count('skipped')} skipped`)],
  ]
  const ok = count('ok')
  const troubles = counts.filter(([number]) => number > 0).flatMap(([, part]): Part[] => [', ', part])
  const whose = merchants > 1 ? `${merchants} merchants: ` : ''
  const troubled = new Set(checks.filter(isTrouble).map(({ merchant }) => merchant ?? 'this machine'))
  const where = merchants > 1 && troubled.size > 0 ? ` Check ${[...troubled].join(', ')}.` : ''
  const all = ok === checks.length && ok > 0 ? good(`All ${ok} checks ok`) : good(`${ok} ok`)
  return [whose, all, ...troubles, `, in ${seconds.toFixed(1)} s.`, where]
}

function isTrouble({ status }: Check): boolean {
  return status === 'warn' || status === 'fail'
}

/** For files and pipes: one row per check. */
export function doctorListing(checks: readonly Check[]): Listing {
  return listing({
    columns: [
      { key: 'merchant', title: 'Merchant', value: ({ merchant }) => merchant ?? '' },
      { key: 'code', title: 'Check', value: ({ code }) => code },
      { key: 'status', title: 'Status', value: ({ status }) => status },
      { key: 'message', title: 'Found', value: ({ message }) => message },
      { key: 'remedy', title: 'What to do', value: ({ remedy }) => remedy ?? '' },
      { key: 'milliseconds', title: 'ms', align: 'right', value: ({ milliseconds }) => milliseconds },
    ],
    rows: checks,
    empty: 'Nothing was checked.',
  })
}
