import assert from 'node:assert/strict'
import { defaultPolicy } from '../../../src/core/merchants/policy.ts'
import { defaultIntervals, type Merchant } from '../../../src/merchants/profiles/merchant.ts'
import { isClearlyTest } from '../../../src/usecases/smoke/clear-test.ts'
import { aReturn } from '../../core/build.ts'

type Account = { loop?: string; masonhub?: string; environment?: Merchant['environment'] }

function isTest(
  { loop, masonhub, environment = 'sandbox' }: Account,
  orderName: string | null,
  comment: string | null,
) {
  const [unit] = aReturn().units
  assert.ok(unit)
  const merchant: Merchant = {
    name: 'acme',
    environment,
    loop: { baseUrl: loop ?? 'https://api.loopreturns.com/api/2026-10', requestsPerMinute: 255 },
    masonhub: { baseUrl: masonhub ?? 'https://sandbox.masonhub.co/acme/api/v1', slug: 'acme', requestsPerSecond: 5 },
    policy: defaultPolicy,
    intervals: defaultIntervals,
  }
  return isClearlyTest({ merchant }, { orderName, units: [unit, { ...unit, comment }] })
}

describe('what is clearly a test (G14)', () => {
  for (const [orderName, comment] of [
    ['mhloop-test', null],
    ['#MHLOOP-TEST', 'ok'],
    ['#1001', 'mhloop-test'],
    ['#1001', 'This is a mhloop-test.'],
    [null, '“Mhloop-Test”'],
  ] as const) {
    it(`G14 is marked: order ${orderName}, comment ${comment}`, () => assert.ok(isTest({}, orderName, comment)))
  }

  for (const [orderName, comment] of [
    ['#1001', null],
    ['TEST-1', 'test'],
    ['#1001', 'I want to test another size'],
    ['#1001', 'mhlooptest'],
    ['#1001', 'mhloop-testing'],
    ['#1001', 'not-mhloop-test'],
    [null, null],
  ] as const) {
    it(`G14 is not marked: order ${orderName}, comment ${comment}`, () => {
      assert.equal(isTest({}, orderName, comment), false)
    })
  }

  it('G14 no mark makes a test of what is in a production account, by its setting or by its host', () => {
    assert.equal(isTest({ environment: 'production' }, 'mhloop-test', 'mhloop-test'), false)
    for (const host of ['app.masonhub.co', 'sandbox.masonhub.co.example', 'masonhub.example']) {
      assert.equal(isTest({ masonhub: `https://${host}/acme/api/v1` }, 'mhloop-test', null), false, host)
    }
  })

  it('G14 Loop on this very machine needs no mark; a name that begins like its address is not this machine', () => {
    const masonhub = 'http://127.0.0.1:4010/demo/api/v1'
    for (const host of ['127.0.0.1:4010', 'localhost:4010', '[::1]:4010'])
      assert.ok(isTest({ loop: `http://${host}/api/2026-10`, masonhub }, null, null), host)
    assert.equal(isTest({ loop: 'https://127.example.com/api/2026-10', masonhub }, null, null), false)
  })
})
