import assert from 'node:assert/strict'
import { type Healthy, openHealthy } from './healthy.ts'

describe('doctor', () => {
  let at: Healthy
  before(async () => {
    at = await openHealthy()
  })
  after(() => at.close())
  it('finds nothing wrong where nothing is', async () => {
    const { checks, exit } = await at.examine()
    assert.deepEqual(
      checks.filter(({ status }) => status !== 'ok').map(({ code, message }) => `${code}: ${message}`),
      [],
    )
    assert.equal(exit, 0)
  })
})
