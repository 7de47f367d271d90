import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ProofOptions, ProofPart, Proved } from '../part.ts'
import { runDay } from './day.ts'

/** Several workers and operators on one PostgreSQL, which die, freeze, come and go (F8, F9, F44, F48). */
export const workers: ProofPart = {
  name: 'workers',
  title: 'Many workers on one journal',
  unit: 'returns',
  sizes: { quick: 60, full: 5_000 },
  prove,
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

async function prove({ size, seed, progress, signal }: ProofOptions): Promise<Proved> {
  const built = spawnSync('npm', ['run', 'build'], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) return { figures: {}, violations: [`npm run build: ${built.stderr}`] }
  return await runDay({
    program: [process.execPath, `${root}bin/run.js`],
    seed,
    returns: size,
    workers: 4,
    operators: 2,
    // Twenty times what Loop allows, so that it takes minutes and not hours; the rule is the same.
    limits: { loopPerMinute: 6_000, masonhubPerSecond: 80 },
    troubleEvery: 4_000,
    database: true,
    stall: 200_000,
    progress: (done) => progress(done, size),
    signal,
  })
}
