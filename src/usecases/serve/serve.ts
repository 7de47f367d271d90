import { atMost } from '../../core/time/at-most.ts'
import { milliseconds } from '../../core/time/duration.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Intervals } from '../../merchants/profiles/merchant.ts'
import type { Receiver, ReceiverOptions } from '../../receiver/receiver.ts'
import type { MerchantContext } from '../merchant-context.ts'
import { type Expiring, expireBodies } from './expire-bodies.ts'
import { startBeating } from './heartbeat.ts'
import { createMerchantWorker, type MerchantWorker } from './merchant-worker.ts'
import { metricsText } from './metrics.ts'
import { createReadiness } from './readiness.ts'
import { type Candidate, createRoster, type Roster } from './roster.ts'
import type { WorkerState } from './worker-options.ts'

export type ServeOptions = {
  /** Reads every merchant to serve, as it is stored now; called again and again (G5). */
  readCandidates(): Promise<readonly Candidate[]>
  /** Reads again what verifies a merchant's senders, which may have been rotated a moment ago. */
  renewEndpoint: ReceiverOptions['renew']
  journal: Journal
  host: string
  port: number
  tls: ReceiverOptions['tls']
  /** The address for monitoring (H3). */
  watch: { host: string; port: number }
  poll: boolean
  resolve: boolean
  /** The actor that is recorded in the journal. */
  actor: string
  signal: AbortSignal
  now(): Date
  random(): number
  /** How the job that empties old bodies waits between two runs; by default an hour. */
  expiryPause?: Expiring['pause']
  log: ReceiverOptions['log']
  /** How many lines of the log could not be written so far. */
  lostLines?(): number
}

export type Serving = {
  url: string
  watchUrl: string
  /** The merchants that are served now, and those that can't be. */
  merchants: { merchant: string; stopped: string | null }[]
  /** Resolves when all work has ended after the signal aborted. */
  done: Promise<void>
}

/**
 * The unattended integration: receiver, inbox and jobs of every stored merchant, until the signal aborts. If that
 * happens before the start is complete, it closes everything that it opened and throws the signal's reason (H30).
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { journal, log, signal, now } = options
  // Two processes of one person on one host are two workers.
  const worker = `${options.actor}#${crypto.randomUUID()}`
  const [{ createReceiver }, { createWatch }] = await Promise.all([
    import('../../receiver/create-receiver.ts'),
    import('../../receiver/create-watch.ts'),
  ])
  signal.throwIfAborted()
  let receiver: Receiver | null = null
  const roster = createRoster({
    readCandidates: options.readCandidates,
    startWorker: (context, state) => merchantWorkerOf(context, state, worker, options),
    setEndpoints: (endpoints) => receiver?.setEndpoints(endpoints),
    log,
    signal,
  })
  receiver = await createReceiver({
    endpoints: [],
    host: options.host,
    port: options.port,
    tls: options.tls,
    ...(options.renewEndpoint ? { renew: options.renewEndpoint } : {}),
    store: (events) => journal.events.storeMany(events),
    wake: roster.wake,
    now,
    log,
  })
  const heart = startBeating({ leases: journal.leases, worker, signal })
  const readiness = createReadiness({ journal, roster, trouble: heart.trouble, now })
  const metrics = () => metricsText(roster.states(), receiver?.counts() ?? [], options.lostLines?.() ?? 0)
  const watch = await createWatch({ ...options.watch, readiness, metrics, log }).catch(async (error: unknown) => {
    await receiver?.close()
    throw error
  })
  const stopLogging = logWhatHolds(roster, options)
  const { url, close } = receiver
  const ended = async (more: Promise<void>) => {
    try {
      await roster.follow()
      await Promise.all([close(), watch.close(), heart.stopped, atMost(releasedWithin, more)])
      log({ level: 'info', event: 'stopped' })
    } finally {
      stopLogging()
    }
  }
  await roster.round()
  // Another process may store events that this one could process.
  if (!signal.aborted) await journal.events.listen((merchant) => roster.wake(merchant))
  if (signal.aborted) {
    await ended(Promise.resolve())
    throw signal.reason
  }
  const states = roster.states()
  const names = states.map(({ merchant }) => merchant).join(', ')
  log({
    level: 'info',
    event: 'started',
    detail: `${url} for ${names || 'merchants that are yet to be added'}; monitoring at ${watch.url}`,
  })
  const done = ended(expireBodies({ journal, now, signal, log, pause: options.expiryPause }))
  return { url, watchUrl: watch.url, merchants: states.map(({ merchant, stopped }) => ({ merchant, stopped })), done }
}

/** Milliseconds. If the end takes longer, the log says what it waits for (H30). */
const silentFor = 3_000

/** Begins when the signal aborts, even during the start; the returned function stops it. */
function logWhatHolds(roster: Roster, { signal, log }: ServeOptions): () => void {
  let timer: NodeJS.Timeout | undefined
  const logNow = () => {
    const detail = roster.holding().join('; ') || 'requests that vendors are still sending'
    log({ level: 'warn', event: 'stopping', detail: `${detail}. A second signal ends at once.` })
  }
  const begin = () => {
    timer = setInterval(logNow, silentFor)
  }
  if (signal.aborted) begin()
  else signal.addEventListener('abort', begin, { once: true })
  return () => {
    clearInterval(timer)
    signal.removeEventListener('abort', begin)
  }
}

/** Milliseconds. Leases also expire by themselves. */
const releasedWithin = 2_000

function merchantWorkerOf(
  context: MerchantContext,
  state: WorkerState,
  worker: string,
  { poll, resolve, random, log }: ServeOptions,
): MerchantWorker {
  const merchant = context.merchant.name
  return createMerchantWorker(context, {
    poll,
    resolve,
    random,
    worker,
    state,
    every: intervalsOf(context.merchant.intervals),
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
