import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type HistoryRow, rowsOf, violationsOf } from '../invariants.ts'
import { leaveAlone } from './alone.ts'
import { type Child, type Ended, type ScheduledKill, startChild } from './child.ts'
import type { KillCoverage } from './coverage.ts'
import { migrationPoints, type Role } from './points.ts'
import { watchProcessRequests } from './process-requests.ts'
import { journalOf, type KillWorld, openWorld } from './world.ts'

export type BatchOptions = {
  program: string
  /** Number of returns on their way at the same time. */
  together?: number
  isEnough(kills: number): boolean
  signal: AbortSignal
  onKill(): void
}

export type Batch = {
  kills: number
  freezes: number
  returns: number
  refunds: number
  flags: number
  parked: number
  /** Messages that were answered with 200. */
  acknowledged: number
  violations: string[]
}

/** Processes that run side by side on an operator's machine: serve, a repeating sync, and a person who resolves. */
const roles: readonly Role[] = ['serve', 'sync', 'resolve']

function argvOf(role: Role, { port, random }: KillWorld): string[] {
  switch (role) {
    case 'serve':
      // Sometimes serve leaves refunds to the person, who would otherwise have little to do.
      return ['serve', '--port', String(port), '--watch-port', '0', ...(random.chance(0.3) ? ['--no-resolve'] : [])]
    case 'sync':
      return ['asn', 'sync', '--watch', '--every', '1s']
    case 'resolve':
      return ['rma', 'resolve', '--ready', '--yes']
  }
}

/** Number of returns that are filed at a time. */
const atATime = 4
/** Milliseconds to wait for a point; after that, the process is killed at a random time. */
const timeout = 8_000
const step = 150
const interval = 50
const longest = 60_000

/**
 * One world and one journal, with three commands that are killed and restarted until there were enough kills; then a
 * worker finishes the work undisturbed, and the result is checked.
 */
export async function runBatch(
  seed: number,
  coverage: KillCoverage,
  { program, together = 12, isEnough, signal, onKill }: BatchOptions,
): Promise<Batch> {
  const world = await openWorld(seed, program)
  const requests = watchProcessRequests(world.sandbox)
  const run: Run = { world, coverage, onKill, kills: 0, freezes: 0, stopping: false, violations: [] }
  try {
    world.faults(true)
    await killDuringMigration(run)
    const slots = roles.map((role) => keepRunning(run, role))
    let history: HistoryRow[] = []
    while (!isEnough(run.kills) && !signal.aborted) {
      move(run, together)
      requests.watch()
      // Saved once in the middle: all of it must still be there at the end.
      if (run.kills > 15 && history.length === 0) history = rowsOf(journalOf(world)).history
      await pause(step)
    }
    run.stopping = true
    await Promise.all(slots)
    await leaveAlone(world)
    requests.watch()
    const { process } = requests
    const found = violationsOf({
      sandbox: world.sandbox,
      journal: journalOf(world),
      processRequests: process,
      leftAlone: true,
    })
    run.violations.push(...found, ...rewritten(history, rowsOf(journalOf(world)).history), ...(await leaked(world)))
    return summary(run)
  } finally {
    run.stopping = true
    await world.close()
  }
}

type Run = {
  world: KillWorld
  coverage: KillCoverage
  onKill(): void
  kills: number
  freezes: number
  stopping: boolean
  violations: string[]
}

/** Shoppers and carriers act. */
function move({ world: { shoppers } }: Run, together: number): void {
  for (let filed = 0; filed < atATime && shoppers.waiting() < together; filed += 1) shoppers.file()
  shoppers.move()
}

/** The first process creates the journal, and is killed while it does (F48). */
async function killDuringMigration(run: Run): Promise<void> {
  const { world, coverage } = run
  const points = migrationPoints
    .toSorted((one, other) => (coverage.kills.get(one) ?? 0) - (coverage.kills.get(other) ?? 0))
    .slice(0, 1)
  const scheduledKill: ScheduledKill = { points, count: 1, how: 'kill' }
  const child = startChild(argvOf('sync', world), world.environment, {
    program: world.program,
    time: world.time,
    scheduledKill,
    onFrozen() {},
  })
  count(run, child, await endOf(run, child, timeout))
}

