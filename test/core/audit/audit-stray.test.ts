import assert from 'node:assert/strict'
import { auditStray } from '../../../src/core/audit/audit-stray.ts'
import type { Rma } from '../../../src/core/rmas/rma.ts'
import { anRma, tracking } from '../build.ts'

/** The finding about an RMA, in a window with order #1001 and one return with the tracking number `tracking`. */
function found(special: Partial<Rma>) {
  return auditStray({
    rma: anRma({ packageId: 'NOBODY-S', customerIdentifier: '88800001', ...special }),
    orderNames: new Set(['1001']),
    returnByTracking: new Map([[tracking, '99904598']]),
  })
}

describe('an RMA that belongs to no return by its identifier', () => {
  it('RMA_ORPHAN: Loop knows no such return', () => {
    assert.deepEqual(found({}), {
      code: 'RMA_ORPHAN',
      severity: 'warning',
      returnId: null,
      customerIdentifier: '88800001',
      message: 'Loop has no return for RMA “88800001”.',
      fix: 'mhloop rma show 88800001',
    })
    assert.equal(found({ returnType: null })?.code, 'RMA_ORPHAN')
  })

  it('RMA_KEYED_BY_NAME: the order name instead of the return id, with or without # and -R', () => {
    for (const customerIdentifier of ['1001', '#1001', '#1001-R2', '1001-R13']) {
      const finding = found({ customerIdentifier })
      assert.deepEqual([finding?.code, finding?.severity], ['RMA_KEYED_BY_NAME', 'error'])
      assert.equal(
        finding?.message,
        `RMA “${customerIdentifier}” has an order name as its identifier instead of the Loop return id.`,
      )
    }
    for (const customerIdentifier of ['##1001', '1001-R', '1001-R2x', '1001R2'])
      assert.equal(found({ customerIdentifier })?.code, 'RMA_ORPHAN')
  })

  it('RMA_DUPLICATE: it expects the parcel of a return that has its own RMA', () => {
    assert.deepEqual(found({ packageId: tracking }), {
      code: 'RMA_DUPLICATE',
      severity: 'error',
      returnId: '99904598',
      customerIdentifier: '88800001',
      message: 'RMA “88800001” expects the same parcel as return 99904598.',
      fix: 'mhloop rma show 99904598',
    })
  })

  it('keyed by name is said rather than duplicate, and names the return all the same', () => {
    const finding = found({ customerIdentifier: '#1001', packageId: tracking })
    assert.deepEqual(
      [finding?.code, finding?.returnId, finding?.fix],
      ['RMA_KEYED_BY_NAME', '99904598', 'mhloop rma show 99904598'],
    )
  })

  it('UNANNOUNCED_RECEIPT: the dock made it (RCV-007)', () => {
    const message = 'The warehouse received an unannounced parcel (NOBODY-S).'
    for (const special of [
      { returnType: 'rma_created_by_distribution_center', customerIdentifier: null },
      { returnType: 'rma_created_by_distribution_center', customerIdentifier: '#1001' },
      { customerIdentifier: null },
    ]) {
      const finding = found(special)
      assert.deepEqual(
        [finding?.code, finding?.severity, finding?.message],
        ['UNANNOUNCED_RECEIPT', 'warning', message],
      )
    }
  })

  it('UNANNOUNCED_RECEIPT names the return whose parcel it was', () => {
    const finding = found({ customerIdentifier: null, packageId: tracking })
    assert.deepEqual([finding?.returnId, finding?.fix], ['99904598', 'mhloop rma show 99904598'])
  })

  it('UNANNOUNCED_RECEIPT names whatever the dock wrote down', () => {
    const words = (special: Partial<Rma>) => found({ customerIdentifier: null, ...special })?.message
    assert.match(words({ packageId: null, rmaId: 'uuid-1' }) ?? '', /\(uuid-1\)/)
    assert.match(words({ packageId: null, rmaId: null }) ?? '', /\(no package id\)/)
  })

  it('is no finding when it was deleted', () => {
    assert.equal(found({ status: 'deleted' }), null)
    assert.equal(found({ deletedAt: '2026-11-12T00:00:00Z' }), null)
    assert.equal(found({ status: 'deleted', customerIdentifier: null }), null)
  })

  it('is no finding when the carrier brought it back to its sender', () => {
    assert.equal(found({ returnType: 'returned_to_sender' }), null)
  })

  it('is shown harmlessly, and shortened (F55)', () => {
    const hostile = `\u001b[2J#1001\n${'z'.repeat(100)}`
    const safe = `[2J#1001⏎${'z'.repeat(50)}…`
    const name = `#\u001b${'z'.repeat(100)}`
    const keyed = auditStray({
      rma: anRma({ customerIdentifier: name }),
      orderNames: new Set([name.slice(1)]),
      returnByTracking: new Map(),
    })
    assert.equal(
      keyed?.message,
      `RMA “#${'z'.repeat(58)}…” has an order name as its identifier instead of the Loop return id.`,
    )
    assert.equal(found({ customerIdentifier: hostile })?.message, `Loop has no return for RMA “${safe}”.`)
    assert.equal(
      found({ customerIdentifier: hostile, packageId: tracking })?.message,
      `RMA “${safe}” expects the same parcel as return 99904598.`,
    )
    assert.equal(
      found({ customerIdentifier: null, packageId: hostile })?.message,
      `The warehouse received an unannounced parcel (${safe}).`,
    )
  })
})
