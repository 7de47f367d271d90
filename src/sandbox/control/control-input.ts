import type { LabelStatus } from '../loop/model/record.ts'
import { scanStatuses } from '../loop/model/record.ts'
import type { DropOff, LabelPlan, LoopSandbox, ReturnEdit } from '../loop/register.ts'

/** The error for a wrong request to the control routes. */
export class BadRequest extends Error {
  readonly status: number
  readonly code: string
  constructor(message: string, status: 400 | 404 | 409 = 400) {
    super(message)
    this.status = status
    this.code = { 400: 'BAD_REQUEST', 404: 'NOT_FOUND', 409: 'CONFLICT' }[status]
  }
}

/** The body as an object; a missing body is an empty one. */
export function objectOf(body: unknown): Record<string, unknown> {
  if (body === undefined || body === null) return {}
  if (typeof body !== 'object' || Array.isArray(body)) throw new BadRequest('The body must be a JSON object.')
  return { ...body }
}

/** A non-negative whole number; undefined when absent. */
export function numberIn(body: Record<string, unknown>, name: string): number | undefined {
  const value = body[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new BadRequest(`${name} must be a non-negative whole number.`)
}

function textIn(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name]
  return value === undefined ? undefined : String(value)
}

type PersonAction = (loop: LoopSandbox, returnId: number, body: Record<string, unknown>) => void

/** The actions of people and carriers on a return: `POST /_sandbox/loop/returns/:id/<name>`. */
export const personActions: ReadonlyMap<string, PersonAction> = new Map<string, PersonAction>([
  ['edit', (loop, id, body) => loop.edit(id, body as ReturnEdit)],
  ['cancel', (loop, id) => loop.cancel(id)],
  ['close', (loop, id) => loop.close(id)],
  ['expire', (loop, id) => loop.expire(id)],
  ['review', (loop, id) => loop.review(id)],
  ['flag', (loop, id) => loop.flag(id)],
  ['reopen', (loop, id) => loop.reopen(id)],
  ['process', (loop, id) => loop.process(id)],
  ['label', (loop, id, body) => loop.label(id, body as LabelPlan)],
  ['ship', (loop, id, body) => loop.ship(id, labelStatus(body['status']), textIn(body, 'trackingNumber'))],
  ['note', (loop, id, body) => loop.note(id, String(body['content'] ?? ''))],
  ['delete-note', (loop, id, body) => loop.deleteNote(id, numberIn(body, 'position') ?? 0)],
  ['drop-off', (loop, id, body) => loop.dropOff(id, body as DropOff)],
  ['redirect', (loop, id, body) => loop.redirect(id, numberIn(body, 'destinationId') ?? null)],
])

function labelStatus(value: unknown): LabelStatus {
  const status = scanStatuses.find((known) => known === value)
  if (!status) throw new BadRequest(`status must be one of ${scanStatuses.join(', ')}.`)
  return status
}
