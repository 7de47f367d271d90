import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ProofOptions, ProofPart, Proved } from '../part.ts'
import { runDay } from './day.ts'

const full = 5_000
/** So low that the workers wait for their permits most of the time. */
const narrowLimits = { loopPerMinute: 1_000, masonhubPerSecond: 20 }

/** Several workers and operators on one PostgreSQL; they are killed, frozen, added and stopped (F8, F9, F44, F48). */
export const workers: ProofPart = {
  name: 'workers',
  title: 'Many workers on one journal',
  unit: 'returns',
  sizes: { quick: 60, full },
  prove,
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

async function prove({ size, seed, progress, signal }: ProofOptions): Promise<Proved> {
  const built = spawnSync('npm', ['run', 'build'], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) return { figures: {}, violations: [`npm run build: ${built.stderr}`] }
  const shared = {
    program: [process.execPath, `${root}bin/run.js`],
    seed,
    workers: 4,
    operators: 2,
    troubleEvery: 4_000,
    stall: 200_000,
    signal,
  }
  const day = await runDay({
    ...shared,
    returns: size,
    // Twenty times what Loop allows, so that the run takes minutes; the algorithm is the same.
    limits: { loopPerMinute: 6_000, masonhubPerSecond: 80 },
    database: true,
    progress: (done) => progress(done, size),
  })
  if (signal.aborted || size < full) return day
  const narrow = await runDay({ ...shared, returns: 250, limits: narrowLimits, database: false, progress: () => {} })
  return {
    figures: {
      ...day.figures,
      'requests to Loop, when its limit is what holds them up': narrow.figures['requests to Loop'] ?? '',
    },
    violations: [...day.violations, ...narrow.violations],
  }
}
