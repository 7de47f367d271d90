/**
 * Simulates worlds, beginning with the given one, until one has a violation; prints it and exits with 3. Exits with 0
 * when none has.
 */
import { firstOfKind } from '../simulation/kinds-of-worlds.ts'
import { simulate } from '../simulation/simulate.ts'

const found = 3
const [worlds = 1, first = 1] = process.argv.slice(2).map(Number)
/** The seeds of the same kind of world as the first. */
const before = firstOfKind(first)
for (const seed of [first, ...Array.from({ length: worlds }, (_, index) => before + index + 1)]) {
  const [violation] = await simulate(seed).then(
    ({ violations }) => violations,
    (error: unknown) => [`the world broke: ${error}`],
  )
  if (violation === undefined) continue
  process.stdout.write(`seed ${seed}: ${violation}\n`)
  process.exit(found)
}
