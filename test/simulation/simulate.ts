/** One world from its first return to the day after its last: who acts when, and what came of it. */

import { type Checked, checkAlways, checkEvents, checkHistories, endingsOf, type Forgotten } from './check.ts'
import type { FaultKind } from './faults.ts'
import type { Life } from './life.ts'
import { createLoop } from './loop.ts'
import { answerOfLoop } from './loop-wire.ts'
import { createMasonHub } from './masonhub.ts'
import { answerOfMasonHub } from './masonhub-wire.ts'
import { createMessages } from './messages.ts'
import type { Vendor } from './network.ts'
import { type Command, type Company, type Rhythm, type Server, serveFrom, typeCommand } from './processes.ts'
import { type Part, type Scenario, scenarioOf } from './scenario.ts'
import { openStores, type Stores } from './store.ts'
import { storiesEnd, tell } from './stories.ts'
import { createWatch, refundedBy, type Watch } from './watch.ts'
import { createWorld, start, type World } from './world.ts'

export type Outcome = {
  seed: number
  violations: string[]
  /** Equal for equal runs: of everything that happened, in order. */
  trace: number
  histories: number
  faults: Map<FaultKind, number>
  /** How its returns ended. */
  endings: ReadonlyMap<string, number>
  counts: Counts
}

export type Counts = Record<'requests' | 'operations' | 'processes' | 'commands' | 'messages' | 'parked', number>

const minute = 60_000
const hour = 60 * minute

const busy: Rhythm = {
  pull: 110 * minute,
  poll: 95 * minute,
  settle: 80 * minute,
  rescan: 26 * hour,
  inbox: 60 * minute,
}
const calm: Rhythm = { pull: 3 * hour, poll: 2.5 * hour, settle: 1.5 * hour, rescan: 11 * hour, inbox: hour }

export async function simulate(
  seed: number,
  without: readonly Part[] = [],
  log: ((line: string) => void) | null = null,
): Promise<Outcome> {
  const scenario = scenarioOf(seed, without)
  const world = createWorld(seed, scenario.weather, log)
  const loop = createLoop(world)
  const masonhub = createMasonHub(world)
  const servers: Server[] = []
  const counts: Counts = { requests: 0, operations: 0, processes: 0, commands: 0, messages: 0, parked: 0 }
  let stores: Stores | null = null
  const storesNow = () => {
    if (stores === null) throw new Error('the journal is not open yet')
    return stores
  }
  const forgotten: Forgotten = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY }
  const watch = createWatch({ world, loop, masonhub, stores: storesNow, scenario })
  stores = await openStores(world, ({ returnId }) => watch.refundClaimed(returnId))
  const leaving: (() => void)[] = []
  const leaves: NonNullable<Vendor['leaves']> = (request) => {
    counts.requests += 1
    const returnId = refundedBy(request)
    if (returnId === null) return
    watch.refundLeaves(returnId)
    for (const hear of leaving) hear()
  }
  const company: Company = {
    world,
    stores,
    policy: scenario.policy,
    vendors: {
      loop: { name: 'Loop', answer: (request) => answerOfLoop(loop, request), state: outages(world, 'Loop'), leaves },
      masonhub: {
        name: 'MasonHub',
        answer: (request) => answerOfMasonHub(masonhub, request),
        state: outages(world, 'MasonHub'),
        leaves,
      },
    },
  }
  const messages = createMessages(world, loop, masonhub, () => servers)
  const returnIds = scenario.returns.map((position) =>
    tell({ world, loop, masonhub, destinations: scenario.destinations }, position),
  )
  staff(company, scenario, servers, counts)
  const lives: Life[] = []
  operate(company, scenario, { returnIds, watch, counts, lives })
  leaving.push(loseJournal(company, forgotten, servers, lives))
  const checked: Checked = {
    world,
    loop,
    masonhub,
    messages,
    journal: () => storesNow().committed,
    scenario,
    forgotten,
  }
  await world.run(storiesEnd)
  await checkAlways(checked)
  const endings = await comeToRest(company, checked, servers, counts)
  await checkAlways(checked)
  await checkHistories(checked)
  await checkEvents(checked)
  counts.parked = (await stores.committed.effects.find({ states: ['parked'] })).length
  counts.operations = stores.operations
  counts.messages = messages.counts.sent
  await stores.close()
  return {
    seed,
    violations: world.violations,
    trace: world.trace(),
    histories: returnIds.length,
    faults: world.faults,
    endings,
    counts,
  }
}

/** When a vendor is out, or does not know our credential (F45). */
function outages(world: World, name: string): () => 'up' | 'down' | 'unauthorized' {
  const dice = world.dice(`outages of ${name}`)
  const windows = (['vendor down', 'credential dead'] as const).flatMap((kind) => {
    if (!world.hits(kind, 'all')) return []
    const from = start + dice.between(10, 450) * minute
    return [{ kind, from, to: from + dice.between(2, 60) * minute }]
  })
  return () => {
    const window = windows.find(({ from, to }) => from <= world.now() && world.now() < to)
    return window === undefined ? 'up' : window.kind === 'vendor down' ? 'down' : 'unauthorized'
  }
}

