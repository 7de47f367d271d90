/** Our own processes: those that serve, and operators at a terminal; all of them run the real use cases. */
import { Fault } from '../../src/core/errors/fault.ts'
import { createLoopClient } from '../../src/loop/create-loop-client.ts'
import { createMasonHubClient } from '../../src/masonhub/create-masonhub-client.ts'
import type { MerchantContext } from '../../src/usecases/merchant-context.ts'
import { endQuarantine } from '../../src/usecases/refunds/end-refund-quarantine.ts'
import type { RequestedAction } from '../../src/usecases/resolve/proposal.ts'
import { proposeAll } from '../../src/usecases/resolve/propose.ts'
import { readyReturns } from '../../src/usecases/resolve/ready.ts'
import { resolveMany } from '../../src/usecases/resolve/resolve-many.ts'
import type { Resolved } from '../../src/usecases/resolve/results.ts'
import type { Polled } from '../../src/usecases/serve/due-polls.ts'
import { drainInbox } from '../../src/usecases/serve/inbox.ts'
import { poll, pull, rescan, settleSent } from '../../src/usecases/serve/jobs.ts'
import { syncReturns } from '../../src/usecases/sync/sync.ts'
import type { Held, Installation, Shared } from './installation.ts'
import type { Listener } from './messages.ts'
import { createNetwork, type Vendor } from './network.ts'
import { mayWorkWith, storedIn } from './profile.ts'
import { createProcess, type SimulatedProcess } from './simulated-process.ts'
import type { Stores } from './store.ts'
import type { World } from './world.ts'

const minute = 60_000

/**
 * Starts a process with its own connections. Null: its merchant is not stored, or is bound to another journal than
 * `stores`, which may have been named by mistake.
 */
export function startProcess(
  { world, stores: own, vendors, profile, watch }: Installation,
  name: string,
  { signal = new AbortController().signal, stores = own }: { signal?: AbortSignal; stores?: Stores } = {},
): { simulated: SimulatedProcess; context: MerchantContext } | null {
  const { merchant } = profile
  if (merchant === null) return null
  if (!mayWorkWith(profile, stores.installationId)) {
    world.note(`${name}: JOURNAL_OTHER`)
    return null
  }
  const simulated = createProcess(world, name)
  const held: Held = { stores, profile }
  const context: MerchantContext = {
    merchant,
    stored: storedIn(profile),
    loop: createLoopClient(createNetwork(world, simulated, heldBy(held, 'loop', vendors.loop)), merchant.loop.baseUrl),
    masonhub: createMasonHubClient(createNetwork(world, simulated, heldBy(held, 'masonhub', vendors.masonhub))),
    account: () => profile.keys.loop,
    journal: stores.journalOf(simulated, (effect) => watch?.refundClaimed(effect, held)),
    clock: { now: () => new Date(simulated.now()) },
    sleep: (milliseconds) => simulated.sleep(milliseconds),
    actor: name,
    progress: () => undefined,
    signal,
  }
  return { simulated, context }
}

/** As src/cli/command/merchant-command.ts does before it works; an account with one name has nothing to join (G10). */
async function joinAccount(
  { profile }: Installation,
  { journal, merchant, account, clock }: MerchantContext,
): Promise<void> {
  if (profile.beside.length > 0) await journal.refunds.joinAccount(merchant.name, account(), clock.now().toISOString())
}

/** Uses the key that is stored now, and reads it again only when the vendor refuses it. */
function heldBy(held: Held, name: 'loop' | 'masonhub', { leaves, ...vendor }: Shared): Vendor {
  const key = {
    current: held.profile.keys[name],
    renew: () => {
      key.current = held.profile.keys[name]
    },
  }
  return { ...vendor, key, ...(leaves ? { leaves: (request) => leaves(request, held) } : {}) }
}

/**
 * Runs some work of ours. A Fault about a vendor or the network is expected; any other error, or a fault that blames
 * mhloop itself, is a violation.
 */
export async function guarded(world: World, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof Fault && error.blame !== 'ours') return world.note(`${what}: ${error.code}`)
    // Ctrl-C, as the command line reports it.
    if (error instanceof Error && error.name === 'AbortError') return
    const text =
      error instanceof Error
        ? `${error.name} ${error.message} ${error.stack?.split('\n')[1]?.trim() ?? ''}`
        : String(error)
    world.violation(`${what} failed by itself: ${text}`)
  }
}

function recordResolutions(world: World, who: string, results: readonly Resolved[]): void {
  for (const { returnId, action, outcome, reasons } of results)
    world.note(`${who} ${returnId} ${action} ${outcome}: ${reasons.map(({ code }) => code).join(' ')}`)
}

export type Server = Listener & { stop(): void }

/** Milliseconds between two runs of each job: longer than in production, because a world is short. */
export type Rhythm = Record<'pull' | 'poll' | 'settle' | 'rescan' | 'inbox', number>

/**
 * One `mhloop serve`: inbox and jobs side by side, as its worker runs them, but with our own intervals. Null: there is
 * nothing to serve.
 */
