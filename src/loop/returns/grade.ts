import type { UnitGrade } from '../../core/grades/grade.ts'
import type { HttpRequest, Outcome, Transport } from '../../http/transport.ts'
import type { ActionAnswer, LoopClient } from '../client.ts'
import type { ConditionForm } from '../version.ts'
import { actionAnswerOf } from './action-answer.ts'

/** Loop refuses a request with more (loop.md §6). */
const mostItems = 30

type Item = { lineItemId: string; note: string | null; inspectedAt: string | null }
type MayStart = () => boolean

/** Grades and dispositions of units. Sent twice, they say the same, so they may be repeated. */
export function unitGrades(transport: Transport, form: ConditionForm): Pick<LoopClient, 'grade' | 'assess'> {
  async function write<Unit extends Item>(
    path: string,
    units: readonly Unit[],
    bodyOf: (unit: Unit) => Record<string, unknown>,
    mayStart: MayStart | undefined,
  ): Promise<ActionAnswer> {
    let worst: ActionAnswer = { kind: 'not_sent', detail: 'there is nothing to send' }
    for (let start = 0; start < units.length; start += mostItems) {
      const some = units.slice(start, start + mostItems)
      const items = some.map((unit) => ({ ...commonOf(unit), ...bodyOf(unit) }))
      const request: HttpRequest = { method: 'POST', path, body: { items }, effect: 'repeatable' }
      const outcome = await transport.send(mayStart ? { ...request, mayStart } : request)
      const answer = gradeAnswerOf(outcome, some)
      worst = start === 0 ? answer : worse(worst, answer)
      // What stopped one request would stop the next.
      if (answer.kind !== 'accepted') break
    }
    return worst
  }

  return {
    grade: (units, mayStart) =>
      write(
        '/dispositioning/grade',
        units,
        (unit) => ({ description: unit.description, ...conditionOf(unit, form) }),
        mayStart,
      ),
    assess: (units, mayStart) =>
      write('/dispositioning/assess', units, ({ disposition }) => ({ disposition_outcome: disposition }), mayStart),
  }
}

/** Without a condition that exists in the shop, the description alone says what was found (H42). */
function conditionOf({ condition, word }: UnitGrade, form: ConditionForm): Record<string, unknown> {
  if (form === 'word') return word === null ? {} : { condition_category: word }
  if (condition === null) return {}
  const { subject, title, grade } = condition
  return { condition_category: { subject, title, ...(grade === null ? {} : { grade }) } }
}

function commonOf({ lineItemId, note, inspectedAt }: Item): Record<string, unknown> {
  const line_item_id = Number(lineItemId)
  if (!Number.isSafeInteger(line_item_id)) throw new Error('a line item id that is no number was to be sent')
  const time = inspectedAt === null ? Number.NaN : Date.parse(inspectedAt)
  return {
    line_item_id,
    ...(note === null ? {} : { note }),
    ...(Number.isNaN(time) ? {} : { inspected_at: new Date(time).toISOString().slice(0, 19).replace('T', ' ') }),
  }
}

/** Accepted only if the answer names every unit that was sent; `true` alone would not say for which. */
function gradeAnswerOf(outcome: Outcome, sent: readonly Item[]): ActionAnswer {
  if (outcome.ok && outcome.answer.status === 200) {
    const named = idsIn(outcome.answer.json)
    if (named !== null && sent.every(({ lineItemId }) => named.has(lineItemId))) return { kind: 'accepted' }
  }
  const answer = actionAnswerOf(outcome)
  return answer.kind === 'accepted' ? { kind: 'in_doubt', detail: 'an answer that names no units' } : answer
}

function idsIn(json: unknown): Set<string> | null {
  if (!Array.isArray(json)) return null
  return new Set(
    json.flatMap((item: unknown) => {
      const id: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'line_item_id') : undefined
      return typeof id === 'number' || typeof id === 'string' ? String(id) : []
    }),
  )
}

/**
 * Of the answers to several requests for one return, what holds for all of them. Once a part was accepted, one that was
 * surely not sent leaves the whole in doubt.
 */
function worse(before: ActionAnswer, next: ActionAnswer): ActionAnswer {
  if (next.kind !== 'not_sent' || before.kind === 'not_sent') return next
  return { kind: 'in_doubt', detail: `only a part was sent: ${next.detail}` }
}
