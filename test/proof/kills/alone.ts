import { accountOf } from '../../../src/core/merchants/loop-account.ts'
import { createTransport } from '../../../src/http/create-transport.ts'
import { openJournal } from '../../../src/journal/open-journal.ts'
import { loopHeaders } from '../../../src/loop/authorization.ts'
import { createLoopClient } from '../../../src/loop/create-loop-client.ts'
import { createMasonHubClient } from '../../../src/masonhub/create-masonhub-client.ts'
import { masonhubHeaders } from '../../../src/masonhub/requests/authorization.ts'
import { type ResolvedMerchant, resolveMerchant } from '../../../src/merchants/profiles/resolve-merchant.ts'
import type { MerchantContext } from '../../../src/usecases/merchant-context.ts'
import type { Polled } from '../../../src/usecases/serve/due-polls.ts'
import { drainInbox } from '../../../src/usecases/serve/inbox.ts'
import { poll, pull, rescan, settleSent } from '../../../src/usecases/serve/jobs.ts'
import { rowsOf } from '../invariants.ts'
import { journalOf, type KillWorld, merchant } from './world.ts'

const minute = 60_000
/** A write that failed repeatedly is finally tried every twelve hours. */
const longest = 48

/** Nothing goes wrong any more: one worker runs its jobs in this process, and hours pass, until nothing changes. */
export async function leaveAlone(world: KillWorld): Promise<void> {
  world.faults(false)
  const { clock, environment } = world
  const journal = await openJournal(`sqlite:${journalOf(world)}`, { dataDir: world.folder, clock })
  const resolved = await resolveMerchant({ name: merchant, env: environment })
  const { loop, masonhub, close } = connect(resolved)
  const context: MerchantContext = {
    merchant: resolved.merchant,
    stored: resolved.stored,
    loop,
    masonhub,
    account: () => accountOf(resolved.credentials.loopApiKey.reveal()),
    journal,
    clock,
    sleep: async (milliseconds) => clock.leap(milliseconds),
    actor: 'alone@desk',
    progress: () => undefined,
    signal: new AbortController().signal,
  }
  const options = { resolve: true, report: () => undefined }
  const polled: Polled = new Map()
  try {
    for (let round = 0; round < longest; round += 1) {
      await drainInbox(context, options, context.actor)
      await pull(context)
      polled.clear()
      await poll(context, options, polled)
      await settleSent(context, options)
      // Once a day, as serve does.
      if (round === 20) await rescan(context, options)
      if (round > 3 && isQuiet(world)) return
      // Short steps first, so that what waits for seconds is tried before hours pass.
      clock.leap(round < 4 ? 20_000 : round < 20 ? 7 * minute : 60 * minute)
    }
  } finally {
    close()
    await journal.close()
  }
}

/** The vendors do not count requests here, so no request waits for a permit. */
const unlimited = { acquire: async () => 'go' as const, pause: () => undefined, clock: () => performance.now() }

function connect({ merchant: { loop, masonhub }, credentials: { loopApiKey, masonhubToken } }: ResolvedMerchant) {
  const toLoop = createTransport({
    vendor: 'loop',
    baseUrl: loop.baseUrl,
    headers: () => loopHeaders(loopApiKey.reveal()),
    rate: unlimited,
  })
  const toMasonHub = createTransport({
    vendor: 'masonhub',
    baseUrl: masonhub.baseUrl,
    headers: () => masonhubHeaders(masonhubToken.reveal()),
    rate: unlimited,
  })
  return {
    loop: createLoopClient(toLoop, loop.baseUrl),
    masonhub: createMasonHubClient(toMasonHub),
    close() {
      toLoop.close()
      toMasonHub.close()
    },
  }
}

function isQuiet(world: KillWorld): boolean {
  const { effects, events } = rowsOf(journalOf(world))
  const isOpen = new Set(['planned', 'sent', 'accepted', 'in_doubt'])
  return effects.every(({ state }) => !isOpen.has(state)) && events.every(({ state }) => state !== 'new')
}
