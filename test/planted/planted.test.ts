import assert from 'node:assert/strict'
import { assertFits, check } from './check-bugs.ts'
import { plantedBugs } from './planted-bugs.ts'

/** The first worlds find these, so that every run of the tests can check them; `npm run prove` checks all bugs. */
const quick = [
  'the label flag is left out',
  'a refund is claimed once it was sent',
  'checks, then sends: no compare-and-set',
]

describe('planted bugs', function () {
  this.timeout(1_800_000)

  it('are many, each named once, with the rows of failures.md or of an issue that it opens again', () => {
    assert.ok(plantedBugs.length >= 20)
    assert.equal(new Set(plantedBugs.map(({ name }) => name)).size, plantedBugs.length)
    for (const { name, rows } of plantedBugs)
      assert.ok(rows.length > 0 && rows.every((row) => /^[FGH]\d{1,2}$/.test(row)), name)
  })

  for (const bug of plantedBugs) it(`“${bug.name}” still fits the source`, () => assertFits(bug))

  for (const bug of plantedBugs.filter(({ name }) => quick.includes(name))) {
    it(`“${bug.name}” is caught (${bug.rows.join(', ')})`, async () => {
      const { caught, by } = await check(bug)
      assert.ok(caught, by)
    })
  }
})
