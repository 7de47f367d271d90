import type { MasonHubSandbox } from '../masonhub/types.ts'
import { createRandom } from '../random.ts'
import { receiveSeeded } from './dock.ts'
import type { Seedable } from './seed.ts'
import { fileNow } from './seed.ts'
import type { SeededReturn } from './story.ts'

export type TrafficOptions = {
  /** Milliseconds between two new returns; 0 stops them, while parcels on their way still arrive. */
  everyMs: number
  /** Milliseconds from filing a return until the dock opens its parcel. */
  receiveAfterMs: number
}

/** Lets the simulated world run by itself. */
export type Traffic = {
  /** Starts with these options, in place of earlier ones. */
  run(options: TrafficOptions): void
}

type TrafficWorld = Seedable & { masonhub: MasonHubSandbox; seed: number }

/** How often the dock tries to receive a parcel that no RMA announces. */
const mostArrivals = 20

/**
 * Generates activity for demos: shoppers file returns, labels are created, parcels arrive and are received by a random
 * plan. All of it in sandbox time.
 */
export function createTraffic(sandbox: TrafficWorld): Traffic {
  const { clock } = sandbox.world
  const random = createRandom(sandbox.seed + 2)
  let latestRun = 0

  function file(options: TrafficOptions, run: number): void {
    if (run !== latestRun) return
    const seeded = fileNow(sandbox, random)
    if (seeded.receipt !== null) clock.after(options.receiveAfterMs, () => arrive(options, seeded, mostArrivals))
    clock.after(options.everyMs, () => file(options, run))
  }

  function arrive(options: TrafficOptions, seeded: SeededReturn, tries: number): void {
    const record = sandbox.loop.returns.get(Number(seeded.returnId))
    if (record?.labels.some((label) => label.status !== 'delivered')) sandbox.loop.ship(record.id, 'delivered')
    const { received } = receiveSeeded(sandbox.masonhub, seeded)
    if (received.length > 0 || tries <= 1) return
    clock.after(Math.max(options.receiveAfterMs, 1_000), () => arrive(options, seeded, tries - 1))
  }

  return {
    run(options) {
      latestRun += 1
      const run = latestRun
      if (options.everyMs > 0) clock.after(options.everyMs, () => file(options, run))
    },
  }
}
