import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '../../../src/sandbox/random.ts'
import type { ProofOptions, ProofPart, Proved } from '../part.ts'
import { replay } from './replay.ts'
import { record, whyNotHere } from './trace.ts'

/** Effects of the run that is cut after every write and sync, and of the run of which some points are cut. */
const whole = 500
const sampled = 40

/** Replays the writes and syncs of a real run, and cuts the power after each of them (failures.md §2.5, PC). */
export const powerCuts: ProofPart = {
  name: 'power-cuts',
  title: 'Power cuts',
  unit: 'points',
  sizes: { quick: 400, full: Number.POSITIVE_INFINITY },
  prove,
}

async function prove({ size, seed, progress, signal }: ProofOptions): Promise<Proved> {
  const hindrance = whyNotHere()
  if (hindrance !== null) return { figures: { 'not run': hindrance }, violations: [] }
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-power-'))
  try {
    const effects = size === Number.POSITIVE_INFINITY ? whole : sampled
    const steps = await record(folder, effects)
    const every = Math.max(1, Math.floor(steps.length / size))
    const total = Math.ceil(steps.length / every)
    const { points, cuts, violations } = await replay(steps, {
      folder: join(folder, 'remains'),
      random: createRandom(seed).next,
      isSelected: (point) => point % every === 0,
      done: (done) => progress(done, total),
      signal,
    })
    const syncs = steps.filter((step) => step.do === 'sync').length
    const writes = steps.filter((step) => step.do === 'write').length
    const figures = {
      'effects of the recorded run': effects,
      'writes recorded': writes,
      'syncs recorded': syncs,
      'points cut at': `${points} of ${steps.length}`,
      'cuts with everything unsynced lost': cuts.all,
      'cuts with nothing lost': cuts.nothing,
      'cuts with random sectors lost': cuts.some,
    }
    return { figures, violations }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
