import assert from 'node:assert/strict'
import { receiptDigest } from '../../../src/core/refunds/decide.ts'
import { type VerdictInput, verdictOf } from '../../../src/core/refunds/verdict.ts'
import type { LoopReturn, ReturnLabel } from '../../../src/core/returns/return.ts'
import { announcedLineItems } from '../../../src/core/returns/units.ts'
import type { ReceivedUnits, Rma } from '../../../src/core/rmas/rma.ts'
import { aLabel, aLine, anRma, aPolicy, aReturn, decided, now, received, unitsOf } from '../build.ts'

const first = '9400111899223197428490'
const second = '1Z999AA10123454321'

/** A cap (501) in the first box, and a cap (502) and a mug (503) in the second, which travels. */
const units = unitsOf('CAP', 'CAP', 'MUG')
const box1 = aLabel({ trackingNumber: first, status: 'delivered', lineItemIds: ['501'] })
const box2 = aLabel({ trackingNumber: second, carrier: 'UPS', lineItemIds: ['502', '503'] })

function withLabels(...labels: ReturnLabel[]): LoopReturn {
  return aReturn({ units, labels })
}

/** The receipt has this many caps and mugs. */
function holding(caps: number, mugs: number, special: Partial<Rma> = {}): Rma {
  const line = (sku: string, quantity: number, there: number) =>
    aLine({ sku, quantity }, ...(there === 0 ? [received('short', quantity)] : [received('available', there)]))
  return anRma({ packageId: first, lines: [line('CAP', 2, caps), line('MUG', 1, mugs)], ...special })
}

function judge(loopReturn: LoopReturn, rma: Rma, special: Partial<VerdictInput> = {}) {
  return verdictOf({ loopReturn, rma, policy: aPolicy(), announced: announcedLineItems(loopReturn), now, ...special })
}

/** `incomplete` or `bad`, and what it says. */
function said(...input: Parameters<typeof judge>): string[] {
  const { kind, reasons } = judge(...input)
  return [kind, ...reasons.map(({ message }) => message)]
}

const waits = (days: number) => aPolicy({ waits: { ...aPolicy().waits, otherBox: days } })

describe('units whose own box is on its way are not missing (loop.md §14.5, H37)', () => {
  const both = withLabels(box1, box2)

  it('the verdict waits until the bound, and says which box, since when and until when', () => {
    assert.deepEqual(judge(both, holding(1, 0)), {
      kind: 'incomplete',
      until: '2026-11-20T10:00:00.000Z',
      reasons: [
        {
          code: 'BOX_ON_ITS_WAY',
          sku: 'CAP',
          message:
            '1 of 2 × CAP is in box …4321 (UPS), in transit since 2026-11-02. After 2026-11-20 it counts as missing.',
        },
        {
          code: 'BOX_ON_ITS_WAY',
          sku: 'MUG',
          message:
            '1 of 1 × MUG is in box …4321 (UPS), in transit since 2026-11-02. After 2026-11-20 it counts as missing.',
        },
      ],
    })
    assert.equal(decided({ loopReturn: both, rma: holding(1, 0) }), 'wait BOX_ON_ITS_WAY BOX_ON_ITS_WAY')
  })

  it('also when a part of the second box has come, and when it was delivered a short time ago', () => {
    assert.equal(judge(both, holding(2, 0)).kind, 'incomplete')
    const delivered = aLabel({ ...box2, status: 'delivered', updatedAt: '2026-11-09T10:00:00Z', carrier: null })
    assert.deepEqual(said(withLabels(box1, delivered), holding(2, 0)), [
      'incomplete',
      '1 of 1 × MUG is in box …4321, delivered on 2026-11-09 and not received. After 2026-11-20 it counts as missing.',
    ])
  })

  it('a unit in one of several boxes: each is named', () => {
    const more = aLabel({ trackingNumber: 'SHORT1', carrier: null, updatedAt: null, lineItemIds: ['501'] })
    const alone = aLabel({ trackingNumber: first, status: 'delivered', lineItemIds: ['503'] })
    const two = withLabels(alone, more, aLabel({ ...box2, lineItemIds: ['502'] }))
    assert.deepEqual(said(two, holding(1, 1)), [
      'incomplete',
      '1 of 2 × CAP is in one of these: box SHORT1, in transit; box …4321 (UPS), in transit since 2026-11-02. After 2026-11-20 it counts as missing.',
    ])
    assert.deepEqual(said(two, holding(0, 1)), [
      'incomplete',
      '2 of 2 × CAP are in one of these: box SHORT1, in transit; box …4321 (UPS), in transit since 2026-11-02. After 2026-11-20 they count as missing.',
    ])
  })

  it('the box that was announced may come last: just its units are missing, and it moves', () => {
    const moving = aLabel({ ...box1, status: 'in_transit' })
    assert.deepEqual(said(withLabels(moving, box2), holding(1, 1)), [
      'incomplete',
      '1 of 2 × CAP is in box …8490 (USPS), in transit since 2026-11-02. After 2026-11-20 it counts as missing.',
    ])
    const gone = withLabels(aLabel({ ...box1, status: 'in_transit', lineItemIds: ['501', '502', '503'] }))
    assert.equal(judge(gone, holding(1, 1)).kind, 'bad', 'it is the only box')
    assert.equal(judge(gone, holding(0, 0)).kind, 'bad', 'nothing came in it')
  })

  it('a drop-off in several bags: nobody says what is in which, so each may hold it', () => {
    const method = { ...aReturn().method, provider: 'happyreturns' }
    const bags = aReturn({ units, labels: [], method, bags: ['HR1A', 'HR2B'] })
    assert.deepEqual(said(bags, holding(2, 0, { packageId: 'HR1A' })), [
      'incomplete',
      '1 of 1 × MUG is perhaps in another bag of this return (HR2B). After 2026-11-20 it counts as missing.',
    ])
    assert.equal(judge({ ...bags, bags: ['HR1A'] }, holding(2, 0, { packageId: 'HR1A' })).kind, 'bad')
    assert.equal(judge(bags, holding(2, 0)).kind, 'bad', 'received under another number')
    assert.equal(judge({ ...bags, method: aReturn().method }, holding(2, 0, { packageId: 'HR1A' })).kind, 'bad')
  })
})

