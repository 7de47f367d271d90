import assert from 'node:assert/strict'
import type { AuditedReturn } from '../../../src/core/audit/audit-return.ts'
import type { LoopReturn } from '../../../src/core/returns/return.ts'
import { aBoxFreeReturn, aLine, anOpenRma, anRma, aPolicy, bag, received, unitsOf } from '../build.ts'
import { codesFound, finding } from './audited.ts'

const paid = { ...aBoxFreeReturn().money, wasProcessed: true }
const closed = (special: Partial<LoopReturn> = {}) => aBoxFreeReturn({ state: 'closed', money: paid, ...special })
const inBag = (...lines: Parameters<typeof aLine>[]) => [
  anRma({ packageId: bag, lines: lines.map((one) => aLine(...one)) }),
]
const cap = { sku: 'CAP', quantity: 2 }

describe('a return without a box that Loop closed at its drop-off (loop.md §14.4, point 2)', () => {
  it('is in order before its bag is received, and after', () => {
    assert.deepEqual(codesFound({ loopReturn: closed(), rmas: [anOpenRma({ packageId: bag })] }), [])
    assert.deepEqual(codesFound({ loopReturn: closed(), rmas: inBag([{}, received('available', 1)]) }), [])
  })

  it('is reported with what the warehouse found in its bag, and never as refunded in spite of it', () => {
    const of: Partial<AuditedReturn> = {
      loopReturn: closed({ units: unitsOf('CAP', 'CAP') }),
      rmas: inBag([cap, received('available', 1), received('damaged', 1)]),
    }
    assert.deepEqual(finding(of), {
      code: 'FOUND_AFTER_REFUND',
      severity: 'warning',
      message: '1 of 2 × CAP damaged. Loop had paid before its receipt, so nothing can be flagged.',
      fix: null,
    })
    const unpaid = { ...of, loopReturn: closed({ units: unitsOf('CAP', 'CAP'), money: aBoxFreeReturn().money }) }
    assert.match(finding(unpaid).message, /Loop had closed it before its receipt/)
  })

  it('counts a kit that the dock books as its parts as received (H47)', () => {
    const of: Partial<AuditedReturn> = {
      loopReturn: closed({ units: unitsOf('SET') }),
      rmas: inBag(
        [{ sku: 'SET', quantity: 1 }, received('short', 1)],
        [{ sku: 'CAP', quantity: 0 }, received('available', 1)],
      ),
    }
    assert.equal(codesFound(of)[0], 'FOUND_AFTER_REFUND')
    assert.deepEqual(codesFound({ ...of, kits: new Map([['SET', new Map([['CAP', 1]])]]) }), [])
  })

  it('says in passing that Loop has removed a unit since', () => {
    const of = { loopReturn: closed({ units: unitsOf('CAP') }), rmas: inBag([cap, received('available', 2)]) }
    const { code, severity } = finding(of)
    assert.deepEqual([code, severity], ['FOUND_AFTER_REFUND', 'info'])
  })

  it('is not reported for an outcome or a unit that only a refund would care about', () => {
    const rmas = inBag([{}, received('available', 1)])
    assert.deepEqual(codesFound({ loopReturn: closed({ outcome: 'exchange+unheard' }), rmas }), [])
  })

  it('is judged like any other if mhloop itself has paid it', () => {
    const decision = { action: 'none' as const, reasons: [{ code: 'PROCESS_CONFIRMED', message: '' }] }
    const rmas = inBag([{}, received('damaged', 1)])
    assert.deepEqual(codesFound({ loopReturn: closed(), rmas, decision }), ['RESOLUTION_MISMATCH'])
  })
})

describe('a return without a box whose bag no hub has shipped', () => {
  const waiting = (special: Partial<LoopReturn>) => ({ loopReturn: aBoxFreeReturn({ bags: [], ...special }), rmas: [] })
  const old = { createdAt: '2026-10-20T00:00:00.000Z', updatedAt: '2026-10-22T00:00:00.000Z' }

  it('is reported after drop-off-days, and not before', () => {
    assert.deepEqual(codesFound(waiting({})), [])
    assert.match(
      finding(waiting(old)).message,
      /^No hub has shipped its bag, 23 days after it was created: ask the sho/,
    )
    const { code, severity, message } = finding(waiting({ ...old, state: 'closed', money: paid }))
    assert.deepEqual([code, severity], ['DROP_OFF_OVERDUE', 'warning'])
    assert.match(message, /^No hub has shipped its bag, 21 days after Loop closed it: ask Happy Returns/)
    const policy = aPolicy({ waits: { ...aPolicy().waits, dropOff: 30 } })
    assert.deepEqual(codesFound({ ...waiting(old), policy }), [])
  })

  it('is reported also when it is too old to be announced (H35)', () => {
    const ancient = { updatedAt: '2026-10-01T00:00:00.000Z', state: 'closed', money: paid } as const
    assert.deepEqual(codesFound(waiting(ancient)), ['DROP_OFF_OVERDUE'])
    assert.deepEqual(codesFound({ loopReturn: aBoxFreeReturn(ancient), rmas: [] }), [])
  })
})
