import type { Account } from './account/store.ts'
import type { Answer } from './answer.ts'
import { ok } from './answer.ts'

/** Why one record was refused; `text` starts with three digits if MasonHub has a code for it (masonhub.md §8). */
export type Refusal = { field: string; text: string }

/** The outcome of one record of a bulk write. */
export type RowOutcome = {
  identifier: unknown
  refusals: readonly Refusal[]
  /** Absent if the endpoint returns no link. */
  url?: string
  additionalData?: Record<string, unknown>
  /** Message on success, for the endpoints that have one. */
  remark?: string
  /** Further fields of the row, by endpoint. */
  more?: Record<string, unknown>
}

type Row = Record<string, unknown>

/** The style of one answer: each inconsistency that masonhub.md §3.4 lists, or that of the real answers there. */
type BulkStyle = {
  capitals: boolean
  linkKey: 'url' | 'uri'
  messages: 'fields' | 'texts' | 'map'
  emptyMessages: 'absent' | 'null' | 'empty'
  container: 'envelope' | 'rows' | 'wrapped'
  wrongCounts: boolean
  extraFields: boolean
}

/**
 * The answer to a bulk write: HTTP 200 whatever happened to the records (masonhub.md §3.3), in an envelope whose
 * spelling varies from one answer to the next (F32).
 */
export function bulkAnswer(
  account: Account,
  outcomes: readonly RowOutcome[],
  options: { status?: number; usualContainer?: BulkStyle['container'] } = {},
): Answer {
  const style = throwStyle(account, options.usualContainer ?? 'envelope')
  const rows = outcomes.map((outcome) => distort(account, rowOf(outcome, style)))
  return ok(contain(arrange(account, rows), outcomes, style), options.status)
}

function throwStyle(account: Account, usual: BulkStyle['container']): BulkStyle {
  const { random } = account.world
  const pick = <T>(options: readonly [T, ...T[]]): T => options[random.below(options.length)] ?? options[0]
  if (!account.world.faults.get('masonhub.quirks')) {
    return {
      capitals: false,
      linkKey: 'uri',
      messages: 'fields',
      emptyMessages: 'absent',
      container: usual,
      wrongCounts: false,
      extraFields: false,
    }
  }
  return {
    capitals: random.chance(0.5),
    linkKey: pick(['url', 'uri']),
    messages: pick(['fields', 'texts', 'map']),
    emptyMessages: pick(['absent', 'null', 'empty']),
    container: pick([usual, 'envelope', 'rows', 'wrapped']),
    wrongCounts: random.chance(0.3),
    extraFields: random.chance(0.3),
  }
}

function rowOf(outcome: RowOutcome, style: BulkStyle): Row {
  const success = outcome.refusals.length === 0
  const row: Row = { customer_identifier: outcome.identifier ?? '', status: spell(success, style), ...outcome.more }
  if (success && outcome.url !== undefined) row[style.linkKey] = outcome.url
  const messages = success ? remarks(outcome, style) : failures(outcome.refusals, style)
  if (messages !== undefined) row['messages'] = messages
  if (outcome.additionalData) row['additional_data'] = outcome.additionalData
  if (style.extraFields) row['system_id'] = '00000000-0000-0000-0000-000000000000'
  return row
}

function spell(success: boolean, style: BulkStyle): string {
  const word = success ? 'success' : 'failure'
  return style.capitals ? word.charAt(0).toUpperCase() + word.slice(1) : word
}

function remarks(outcome: RowOutcome, style: BulkStyle): unknown {
  if (outcome.remark !== undefined && style.messages === 'texts') return [outcome.remark]
  if (style.emptyMessages === 'absent') return undefined
  return style.emptyMessages === 'null' ? null : []
}

function failures(refusals: readonly Refusal[], style: BulkStyle): unknown {
  if (style.messages === 'texts') return refusals.map((refusal) => refusal.text)
  const fields = [...Map.groupBy(refusals, (refusal) => refusal.field)]
  const texts = (all: Refusal[]) => all.map((refusal) => refusal.text)
  if (style.messages === 'map') return fields.map(([field, all]) => ({ [field]: texts(all) }))
  return fields.map(([field, all]) => ({ field_name: field, errors: texts(all) }))
}

/** Sometimes makes a row contradict its record although the work is done. */
function distort(account: Account, row: Row): Row {
  const { faults, random } = account.world
  if (random.chance(faults.get('masonhub.null-result-identifier'))) return { ...row, customer_identifier: null }
  if (random.chance(faults.get('masonhub.unknown-result-status'))) return { ...row, status: 'queued' }
  return row
}

function arrange(account: Account, rows: Row[]): Row[] {
  const { faults, random } = account.world
  const remaining = [...rows]
  if (remaining.length > 0 && random.chance(faults.get('masonhub.drop-result-row')))
    remaining.splice(random.below(remaining.length), 1)
  if (!faults.get('masonhub.shuffle-results')) return remaining
  for (let last = remaining.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    const [a, b] = [remaining[last], remaining[other]]
    if (a && b) [remaining[last], remaining[other]] = [b, a]
  }
  return remaining
}

function contain(rows: Row[], outcomes: readonly RowOutcome[], style: BulkStyle): unknown {
  if (style.container === 'rows') return rows
  const failed = outcomes.filter((outcome) => outcome.refusals.length > 0).length
  const off = style.wrongCounts ? 1 : 0
  const envelope = {
    records_submitted: outcomes.length + off,
    records_processed: outcomes.length,
    records_failed: failed + off,
    records_succeeded: outcomes.length - failed,
    results: rows,
  }
  return style.container === 'wrapped' ? [envelope] : envelope
}

/** Refusals that several endpoints share. */
export const taken = (identifier: string): Refusal => ({
  field: 'customer_identifier',
  text: `301: '${identifier}' is already taken and 'customer_identifier' must be unique`,
})
export const missing = (entity: string, identifier: string, field = 'customer_identifier'): Refusal => ({
  field,
  text: `303: '${entity}' with customer_identifier '${identifier}' does not exist`,
})
export const notOpen = (identifier: string, verb: 'updated' | 'deleted' | 'received'): Refusal => ({
  field: 'status',
  text: `409: '${identifier}' must be in the 'open' status to be ${verb}.`,
})
