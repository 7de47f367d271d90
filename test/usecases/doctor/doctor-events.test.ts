import assert from 'node:assert/strict'
import type { EventFilter, JournalEvent } from '../../../src/journal/journal.ts'
import { checkContextOf } from '../../../src/usecases/doctor/check-context.ts'

const now = new Date('2026-11-20T12:00:00.000Z')

/** One event per minute, the newest `minutesAgo` minutes ago. */
function events(source: JournalEvent['source'], count: number, minutesAgo: number): JournalEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const receivedAt = new Date(now.getTime() - (minutesAgo + index) * 60_000).toISOString()
    return { source, receivedAt } as JournalEvent
  })
}

/** How many events doctor reads from each source. */
async function readFrom(stored: readonly JournalEvent[]): Promise<{ loop: number; masonhub: number }> {
  const find = async ({ source, since = '', limit }: EventFilter) =>
    stored
      .filter((event) => (source === undefined || event.source === source) && event.receivedAt >= since)
      .toSorted((one, other) => other.receivedAt.localeCompare(one.receivedAt))
      .slice(0, limit)
  const needs = { name: 'acme', now, machine: { journal: async () => ({ events: { find } }) } }
  const found = await checkContextOf(needs as unknown as Parameters<typeof checkContextOf>[0]).events()
  const of = (source: JournalEvent['source']) => found.filter((event) => event.source === source).length
  return { loop: of('loop'), masonhub: of('masonhub') }
}

describe('the messages by which doctor knows silence', () => {
  it('F29 a MasonHub that is silent stays known, however many webhooks have come since', async () => {
    const found = await readFrom([...events('loop', 2_500, 0), ...events('masonhub', 25, 3_000)])
    assert.deepEqual(found, { loop: 2_000, masonhub: 25 })
  })

  it('F25 the last webhook stays known, however many callbacks have come since', async () => {
    const found = await readFrom([...events('masonhub', 2_500, 0), ...events('loop', 1, 3_000)])
    assert.deepEqual(found, { loop: 1, masonhub: 2_000 })
  })
})
