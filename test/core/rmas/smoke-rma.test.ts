import assert from 'node:assert/strict'
import fc from 'fast-check'
import { auditStray } from '../../../src/core/audit/audit-stray.ts'
import { defaultPolicy } from '../../../src/core/merchants/policy.ts'
import { returnIdOf } from '../../../src/core/rmas/identifiers.ts'
import type { DesiredRma, Rma } from '../../../src/core/rmas/rma.ts'
import {
  changedSmokeRma,
  isExpected,
  isSmokeIdentifier,
  showCommand,
  smokeBeganAt,
  smokeDecision,
  smokeIdentifier,
  smokeKinds,
  smokeReceipt,
  smokeRma,
} from '../../../src/core/rmas/smoke-rma.ts'
import { aLine, anRma, received } from '../build.ts'

const at = '2026-11-25T17:23:00.000Z'
const run = { beganAt: at, random: '3f9c1a' }
const refunds = { ...defaultPolicy, refunds: true }

/** The RMA as MasonHub shows it after `counts` units of each line and these extra lines were received. */
function receivedAs(desired: DesiredRma, counts: readonly number[], extra: Rma['lines'] = []): Rma {
  const lines = desired.lines.map(({ sku, quantity }, index) =>
    aLine({ sku, quantity }, received('available', counts[index] ?? 0)),
  )
  return anRma({ customerIdentifier: desired.customerIdentifier, status: 'received', lines: [...lines, ...extra] })
}

describe('test RMAs', () => {
  it('are recognised by their identifier alone, which no Loop return id can be', () => {
    const identifiers = smokeKinds.map((kind) => smokeIdentifier(run, kind))
    assert.equal(identifiers[0], 'mhloop-smoke-20261125T172300-3f9c1a-full')
    for (const identifier of identifiers) {
      assert.ok(isSmokeIdentifier(identifier) && identifier.length <= 100)
      assert.equal(smokeBeganAt(identifier), '2026-11-25T17:23:00.000Z')
      assert.equal(returnIdOf(identifier), null)
    }
  })

  it('are never taken for one when anything is different', () => {
    const [good = ''] = smokeKinds.map((kind) => smokeIdentifier(run, kind))
    for (const other of [
      `${good}x`,
      `x${good}`,
      good.toUpperCase(),
      `${good}\n`,
      'mhloop-smoke-',
      'smoke-1',
      '99904598',
    ]) {
      assert.equal(isSmokeIdentifier(other), false, other)
      assert.equal(smokeBeganAt(other), null)
    }
    fc.assert(fc.property(fc.string(), (text) => !isSmokeIdentifier(text)))
  })

  it('keep to every limit of MasonHub, whatever the SKUs (masonhub.md §4.1)', () => {
    const skus = fc.array(fc.string({ minLength: 2, maxLength: 100 }), { minLength: 1, maxLength: 2 })
    fc.assert(
      fc.property(skus, fc.constantFrom(...smokeKinds), (some, kind) => {
        for (const rma of [smokeRma(run, kind, { skus: some, policy: refunds })].flatMap((one) => [
          one,
          changedSmokeRma(one),
        ])) {
          assert.ok((rma.manifestId ?? '').length >= 1 && (rma.manifestId ?? '').length <= 20)
          assert.ok(rma.packageId.length >= 5 && rma.packageId.length <= 100)
          assert.ok((rma.instructions ?? '').length <= 250)
          assert.ok(
            rma.lines.every(
              ({ quantity, notes }) => quantity >= 1 && (notes ?? '').length >= 2 && (notes ?? '').length <= 50,
            ),
          )
        }
      }),
    )
  })

  const desired = changedSmokeRma(smokeRma(run, 'full', { skus: ['A-1', 'B-2'], policy: refunds }))

  it('refund when everything is available, and wait when refunds are off', () => {
    const rma = receivedAs(desired, [2, 1])
    assert.equal(smokeReceipt(desired, rma), 'complete')
    assert.equal(smokeDecision(desired, rma, refunds, at).action, 'refund')
    assert.equal(smokeDecision(desired, rma, defaultPolicy, at).reasons[0]?.code, 'REFUNDS_OFF')
    for (const policy of [refunds, defaultPolicy]) {
      assert.ok(isExpected('complete', smokeDecision(desired, rma, policy, at), policy))
    }
  })

  it('do not mind a cut-off that is still to come, a limit, or destinations of the merchant', () => {
    const limits = { ...refunds.limits, largestRefund: '10.00' }
    const policy = { ...refunds, cutoff: '2027-01-01T00:00:00Z', destinations: ['501'], limits }
    assert.equal(smokeDecision(desired, receivedAs(desired, [2, 1]), policy, at).action, 'refund')
  })

  it('are not as expected when the rules can not read what MasonHub counted (A-08)', () => {
    const rma = receivedAs(desired, [2, 1])
    const silent = { ...rma, lines: rma.lines.map((line) => ({ ...line, quantityReceived: null })) }
    assert.equal(smokeReceipt(desired, silent), 'complete')
    assert.equal(isExpected('complete', smokeDecision(desired, silent, refunds, at), refunds), false)
  })

  it('property: the rules and the plain count agree about every receipt', () => {
    const counts = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }))
    const extras = fc.constantFrom<Rma['lines'][]>(
      [],
      [aLine({ sku: 'C-3', quantity: 0, notOnOriginalRma: true }, received('available', 1))],
    )
    const onUnclear = fc.constantFrom('flag' as const, 'wait' as const)
    fc.assert(
      fc.property(counts, extras, onUnclear, (some, extra, unclear) => {
        const rma = receivedAs(desired, some, extra)
        const policy = { ...refunds, onUnclear: unclear }
        const receipt = smokeReceipt(desired, rma)
        const whole = some[0] === 2 && some[1] === 1 && extra.length === 0
        assert.equal(receipt, whole ? 'complete' : some[0] < 2 || some[1] < 1 ? 'short' : 'unclear')
        assert.ok(isExpected(receipt, smokeDecision(desired, rma, policy, at), policy))
      }),
    )
  })

  it('expect nothing else than the mission says', () => {
    const said = (action: 'refund' | 'flag' | 'wait' | 'none') => ({ action, reasons: [] })
    for (const action of ['flag', 'wait', 'none'] as const)
      assert.equal(isExpected('complete', said(action), refunds), false)
    for (const action of ['refund', 'wait', 'none'] as const)
      assert.equal(isExpected('short', said(action), refunds), false)
    assert.equal(isExpected('unclear', said('refund'), refunds), false)
  })

  it('are shown by smoke, and returns by rma show', () => {
    assert.equal(showCommand(smokeIdentifier(run, 'full'), 'acme'), 'mhloop smoke --clean -m acme')
    assert.equal(showCommand('99904598', 'acme'), 'mhloop rma show 99904598 -m acme')
  })

  it('are no orphans of the audit: an open one names the remedy, a received one stays unmentioned', () => {
    const stray = (status: Rma['status']) =>
      auditStray({
        rma: anRma({ customerIdentifier: smokeIdentifier(run, 'full'), status }),
        orderNames: new Set(),
        returnByTracking: new Map(),
      })
    assert.equal(stray('received'), null)
    assert.equal(stray('deleted'), null)
    const { code, severity, fix } = stray('open') ?? {}
    assert.deepEqual([code, severity, fix], ['RMA_ORPHAN', 'info', 'mhloop smoke --clean'])
  })
})
