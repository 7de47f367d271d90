import assert from 'node:assert/strict'
import { type PlanInput, planRma } from '../../../src/core/rmas/plan-rma.ts'
import { aPlanInput, aPolicy, aReturn, unitsOf } from '../build.ts'

function plan(special: Partial<PlanInput>) {
  return planRma(aPlanInput(special))
}

describe('a plan without RMA says why, in a sentence that is safe to print (F55)', () => {
  const hostile = `\u001b${'z'.repeat(150)}`
  const words = (special: Partial<PlanInput>) => {
    const made = plan(special)
    return made.kind === 'wanted' ? null : made.reason.message
  }
  const messageOf = (loopReturn: Parameters<typeof aReturn>[0], policy = aPolicy()) =>
    words({ loopReturn: aReturn(loopReturn), policy })

  it('about tracking, state and date', () => {
    assert.equal(messageOf({ trackingNumbers: [] }), 'Loop has no tracking number yet; MasonHub needs one.')
    assert.equal(messageOf({ state: 'closed' }), 'Closed in Loop.')
    assert.equal(messageOf({ state: 'expired' }), 'Expired in Loop.')
    assert.equal(
      messageOf({ state: 'unknown', rawState: hostile }),
      `Loop reports the state “${'z'.repeat(39)}…”, which mhloop does not know.`,
    )
    const cutoff = aPolicy({ cutoff: '2026-12-01T00:00:00Z' })
    assert.equal(messageOf({}, cutoff), "Created before the merchant's cut-off, 2026-12-01T00:00:00Z.")
    assert.equal(
      messageOf({ createdAt: null }, cutoff),
      "Its creation time can't be read, so the merchant's cut-off can't be applied.",
    )
  })

  it('about destinations and SKUs', () => {
    const policy = aPolicy({ destinations: ['1'] })
    assert.equal(messageOf({ destinationId: null }, policy), 'Loop does not say where this return goes.')
    assert.equal(
      messageOf({ destinationId: hostile }, policy),
      `Goes to destination ${'z'.repeat(39)}…, which is not a MasonHub warehouse.`,
    )
    assert.equal(
      messageOf({ units: unitsOf(hostile) }),
      `SKU ${'z'.repeat(59)}… has 151 characters; MasonHub allows 2 to 100.`,
    )
    const odd = `\u001b${'z'.repeat(99)}`
    assert.equal(
      words({ loopReturn: aReturn({ units: unitsOf(odd) }), knownSkus: new Set() }),
      `MasonHub has no SKU ${'z'.repeat(99)} with the invisible character U+001B.`,
    )
  })
})
