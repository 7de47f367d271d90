/**
 * Runs the whole job once with a journal whose disk fails somewhere in it; then repairs the disk, and checks the
 * result.
 */
import { Fault } from '../../../src/core/errors/fault.ts'
import type { EffectKind } from '../../../src/journal/journal.ts'
import { type ConnectedHarness, openConnectedHarness } from '../../acceptance/connected-harness.ts'
import { minute } from '../../acceptance/harness.ts'
import { rowsOf, violationsOf } from '../invariants.ts'
import { watchProcessRequests } from '../kills/process-requests.ts'
import { type Trouble, unwatched, type Watch, watchDisk } from './trouble.ts'

export type Round = {
  /** Operations of the journal in the round. */
  operations: number
  failed: number
  /** Messages whose senders were told to try again. */
  turnedAway: number
  violations: string[]
}

const faults = { 'loop.webhook-backoff-ms': 1_000, 'masonhub.callback-backoff-ms': 1_000 } as const

/** `trouble` null: nothing fails, and the operations are counted. */
export async function runRound(trouble: Trouble | null): Promise<Round> {
  const harness = await openConnectedHarness({ faults })
  const { location } = await harness.journal.health()
  const requests = watchProcessRequests(harness.sandbox)
  const violations: string[] = []
  watchWrites(harness, location, violations)
  await harness.connect()
  const watch = watchDisk(trouble)
  try {
    const attempt = attempter(watch, violations)
    await theJob(harness, attempt)
    watch.mend()
    await leaveAlone(harness, location, attempt)
    requests.watch()
    const evidence = { sandbox: harness.sandbox, journal: location, processRequests: requests.process, leftAlone: true }
    return {
      operations: watch.count(),
      failed: watch.failed(),
      turnedAway: harness.sandbox.deliveries.log.flatMap(({ tries }) => tries).filter(({ status }) => status === 503)
        .length,
      violations: [...violations, ...violationsOf(evidence)],
    }
  } finally {
    watch.mend()
    await harness.close()
  }
}

type Attempt = (work: () => Promise<unknown>) => Promise<void>

/** A Fault ends one step, as it ends one run of a worker or one command. Any other error is a bug. */
function attempter(watch: Watch, violations: string[]): Attempt {
  return async (work) => {
    const before = watch.failed()
    try {
      await work()
    } catch (error) {
      const known = error instanceof Fault && error.code.startsWith('JOURNAL_')
      if (!known) violations.push(`a step ended with ${String(error)}`)
      else if (watch.failed() === before) violations.push(`a step failed although the disk did not: ${error.message}`)
    }
  }
}

/** Returns are filed, edited, cancelled, and received completely or not, by steps of `serve` and of an operator. */
async function theJob(harness: ConnectedHarness, attempt: Attempt): Promise<void> {
  const two = { units: [{ sku: 'TEE-BLK-M' }, { sku: 'CAP-RED' }] }
  const [fine, damaged, edited, cancelled] = [harness.file(), harness.file(), harness.file(two), harness.file()]
  await attempt(harness.work)
  await attempt(() => harness.sync())
  harness.pass(3 * minute)
  harness.sandbox.loop.edit(edited, { remove: [0] })
  harness.sandbox.loop.cancel(cancelled)
  await attempt(harness.work)
  await attempt(() => harness.job('pull'))
  harness.pass(3 * minute)
  await attempt(() => harness.job('pull'))
  receiveIf(harness, fine)
  receiveIf(harness, damaged, { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] })
  await attempt(harness.work)
  receiveIf(harness, edited)
  await attempt(() => harness.resolve('ready'))
  harness.pass(minute)
  await attempt(() => harness.job('poll'))
  await attempt(() => harness.job('settle'))
}

/** The warehouse receives what was announced. */
function receiveIf(
  harness: ConnectedHarness,
  returnId: string,
  receipt?: Parameters<ConnectedHarness['receive']>[1],
): void {
  if (harness.rma(returnId)?.status === 'open') harness.receive(returnId, receipt)
}

/** After the repair: runs rounds of `serve` until nothing changes any more. */
async function leaveAlone(harness: ConnectedHarness, location: string, attempt: Attempt): Promise<void> {
  for (let round = 0; round < 12; round += 1) {
    harness.pass(round < 3 ? minute : 20 * minute)
    await attempt(harness.work)
    await attempt(() => harness.job('pull'))
    for (const { id } of harness.sandbox.loop.returns.values()) {
      // Returns that could not be announced in time are received now.
      if (round === 3) receiveIf(harness, String(id))
    }
    await attempt(() => harness.job('poll'))
    await attempt(() => harness.job('settle'))
    if (round > 4 && isQuiet(location)) return
  }
}

function isQuiet(location: string): boolean {
  const { effects, events } = rowsOf(location)
  const open = ['planned', 'sent', 'accepted', 'in_doubt']
  return effects.every(({ state }) => !open.includes(state)) && events.every(({ state }) => state !== 'new')
}

/** Checks that the journal's file says `sent` before anything is written at a vendor. */
function watchWrites(harness: ConnectedHarness, location: string, violations: string[]): void {
  const { loop, masonhub } = harness.context
  const claimed = (returnId: string, kind: EffectKind) => {
    const { effects } = unwatched(() => rowsOf(location))
    const sent = effects.some((row) => row.return_id === returnId && row.kind === kind && row.state === 'sent')
    if (!sent) violations.push(`${kind} of ${returnId} went out without a claim`)
  }
  Object.assign(loop, {
    process: before(loop.process, (returnId) => claimed(returnId, 'process')),
    flag: before(loop.flag, (returnId) => claimed(returnId, 'flag')),
    addNote: before(loop.addNote, (returnId, content) =>
      claimed(returnId, content.includes('[mhloop-claim ') ? 'process' : 'note'),
    ),
  })
  Object.assign(masonhub.rmas, {
    create: before(masonhub.rmas.create, (rmas) => {
      for (const rma of rmas) claimed(rma.customerIdentifier, 'rma.create')
    }),
    update: before(masonhub.rmas.update, (rmas) => {
      for (const rma of rmas) claimed(rma.customerIdentifier, 'rma.update')
    }),
    remove: before(masonhub.rmas.remove, (ids) => {
      for (const id of ids) claimed(id, 'rma.delete')
    }),
  })
}

function before<Arguments extends unknown[], Result>(
  real: (...args: Arguments) => Result,
  read: (...args: Arguments) => void,
): (...args: Arguments) => Result {
  return (...args) => {
    read(...args)
    return real(...args)
  }
}