/** Keeps so many servers running: one that died is started again a while later, on the same journal. */
function staff(company: Company, { servers: count }: Scenario, servers: Server[], counts: Counts): void {
  const { world } = company
  const dice = world.dice('staff')
  for (let place = 0; place < count; place += 1) {
    const begin = () => {
      counts.processes += 1
      const server = serveFrom(company, `server-${place}.${counts.processes}`, busy)
      servers.push(server)
      const look = () => {
        if (world.now() >= storiesEnd) return
        if (server.life.alive) return world.at(world.now() + dice.between(1, 12) * minute, look)
        servers.splice(servers.indexOf(server), 1)
        begin()
      }
      world.at(world.now() + dice.between(3, 12) * minute, look)
      if (!world.hits('clock jump', 'all')) return
      const [at, by] = [
        world.now() + dice.between(5, 300) * minute,
        dice.pick([-26 * hour, -hour, -11 * minute, -40_000, 9_000, 3 * minute, hour, 26 * hour]),
      ]
      world.at(at, () => server.life.jump(by))
      world.at(at + dice.between(10, 120) * minute, () => server.life.jump(0))
    }
    world.resume(start + place * 20 * minute, begin)
  }
}

/**
 * A backup is brought back: what was sent and acknowledged after it was made is forgotten (F11). Whoever does that has
 * stopped everything first. At worst, a refund has just left.
 */
function loseJournal(
  { world, stores }: Company,
  forgotten: Forgotten,
  servers: readonly Server[],
  commands: readonly Life[],
): () => void {
  const dice = world.dice('backups')
  const restore = () => {
    if (forgotten.to <= world.now()) return
    forgotten.to = world.now()
    world.note('the journal is restored from a backup')
    for (const { life } of servers) life.kill()
    for (const life of commands) life.kill()
    void stores.restore()
  }
  if (world.hits('journal restored from a backup', 'all')) {
    const backedUpAt = start + dice.between(30, 400) * minute
    world.resume(backedUpAt, () => {
      forgotten.from = world.now()
      void stores.backUp()
    })
    world.resume(backedUpAt + dice.between(2, 150) * minute, restore)
  }
  return () => {
    if (forgotten.from <= world.now() && dice.chance(0.4))
      world.resume(world.now() + dice.between(200, 90_000), restore)
  }
}

function operate(
  company: Company,
  { operators }: Scenario,
  { returnIds, watch, counts, lives }: { returnIds: readonly string[]; watch: Watch; counts: Counts; lives: Life[] },
): void {
  const { world } = company
  const dice = world.dice('operators')
  for (let session = 0; session < operators; session += 1) {
    const command = someCommand(world, returnIds)
    const at = start + dice.between(60, 500) * minute
    const interruptAfter = world.hits('interrupted', 'all') ? dice.between(50, 20_000) : null
    world.resume(at, () => {
      counts.commands += 1
      if (command.type === 'resolve' && command.force && command.returnIds !== 'ready')
        for (const returnId of command.returnIds) watch.force(returnId)
      lives.push(typeCommand(company, `ann.${session}`, command, interruptAfter))
    })
    if (command.type === 'pause')
      world.resume(
        at + dice.between(10, 90) * minute,
        () => void typeCommand(company, `ann.${session}`, { type: 'resume' }, null),
      )
  }
}

function someCommand(world: World, returnIds: readonly string[]): Command {
  const dice = world.dice('operators')
  const some = returnIds.filter(() => dice.chance(0.3)).slice(0, 4)
  const wait = dice.pick([0, 0, 30_000, 120_000])
  switch (dice.below(8)) {
    case 0:
    case 1:
      return { type: 'resolve', returnIds: 'ready', asked: 'rules', force: false, wait }
    case 2:
      return { type: 'resolve', returnIds: some, asked: 'refund', force: false, wait }
    case 3:
      return { type: 'resolve', returnIds: some.slice(0, 2), asked: 'refund', force: true, wait }
    case 4:
      return { type: 'resolve', returnIds: some.slice(0, 2), asked: 'flag', force: false, wait }
    case 5:
      return { type: 'sync', returnIds: dice.chance(0.5) ? null : some }
    case 6:
      return { type: 'pause' }
    default:
      return { type: 'replay' }
  }
}

/** Nothing goes wrong any more. One server works on, until nothing is left to do, or it is clear that it never will be. */
async function comeToRest(
  company: Company,
  checked: Checked,
  servers: Server[],
  counts: Counts,
): Promise<ReadonlyMap<string, number>> {
  const { world } = company
  world.clear()
  for (const server of servers) {
    server.life.freeze(0)
    server.stop()
  }
  // What is on its way arrives, and what was begun is finished.
  await world.run(storiesEnd + 2 * hour)
  for (const server of servers.splice(0)) server.life.kill()
  // Whoever paused refunds has not forgotten it.
  world.resume(world.now(), () => void typeCommand(company, 'ann.last', { type: 'resume' }, null))
  counts.processes += 1
  world.resume(world.now(), () => {
    servers.push(serveFrom(company, `server-last.${counts.processes}`, calm))
  })
  let at = await endingsOf(checked)
  // Most worlds need one round of chores; what waits for its pause to end needs half a day.
  for (let look = 0; look < 18 && (look === 0 || at.lost.length > 0); look += 1) {
    await world.run(world.now() + (look === 0 ? 70 * minute : 3 * hour))
    at = await endingsOf(checked)
  }
  for (const line of at.lost) world.violation(`LOST ${line}`)
  for (const server of servers) server.life.kill()
  return at.endings
}