describe('units are missing without a box that brings them (H37)', () => {
  /** Everything by which the wait could be had wrongly; the second box alone would explain what is missing. */
  const cases: [string, LoopReturn, Rma][] = [
    ['no label names them', withLabels(box1, aLabel({ ...box2, lineItemIds: [] })), holding(1, 1)],
    [
      'a label names fewer than are missing',
      withLabels(box1, aLabel({ ...box2, lineItemIds: ['503'] })),
      holding(1, 0),
    ],
    ['another SKU is missing, too', withLabels(box1, aLabel({ ...box2, lineItemIds: ['502'] })), holding(1, 0)],
    ['they were in the box that was received, too', withLabels({ ...box1, lineItemIds: ['503'] }, box2), holding(2, 0)],
    ['it has no number', withLabels(box1, aLabel({ ...box2, trackingNumber: null })), holding(1, 1)],
    ['it is unknown which box was received', withLabels(box2), holding(1, 1)],
    ['the RMA has no package', withLabels(box1, box2), holding(1, 1, { packageId: null })],
    ['the receipt has no time', withLabels(box1, box2), holding(1, 1, { receivedAt: null })],
    ['the time of the receipt can not be read', withLabels(box1, box2), holding(1, 1, { receivedAt: 'N/A' })],
    ['the receipt is of next year', withLabels(box1, box2), holding(1, 1, { receivedAt: '2027-11-10T10:00:00Z' })],
    ['it was delivered long ago', withLabels(box1, aLabel({ ...box2, status: 'delivered' })), holding(1, 1)],
  ]
  for (const status of ['new', 'pre_transit', 'no_label', 'error', 'cancelled', 'return_to_sender', 'lost?', null])
    cases.push([`its label is ${status}`, withLabels(box1, aLabel({ ...box2, status })), holding(1, 1)])
  for (const [why, loopReturn, rma] of cases) {
    it(why, () => {
      const later = why.includes('long ago') ? { now: '2026-11-14T10:00:00Z' } : {}
      const verdict = judge(loopReturn, rma, later)
      assert.ok(verdict.kind === 'bad' && verdict.certain, verdict.kind)
    })
  }

  it('after the bound, where nobody says when it was delivered: details leave out the time of most labels (A-45)', () => {
    const undated = withLabels(box1, aLabel({ ...box2, status: 'delivered', updatedAt: null }))
    assert.equal(judge(undated, holding(1, 1), { now: '2026-11-20T09:59:59.999Z' }).kind, 'incomplete')
    assert.equal(judge(undated, holding(1, 1), { now: '2026-11-20T10:00:00.000Z' }).kind, 'bad')
  })

  it('after the bound, at a bound of no days, and then the note says where they belong (H38)', () => {
    const both = withLabels(box1, box2)
    const belongs = "By Loop's labels it belongs in box …4321 (UPS), in transit since 2026-11-02."
    assert.equal(judge(both, holding(2, 0), { now: '2026-11-20T09:59:59.999Z' }).kind, 'incomplete')
    assert.deepEqual(said(both, holding(2, 0), { now: '2026-11-20T10:00:00.000Z' }), [
      'bad',
      `1 of 1 × MUG missing. ${belongs}`,
    ])
    assert.equal(judge(both, holding(2, 0), { policy: waits(0) }).kind, 'bad')
    assert.equal(judge(both, holding(2, 0), { policy: waits(1), now: '2026-11-11T09:00:00Z' }).kind, 'incomplete')
    assert.equal(decided({ loopReturn: both, rma: holding(2, 0), policy: waits(1) }), 'flag MISSING')
    const unused = aLabel({ ...box2, status: 'new', carrier: null })
    assert.deepEqual(said(withLabels(box1, unused), holding(2, 0)), [
      'bad',
      "1 of 1 × MUG missing. By Loop's labels it belongs in box …4321, whose label was never used.",
    ])
  })

  it('anything else that is wrong is a flag at once', () => {
    const both = withLabels(box1, box2)
    const spoilt = (...units: ReceivedUnits[]) =>
      anRma({
        packageId: first,
        lines: [aLine({ sku: 'CAP', quantity: 2 }, received('available', 2)), aLine({ sku: 'MUG' }, ...units)],
      })
    assert.equal(judge(both, spoilt()).kind, 'incomplete')
    assert.equal(judge(both, spoilt(received('damaged', 1))).kind, 'bad')
    assert.equal(judge(both, spoilt(received('short', 1), received('damaged', 1))).kind, 'bad')
    assert.equal(judge(both, spoilt(received('available', 2))).kind, 'bad')
    const contradictory = holding(2, 0)
    contradictory.lines = contradictory.lines.map((line) => ({ ...line, quantityReceived: 1 }))
    assert.equal(judge(both, contradictory).kind, 'bad')
    assert.equal(judge(both, holding(2, 0), { announced: ['501'] }).kind, 'bad', 'the return was edited')
    assert.equal(judge({ ...both, outcome: 'gift' }, holding(2, 0)).kind, 'bad')
  })
})

