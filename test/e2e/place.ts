/**
 * A sandbox and fresh folders in which end-to-end tests fail on purpose, and the whole job that must still complete.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bench, startBench } from '../commands/bench.ts'
import type { Run } from '../run.ts'
import { type Failure, failsWith } from './both-modes.ts'

export type Place = {
  bench: Bench
  folder: string
  /** Runs a command that must fail with this exit code, for people and for scripts (both-modes.ts). */
  fails(exit: number, argv: readonly string[], spoiled?: Spoiled): Promise<Failure>
  /** Runs the whole job once, from announcement to refund: it must still work after the failure. */
  jobStillCompletes(returnId: string): Promise<void>
}
export type Spoiled = { env?: Record<string, string>; stdin?: string; configDir?: string }

async function startPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-test-'))
  const bench = await startBench(folder)
  return {
    bench,
    folder,
    fails: (exit, argv, spoiled = {}) =>
      failsWith(exit, argv, {
        folder: join(folder, randomUUID()),
        configDir: join(folder, 'config'),
        ...spoiled,
        env: { ...bench.env, ...bench.freshKeys(), ...spoiled.env },
      }),
    jobStillCompletes: (returnId) => completeJob(bench, join(folder, 'job'), returnId),
  }
}

async function leavePlace({ bench, folder }: Place): Promise<void> {
  await bench.sandbox.stop()
  await rm(folder, { recursive: true, force: true })
}

async function completeJob({ sandbox, freshKeys, run }: Bench, dataDir: string, returnId: string): Promise<void> {
  const env = { ...freshKeys(), MHLOOP_REFUNDS: 'on' }
  const done = async (argv: string): Promise<Run> => {
    const ran = await run(argv, { env, dataDir })
    assert.equal(ran.exit, 0, `${argv}: ${ran.stderr}${ran.stdout}`)
    return ran
  }
  await done(`asn sync ${returnId}`)
  if (sandbox.masonhub.rmas.current(returnId)?.status === 'open') sandbox.masonhub.warehouse.receive(returnId)
  await done(`rma resolve ${returnId} --yes`)
  assert.equal(sandbox.requests.filter(({ path }) => path.endsWith('/process')).length, 1)
  assert.deepEqual((await done('journal check --json')).json().data.problems, [])
}

/** A place for each test of a `describe`. */
export function onPlace(): () => Place {
  let place: Place | null = null
  beforeEach(async () => {
    place = await startPlace()
  })
  afterEach(() => place && leavePlace(place))
  return () => {
    if (place === null) throw new Error('the place is there within a test only')
    return place
  }
}

/** One test per case, all at the same time: they spend most of their time waiting between attempts. */
export function sideBySide<Name extends string>(
  names: readonly Name[],
  title: (name: Name) => string,
  work: (name: Name, at: Place) => Promise<void>,
): void {
  const running = new Map<Name, Promise<void>>()
  const inPlaceOfItsOwn = async (name: Name) => {
    const place = await startPlace()
    try {
      await work(name, place)
    } finally {
      await leavePlace(place)
    }
  }
  before(() => {
    for (const name of names) {
      const outcome = inPlaceOfItsOwn(name)
      outcome.catch(() => {})
      running.set(name, outcome)
    }
  })
  for (const name of names) it(title(name), () => running.get(name))
}

/** Commands that ask Loop, and commands that ask MasonHub, each with an existing return. */
export function asking(vendor: 'loop' | 'masonhub', returnId: string): string[][] {
  const both = [
    ['asn', 'sync'],
    ['asn', 'sync', returnId],
    ['rma', 'show', returnId],
    ['rma', 'resolve', returnId, '--yes'],
    ['rma', 'resolve', '--ready', '--yes'],
    ['mapping', 'audit'],
  ]
  return vendor === 'loop'
    ? [...both, ['asn', 'list'], ['rma', 'history', returnId], ['rma', 'show', '#no-such-order']]
    : [...both, ['rma', 'list']]
}
