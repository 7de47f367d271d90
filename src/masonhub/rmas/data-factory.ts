import type { Transport } from '../../http/transport.ts'
import type { MasonHubClient, RowAnswer } from '../client.ts'
import { batchesOf } from '../requests/batches.ts'
import { verdictOf } from '../requests/bulk.ts'
import { type BulkRequest, sendBulk } from '../requests/bulk-write.ts'

const request: BulkRequest = { method: 'POST', path: '/data_factory/rmaEvent', effect: 'once' }

/** Simulates the warehouse's actions on demand (masonhub.md §6). Sandbox accounts only. */
export function dataFactoryOf(transport: Transport): MasonHubClient['dataFactory'] {
  return {
    async rmaEvent(events) {
      const answers: RowAnswer[] = []
      for (const batch of batchesOf(events)) {
        const body = batch.map(({ customerIdentifier, event, randomizeInventoryStatuses }) => ({
          customer_identifier: customerIdentifier,
          event,
          ...(randomizeInventoryStatuses === undefined
            ? {}
            : { randomize_inventory_statuses: randomizeInventoryStatuses }),
        }))
        const outcome = await sendBulk(transport, request, body)
        if (outcome.kind === 'whole') {
          answers.push(...batch.map(() => outcome.answer))
          continue
        }
        const { rows, requestId } = outcome
        // Usually a single row, named after the action, answers for the whole call; a row with an RMA's own identifier
        // counts for that RMA.
        const shared = rows.filter((row) => batch.every((event) => event.customerIdentifier !== row.identifier))
        for (const { customerIdentifier } of batch) {
          const own = rows.filter((row) => row.identifier === customerIdentifier)
          answers.push(verdictOf(own.length > 0 ? own : shared, requestId))
        }
      }
      return answers
    },
  }
}
