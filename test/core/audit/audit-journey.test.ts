import assert from 'node:assert/strict'
import fc from 'fast-check'
import { journeyFindings } from '../../../src/core/audit/audit-journey.ts'
import type { Arrival } from '../../../src/core/returns/journey.ts'
import { parcelsOf } from '../../../src/core/returns/parcels.ts'
import type { LoopReturn } from '../../../src/core/returns/return.ts'
import type { Rma } from '../../../src/core/rmas/rma.ts'
import { aLabel, anOpenRma, anRma, aPolicy, aReturn } from '../build.ts'

const now = '2026-11-30T12:00:00.000Z'
const none: Arrival = { deliveredAt: null, onDockAt: null }
const at = (days: number) => new Date(Date.parse(now) - days * 86_400_000).toISOString()

type Seen = { loopReturn?: Partial<LoopReturn>; rmas?: Rma[]; arrival?: Partial<Arrival> }

function found({ loopReturn = {}, rmas = [anOpenRma()], arrival = {} }: Seen = {}): string[] {
  const whole = aReturn(loopReturn)
  const findings = journeyFindings({
    loopReturn: whole,
    rmas,
    parcels: parcelsOf(whole, 'bag'),
    arrival: { ...none, ...arrival },
    waits: aPolicy().waits,
    now,
  })
  for (const { severity, fix } of findings) assert.deepEqual([severity, fix], ['warning', null])
  return findings.map(({ code, message }) => `${code}: ${message}`)
}

const labelled = (status: string | null, updatedAt: string | null) => ({ labels: [aLabel({ status, updatedAt })] })

describe('DELIVERED_NOT_RECEIVED: at the warehouse, and not received (H40)', () => {
  const delivered = (days: number) =>
    `DELIVERED_NOT_RECEIVED: The carrier delivered it ${days} days ago (${at(days).slice(0, 10)}), and the warehouse has not received it.`

  it('by the label, by Loop’s report, or by MasonHub, from the third day on', () => {
    assert.deepEqual(found({ loopReturn: labelled('delivered', at(3)) }), [delivered(3)])
    assert.deepEqual(found({ loopReturn: labelled('delivered', at(2.9)) }), [])
    assert.deepEqual(found({ loopReturn: { ...labelled('in_transit', at(1)), deliveredAt: at(4) } }), [delivered(4)])
    const arrival = { deliveredAt: at(5) }
    assert.deepEqual(found({ loopReturn: labelled('in_transit', at(1)), arrival }), [delivered(5)])
  })

  it('on the dock, which says more than a delivery', () => {
    assert.deepEqual(found({ loopReturn: labelled('delivered', at(6)), arrival: { onDockAt: at(4) } }), [
      `DELIVERED_NOT_RECEIVED: It reached the dock 4 days ago (${at(4).slice(0, 10)}), and the warehouse has not received it.`,
    ])
    assert.deepEqual(found({ loopReturn: labelled('delivered', at(6)), arrival: { onDockAt: at(1) } }), [delivered(6)])
  })

  it('says that the warehouse has begun, where it has', () => {
    const rmas = [anRma({ status: 'in-receiving' })]
    assert.match(found({ loopReturn: labelled('delivered', at(4)), rmas })[0] ?? '', /has not finished receiving it\.$/)
  })

  it('is none once it was received, or when nobody waits for it any more', () => {
    const overdue = labelled('delivered', at(9))
    assert.deepEqual(found({ loopReturn: overdue, rmas: [anRma()] }), [])
    for (const state of ['closed', 'cancelled', 'expired', 'unknown'] as const)
      assert.deepEqual(found({ loopReturn: { ...overdue, state } }), [], state)
    assert.equal(found({ loopReturn: { ...overdue, state: 'review' } }).length, 1)
    assert.equal(found({ loopReturn: overdue, rmas: [] }).length, 1)
  })
})

describe('NO_CARRIER_SCAN: on its way, and not scanned (H40)', () => {
  it('names the last scan, from the fourteenth day on', () => {
    assert.deepEqual(found({ loopReturn: labelled('out_for_delivery', at(14)) }), [
      `NO_CARRIER_SCAN: No carrier scan for 14 days (last: out_for_delivery, ${at(14).slice(0, 10)}).`,
    ])
    assert.deepEqual(found({ loopReturn: labelled('in_transit', at(13.9)) }), [])
  })

  it('is none where the parcel does not move, or has arrived by what MasonHub says', () => {
    for (const status of ['error', 'Other', null]) assert.deepEqual(found({ loopReturn: labelled(status, at(30)) }), [])
    const arrived = found({ loopReturn: labelled('in_transit', at(30)), arrival: { onDockAt: at(1) } })
    assert.deepEqual(arrived, [])
  })
})

describe('LABEL_UNUSED: never handed in (H40)', () => {
  const unused = (days: number, status = 'new') => ({ ...labelled(status, at(days)), createdAt: at(30) })

  it('counts from the youngest label, from the 21st day on', () => {
    assert.deepEqual(found({ loopReturn: unused(21, 'pre_transit') }), [
      'LABEL_UNUSED: The label was not used for 21 days; labels expire after 28. Regenerate it in the Loop admin if the shopper still returns it.',
    ])
    assert.deepEqual(found({ loopReturn: unused(20) }), [])
    const labels = [
      aLabel({ status: 'new', updatedAt: at(29) }),
      aLabel({ trackingNumber: 'SECOND', status: 'new', updatedAt: at(2) }),
    ]
    assert.deepEqual(found({ loopReturn: { labels, createdAt: at(30) } }), [])
    assert.equal(
      found({ loopReturn: { labels: [aLabel({ status: 'new', updatedAt: null })], createdAt: at(22) } }).length,
      1,
    )
  })

  it('is none where one of several labels moves, or of a return that waits for a person', () => {
    const labels = [
      aLabel({ status: 'new', updatedAt: at(29) }),
      aLabel({ trackingNumber: 'SECOND', updatedAt: at(1) }),
    ]
    assert.deepEqual(found({ loopReturn: { labels, createdAt: at(30) } }), [])
    assert.deepEqual(found({ loopReturn: { ...unused(25), state: 'review' } }), [])
  })
})

describe('a way without readable times', () => {
  it('is never reported, and no age is absurd', () => {
    const time = fc.constantFrom(null, 'soon', '', at(-5), at(0), at(3), at(20), at(40))
    const status = fc.constantFrom('new', 'in_transit', 'delivered', 'error', null)
    fc.assert(
      fc.property(
        time,
        time,
        time,
        time,
        time,
        status,
        (createdAt, updatedAt, deliveredAt, byMasonHub, onDockAt, word) => {
          const loopReturn = { createdAt, deliveredAt, ...labelled(word, updatedAt) }
          const arrival = { ...none, ...(byMasonHub && { deliveredAt: byMasonHub }), ...(onDockAt && { onDockAt }) }
          for (const message of found({ loopReturn, arrival })) {
            const days = Number(/(\d+) days?\b/.exec(message)?.[1] ?? 0)
            assert.ok(days >= 0 && days <= 40, message)
            assert.doesNotMatch(message, /NaN|Infinity|undefined|null/)
          }
        },
      ),
      { numRuns: 2000 },
    )
    for (const updatedAt of [null, 'soon', at(-3)]) {
      assert.deepEqual(found({ loopReturn: labelled('delivered', updatedAt) }), [])
      assert.deepEqual(found({ loopReturn: labelled('in_transit', updatedAt) }), [])
    }
    assert.deepEqual(found({ loopReturn: { createdAt: null, ...labelled('new', null) } }), [])
  })
})
