import type { ReasonRule } from '../merchants/policy.ts'
import { type ReasonCode, reasonCodes } from '../rmas/rma.ts'
import { didYouMean } from '../text/closest.ts'
import { csvRows } from '../text/csv.ts'
import { printable } from '../text/printable.ts'
import { normalReason, reasonText } from './reason-mapping.ts'

/** Headers of the table that `mapping reasons export` writes and `import` reads. */
export const reasonHeaders = { reason: 'Loop reason', code: 'MasonHub code', parent: 'Loop parent reason' } as const

/** Between a parent and its reason when both are in one text, as in `Too small › Arms`. */
const separator = '›'

/** A spreadsheet's plain “CSV” uses the machine's old encoding, its “Unicode text” UTF-16. */
const notUtf8 = 'It is not valid UTF-8: save the sheet as “CSV UTF-8”.'

export type ReasonTable = { rules: ReasonRule[]; problems: { line: number; message: string }[] }

/** Reads MasonHub's code in any case; undefined when there is no such code. */
export function readReasonCode(text: string): ReasonCode | undefined {
  return reasonCodes.find((code) => code.toLowerCase() === text.trim().toLowerCase())
}

/** The message for an unknown code, with the nearest known ones. */
export function wrongCode(text: string): string {
  return `Unknown MasonHub code "${printable(text, 40)}"; expected ${reasonCodes.join(', ')}.${didYouMean(text.trim(), reasonCodes)}`
}

/** Splits `Parent › Reason`; without the separator it is a reason under any parent. */
export function splitReason(text: string): Pick<ReasonRule, 'parentReason' | 'reason'> {
  const [first = '', ...others] = text.split(separator)
  const reason = others.join(separator).trim()
  return others.length === 0 ? { parentReason: null, reason: first.trim() } : { parentReason: first.trim(), reason }
}

/** The key of a rule. Equal keys mean the same reason, whatever its case and spacing. */
export function ruleKey({ parentReason, reason }: Pick<ReasonRule, 'parentReason' | 'reason'>): string {
  return JSON.stringify([parentReason === null ? null : normalReason(parentReason), normalReason(reason)])
}

/**
 * Reads a reason table as CSV, separated by commas, semicolons or tabs. Every problem is reported with its line; with
 * any problem nothing may be stored.
 */
export function readReasonTable(text: string): ReasonTable {
  if (text.includes('\u0000')) return { rules: [], problems: [{ line: 1, message: notUtf8 }] }
  const header = (/^[^\r\n]*/.exec(text.replace(/^\ufeff/, '')) ?? [''])[0]
  const delimiter = ['\t', ';'].find((mark) => header.includes(mark)) ?? ','
  const rows = csvRows(text, delimiter)
  if (rows === null) return { rules: [], problems: [{ line: 1, message: 'Unclosed quoted field.' }] }
  const [head, ...body] = rows
  const names = (head?.cells ?? []).map(normalReason)
  const columns = {
    reason: names.indexOf(normalReason(reasonHeaders.reason)),
    code: names.indexOf(normalReason(reasonHeaders.code)),
    parent: names.indexOf(normalReason(reasonHeaders.parent)),
  }
  if (columns.reason === -1 || columns.code === -1) {
    const message = `The first row must be: ${reasonHeaders.reason},${reasonHeaders.code} (and optionally ${reasonHeaders.parent}).`
    return { rules: [], problems: [{ line: head?.line ?? 1, message }] }
  }
  const table: ReasonTable = { rules: [], problems: [] }
  const lines = new Map<string, number>()
  for (const { line, cells } of body) {
    const cell = (column: number) => withoutApostrophe(cells[column] ?? '').trim()
    const reason = cell(columns.reason)
    const typed = columns.parent === -1 ? splitReason(reason) : { parentReason: cell(columns.parent) || null, reason }
    const code = readReasonCode(cell(columns.code))
    const messages = problemsOf(typed, cell(columns.code), code, lines)
    table.problems.push(...messages.map((message) => ({ line, message })))
    if (messages.length > 0 || code === undefined) continue
    lines.set(ruleKey(typed), line)
    table.rules.push({ ...typed, code })
  }
  return table
}

function problemsOf(
  typed: Pick<ReasonRule, 'parentReason' | 'reason'>,
  codeText: string,
  code: ReasonCode | undefined,
  lines: ReadonlyMap<string, number>,
): string[] {
  const messages: string[] = []
  if (`${typed.parentReason ?? ''}${typed.reason}`.includes('\ufffd')) messages.push(notUtf8)
  if (typed.reason === '' || typed.parentReason === '') messages.push('Loop’s reason is empty.')
  if (codeText === '') messages.push('MasonHub’s code is empty.')
  else if (code === undefined) messages.push(wrongCode(codeText))
  const earlier = lines.get(ruleKey(typed))
  if (earlier !== undefined) {
    const text = reasonText(typed.parentReason, typed.reason) ?? ''
    messages.push(`“${printable(text, 80)}” is already on line ${earlier}.`)
  }
  return messages
}

/** Our own exports, and spreadsheets, put an apostrophe before text that would be taken for a formula (F57). */
function withoutApostrophe(cell: string): string {
  return /^'\s*[=+\-@＝＋－＠]/u.test(cell) ? cell.slice(1) : cell
}

export type RuleChange = {
  parentReason: string | null
  reason: string
  before: ReasonCode | null
  after: ReasonCode | null
}

/**
 * Adds `desired` to the rules, and lists what that changes; with `prune`, rules that are not in `desired` are removed. In
 * a change, `before` is null for a new rule, `after` for a removed one.
 */
export function mergeRules(
  rules: readonly ReasonRule[],
  desired: readonly ReasonRule[],
  prune: boolean,
): { rules: ReasonRule[]; changes: RuleChange[]; unchanged: number } {
  const merged = new Map(rules.map((rule) => [ruleKey(rule), rule]))
  const changes: RuleChange[] = []
  const keep = new Set(desired.map(ruleKey))
  let unchanged = 0
  for (const rule of desired) {
    const { parentReason, reason, code } = rule
    const before = merged.get(ruleKey(rule))
    if (before?.code === code) unchanged += 1
    else {
      changes.push({ parentReason, reason, before: before?.code ?? null, after: code })
      merged.set(ruleKey(rule), rule)
    }
  }
  for (const [key, { parentReason, reason, code }] of [...merged]) {
    if (!prune || keep.has(key)) continue
    changes.push({ parentReason, reason, before: code, after: null })
    merged.delete(key)
  }
  return { rules: [...merged.values()], changes, unchanged }
}

/** The rules without this one; null when it is not among them. */
export function withoutRule(
  rules: readonly ReasonRule[],
  desired: Pick<ReasonRule, 'parentReason' | 'reason'>,
): { rules: ReasonRule[]; removed: ReasonRule } | null {
  const key = ruleKey(desired)
  const removed = rules.find((rule) => ruleKey(rule) === key)
  return removed === undefined ? null : { rules: rules.filter((rule) => rule !== removed), removed }
}
