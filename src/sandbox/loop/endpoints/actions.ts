import { acceptProcessing } from '../model/processing.ts'
import type { LoopRecord } from '../model/record.ts'
import { unitsLeft } from '../model/record.ts'
import { removeUnits } from '../model/remove.ts'
import { cancelReturn, closeReturn, reviewReturn } from '../model/states.ts'
import type { LoopStore } from '../model/store.ts'
import type { Answer } from './answer.ts'
import { accepted, noSuchReturn, refusedByCode, refusedByContent, refusedByMessage } from './answer.ts'
import { noteDetails } from './notes.ts'

/** The actions on a return: the state table of loop.md §8.2, with every envelope of a refusal. */

/** `/process`: queues, or refuses in one of three envelopes. The body's keys become a timeline note. */
export function processAction(store: LoopStore, returnId: number, body: unknown): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  const refusal = processRefusal(store, record)
  if (refusal) {
    store.world.groundTruth.record({
      what: 'process_refused',
      returnId: String(returnId),
      detail: { state: record.state, flagged: record.flagged },
    })
    return refusal
  }
  const when = store.world.faults.get('loop.process-note')
  acceptProcessing(store, record, 'api', when === 2 ? () => noteDetails(store, record, body) : undefined)
  if (when === 1) noteDetails(store, record, body)
  return accepted(store)
}

function processRefusal(store: LoopStore, record: LoopRecord): Answer | null {
  const text = `Return is ${record.state} and therefore cannot be processed.`
  if (record.flagged) {
    if (store.world.faults.get('loop.flagged-may-process')) return null
    // Loop's own text says "open" although the return is flagged (loop.md §10.9, F5).
    return refusedByCode('Return is open and therefore cannot be processed.', 'UNPROCESSABLE_FLAGGED_RETURN')
  }
  if (record.state === 'open') return null
  if (record.state === 'cancelled' || record.state === 'review') return refusedByMessage(text)
  return refusedByCode(text)
}

/** `/flag`: stops automatic processing and asks for a person. There is no reason parameter. */
export function flagAction(store: LoopStore, returnId: number): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  if (record.flagged || record.state === 'review') {
    if (store.world.faults.get('loop.flag-twice-refused')) {
      return refusedByCode('Return is review and therefore cannot be processed.')
    }
    return accepted(store)
  }
  if (record.state !== 'open') return refusedByCode(`Return is ${record.state} and therefore cannot be processed.`)
  store.world.groundTruth.record({ what: 'return_flagged', returnId: String(returnId), detail: { by: 'api' } })
  reviewReturn(store, record, true)
  return accepted(store)
}

/** `/close`: ends the return without refund, credit or exchange. */
export function closeAction(store: LoopStore, returnId: number): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  const text = `Return is ${record.state} and therefore cannot be processed.`
  if (record.state === 'closed') return refusedByCode(text)
  if (record.state === 'cancelled') return refusedByMessage(text)
  closeReturn(store, record, 'api')
  return accepted(store)
}

/** `/cancel`: frees the items. Two of its refusals hide in a `content` key. */
export function cancelAction(store: LoopStore, returnId: number): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  if (record.flagged || record.state === 'review') {
    return refusedByContent('Return is flagged and cannot be processed.')
  }
  if (record.state === 'expired') return refusedByContent('Return is expired and cannot be processed.')
  if (record.state !== 'open') return refusedByCode(`Return is ${record.state} and therefore cannot be processed.`)
  cancelReturn(store, record, 'api')
  return accepted(store)
}

/**
 * `/remove?line_item_id=1,2`: drops units and processes the rest, for a refund, store credit or both; with none left it
 * cancels (loop.md §5.5). It pays once for each accepted call, as process does, and writes no note.
 */
export function removeAction(store: LoopStore, returnId: number, requested: string | undefined): Answer {
  const record = store.returns.get(returnId)
  if (!record) return noSuchReturn()
  if (!requested?.trim()) return { status: 422, body: { error: { message: 'The line item id field is required.' } } }
  if (record.state !== 'open' || record.flagged) return { status: 422, body: { message: 'Return cannot be modified.' } }
  const ids = new Set(requested.split(',').map((id) => Number(id.trim())))
  if ([...ids].some((id) => !store.lineItems.has(id))) return foreignUnit
  const remaining = unitsLeft(record)
  const going = remaining.filter((unit) => ids.has(unit.lineItemId))
  const isRemovable = record.outcome.split('+').every((part) => part === 'refund' || part === 'credit')
  if (going.length === 0 || !isRemovable) {
    return { status: 422, body: { message: 'There are no line items that qualify for removal' } }
  }
  if (going.length < ids.size) return { status: 422, body: { message: 'Not all line items qualify for removal' } }
  removeUnits(store, record, ids)
  if (going.length === remaining.length) cancelReturn(store, record, 'api')
  else acceptProcessing(store, record, 'remove')
  return failsAfterWork(store) ? workFailed : accepted(store)
}

const foreignUnit: Answer = {
  status: 403,
  body: { errors: [{ message: 'This line item does not belong to your shop.' }] },
}
const workFailed: Answer = { status: 500, body: { message: 'An error was encountered during processing.' } }

function failsAfterWork({ world }: LoopStore): boolean {
  return world.randomFor('remove').chance(world.faults.get('loop.remove-500-after-work'))
}
