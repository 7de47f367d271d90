import { Worker } from 'node:worker_threads'
import type { ProofOptions, ProofPart, Proved } from '../proof/part.ts'
import { boxes, several } from './kinds-of-worlds.ts'
import { scenarioOf } from './scenario.ts'
import { addTally, emptyTally, type Tally } from './tally.ts'

/** Worlds that a thread simulates before it reports. */
const together = 10
const threads = 2
/** After this many different violations, more would say nothing new. */
const enough = 200

export const simulation: ProofPart = {
  name: 'simulation',
  title: 'Simulated histories',
  unit: 'histories',
  sizes: { quick: 2_000, full: 1_000_000 },
  prove,
}

async function prove({ size, seed, progress, found, signal }: ProofOptions): Promise<Proved> {
  const began = performance.now()
  const all = emptyTally()
  const chunks = chunksOf(seedsFor(seed, size))
  const workers = Array.from({ length: threads }, () => {
    const resourceLimits = { maxYoungGenerationSizeMb: 64 }
    return new Worker(new URL('./thread.ts', import.meta.url), { resourceLimits })
  })
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const seeds of chunks) {
          const tally = await simulate(worker, seeds)
          addTally(all, tally)
          tally.violations.forEach(found)
          progress(all.histories, size)
          if (signal.aborted || all.violations.length >= enough) return
        }
      }),
    )
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return { figures: figuresOf(all, (performance.now() - began) / 1000), violations: all.violations.sort() }
}

function simulate(worker: Worker, seeds: number[]): Promise<Tally> {
  const { promise, resolve, reject } = Promise.withResolvers<Tally>()
  worker.once('message', resolve)
  worker.once('error', reject)
  worker.postMessage(seeds)
  return promise.finally(() => worker.off('error', reject))
}

/**
 * Seeds of worlds that contain this many returns in total: known before the first is simulated, so that a run can be
 * repeated. Every third world has several installations, and every fifth returns in several boxes.
 */
function* seedsFor(seed: number, histories: number): Generator<number> {
  for (let next = seed * 10_000_000, held = 0; held < histories; next += 1) {
    const one = next % 5 === 4 ? boxes + next : next % 3 === 2 ? several + next : next
    held += scenarioOf(one).returns.length
    yield one
  }
}

function* chunksOf(seeds: Iterable<number>): Generator<number[]> {
  let chunk: number[] = []
  for (const seed of seeds) {
    chunk.push(seed)
    if (chunk.length < together) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

function figuresOf({ worlds, histories, counts, faults, endings }: Tally, seconds: number): Proved['figures'] {
  const sum = (values: Record<string, number>) => Object.values(values).reduce((total, value) => total + value, 0)
  const listed = (values: Record<string, number>) =>
    Object.entries(values)
      .sort(([, one], [, other]) => other - one)
      .map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
      .join(', ')
  return {
    'histories (the life of one return each)': histories,
    'worlds (returns that share workers and fault rates)': worlds,
    'histories a second': Math.round(histories / seconds),
    'requests to vendors': counts.requests,
    'operations of the journal': counts.operations,
    'webhooks and callbacks': counts.messages,
    'installations (each with a profile, and a journal of its own or a shared one)': counts.installations,
    'journals (copies, and those that were lost and begun anew, included)': counts.journals,
    'claims posted to a timeline': counts.claims,
    'processes of ours': counts.processes,
    'commands typed': counts.commands,
    'faults injected': sum(faults),
    'faults by kind': listed(faults),
    'how returns ended': listed(endings),
    'effects left to a person (parked)': counts.parked,
  }
}
