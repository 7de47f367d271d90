import { setTimeout as sleep } from 'node:timers/promises'
import { milliseconds } from '../../core/duration.ts'
import { type Journal, workerLease } from '../../journal/journal.ts'
import type { Intervals } from '../../merchants/merchant.ts'
import type { Door, Readiness, Receiver, ReceiverOptions } from '../../receiver/receiver.ts'
import type { Workplace } from '../workplace.ts'
import { expireBodies } from './expire-bodies.ts'
import { createLane, type Lane } from './lane.ts'
import { metricsText } from './metrics.ts'

export type ServeOptions = {
  /** One for each merchant; they share the journal, the clock and the signal. */
  workplaces: readonly Workplace[]
  doors: readonly Door[]
  /** What proves a merchant's senders, read anew: it may have been rotated meanwhile. */
  renewDoor: ReceiverOptions['renew']
  journal: Journal
  host: string
  port: number
  tls: ReceiverOptions['tls']
  poll: boolean
  resolve: boolean
  random(): number
  log: ReceiverOptions['log']
  /** Lines of the log that could not be written so far. */
  lostLines?(): number
}

export type Serving = {
  url: string /** Settles when everything has come to rest after the signal aborted. */
  done: Promise<void>
}

/** Work that waits longer than this means that nothing goes forward: `/readyz` says so. */
const stuckAfter = 300_000

/** The unattended integration: receiver, inbox and chores of every merchant, until the workplaces' signal aborts. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { workplaces, journal, log } = options
  const now = () => workplaces[0]?.clock.now() ?? new Date()
  // Two processes of one person on one host are two workers.
  const worker = `${workplaces[0]?.actor ?? 'worker'}#${crypto.randomUUID()}`
  const lanes = workplaces.map((workplace) => laneOf(workplace, worker, options))
  const laneByMerchant = new Map(lanes.map((lane) => [lane.state.merchant, lane]))
  const { createReceiver } = await import('../../receiver/create-receiver.ts')
  let receiver: Receiver | null = null
  receiver = await createReceiver({
    doors: options.doors,
    host: options.host,
    port: options.port,
    tls: options.tls,
    ...(options.renewDoor ? { renew: options.renewDoor } : {}),
    store: (events) => journal.events.storeMany(events),
    wake: (merchant) => laneByMerchant.get(merchant)?.wake(),
    readiness: () => readiness(journal, lanes, now()),
    metrics: () =>
      metricsText(
        lanes.map(({ state }) => state),
        receiver?.counts() ?? [],
        options.lostLines?.() ?? 0,
      ),
    now,
    log,
  })
  const { url, close } = receiver
  // Another process may have stored what this one could work on.
  await journal.events.listen((merchant) => {
    for (const { state, wake } of lanes) if (merchant === null || merchant === state.merchant) wake()
  })
  const signal = workplaces[0]?.signal ?? AbortSignal.abort()
  const beating = beat(journal, worker, signal)
  const expiring = expireBodies({ journal, now, signal, log })
  log({ level: 'info', event: 'started', detail: `${url} for ${lanes.map(({ state }) => state.merchant).join(', ')}` })
  const done = Promise.all(lanes.map((lane) => lane.run())).then(async () => {
    await Promise.all([close(), beating, expiring])
    log({ level: 'info', event: 'stopped' })
  })
  return { url, done }
}

/** While others see that this worker lives, they leave what it has taken to it. */
const livesFor = 15_000
const beatsEvery = 5_000

async function beat(journal: Journal, worker: string, signal: AbortSignal): Promise<void> {
  const { subject, owner } = workerLease(worker)
  while (!signal.aborted) {
    await journal.leases.acquire('', subject, owner, livesFor).catch(() => false)
    await sleep(beatsEvery, null, { signal }).catch(() => undefined)
  }
  await journal.leases.release('', subject, owner).catch(() => undefined)
}

function laneOf(workplace: Workplace, worker: string, { poll, resolve, random, log }: ServeOptions): Lane {
  const merchant = workplace.merchant.name
  return createLane(workplace, {
    poll,
    resolve,
    random,
    worker,
    every: intervalsOf(workplace.merchant.intervals),
    log: (entry) => log({ ...entry, merchant }),
  })
}

function intervalsOf(intervals: Intervals): Record<keyof Intervals, number> {
  const every = (text: string) => milliseconds(text) ?? 300_000
  return {
    pull: every(intervals.pull),
    poll: every(intervals.poll),
    settle: every(intervals.settle),
    rescan: every(intervals.rescan),
  }
}

/** Ready means that work goes forward, not that the process lives: a lane that stands still is not ready (F45). */
async function readiness(journal: Journal, lanes: readonly Lane[], now: Date): Promise<Readiness> {
  const oldest = await journal.events.oldestNew()
  const waiting = oldest === null ? null : Math.max(0, now.getTime() - Date.parse(oldest))
  const merchants = lanes.map(({ state: { merchant, lastGoodPollAt, stopped } }) => ({
    merchant,
    lastGoodPollAt,
    stopped,
  }))
  const moving = waiting === null || waiting < stuckAfter
  return {
    ready: moving && merchants.every(({ stopped }) => stopped === null),
    oldestEventSeconds: waiting === null ? null : Math.round(waiting / 1000),
    merchants,
  }
}
