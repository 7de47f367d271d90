import assert from 'node:assert/strict'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { renewedSecret } from '../../../src/usecases/vendors/renewed-secret.ts'

describe('a secret that may be rotated while a long run goes on', () => {
  it('is read again when it is refused, by one reading for all callers at once, and then not for a while', async () => {
    let reads = 0
    const latest = renewedSecret(secret('first-value'), async () => secret(`value-${++reads}`))
    assert.equal(latest.reveal(), 'first-value')
    await Promise.all([latest.renew(), latest.renew()])
    await latest.renew()
    assert.deepEqual([latest.reveal(), reads], ['value-1', 1])
  })
  it('stays what it was when it cannot be read now, or has nowhere to be read from', async () => {
    const locked = renewedSecret(secret('first-value'), () => Promise.reject(new Error('locked')))
    await locked.renew()
    assert.equal(locked.reveal(), 'first-value')
    const fixed = renewedSecret(secret('first-value'), undefined)
    await fixed.renew()
    assert.equal(fixed.reveal(), 'first-value')
  })
})
