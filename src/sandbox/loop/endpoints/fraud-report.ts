import type { LoopStore } from '../model/store.ts'
import { type Answer, invalid, type ParsedRequest } from './answer.ts'
import { iso } from './wire.ts'

const categories = [
  'package-never-received',
  'package-is-empty',
  'package-is-missing-items',
  'instant-return-charge-failed',
  'keep-item-abuse',
  'splitting-returns-to-avoid-restrictions',
  'item-is-worn',
  'other',
]
const longestComment = 512

/** `POST /returns/:id/fraud-report` (loop.md §5.7): one for each return; it changes nothing of the return. */
export function fraudReportAction(store: LoopStore, { id, body, version }: ParsedRequest): Answer {
  const record = store.returns.get(id)
  if (!record) return { status: 404, body: { errors: { message: 'No return found with this ID.' } } }
  const { category, comment = null } = ((typeof body === 'object' ? body : null) as Record<string, unknown>) ?? {}
  if (typeof category !== 'string' || !categories.includes(category)) {
    return invalid({ category: ['The selected category is invalid.'] })
  }
  if (comment !== null && (typeof comment !== 'string' || comment.length > longestComment)) {
    return invalid({ comment: [`The comment may not be greater than ${longestComment} characters.`] })
  }
  if (category === 'other' && !comment) return invalid({ comment: ['The comment field is required.'] })
  if (record.fraudReport !== null) return { status: 409, body: { errors: { message: 'Fraud Report already exists.' } } }
  const report = { id: store.nextId('report'), category, comment, at: store.now() }
  record.fraudReport = report
  store.world.groundTruth.record({ what: 'fraud_reported', returnId: String(id), detail: { category } })
  const created_at = iso({ world: store.world, version }, report.at)
  return { status: 201, body: { id: report.id, return_id: id, category, comment, created_at } }
}
