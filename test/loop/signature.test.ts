import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { verifyLoopSignature } from '../../src/loop/signature.ts'

const body = Buffer.from('{"url":"https:\\/\\/x.example","id":"7"}')
const sign = (bytes: Buffer, secret: string) => createHmac('sha256', secret).update(bytes).digest('base64')

describe('Loop signature (F49, loop.md §7.3)', () => {
  it('agrees with a known vector', () => {
    const vector = '97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg='
    const text = Buffer.from('The quick brown fox jumps over the lazy dog')
    assert.equal(verifyLoopSignature(text, vector, ['key']), true)
  })

  it('is over the raw bytes: the same JSON written again does not verify', () => {
    const header = sign(body, 's3cret')
    assert.equal(verifyLoopSignature(body, header, ['s3cret']), true)
    const again = Buffer.from(JSON.stringify(JSON.parse(body.toString())))
    assert.equal(verifyLoopSignature(again, header, ['s3cret']), false)
  })

  it('tries every secret, because several subscriptions share a URL', () => {
    const header = sign(body, 'second')
    assert.equal(verifyLoopSignature(body, header, ['first', 'second', 'third']), true)
    assert.equal(verifyLoopSignature(body, header, ['first', 'third']), false)
  })

  it('accepts nothing without a header or without a secret, nor with an empty one', () => {
    assert.equal(verifyLoopSignature(body, undefined, ['s']), false)
    assert.equal(verifyLoopSignature(body, '', ['s']), false)
    assert.equal(verifyLoopSignature(body, sign(body, 's'), []), false)
    assert.equal(verifyLoopSignature(body, sign(body, ''), ['']), false)
  })

  it('does not survive one flipped bit of body or header', () => {
    const header = sign(body, 's')
    const flips = fc.tuple(fc.boolean(), fc.nat(), fc.integer({ min: 0, max: 7 }))
    fc.assert(
      fc.property(flips, ([inBody, position, bit]) => {
        const target = Buffer.from(inBody ? body : Buffer.from(header))
        const at = position % target.length
        target[at] = (target[at] ?? 0) ^ (1 << bit)
        const verified = inBody
          ? verifyLoopSignature(target, header, ['s'])
          : verifyLoopSignature(body, target.toString('utf8'), ['s'])
        assert.equal(verified, false)
      }),
      { numRuns: 500 },
    )
  })
})
