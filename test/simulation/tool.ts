/**
 * Examines one world:
 *
 *   node test/simulation/tool.ts SEED            its trace
 *   node test/simulation/tool.ts SEED --shrink   which part of it suffices to fail, as a line for seeds.ts
 *   node test/simulation/tool.ts '{"seed":7,"without":["return 3"]}'
 */
import type { Part } from './scenario.ts'
import { lineOf, shrink } from './shrink.ts'
import { simulate } from './simulate.ts'

const [typed = '1', flag] = process.argv.slice(2)
const { seed, without }: { seed: number; without: Part[] } = typed.startsWith('{')
  ? JSON.parse(typed)
  : { seed: Number(typed), without: [] }
const say = (line: string) => void process.stdout.write(`${line}\n`)

if (flag === '--shrink') {
  const failure = await shrink(seed)
  say(lineOf(failure))
  for (const violation of failure.violations) say(violation)
} else {
  const { violations, endings, trace } = await simulate(seed, without, say)
  say(`trace ${trace}; ${[...endings].map(([how, count]) => `${how}: ${count}`).join(', ')}`)
  for (const violation of violations) say(violation)
}
