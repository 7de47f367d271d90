/**
 * A merchant with everything in order, on the stand-ins: stored, connected, with a day of work in its journal. Tests of
 * `doctor` break one thing of it, run doctor, and repair it again.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Check } from '../../../src/core/doctor/check.ts'
import { accountOf } from '../../../src/core/merchants/loop-account.ts'
import { createTransport, type RequestTrace } from '../../../src/http/create-transport.ts'
import type { Transport } from '../../../src/http/transport.ts'
import type { Journal, NewEvent } from '../../../src/journal/journal.ts'
import { loopHeaders } from '../../../src/loop/authorization.ts'
import { createLoopClient } from '../../../src/loop/create-loop-client.ts'
import { createMasonHubClient } from '../../../src/masonhub/create-masonhub-client.ts'
import { masonhubHeaders } from '../../../src/masonhub/requests/authorization.ts'
import { updateProfile } from '../../../src/merchants/profiles/profiles.ts'
import { secretNames } from '../../../src/merchants/secrets/credentials.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { fileCredentialStore } from '../../../src/merchants/stores/file-store.ts'
import type { LoopRecord } from '../../../src/sandbox/loop/register.ts'
import { applyConnect, prepareConnect } from '../../../src/usecases/connect/connect.ts'
import { type DoctorOptions, type Report, runDoctor } from '../../../src/usecases/doctor/doctor.ts'
import { addMerchant } from '../../../src/usecases/merchants/add-merchant.ts'
import type { createVendorClients, VendorClients } from '../../../src/usecases/vendors/vendor-clients.ts'
import { type Harness, hour, minute, openHarness, policyOf } from '../harness.ts'

export const base = 'http://127.0.0.1:9'

export type Healthy = Harness & {
  env: Record<string, string>
  /** Ids of three returns: mhloop paid the first, flagged the second, and the parcel of the third is on its way. */
  paid: string
  flagged: string
  travelling: string
  runDoctor(changes?: Partial<DoctorOptions>): Promise<Report>
  /** The journal with some of its members replaced. */
  overlay(changes: Partial<Journal>): () => Promise<Journal>
  /** Changes the stored profile; returns a function that restores it. */
  profile(change: Record<string, unknown>): Promise<() => Promise<void>>
  /** Saves a return's record at Loop; returns a function that restores it. */
  keep(returnId: string): () => void
  /** Files a return; returns a function that removes it again. */
  fileElsewhere(overrides: Parameters<Harness['file']>[0]): () => void
  /** Connects as the command does, but without rate limits and without pauses between attempts. */
  connect: typeof createVendorClients
  /** Answers so far, oldest first; and the requests in flight. */
  answered: readonly RequestTrace[]
  underWay(): number
}

