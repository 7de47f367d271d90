/** Simulates worlds from the first on until one is wrong; tells it, and exits 3. Exits 0 when none was. */
import { simulate } from '../simulation/simulate.ts'

const found = 3
const [worlds = 1, first = 1] = process.argv.slice(2).map(Number)
for (const seed of [first, ...Array.from({ length: worlds }, (_, index) => index + 1)]) {
  const [violation] = await simulate(seed).then(
    ({ violations }) => violations,
    (error: unknown) => [`the world broke: ${error}`],
  )
  if (violation === undefined) continue
  process.stdout.write(`seed ${seed}: ${violation}\n`)
  process.exit(found)
}
