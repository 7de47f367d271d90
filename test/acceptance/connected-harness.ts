/**
 * A harness to which both vendors send messages: a real receiver on a loopback port, registered with both stand-ins,
 * gets them over real HTTP. Only the test advances the clock, so that retries, delays and jobs take virtual time.
 *
 *   const open = connectedHarnesses()
 *   it('…', async () => { const at = await open(); const id = at.file(); await at.work(); … })
 */
import { createHmac } from 'node:crypto'
import { customerIdentifierOf } from '../../src/core/rmas/identifiers.ts'
import { milliseconds } from '../../src/core/time/duration.ts'
import type { JournalEvent } from '../../src/journal/journal.ts'
import { defaultIntervals } from '../../src/merchants/profiles/merchant.ts'
import { createReceiver } from '../../src/receiver/create-receiver.ts'
import { endpointPaths } from '../../src/receiver/endpoint-paths.ts'
import type { Endpoint, Receiver, ReceiverOptions } from '../../src/receiver/receiver.ts'
import { desiredWebhooks } from '../../src/usecases/connect/plan.ts'
import type { Resolved } from '../../src/usecases/resolve/results.ts'
import type { Polled } from '../../src/usecases/serve/due-polls.ts'
import { type Drained, drainInbox, nothingDrained } from '../../src/usecases/serve/inbox.ts'
import { type Job, poll, pull, rescan, settleSent } from '../../src/usecases/serve/jobs.ts'
import { day, type Harness, type HarnessOptions, minute, openHarness } from './harness.ts'

export type LogEntry = Parameters<ReceiverOptions['log']>[0]

/** How one return really ended, on both sides and in our journal. */
export type End = {
  rmas: { status: string; packageId: string | null; lines: [sku: string, units: number, received: number | null][] }[]
  state: string | undefined
  paid: number
  flags: number
  notes: string[]
  status: string | undefined
}

export type ConnectedHarness = Harness & {
  endpoint: Endpoint
  receiver: Receiver
  /** Every resolution that the worker reported, oldest first. */
  reported: Resolved[]
  log: LogEntry[]
  /** Whether the journal stores events; while it does not, every sender gets 503. */
  setStoring(works: boolean): void
  /** Registers our endpoint with both vendors. */
  connect(): Promise<void>
  /**
   * Delivers the messages in flight and processes the due events of the inbox, until nothing changes or a vendor is
   * down.
   */
  work(): Promise<Drained>
  /** Runs one job, as the worker does. */
  job(job: Job): Promise<void>
  /** Advances the clock in steps. At each step the inbox is processed, and every due job runs. */
  run(duration: number, options?: { jobs?: boolean; step?: number }): Promise<void>
  /** Posts to our own endpoint, by default with a valid signature or token; returns the status. */
  post(source: JournalEvent['source'], body: string, headers?: Record<string, string>): Promise<number>
  events(filter?: { states?: JournalEvent['state'][]; returnId?: string }): Promise<JournalEvent[]>
  end(returnId: string): Promise<End>
}

const merchant = 'acme'
export const endpoint: Endpoint = {
  merchant,
  key: 'a-key-that-nobody-can-guess-0123456789-abcdef',
  loopSecrets: ['sandbox-webhook-secret'],
  callbackTokens: ['a-token-of-our-own'],
}

/** Opens harnesses within one `describe`; closes all of them after each test. */
export function connectedHarnesses(): (
  options?: HarnessOptions & { connected?: boolean },
) => Promise<ConnectedHarness> {
  const opened: ConnectedHarness[] = []
  afterEach(async () => {
    for (const line of opened.splice(0)) await line.close()
  })
  return async ({ connected = true, ...options } = {}) => {
    const line = await openConnectedHarness(options)
    opened.push(line)
    if (connected) await line.connect()
    return line
  }
}

