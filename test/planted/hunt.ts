/** Simulates worlds from the first on until one is wrong; tells it, and exits 3. Exits 0 when none was. */
import { simulate } from '../simulation/simulate.ts'

const found = 3
const worlds = Number(process.argv[2] ?? 1)
for (let seed = 1; seed <= worlds; seed += 1) {
  const [violation] = await simulate(seed).then(
    ({ violations }) => violations,
    (error: unknown) => [`the world broke: ${error}`],
  )
  if (violation === undefined) continue
  process.stdout.write(`seed ${seed}: ${violation}\n`)
  process.exit(found)
}
