import assert from 'node:assert/strict'
import {
  diagnoseKey,
  loopScopes,
  type ScopeReading,
  type ScopeReadings,
} from '../../../src/core/merchants/loop-scopes.ts'

const readings: readonly ScopeReading[] = ['granted', 'unauthorized', 'forbidden', 'unknown']
const every: ScopeReadings[] = readings.flatMap((returns) =>
  readings.flatMap((destinations) => readings.map((developerTools) => ({ returns, destinations, developerTools }))),
)
const of = (returns: ScopeReading, destinations: ScopeReading, developerTools: ScopeReading) =>
  diagnoseKey({ returns, destinations, developerTools })

describe('what a Loop key may do, found out by three reads (loop.md §2.1)', () => {
  it('is known when all of them are answered', () => {
    assert.equal(of('granted', 'granted', 'granted').verdict, 'complete')
    assert.deepEqual(of('granted', 'unauthorized', 'granted'), {
      verdict: 'incomplete',
      has: ['returns', 'developerTools'],
      lacks: ['destinations'],
      unknown: [],
    })
    assert.equal(of('unauthorized', 'granted', 'granted').verdict, 'useless')
  })
  it('a 401 for everything is a wrong key or one without scopes: no scope is said to be lacking', () => {
    assert.deepEqual(of('unauthorized', 'unauthorized', 'unauthorized'), {
      verdict: 'refused',
      has: [],
      lacks: [],
      unknown: ['returns', 'destinations', 'developerTools'],
    })
  })
  it('a 403 shows that the key is right', () => {
    assert.deepEqual(of('forbidden', 'unauthorized', 'unauthorized').lacks, [
      'returns',
      'destinations',
      'developerTools',
    ])
    assert.equal(of('forbidden', 'unauthorized', 'unknown').verdict, 'useless')
  })
  it('an inconclusive read leaves it unclear, unless the other reads decide', () => {
    assert.equal(of('unknown', 'unauthorized', 'unauthorized').verdict, 'unclear')
    assert.equal(of('unknown', 'granted', 'unauthorized').verdict, 'unclear')
    assert.equal(of('granted', 'unknown', 'granted').verdict, 'unclear')
    assert.equal(of('granted', 'unknown', 'unauthorized').verdict, 'incomplete')
  })

  it('for all readings: each scope is in one list, nothing is lacking of a key that may be wrong', () => {
    assert.equal(every.length, 64)
    for (const reading of every) {
      const { verdict, has, lacks, unknown } = diagnoseKey(reading)
      assert.deepEqual([...has, ...lacks, ...unknown].toSorted(), loopScopes.toSorted(), JSON.stringify(reading))
      const proven = Object.values(reading).some((one) => one === 'granted' || one === 'forbidden')
      if (!proven) assert.deepEqual(lacks, [])
      assert.equal(verdict === 'complete', has.length === 3)
      if (verdict === 'incomplete') assert.ok(has.includes('returns') && lacks.length > 0)
      if (verdict === 'useless') assert.ok(lacks.includes('returns'))
      if (verdict === 'refused') assert.ok(Object.values(reading).every((one) => one === 'unauthorized'))
    }
  })
})
