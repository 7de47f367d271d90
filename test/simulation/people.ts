/** People who keep servers running, and people who type commands. */
import type { Installation } from './installation.ts'
import { named } from './installation.ts'
import { type Command, type Rhythm, type Server, serveFrom, typeCommand } from './processes.ts'
import type { Company } from './simulate.ts'
import { openStores, type Stores } from './store.ts'
import { storiesEnd } from './stories.ts'
import { start, type World } from './world.ts'

const minute = 60_000
const hour = 60 * minute

const busy: Rhythm = {
  pull: 110 * minute,
  poll: 95 * minute,
  settle: 80 * minute,
  rescan: 26 * hour,
  inbox: 60 * minute,
}

/** Keeps this many servers running: one that ended is started again later, with the journal that is in place then. */
export function staff({ world, counts }: Company, installation: Installation): void {
  const { plan, servers } = installation
  const random = world.random(named(installation, 'staff'))
  for (let place = 0; place < plan.servers; place += 1) {
    const begin = () => {
      counts.processes += 1
      const server = serveFrom(installation, named(installation, `server-${place}.${counts.processes}`), busy)
      if (server !== null) servers.push(server)
      const read = () => {
        if (world.now() >= storiesEnd) return
        if (server?.simulated.alive) return world.at(world.now() + random.between(1, 12) * minute, read)
        if (server !== null) servers.splice(servers.indexOf(server), 1)
        begin()
      }
      world.at(world.now() + random.between(3, 12) * minute, read)
      if (server !== null) jumps(world, server, random)
    }
    world.resume(start + (plan.begins + place * 20) * minute, begin)
  }
}

/** Its clock is wrong for a while (C5). */
function jumps(world: World, { simulated }: Server, random: ReturnType<World['random']>): void {
  if (!world.hits('clock jump', 'all')) return
  const [at, by] = [
    world.now() + random.between(5, 300) * minute,
    random.pick([-26 * hour, -hour, -11 * minute, -40_000, 9_000, 3 * minute, hour, 26 * hour]),
  ]
  world.at(at, () => simulated.jump(by))
  world.at(at + random.between(10, 120) * minute, () => simulated.jump(0))
}

/** Sessions of people at a terminal; two laptops may be used in the same second. */
export function operate(company: Company, installation: Installation, returnIds: readonly string[]): void {
  const { world } = company
  const { operators, begins } = installation.plan
  const random = world.random(named(installation, 'operators'))
  for (let session = 0; session < operators; session += 1) {
    const command = someCommand(random, returnIds)
    const at = start + Math.max(begins, random.between(60, 500)) * minute
    const interruptAfter = world.hits('interrupted', 'all') ? random.between(50, 20_000) : null
    world.resume(at, () => type(company, installation, { session: `${session}`, command, interruptAfter }))
    if (command.type === 'pause')
      world.resume(
        at + random.between(10, 90) * minute,
        () => void typeCommand(installation, named(installation, `ann.${session}`), { type: 'resume' }, null),
      )
    if (command.type === 'resolve' && world.hits('same second', [])) elsewhere(company, installation, command, at)
  }
}

type Typed = { session: string; command: Command; interruptAfter: number | null }

function type(
  { world, journals, watch, counts }: Company,
  installation: Installation,
  { session, command, interruptAfter }: Typed,
): void {
  counts.commands += 1
  if (command.type === 'resolve' && command.force && command.returnIds !== 'ready')
    for (const returnId of command.returnIds) watch.force(returnId)
  if (command.type === 'resolve' && command.requested === 'flag' && command.returnIds !== 'ready')
    for (const returnId of command.returnIds) watch.requestFlag(returnId)
  const name = named(installation, `ann.${session}`)
  const begin = (stores?: Stores) => {
    const simulated = typeCommand(installation, name, command, interruptAfter, stores)
    if (simulated !== null) installation.commands.push(simulated)
  }
  if (!world.hits('wrong journal', [])) {
    begin()
    return
  }
  // A mistake in MHLOOP_JOURNAL, another HOME, or a missing mount: an empty journal is created there.
  void openStores(world, 1_000 + counts.commands).then((stores) => {
    journals.push(stores)
    begin(stores)
  })
}

/** Another person requests the same on another machine within the same second. */
function elsewhere(company: Company, here: Installation, command: Command, at: number): void {
  const { world, installations } = company
  const random = world.random('same second')
  const session = `${random.below(1_000_000)}`
  const after = random.between(0, 1_000)
  world.resume(at + after, () => {
    const others = installations.filter((other) => other !== here)
    const other = others[random.below(others.length)]
    if (other !== undefined) type(company, other, { session, command, interruptAfter: null })
  })
}

export function someCommand(random: ReturnType<World['random']>, returnIds: readonly string[]): Command {
  const some = returnIds.filter(() => random.chance(0.3)).slice(0, 4)
  const wait = random.pick([0, 0, 30_000, 120_000])
  switch (random.below(8)) {
    case 0:
    case 1:
      return { type: 'resolve', returnIds: 'ready', requested: 'rules', force: false, wait }
    case 2:
      return { type: 'resolve', returnIds: some, requested: 'refund', force: false, wait }
    case 3:
      return { type: 'resolve', returnIds: some.slice(0, 2), requested: 'refund', force: true, wait }
    case 4:
      return { type: 'resolve', returnIds: some.slice(0, 2), requested: 'flag', force: false, wait }
    case 5:
      return { type: 'sync', returnIds: random.chance(0.5) ? null : some }
    case 6:
      return { type: 'pause' }
    default:
      return { type: 'replay' }
  }
}