describe('a receipt that waits for another box, in decisions', () => {
  const loopReturn = withLabels(box1, box2)
  const rma = holding(2, 0)
  const flagged = (state: 'unsettled' | 'accepted' | 'confirmed' | 'parked') =>
    decided({ loopReturn, rma, past: { process: 'none', flags: [{ receipt: receiptDigest(rma), state }] } })

  it('an earlier flag of the same receipt is not forgotten', () => {
    assert.equal(flagged('confirmed'), 'none FLAGGED_BEFORE BOX_ON_ITS_WAY')
    assert.equal(flagged('parked'), 'none FLAG_PARKED BOX_ON_ITS_WAY')
    assert.equal(flagged('accepted'), 'wait FLAG_PENDING BOX_ON_ITS_WAY')
    assert.equal(flagged('unsettled'), 'wait BOX_ON_ITS_WAY')
  })

  it('a request by hand, or an unknown state in Loop, changes nothing', () => {
    assert.equal(decided({ loopReturn, rma, explicitRefund: true }), 'wait BOX_ON_ITS_WAY')
    const strange = { ...loopReturn, state: 'unknown' as const }
    assert.equal(decided({ loopReturn: strange, rma }), 'wait BOX_ON_ITS_WAY')
    assert.equal(decided({ loopReturn, rma, policy: aPolicy({ onUnclear: 'wait' }) }), 'wait BOX_ON_ITS_WAY')
  })
})
