import { isOurEndpoint } from '../connect/endpoint-urls.ts'
import { rmaEvent } from '../connect/plan.ts'
import { day, type MerchantContext, nowOf, shifted } from '../merchant-context.ts'
import { pollUntil, type StepResult } from './steps.ts'

/** Milliseconds. MasonHub aims at 30 seconds for an event (masonhub.md §14.1). */
const timeout = 30_000

/**
 * Whether the warehouse's work came back as callbacks. They can be seen only if a receiver stores them in this journal;
 * without one, nothing can be said.
 */
export async function callbacksArrived(
  context: MerchantContext,
  { receiverKey, ids, since }: { receiverKey: string | null; ids: readonly string[]; since: string },
): Promise<StepResult> {
  const { journal, merchant, masonhub } = context
  const registered = await masonhub.callbacks.list()
  if (!registered.some(({ messageType, url }) => messageType === rmaEvent && isOurEndpoint(url, receiverKey))) {
    return { status: 'skipped', message: 'This merchant has no callback registered at MasonHub.', remedy: connect }
  }
  const filter = { merchant: merchant.name, source: 'masonhub' } as const
  const missing = async () => {
    const found = await Promise.all(
      ids.map((returnId) => journal.events.find({ ...filter, returnId, topics: ['received'] })),
    )
    return ids.filter((_, index) => found[index]?.length === 0)
  }
  const remaining = await pollUntil(context, timeout, missing, (none) => none.length === 0)
  if (remaining.length === 0) return { message: `The receipts of all ${ids.length} test RMAs arrived as callbacks.` }
  const now = nowOf(context)
  const lately = await journal.events.find({ ...filter, since: shifted(since, -day), until: now, limit: 1 })
  const message = `${remaining.length} of ${ids.length} receipts did not arrive as callbacks within ${timeout / 1000} s.`
  return lately.length > 0
    ? { status: 'warn', message, remedy: 'mhloop serve must be running on this journal: mhloop event list' }
    : {
        status: 'skipped',
        message: `${message} No receiver seems to be running on this journal.`,
        remedy: 'mhloop serve',
      }
}

const connect = 'mhloop merchant connect --url https://HOST'
