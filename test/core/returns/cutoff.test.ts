import assert from 'node:assert/strict'
import { beforeCutoff } from '../../../src/core/returns/cutoff.ts'

const cutoff = '2026-10-01T00:00:00.000Z'

describe("the merchant's cut-off date", () => {
  it('leaves alone what was created before it, and nothing else', () => {
    assert.equal(beforeCutoff({ createdAt: '2026-09-30T23:59:59.999Z' }, cutoff), true)
    assert.equal(beforeCutoff({ createdAt: cutoff }, cutoff), false)
    assert.equal(beforeCutoff({ createdAt: '2026-10-01T00:00:00.001Z' }, cutoff), false)
  })

  it('compares moments, not letters', () => {
    assert.equal(beforeCutoff({ createdAt: '2026-09-30T20:00:00-05:00' }, cutoff), false)
    assert.equal(beforeCutoff({ createdAt: '2026-10-01T01:00:00+02:00' }, cutoff), true)
  })

  it('never applies when there is none', () => {
    assert.equal(beforeCutoff({ createdAt: null }, null), false)
    assert.equal(beforeCutoff({ createdAt: 'soon' }, null), false)
  })

  it('does not guess from a date that cannot be read, on either side', () => {
    assert.equal(beforeCutoff({ createdAt: null }, cutoff), null)
    assert.equal(beforeCutoff({ createdAt: 'N/A' }, cutoff), null)
    assert.equal(beforeCutoff({ createdAt: '2026-11-01T00:00:00Z' }, 'next week'), null)
    assert.equal(beforeCutoff({ createdAt: '2026-11-01T00:00:00Z' }, ''), null)
  })
})
