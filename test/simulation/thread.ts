/** A thread that simulates worlds by the seeds that it gets, and sends back their counts. */
import { parentPort } from 'node:worker_threads'
import { simulate } from './simulate.ts'
import { addOutcome, emptyTally } from './tally.ts'

parentPort?.on('message', async (seeds: number[]) => {
  const tally = emptyTally()
  for (const seed of seeds) {
    try {
      addOutcome(tally, await simulate(seed))
    } catch (error) {
      tally.violations.push(
        `seed ${seed}: the simulation itself failed: ${error instanceof Error ? error.stack : error}`,
      )
    }
  }
  parentPort?.postMessage(tally)
})
