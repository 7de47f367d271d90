import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Link } from '../../../src/journal/journal.ts'
import { defaultIntervals } from '../../../src/merchants/profiles/merchant.ts'
import { duePolls, mostPolled, type Polled } from '../../../src/usecases/serve/due-polls.ts'

const now = '2026-03-31T12:00:00.000Z'
const ago = (minutes: number) => new Date(Date.parse(now) - minutes * 60_000).toISOString()
const day = 24 * 60

type PolledLink = Pick<Link, 'returnId' | 'status' | 'firstSeenAt'> & { polled?: number; polledAs?: Link['status'] }

/** The ids that are due; each link is given with its age and the time since its last poll, in minutes. */
function due(links: readonly PolledLink[], most = 1_000): string[] {
  const polled = new Map(
    links.flatMap(({ returnId, status, polled: minutes, polledAs = status }) =>
      minutes === undefined ? [] : [[returnId, { at: ago(minutes), status: polledAs }] as const],
    ),
  )
  return duePolls(links, { polled, now, most }).map(({ returnId }) => returnId)
}
const link = (returnId: string, age: number, change: Partial<PolledLink> = {}): PolledLink => ({
  returnId,
  status: 'open',
  firstSeenAt: ago(age),
  ...change,
})

describe('which RMAs a poll asks for', () => {
  it('H29: every open one, however young, at each poll', () => {
    assert.deepEqual(
      due([link('new', 1, { polled: 0 }), link('hour', 60, { polled: 1 }), link('week', 7 * day, { polled: 2 })]),
      ['new', 'hour', 'week'],
    )
  })

  it('F29: received ones every 15 minutes, and those over 30 days old every 6 hours', () => {
    const received = { status: 'received' as const }
    assert.deepEqual(due([link('a', day, { ...received, polled: 14 }), link('b', day, { ...received, polled: 15 })]), [
      'b',
    ])
    const old = [link('c', 30 * day, { polled: 359 }), link('d', 30 * day, { polled: 360 }), link('e', 90 * day)]
    assert.deepEqual(due(old), ['d', 'e'])
  })

  it('H29: one that a pull has seen received since it was last asked for, at once', () => {
    assert.deepEqual(due([link('a', day, { status: 'received', polled: 1, polledAs: 'open' })]), ['a'])
  })

  it('C5: one that was asked for by a clock that was set back since, at once, before all others', () => {
    const ahead = [
      link('open', 60, { polled: -60 }),
      link('old', 40 * day, { polled: -1 }),
      link('received', day, { status: 'received', polled: -7 * day }),
    ]
    assert.deepEqual(due(ahead), ['open', 'old', 'received'])
    assert.deepEqual(due([link('before', 60, { polled: 90 }), ...ahead], 3), ['open', 'old', 'received'])
  })

  it('H29: no more than half of what MasonHub allows meanwhile', () => {
    const most = (poll: string, requestsPerSecond: number) =>
      mostPolled({
        masonhub: { baseUrl: 'https://app.masonhub.co/acme/api/v1', slug: 'acme', requestsPerSecond },
        intervals: { ...defaultIntervals, poll },
      })
    assert.deepEqual([most('2m', 4), most('20s', 4), most('1s', 0.1)], [7_200, 1_200, 30])
  })

  it('H29: of too many those that were asked for longest ago, so that none is left out for ever', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(500), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 10 }),
        (ages, most) => {
          const polled: Polled = new Map()
          const links = ages.map((age, index) => link(String(index), age))
          const rounds = Math.ceil(links.length / most)
          for (let round = 0; round < rounds; round += 1) {
            const at = new Date(Date.parse(now) + round * 60_000).toISOString()
            for (const { returnId, status } of duePolls(links, { polled, now: at, most })) {
              polled.set(returnId, { at, status })
            }
          }
          assert.equal(polled.size, links.length)
        },
      ),
    )
  })
})
