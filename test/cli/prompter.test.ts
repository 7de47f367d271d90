import assert from 'node:assert/strict'
import { searched } from '../../src/cli/prompter.ts'

describe('choosing several from a long list', () => {
  const choices = Array.from({ length: 30 }, (_, index) => ({ value: `${600 + index}`, name: `Warehouse ${index}` }))

  /** Types each term, and picks what then stands first; an empty term leaves it. */
  async function pick(terms: readonly string[], initial: readonly string[] = []) {
    const left = [...terms]
    const shown: string[][] = []
    const values = await searched('Which?', choices, initial, async ({ source }) => {
      const found = source(left.shift())
      shown.push(found.map(({ name }) => name))
      return found[0]?.value ?? ''
    })
    return { values, shown }
  }

  it('searches by typing, marks what was picked, and gives it in the list’s own order', async () => {
    const { values, shown } = await pick(['house 21', 'HOUSE 7', ''])
    assert.deepEqual(values, ['607', '621'])
    assert.equal(shown[0]?.[0], '◯ Warehouse 21')
    assert.equal(shown[2]?.[0], 'That is all (2 chosen)')
    assert.ok(shown[2]?.includes('◉ Warehouse 7'))
  })
  it('takes out again what is picked twice', async () => {
    assert.deepEqual((await pick(['house 21', 'house 21', ''])).values, [])
    assert.deepEqual((await pick(['house 5', ''], ['605', '606'])).values, ['606'])
  })
  it('can be left without any', async () => {
    const { values, shown } = await pick([''])
    assert.deepEqual([values, shown[0]?.[0]], [[], 'None of them'])
  })
  it('keeps the way out when nothing is found', async () => {
    assert.deepEqual((await pick(['nowhere'])).values, [])
  })
})
