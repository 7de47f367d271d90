import assert from 'node:assert/strict'
import { isMadeAtDock, separateBoxFindings } from '../../../src/core/audit/audit-boxes.ts'
import type { Decision } from '../../../src/core/refunds/decide.ts'
import type { Rma } from '../../../src/core/rmas/rma.ts'
import { aLine, anRma, aReturn, received, returnId, unitsOf } from '../build.ts'

const second = '1Z999AA10123454321'
const loopReturn = aReturn({ units: unitsOf('CAP', 'MUG') })
/** The mug is missing. */
const rma = anRma({
  lines: [aLine({ sku: 'CAP' }, received('available', 1)), aLine({ sku: 'MUG' }, received('short', 1))],
})
const missing: Decision = { action: 'flag', reasons: [{ code: 'MISSING', message: '1 of 1 × MUG missing.' }] }

/** An RMA that the dock made for the second box. */
function atDock(special: Partial<Rma> = {}, ...units: Parameters<typeof received>[]): Rma {
  return anRma({
    rmaId: 'dock',
    customerIdentifier: null,
    packageId: second,
    returnType: 'rma_created_by_distribution_center',
    lines: units.map(([word, count]) =>
      aLine({ sku: 'MUG', quantity: 0, notOnOriginalRma: true }, received(word, count)),
    ),
    ...special,
  })
}

describe('a box that was received apart from its return (A-50)', () => {
  it('is one that the dock made an RMA for, under the number of another box', () => {
    assert.ok(isMadeAtDock(atDock(), [second]))
    assert.ok(isMadeAtDock(atDock({ returnType: null }), [second]))
    for (const special of [
      { packageId: null },
      { packageId: 'ANOTHER' },
      { status: 'deleted' },
      { deletedAt: '2026-11-12T10:00:00Z' },
      { customerIdentifier: '88800001', returnType: 'rma_submitted_by_customer' },
    ] as const)
      assert.ok(!isMadeAtDock(atDock(special), [second]), JSON.stringify(special))
  })

  it('what it holds is said, and that it counts for nothing', () => {
    const [found] = separateBoxFindings({ loopReturn, rma, separate: [atDock({}, ['damaged', 1])], decision: missing })
    assert.deepEqual(found, {
      code: 'BOX_RECEIVED_APART',
      severity: 'warning',
      message: `The warehouse received parcel ${second} of this return as an RMA of its own: 1 × MUG damaged. That counts for no refund: ask MasonHub to book it on the RMA of the return.`,
      fix: `mhloop rma show ${returnId}`,
    })
    assert.match(
      separateBoxFindings({ loopReturn, rma, separate: [atDock()], decision: missing })[0]?.message ?? '',
      /own\. That/,
    )
  })

  it('a person may force the refund where it completes the return, and only once it would be flagged', () => {
    const completing = (separate: Rma[], decision: Decision, state: 'open' | 'review' = 'open') =>
      separateBoxFindings({ loopReturn: { ...loopReturn, state }, rma, separate, decision }).map(({ message, fix }) => [
        message.endsWith('With it, the return is complete.'),
        fix,
      ])
    const whole = atDock({}, ['available', 1])
    const force = `mhloop rma resolve ${returnId} --refund --force --reason "The other box was received apart"`
    const show = `mhloop rma show ${returnId}`
    assert.deepEqual(completing([whole], missing), [[true, force]])
    assert.deepEqual(completing([whole], missing, 'review'), [[true, show]])
    const waiting: Decision = { action: 'wait', reasons: [{ code: 'BOX_ON_ITS_WAY', message: 'In a box.' }] }
    assert.deepEqual(completing([whole], waiting), [[true, show]])
    const damaged: Decision = { ...missing, reasons: [...missing.reasons, { code: 'DAMAGED', message: 'x' }] }
    assert.deepEqual(completing([whole], damaged), [[false, show]])
    assert.deepEqual(completing([atDock({}, ['available', 2])], missing), [[false, show]])
    assert.deepEqual(completing([atDock({}, ['damaged', 1])], missing), [[false, show]])
    assert.deepEqual(completing([atDock()], missing), [[false, show]])
    const part = atDock({ rmaId: 'other' }, ['available', 1], ['available', 1])
    assert.deepEqual(completing([whole, part], missing), [
      [false, show],
      [false, show],
    ])
  })
})