/** A harness that the caller closes. */
export async function openConnectedHarness(options: HarnessOptions = {}): Promise<ConnectedHarness> {
  const harness = await openHarness(options)
  const { journal, sandbox, context } = harness
  const log: LogEntry[] = []
  const reported: Resolved[] = []
  const polled: Polled = new Map()
  let storing = true
  const receiver = await createReceiver({
    endpoints: [endpoint],
    host: '127.0.0.1',
    port: 0,
    tls: null,
    store: async (events) => {
      if (!storing) throw new Error('the disk is full')
      return await journal.events.storeMany(events)
    },
    wake: () => undefined,
    now: () => harness.clock.now(),
    log: (entry) => void log.push(entry),
  })
  const working = { resolve: true, report: (some: readonly Resolved[]) => void reported.push(...some) }
  const jobs: Record<Job, () => Promise<void>> = {
    pull: () => pull(context),
    poll: () => poll(context, working, polled),
    settle: () => settleSent(context, working),
    rescan: () => rescan(context, working),
  }
  const work = () => workUntilQuiet(harness, () => drainInbox(context, working, 'worker'))
  return {
    ...harness,
    endpoint,
    receiver,
    reported,
    log,
    setStoring: (works) => {
      storing = works
    },
    connect: () => register(harness, receiver.url),
    work,
    job: (job) => jobs[job](),
    async run(duration, { jobs: jobsRun = true, step = minute } = {}) {
      const last: Record<Job, number> = { pull: -day, poll: -day, settle: -day, rescan: 0 }
      for (let passed = step; passed <= duration; passed += step) {
        harness.pass(step)
        await work()
        if (!jobsRun) continue
        for (const job of Object.keys(jobs) as Job[]) {
          if (passed - last[job] < (milliseconds(defaultIntervals[job]) ?? 0)) continue
          last[job] = passed
          await jobs[job]()
        }
      }
    },
    post: (source, body, headers) => postTo(receiver.url, source, body, headers),
    events: (filter = {}) => journal.events.find({ merchant, ...filter }),
    end: (returnId) => endOf(harness, returnId),
    async close() {
      sandbox.world.faults.set('loop.webhook-loss', 1)
      await receiver.close()
      await harness.close()
    },
  }
}

async function register({ context: { loop, masonhub } }: Harness, url: string): Promise<void> {
  const paths = endpointPaths(endpoint.key)
  for (const webhook of desiredWebhooks) await loop.webhooks.create({ ...webhook, url: `${url}${paths.loop}` })
  const [token = ''] = endpoint.callbackTokens
  await masonhub.callbacks.create([
    { url: `${url}${paths.masonhub}`, messageType: 'rmaEvent', apiVersion: '2.0', token },
  ])
}

async function workUntilQuiet(harness: Harness, drain: () => Promise<Drained>): Promise<Drained> {
  const all = nothingDrained()
  for (;;) {
    await harness.sandbox.deliveries.settled()
    const { worked, postponed, quarantined, quarantinedBy, troubledBy, stoppedBy } = await drain()
    all.worked += worked
    all.postponed += postponed
    all.quarantined += quarantined
    all.quarantinedBy.push(...quarantinedBy)
    all.troubledBy ??= troubledBy
    all.stoppedBy = stoppedBy
    if (stoppedBy !== null || worked + postponed + quarantined === 0) return all
  }
}

async function postTo(
  url: string,
  source: JournalEvent['source'],
  body: string,
  headers: Record<string, string> = proof(source, body),
): Promise<number> {
  const answer = await fetch(`${url}${endpointPaths(endpoint.key)[source]}`, { method: 'POST', body, headers })
  await answer.arrayBuffer()
  return answer.status
}

/** The header that proves the sender. */
export function proof(source: JournalEvent['source'], body: string): Record<string, string> {
  if (source === 'masonhub') return { authorization: `Bearer ${endpoint.callbackTokens[0]}` }
  const hash = createHmac('sha256', endpoint.loopSecrets[0] ?? '').update(body)
  return { 'x-loop-signature': hash.digest('base64') }
}

async function endOf(harness: Harness, returnId: string): Promise<End> {
  const identifier = customerIdentifierOf(returnId)
  const link = await harness.journal.links.get(merchant, returnId)
  return {
    rmas: [...harness.sandbox.masonhub.rmas.all()]
      .filter(({ customerIdentifier }) => customerIdentifier === identifier)
      .flatMap(({ states }) => states.at(-1) ?? [])
      .map(({ status, packageId, lines }) => ({
        status,
        packageId,
        lines: lines.map(({ sku, quantity, quantityReceived }) => [sku, quantity, quantityReceived]),
      })),
    state: harness.sandbox.loop.returns.get(Number(returnId))?.state,
    paid: harness.groundTruth('refund_paid', returnId).length,
    flags: harness.groundTruth('return_flagged', returnId).length,
    // Their ids differ in every run.
    notes: harness.notes(returnId).map((note) => note.replace(/\b[\da-f]{8}[\da-f-]*\b/g, '…')),
    status: link === null ? undefined : `${link.status} ${link.reason}`,
  }
}
