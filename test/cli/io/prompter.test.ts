import assert from 'node:assert/strict'
import { searched } from '../../../src/cli/io/prompter.ts'

describe('choosing several from a long list', () => {
  const choices = Array.from({ length: 30 }, (_, index) => ({ value: `${600 + index}`, name: `Warehouse ${index}` }))

  /** Types each term and picks the first match; an empty term ends the search. */
  async function pick(terms: readonly string[], initial: readonly string[] = []) {
    const remaining = [...terms]
    const printed: string[][] = []
    const values = await searched('Which?', choices, initial, async ({ source }) => {
      const found = source(remaining.shift())
      printed.push(found.map(({ name }) => name))
      return found[0]?.value ?? ''
    })
    return { values, printed }
  }

  it('searches by typing, marks what was picked, and gives it in the list’s own order', async () => {
    const { values, printed } = await pick(['house 21', 'HOUSE 7', ''])
    assert.deepEqual(values, ['607', '621'])
    assert.equal(printed[0]?.[0], '◯ Warehouse 21')
    assert.equal(printed[2]?.[0], 'That is all (2 chosen)')
    assert.ok(printed[2]?.includes('◉ Warehouse 7'))
  })
  it('takes out again what is picked twice', async () => {
    assert.deepEqual((await pick(['house 21', 'house 21', ''])).values, [])
    assert.deepEqual((await pick(['house 5', ''], ['605', '606'])).values, ['606'])
  })
  it('can be left without any', async () => {
    const { values, printed } = await pick([''])
    assert.deepEqual([values, printed[0]?.[0]], [[], 'None of them'])
  })
  it('keeps the way out when nothing is found', async () => {
    assert.deepEqual((await pick(['nowhere'])).values, [])
  })
})
