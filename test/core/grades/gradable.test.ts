import assert from 'node:assert/strict'
import { gradesWait, type OpenRefund } from '../../../src/core/grades/gradable.ts'
import type { Verdict } from '../../../src/core/refunds/verdict.ts'
import type { ReturnState } from '../../../src/core/returns/return.ts'

const reason = { code: 'X', message: 'x' }
const verdicts: Record<Verdict['kind'], Verdict> = {
  good: { kind: 'good', reasons: [reason] },
  incomplete: { kind: 'incomplete', until: '2026-12-10T10:00:00Z', reasons: [reason] },
  bad: { kind: 'bad', certain: true, reasons: [reason] },
}
const isOver = (state: ReturnState) => ['closed', 'cancelled', 'expired'].includes(state)
const states: ReturnState[] = ['open', 'review', 'closed', 'cancelled', 'expired', 'unknown']
const refunds: OpenRefund[] = [null, 'planned', 'sent', 'parked']

/** When a grade may go out, as plainly as possible. */
function may(state: ReturnState, refund: OpenRefund, verdict: Verdict['kind']): boolean {
  if (refund === 'sent' || verdict === 'incomplete') return false
  if (isOver(state)) return true
  if (refund !== null) return false
  return verdict === 'bad' || state === 'review'
}

describe('when a return may be graded (H43)', () => {
  for (const state of states) {
    for (const refund of refunds) {
      for (const kind of ['good', 'incomplete', 'bad'] as const) {
        const expected = may(state, refund, kind)
        it(`${state}, refund ${refund ?? 'none'}, receipt ${kind}: ${expected ? 'now' : 'later'}`, () => {
          assert.equal(gradesWait({ state }, { refund, verdict: verdicts[kind] }) === null, expected)
        })
      }
    }
  }
})