/** Starts a command again and again, each time with another scheduled kill. */
async function keepRunning(run: Run, role: Role): Promise<void> {
  const { world, coverage } = run
  while (!run.stopping) {
    const scheduledKill = coverage.scheduleFor(role, world.random)
    const child = startChild(argvOf(role, world), world.environment, {
      program: world.program,
      time: world.time,
      scheduledKill,
      onFrozen: () => void thawLater(run, child),
    })
    const time = scheduledKill === null ? 50 + world.random.below(2_000) : timeout
    const ended = await endOf(run, child, time, scheduledKill === null && world.random.chance(0.3))
    count(run, child, ended)
    if (ended.signal === 'SIGKILL') passTime(run)
  }
}

/** Waits for the child to end, and ends it when its time has passed since it began to work. */
async function endOf(run: Run, child: Child, time: number, freezes = false): Promise<Ended> {
  let over = false
  /** Counted in checks, not in seconds, so that a busy machine gives each process more time. */
  const watch = async (time: number) => {
    for (
      let tries = time / interval, all = longest / interval;
      !over && !run.stopping && tries > 0 && all > 0;
      all -= 1
    ) {
      await pause(interval)
      if (child.isUp && child.frozenAt === null) tries -= 1
    }
  }
  const timeUp = async () => {
    await watch(time)
    if (freezes && !over && !run.stopping) {
      child.freeze()
      await thawLater(run, child)
      await watch(time)
    }
    if (!over) child.kill()
  }
  void timeUp()
  const ended = await child.ended
  over = true
  return ended
}

/**
 * The child stays frozen for longer than leases, deadlines or Loop's processing time, while the others continue; then
 * it wakes.
 */
async function thawLater(run: Run, child: Child): Promise<void> {
  const { world, coverage } = run
  run.freezes += 1
  coverage.froze(child.frozenAt ?? '')
  await pause(200 + world.random.below(400))
  world.clock.leap([65_000, 130_000, 11 * 60_000, 16 * 60_000][world.random.below(4)] ?? 65_000)
  await pause(300 + world.random.below(900))
  child.thaw()
}

/** After a kill: often no time passes, sometimes a lease's time, sometimes as long as Loop may take. */
function passTime({ world: { random, clock } }: Run): void {
  const remaining = random.below(100)
  if (remaining >= 50) clock.leap(remaining < 75 ? 2_500 : remaining < 93 ? 125_000 : 16 * 60_000)
}

/** Exit codes that a command may have while its vendors fail and others work beside it (docs/cli.md). */
const allowed = new Set([0, 3, 6, 7, 8, 9])

function count(run: Run, child: Child, { exit, signal, killedAt, passed, said }: Ended): void {
  run.coverage.passed(passed)
  for (const secret of run.world.secrets) {
    if (said.includes(secret)) run.violations.push(`${child.argv.join(' ')} said ${secret.slice(0, 12)}…`)
  }
  if (signal === 'SIGKILL') {
    run.kills += 1
    run.coverage.killed(killedAt)
    run.onKill()
    return
  }
  const command = child.argv.join(' ')
  if (exit === null || !allowed.has(exit)) {
    run.violations.push(`${command} ended with ${exit ?? signal}: ${said.trim().split('\n').slice(-3).join(' / ')}`)
  }
  if (/\n\s+at .+:\d+:\d+/.test(said)) run.violations.push(`${command} printed a stack trace: ${said.slice(-500)}`)
}

/** The children must not have written a secret or a shopper's data (F58, F64). */
async function leaked({ folder, secrets }: KillWorld): Promise<string[]> {
  const data = join(folder, 'data')
  const files = await Promise.all(
    (await readdir(data)).map(async (name) => ({ name, bytes: await readFile(join(data, name), 'latin1') })),
  )
  return files.flatMap(({ name, bytes }) =>
    secrets.filter((secret) => bytes.includes(secret)).map((secret) => `${name} holds ${secret.slice(0, 12)}…`),
  )
}

/** History entries are only ever added. */
function rewritten(before: readonly HistoryRow[], after: readonly HistoryRow[]): string[] {
  const retained = before.every((row, index) => JSON.stringify(row) === JSON.stringify(after[index]))
  return retained ? [] : ['history was rewritten']
}

function summary({ world, kills, freezes, violations }: Run): Batch {
  const of = (what: string) => world.sandbox.world.groundTruth.entries.filter((entry) => entry.what === what).length
  const { effects } = rowsOf(journalOf(world))
  return {
    kills,
    freezes,
    returns: world.shoppers.filed.size,
    refunds: of('refund_paid'),
    flags: of('return_flagged'),
    parked: effects.filter(({ state }) => state === 'parked').length,
    acknowledged: world.sandbox.deliveries.log.filter(({ outcome }) => outcome === 'delivered').length,
    violations,
  }
}