export async function openHealthy(options: { attemptTimeout?: number } = {}): Promise<Healthy> {
  const harness = await openHarness({ faults: { 'loop.webhook-loss': 1, 'masonhub.callback-loss': 1 } })
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-doctor-'))
  const env = { MHLOOP_CONFIG_DIR: join(folder, 'config'), MHLOOP_DATA_DIR: join(folder, 'data') }
  const { clock, sandbox, journal } = harness
  await store(harness, env, 'acme')
  await connectAcme(harness, env)
  const ids = await aDaysWork(harness)
  await hearTwentyOfEach(journal, clock.now())
  const traces: RequestTrace[] = []
  const transports: Transport[] = []
  const open: typeof createVendorClients = async (merchant, credentials, extra = {}) => {
    const now = () => clock.now().getTime()
    const shared = {
      rate: { acquire: async () => 'go' as const, pause: () => undefined, clock: now },
      clock: now,
      sleep: async () => undefined,
      random: () => 0.5,
      attemptTimeout: options.attemptTimeout ?? 60_000,
      onRequest(trace: RequestTrace) {
        traces.push(trace)
        extra.onTrace?.(trace)
      },
    }
    const { loopApiKey, masonhubToken } = credentials
    const loop = createTransport({
      ...shared,
      vendor: 'loop',
      baseUrl: merchant.loop.baseUrl,
      headers: () => loopHeaders(loopApiKey.reveal()),
    })
    const masonhub = createTransport({
      ...shared,
      vendor: 'masonhub',
      baseUrl: merchant.masonhub.baseUrl,
      headers: () => masonhubHeaders(masonhubToken.reveal()),
    })
    transports.push(loop, masonhub)
    const close: VendorClients['close'] = () => {
      loop.close()
      masonhub.close()
    }
    const account = () => accountOf(loopApiKey.reveal())
    const writing = () => []
    return {
      loop: createLoopClient(loop, merchant.loop.baseUrl),
      masonhub: createMasonHubClient(masonhub),
      account,
      writing,
      close,
    }
  }
  const returns = sandbox.loop.returns as Map<number, LoopRecord>
  return {
    ...harness,
    ...ids,
    env,
    connect: open,
    runDoctor: (changes = {}) =>
      runDoctor({
        env,
        merchants: ['acme'],
        openJournal: async () => journal,
        clock,
        signal: new AbortController().signal,
        connect: open,
        ...changes,
      }),
    overlay: (changes) => async () => ({ ...journal, ...changes }),
    async profile(change) {
      let before: Record<string, unknown> = {}
      const now = clock.now()
      await updateProfile(env, 'acme', now, (profile) => {
        before = profile
        return { ...profile, ...change }
      })
      return async () => {
        await updateProfile(env, 'acme', now, () => before as never)
      }
    },
    keep(returnId) {
      const record = structuredClone(returns.get(Number(returnId)))
      if (record === undefined) throw new Error(`no return ${returnId}`)
      return () => void Object.assign(returns.get(Number(returnId)) ?? {}, record)
    },
    fileElsewhere(overrides) {
      const id = harness.file(overrides)
      return () => {
        // The stand-in still has it in the order of creation, but for another merchant's destination.
        Object.assign(returns.get(Number(id)) ?? {}, { destinationId: 999 })
        returns.delete(Number(id))
        // The stand-in's list keeps its order until something changes.
        const other = returns.keys().next().value
        if (other !== undefined) touchNothing(sandbox, other)
      }
    },
    answered: traces,
    underWay: () => transports.reduce((sum, { count }) => sum + count, 0) - traces.length,
    async close() {
      await harness.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Changes a record so that the stand-in sorts its list again, although no time of the record changes. */
function touchNothing(sandbox: Harness['sandbox'], id: number): void {
  const record = sandbox.loop.returns.get(id)
  if (record === undefined) return
  const { updatedAt, destinationId } = record
  sandbox.loop.redirect(id, destinationId)
  Object.assign(record, { updatedAt })
}

/** Stores another merchant for the same stand-ins, or the first one. */
export async function store(
  { sandbox, clock }: Pick<Harness, 'sandbox' | 'clock'>,
  env: Record<string, string>,
  name: string,
): Promise<void> {
  const { installed } = sandbox.world
  await addMerchant(
    env,
    clock.now(),
    {
      name,
      profile: {
        environment: 'sandbox',
        loop: { baseUrl: sandbox.loopBaseUrl },
        masonhub: { slug: installed.slug, baseUrl: sandbox.masonhubBaseUrl, requestsPerSecond: 1000 },
        policy: policyOf(),
      },
      secrets: {
        loopApiKey: secret(installed.loopApiKey),
        masonhubToken: secret(installed.masonhubToken),
        loopWebhookSecret: secret(installed.loopWebhookSecret),
      },
      store: 'file',
      check: false,
    },
    {},
  )
}

async function connectAcme({ context }: Harness, env: Record<string, string>): Promise<void> {
  const connecting = { base, env, secrets: await fileCredentialStore(env).read('acme', secretNames), secretKnown: true }
  await applyConnect(context, connecting, await prepareConnect(context, connecting))
}

async function aDaysWork(harness: Harness): Promise<Pick<Healthy, 'paid' | 'flagged' | 'travelling'>> {
  const { clock } = harness
  const travelling = harness.file({ createdAt: new Date(clock.now().getTime() - 3 * hour) })
  const paid = harness.file()
  const flagged = harness.file()
  await harness.sync()
  harness.pass(minute)
  harness.receive(paid)
  harness.receive(flagged, {
    lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1, notes: '' }], quantityReceived: 1 }],
  })
  harness.pass(minute)
  await harness.resolve([paid, flagged])
  harness.pass(minute)
  await harness.show(paid)
  await harness.show(flagged)
  await harness.sync()
  return { paid, flagged, travelling }
}

/** Stores one message per hour from both vendors, until now, all processed. */
async function hearTwentyOfEach(journal: Journal, now: Date): Promise<void> {
  const events = Array.from({ length: 25 }, (_, hours) => new Date(now.getTime() - hours * hour).toISOString()).flatMap(
    (receivedAt) => [heard('loop', receivedAt), heard('masonhub', receivedAt)],
  )
  await journal.events.storeMany(events)
  await settleAll(journal, now)
}

export function heard(source: NewEvent['source'], receivedAt: string, changes: Partial<NewEvent> = {}): NewEvent {
  return {
    merchant: 'acme',
    source,
    digest: `${source} ${receivedAt}`,
    topic: 'return.updated',
    returnId: null,
    body: '',
    state: 'new',
    reason: null,
    receivedAt,
    ...changes,
  }
}

/** Marks every event as processed. */
export async function settleAll(journal: Journal, now: Date): Promise<void> {
  const open = await journal.events.find({ states: ['new', 'quarantined'] })
  const done = open.map(({ eventId }) => ({ eventId, state: 'done' as const, tries: 1, nextTryAt: null, reason: null }))
  await journal.events.settleMany(done, now.toISOString())
}

/** `code: status` of every check. */
export function statuses(checks: readonly Check[]): Record<string, string> {
  return Object.fromEntries(checks.map(({ code, status }) => [code, status]))
}