export function serveFrom(installation: Installation, name: string, rhythm: Rhythm): Server | null {
  const { world, stores } = installation
  const begun = startProcess(installation, name)
  if (begun === null) return null
  const { simulated, context } = begun
  const random = world.random(`rhythm of ${name}`)
  const polled: Polled = new Map()
  const options = { resolve: true, report: (results: readonly Resolved[]) => recordResolutions(world, name, results) }
  /** How long the inbox is busy with other work when a message arrives: several are then processed together. */
  const busyFor = random.pick([0, 2 * minute, 10 * minute, 25 * minute])
  let stopped = false
  let ring = () => {}
  let rung = false

  /** Waits until it is woken, or the time is up. */
  function waitForWakeUp(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      let done = false
      const once = () => {
        if (done) return
        done = true
        resolve()
      }
      ring = () => void simulated.sleep(random.between(0, busyFor)).then(once)
      void simulated.sleep(rung ? random.between(0, busyFor) : milliseconds).then(once)
    })
  }

  async function inbox(): Promise<void> {
    let wait = random.between(0, rhythm.inbox)
    while (!stopped) {
      await waitForWakeUp(wait)
      rung = false
      ring = () => {}
      let postponed = 0
      await guarded(world, `${name} inbox`, async () => {
        const drained = await drainInbox(context, options, name)
        postponed = drained.postponed
      })
      wait = postponed > 0 ? random.between(2_000, 60_000) : rhythm.inbox
    }
  }

  const jobs = {
    pull: () => pull(context),
    poll: () => poll(context, options, polled),
    settle: async () => {
      await endQuarantine(context)
      await settleSent(context, options)
    },
    rescan: () => rescan(context, options),
  }

  async function jobLoop(): Promise<void> {
    const names = Object.keys(jobs) as (keyof typeof jobs)[]
    const due = new Map(
      names.map((job) => [job, world.now() + (job === 'rescan' ? rhythm.rescan : random.between(0, rhythm[job] / 4))]),
    )
    while (!stopped) {
      const [job, at] = [...due].reduce((first, next) => (next[1] < first[1] ? next : first))
      await simulated.sleep(Math.max(0, at - world.now()))
      if (stopped) return
      await guarded(world, `${name} ${job}`, jobs[job])
      due.set(job, world.now() + Math.round(rhythm[job] * (0.6 + 0.8 * random.next())))
    }
  }

  const begin = () => {
    void inbox()
    void jobLoop()
  }
  if (installation.profile.beside.length === 0) begin()
  else void guarded(world, `${name} account`, () => joinAccount(installation, context)).then(begin)
  return {
    simulated,
    acknowledged: stores.acknowledged,
    store: (events) => context.journal.events.storeMany(events),
    wake() {
      rung = true
      ring()
    },
    stop() {
      stopped = true
    },
  }
}

/** Commands that an operator types. */
export type Command =
  | {
      type: 'resolve'
      returnIds: 'ready' | readonly string[]
      requested: RequestedAction
      force: boolean
      wait: number
    }
  | { type: 'sync'; returnIds: readonly string[] | null }
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'replay' }

/** Runs a command in a process of its own. Null: it ends at once, because there is no such merchant. */
export function typeCommand(
  installation: Installation,
  name: string,
  command: Command,
  interruptAfter: number | null,
  stores?: Stores,
): SimulatedProcess | null {
  const { world } = installation
  const interrupt = new AbortController()
  const { signal } = interrupt
  const begun = startProcess(installation, name, { signal, ...(stores ? { stores } : {}) })
  if (begun === null) return null
  const { simulated, context } = begun
  if (interruptAfter !== null) world.resume(world.now() + interruptAfter, () => interrupt.abort())
  world.note(`${name}: ${JSON.stringify(command)}`)
  const work = async () => {
    await joinAccount(installation, context)
    await carryOut(world, context, command)
  }
  void simulated.sleep(0).then(() => guarded(world, `${name} ${command.type}`, work))
  return simulated
}

async function carryOut(world: World, context: MerchantContext, command: Command): Promise<void> {
  const { journal, merchant, actor, clock } = context
  switch (command.type) {
    case 'resolve': {
      const { requested, force, wait } = command
      const ids = command.returnIds === 'ready' ? await readyReturns(context) : command.returnIds
      const { proposals } = await proposeAll(context, ids, { requested, force })
      // People think before they confirm.
      await context.sleep(requested === 'rules' ? 0 : minute / 6)
      const { results } = await resolveMany(context, proposals, { requested, force, note: null, wait })
      return recordResolutions(world, actor, results)
    }
    case 'sync':
      await syncReturns(context, {
        ...(command.returnIds === null ? {} : { returnIds: command.returnIds }),
        source: 'both',
        dryRun: false,
      })
      return
    case 'pause':
      return await journal.refunds.pause(merchant.name, 'something is odd', actor, clock.now().toISOString())
    case 'resume':
      await journal.refunds.resume(merchant.name, actor, clock.now().toISOString())
      return
    case 'replay': {
      const events = await journal.events.find({ merchant: merchant.name, limit: 3, newestFirst: true })
      await journal.events.replay(
        events.filter(({ state, returnId }) => state !== 'new' && returnId !== null).map(({ eventId }) => eventId),
      )
    }
  }
}
