import assert from 'node:assert/strict'
import fc from 'fast-check'
import { suggestCode } from '../../../src/core/reasons/reason-suggestion.ts'
import { type ReasonCode, reasonCodes } from '../../../src/core/rmas/rma.ts'

describe('the code that a reason proposes', () => {
  const said: [string | null, string, ReasonCode][] = [
    [null, 'Too small', 'tooSmall'],
    [null, 'Item is too large', 'tooBig'],
    ['Fit', 'Too long', 'tooBig'],
    [null, 'Arrived damaged', 'damaged'],
    [null, 'Item is defective/broken', 'damaged'],
    [null, 'Doesn’t work', 'damaged'],
    ['Wrong item', 'Not what I ordered', 'wrongItem'],
    [null, 'I received the wrong item', 'wrongItem'],
    [null, 'Received wrong size', 'wrongItem'],
    [null, 'Changed my mind', 'other'],
    [null, 'Took too long to arrive', 'other'],
    [null, 'I ordered the wrong size', 'other'],
    [null, 'Not big enough', 'tooSmall'],
    [null, 'Small hole', 'damaged'],
  ]
  for (const [parent, reason, code] of said) {
    it(`of ${parent === null ? '' : `${parent} › `}${reason} is ${code}`, () => {
      const { why, ...rest } = suggestCode(parent, reason)
      assert.deepEqual(rest, { code, guess: false })
      assert.match(why, /^says “.+”$/)
    })
  }

  it('comes from the parent only where the reason itself decides nothing', () => {
    assert.deepEqual(suggestCode('Too small', 'Arms'), {
      code: 'tooSmall',
      guess: false,
      why: 'its parent reason suggests “too small”',
    })
    assert.equal(suggestCode('Too small', 'Arrived damaged').code, 'damaged')
  })

  it('is a guess where nothing is said, or two codes are', () => {
    for (const reason of ['Arms', 'Wrong size', 'Doesn’t fit', 'Not damaged', 'Not too small', 'Shorts', '', '🤷']) {
      assert.deepEqual(suggestCode(null, reason), { code: 'other', guess: true, why: 'its words do not say' }, reason)
    }
    assert.deepEqual(suggestCode(null, 'Too big, and damaged'), {
      code: 'other',
      guess: true,
      why: 'says both “too big” and “damaged”',
    })
  })

  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('too', 'big', 'small', 'not', 'wrong', 'size', 'hole', 'damaged', 'x', '›', '’'))
      .map((all) => all.join(' ')),
  )
  it('is one of the five for all text, and a guess is always “other”', () => {
    fc.assert(
      fc.property(fc.option(text), text, (parent, reason) => {
        const { code, guess } = suggestCode(parent, reason)
        assert.ok(reasonCodes.includes(code))
        if (guess) assert.equal(code, 'other')
      }),
    )
  })
  it('does not mind case and spacing', () => {
    fc.assert(
      fc.property(text, (reason) => {
        assert.deepEqual(suggestCode(null, `  ${reason.replaceAll(' ', '  ')}\n`), suggestCode(null, reason))
      }),
    )
  })
  it('is not changed by a parent once the reason says it', () => {
    fc.assert(
      fc.property(text, text, (parent, reason) => {
        const alone = suggestCode(null, reason)
        if (alone.why !== 'its words do not say') assert.deepEqual(suggestCode(parent, reason), alone)
      }),
    )
  })
  it('says why in words of its own, never in the shopper’s', () => {
    fc.assert(
      fc.property(text, text, (parent, reason) => {
        assert.match(suggestCode(parent, reason).why, /^[a-z “”’]+$/)
      }),
    )
  })
})
