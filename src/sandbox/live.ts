import { createDice } from './dice.ts'
import { receiveSeeded } from './dock.ts'
import type { MasonHubSandbox } from './masonhub/types.ts'
import type { Seedable } from './seed.ts'
import { fileNow } from './seed.ts'
import type { SeededReturn } from './story.ts'

export type LiveOptions = {
  /** Milliseconds between two returns; 0 stops the shoppers, parcels under way still arrive. */
  everyMs: number
  /** Milliseconds from filing a return until the dock opens its parcel. */
  receiveAfterMs: number
}

/** The world running by itself. */
export type Live = {
  /** Replaces what ran before. */
  run(options: LiveOptions): void
}

type LiveWorld = Seedable & { masonhub: MasonHubSandbox; seed: number }

/** So often a parcel that nobody announced is looked at again. */
const mostArrivals = 20

/**
 * So that a demo has something to watch: shoppers file returns, labels come, parcels arrive and are received by a plan
 * that the dice choose. All of it in sandbox time.
 */
export function createLive(sandbox: LiveWorld): Live {
  const { clock } = sandbox.world
  const dice = createDice(sandbox.seed + 2)
  let latestRun = 0

  function file(options: LiveOptions, run: number): void {
    if (run !== latestRun) return
    const seeded = fileNow(sandbox, dice)
    if (seeded.receipt !== null) clock.after(options.receiveAfterMs, () => arrive(options, seeded, mostArrivals))
    clock.after(options.everyMs, () => file(options, run))
  }

  function arrive(options: LiveOptions, seeded: SeededReturn, tries: number): void {
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
