import { attachLabels } from '../model/labels.ts'
import type { LoopStore } from '../model/store.ts'
import type { Answer, ParsedRequest } from './answer.ts'

/**
 * `POST /returns/:id/labels` (loop.md §14.5): 202 means that a label is queued, not that one exists. Only an existing
 * label refuses another one: two requests before the first label is there buy two.
 */
export function labelRequestAction(store: LoopStore, { id }: ParsedRequest): Answer {
  const record = store.returns.get(id)
  if (!record) return refused(404, 'return_not_found', 'Return not found.')
  if (record.labels.length > 0) return refused(409, 'label_already_exists', 'A label already exists for this return.')
  if (record.state !== 'open' || record.boxFree !== null) {
    return refused(422, 'return_cannot_receive_label', 'This return cannot receive a label.')
  }
  const { faults, clock, randomFor, groundTruth } = store.world
  if (faults.get('loop.label-fails')) return refused(422, 'label_generation_failed', 'The label was not generated.')
  const earliest = faults.get('loop.label-min-ms')
  const spread = Math.max(0, faults.get('loop.label-max-ms') - earliest)
  clock.after(earliest + randomFor('labels-on-request').below(spread + 1), () => {
    attachLabels(store, record, {})
    groundTruth.record({ what: 'loop_label_bought', returnId: String(id), detail: { labels: record.labels.length } })
  })
  return { status: 202, body: { message: 'Label generation has been queued.', returnId: id } }
}

const refused = (status: number, code: string, message: string): Answer => ({ status, body: { code, message } })
