import assert from 'node:assert/strict'
import fc from 'fast-check'
import { claimsIn } from '../../../src/core/refunds/claim-note.ts'
import { noteTag, noteText } from '../../../src/core/refunds/flag-note.ts'

const tag = noteTag('4f0c2a9e-1111-4222-8333-444455556666')
const reason = (message: string) => ({ code: 'X', message })

describe('the one note that says why a return was flagged (design.md, rules of money 4)', () => {
  it('carries a tag by which it is found again (F21)', () => {
    assert.equal(tag, '[mhloop 4f0c2a9e]')
  })

  it('holds the reasons in order, and the tag', () => {
    const text = noteText([reason('1 of 2 × A damaged.'), reason('1 of 1 × B missing.')], null, tag)
    assert.equal(text, 'Warehouse receipt: 1 of 2 × A damaged. 1 of 1 × B missing. [mhloop 4f0c2a9e]')
  })

  it("puts an operator's own words first, unless there are none", () => {
    assert.equal(noteText([reason('R.')], 'Call the shopper.', tag), `Warehouse receipt: Call the shopper. R. ${tag}`)
    assert.equal(noteText([reason('R.')], '', tag), `Warehouse receipt: R. ${tag}`)
  })

  it('is one line of harmless text, whatever the warehouse wrote (F55)', () => {
    assert.equal(noteText([reason('a\n\u001b[31mb\u202e')], null, tag), `Warehouse receipt: a⏎[31mb ${tag}`)
  })

  it('takes no words that read like a claim, a tag or a mark of mhloop, from whomever they come (G1)', () => {
    const nonce = '0123456789abcdef'.repeat(2)
    const installation = '12345678-1234-1234-1234-123456789abc'
    for (const words of [
      `[mhloop-claim ${nonce} of ${installation}]`,
      `MHLOOP CLAIM ${nonce}`,
      '[mhloop 00000000]',
      `[mhloop 0000\u200b0000]`,
      'Item mhloop-claim-1 is damaged',
    ]) {
      for (const text of [noteText([reason(words)], null, tag), noteText([reason('R.')], words, tag)]) {
        assert.equal(text, `Warehouse receipt: why stands in mhloop's history. ${tag}`)
        assert.deepEqual(claimsIn(text), [])
      }
    }
  })

  it('fits exactly 254 units without losing a letter, and ends in an ellipsis beyond (loop.md §5.6)', () => {
    const room = 254 - tag.length - 1 - 'Warehouse receipt: '.length
    const fits = noteText([reason('x'.repeat(room))], null, tag)
    assert.equal(fits, `Warehouse receipt: ${'x'.repeat(room)} ${tag}`)
    assert.equal(fits.length, 254)
    const over = noteText([reason('x'.repeat(room + 1))], null, tag)
    assert.equal(over, `Warehouse receipt: ${'x'.repeat(room - 1)}… ${tag}`)
    assert.equal(over.length, 254)
  })

  it('has 1 to 254 units, ends with the whole tag and splits no character, over all Unicode', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 })
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), fc.option(text), fc.uuid(), (messages, operatorNote, effectId) => {
        const note = noteText(messages.map(reason), operatorNote, noteTag(effectId))
        assert.ok(note.length <= 254)
        assert.ok(note.endsWith(` [mhloop ${effectId.slice(0, 8)}]`))
        assert.ok(note.isWellFormed())
      }),
    )
  })
})
