import assert from 'node:assert/strict'
import { assertFits, check } from './check-plants.ts'
import { plants } from './plants.ts'

/** Found in the first worlds, so that every run of the tests can afford them; `npm run prove` plants them all. */
const quick = [
  'the label flag is left out',
  'a refund is claimed once it was sent',
  'checks, then sends: no compare-and-set',
]

describe('planted bugs', function () {
  this.timeout(1_800_000)

  it('are many, each named once, with the rows of failures.md or of an issue that it opens again', () => {
    assert.ok(plants.length >= 20)
    assert.equal(new Set(plants.map(({ name }) => name)).size, plants.length)
    for (const { name, rows } of plants)
      assert.ok(rows.length > 0 && rows.every((row) => /^[FGH]\d{1,2}$/.test(row)), name)
  })

  for (const plant of plants) it(`“${plant.name}” still fits the source`, () => assertFits(plant))

  for (const plant of plants.filter(({ name }) => quick.includes(name))) {
    it(`“${plant.name}” is caught (${plant.rows.join(', ')})`, async () => {
      const { caught, by } = await check(plant)
      assert.ok(caught, by)
    })
  }
})
