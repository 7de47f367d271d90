import assert from 'node:assert/strict'
import { conditionFormOf } from '../../src/loop/version.ts'

describe("versions of Loop's API in a base URL (loop.md §14.1)", () => {
  const rows: [string, 'object' | 'word'][] = [
    ['2026-10', 'object'],
    ['2027-01', 'object'],
    ['latest', 'object'],
    ['unstable', 'object'],
    ['2026-07', 'word'],
    ['v1', 'word'],
    ['2026-1', 'word'],
  ]
  for (const [version, form] of rows) {
    it(`${version}: conditions are ${form === 'object' ? 'objects' : 'words'}`, () => {
      assert.equal(conditionFormOf(`https://api.loopreturns.com/api/${version}`), form)
      assert.equal(conditionFormOf(`http://127.0.0.1:8080/api/${version}/`), form)
    })
  }

  it('without a version, Loop uses its oldest: words', () => {
    assert.equal(conditionFormOf('https://api.loopreturns.com/api'), 'word')
  })
})
