/**
 * Both vendors' stand-ins behind real HTTP, real clients, a real journal, and a clock that only the test advances.
 * Queues, delays and Retry-After take virtual time, so no test waits.
 *
 *   const open = acceptance()
 *   it('…', async () => { const at = await open(); const id = at.file(); await at.sync(); … })
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountOf } from '../../src/core/merchants/loop-account.ts'
import { defaultPolicy, type Policy } from '../../src/core/merchants/policy.ts'
import { customerIdentifierOf } from '../../src/core/rmas/identifiers.ts'
import { createTransport } from '../../src/http/create-transport.ts'
import type { RateLimiter } from '../../src/http/rate-limit/rate-limiter.ts'
import type { Transport } from '../../src/http/transport.ts'
import type { Effect, EffectKind, Journal } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { loopHeaders } from '../../src/loop/authorization.ts'
import { createLoopClient } from '../../src/loop/create-loop-client.ts'
import { createMasonHubClient } from '../../src/masonhub/create-masonhub-client.ts'
import { masonhubHeaders } from '../../src/masonhub/requests/authorization.ts'
import { defaultIntervals, type Merchant } from '../../src/merchants/profiles/merchant.ts'
import { unchanging } from '../../src/merchants/profiles/stored-merchant.ts'
import type { FaultName } from '../../src/sandbox/fault-injection.ts'
import { destinationIds, type NewReturn } from '../../src/sandbox/loop/register.ts'
import type { Receipt, RmaState } from '../../src/sandbox/masonhub/types.ts'
import type { SandboxRequest } from '../../src/sandbox/requests.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { catalogue } from '../../src/sandbox/seed/stories.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { type ManualClock, manualClock } from '../../src/sandbox/time/clock.ts'
import type { GroundTruthEntry } from '../../src/sandbox/world.ts'
import { type AuditRequest, type AuditResult, audit } from '../../src/usecases/audit/audit.ts'
import type { MerchantContext } from '../../src/usecases/merchant-context.ts'
import type { RequestedAction } from '../../src/usecases/resolve/proposal.ts'
import { proposeAll } from '../../src/usecases/resolve/propose.ts'
import { readyReturns } from '../../src/usecases/resolve/ready.ts'
import { resolveMany } from '../../src/usecases/resolve/resolve-many.ts'
import type { Resolved } from '../../src/usecases/resolve/results.ts'
import { type ReturnOverview, show } from '../../src/usecases/returns/show-return.ts'
import type { SyncResult } from '../../src/usecases/sync/result.ts'
import { type SyncRequest, syncReturns } from '../../src/usecases/sync/sync.ts'
import { assertComplete } from '../e2e/shell-lines.ts'
import { freshPlace, isRequested, type Place } from '../postgres/server.ts'

export type HarnessOptions = {
  faults?: Partial<Record<FaultName, number>>
  policy?: Partial<Policy>
  limits?: Partial<Policy['limits']>
  seed?: number
  /** Real milliseconds for one attempt, for tests of answers that never come. */
  attemptTimeout?: number
  loopApiKey?: string
  masonhubToken?: string
  /** Slug in the base URL, for tests of a wrong one. */
  slug?: string
}

export type ResolveOptions = {
  requested?: RequestedAction
  units?: readonly string[]
  force?: boolean
  reason?: string
  note?: string
  wait?: number
}

/** One worker with its own clients. Several may share a sandbox and a journal. */
export type Worker = {
  context: MerchantContext
  sync(request?: Partial<SyncRequest>): Promise<SyncResult>
  /** Returns the results in the order of the ids; throws the Fault that stopped the run. */
  resolve(which: string | readonly string[], options?: ResolveOptions): Promise<Resolved[]>
  show(returnId: string): Promise<ReturnOverview>
  audit(request?: AuditRequest): Promise<AuditResult>
}

export type Harness = Worker & {
  sandbox: Sandbox
  clock: ManualClock
  journal: Journal
  /** The folder of the journal, when it is a file. */
  folder: string
  /** Another worker with its own clients; by default with the same sandbox and journal. */
  worker(changes?: Partial<MerchantContext>): Worker
  /** The same journal through its own connection, as another process would open it. */
  secondJournal(clock?: { now(): Date }): Promise<Journal>
  /** A journal of another installation. */
  foreignJournal(): Promise<Journal>
  /** A journal at any file in the folder. */
  anotherJournal(file: string): Promise<Journal>
  fault(name: FaultName, value: number): void
  /** Advances the clock, and runs the work that becomes due. */
  pass(milliseconds: number): void
  /** Files a return that already has its label; by default with one black T-shirt. */
  file(overrides?: NewReturn): string
  /** The warehouse receives the RMA of a return; by default every unit is available. */
  receive(returnId: string, receipt?: Receipt): void
  /** What MasonHub really has for a return, whatever its reads show. */
  rma(returnId: string): RmaState | undefined
  groundTruth(what: GroundTruthEntry['what'], returnId?: string): GroundTruthEntry[]
  /** How often this process (not a person, and not the shop itself) had the return paid. */
  paidByUs(returnId?: string): number
  effects(returnId: string, kind: EffectKind): Promise<Effect[]>
  notes(returnId: string): string[]
  /** Requests so far, by vendor, method and the end of the path. */
  requests(vendor: SandboxRequest['vendor'], method?: string, ending?: string): SandboxRequest[]
  close(): Promise<void>
}

/** Our side waits in virtual time; a 429 still makes it wait. */
const unhurried: Pick<RateLimiter, 'acquire' | 'pause'> = { acquire: async () => 'go', pause: () => undefined }

/** By default labels do not change their status, and the vendors do not limit requests. */
const calm: Partial<Record<FaultName, number>> = { 'loop.rate-limit': 0, 'loop.label-step-ms': 0 }

/** Under every second seed MasonHub answers in every spelling that a document has; plain envelopes are the usual ones. */
const odd: Partial<Record<FaultName, number>> = { 'masonhub.quirks': 1, 'masonhub.shuffle-results': 1 }

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
export const arrivedLabel = { after: 0, status: 'in_transit', walks: false } as const

export function policyOf({ policy = {}, limits = {} }: Pick<HarnessOptions, 'policy' | 'limits'> = {}): Policy {
  return {
    ...defaultPolicy,
    refunds: true,
    destinations: [String(destinationIds.masonhub)],
    reasons: [
      { parentReason: null, reason: 'Too small', code: 'tooSmall' },
      { parentReason: null, reason: 'Too big', code: 'tooBig' },
      { parentReason: 'Quality', reason: 'Seam came apart', code: 'damaged' },
      { parentReason: null, reason: 'Not what I ordered', code: 'wrongItem' },
    ],
    ...policy,
    limits: { ...defaultPolicy.limits, ...limits },
  }
}

/** Opens harnesses within one `describe`; closes all of them after each test. */
export function acceptance(): (options?: HarnessOptions) => Promise<Harness> {
  const opened: Harness[] = []
  afterEach(async () => {
    for (const harness of opened.splice(0)) await harness.close()
  })
  return async (options = {}) => {
    const harness = await openHarness(options)
    opened.push(harness)
    return harness
  }
}

/** A harness that the caller closes. */
export async function openHarness(options: HarnessOptions = {}): Promise<Harness> {
  const clock = manualClock()
  const seed = options.seed ?? 1
  const faults = { ...calm, ...(seed % 2 === 0 ? odd : {}), ...options.faults }
  const sandbox = await startSandbox({ clock, seed, faults })
  sandbox.masonhub.addSkus(catalogue)
  const folder = await mkdtemp(join(tmpdir(), 'mhloop-acceptance-'))
  const journals: Journal[] = []
  const transports: Transport[] = []
  const places = new Map<string, Place>()
  const locationOf = async (file: string) => {
    if (!isRequested) return `sqlite:${join(folder, file)}`
    const place = places.get(file) ?? (await freshPlace())
    places.set(file, place)
    return place.location
  }
  const open = async (file: string, by: { now(): Date } = clock) => {
    const journal = await openJournal(await locationOf(file), { dataDir: folder, clock: by })
    journals.push(journal)
    return journal
  }
  const journal = await open('journal.db')
  const worker = (changes: Partial<MerchantContext> = {}): Worker => {
    const clients = connectTo(sandbox, clock, options)
    transports.push(...clients.transports)
    const merchant = changes.merchant ?? merchantAt(sandbox, options)
    return workerAt({
      merchant,
      stored: unchanging(merchant),
      loop: createLoopClient(clients.loop, merchant.loop.baseUrl),
      masonhub: createMasonHubClient(clients.masonhub),
      account: () => accountOf(options.loopApiKey ?? sandbox.world.installed.loopApiKey),
      journal,
      clock,
      sleep: async (milliseconds) => void clock.advance(milliseconds),
      actor: 'ann@desk',
      progress: () => undefined,
      signal: new AbortController().signal,
      ...changes,
    })
  }
  const groundTruth: Harness['groundTruth'] = (what, returnId) => {
    const identifier = returnId === undefined ? undefined : customerIdentifierOf(returnId)
    return sandbox.world.groundTruth.entries.filter(
      (entry) =>
        entry.what === what && (returnId === undefined || entry.returnId === returnId || entry.returnId === identifier),
    )
  }
  return {
    ...worker(),
    sandbox,
    clock,
    journal,
    folder,
    worker,
    secondJournal: (by) => open('journal.db', by),
    foreignJournal: () => open('foreign.db'),
    anotherJournal: open,
    fault: (name, value) => sandbox.world.faults.set(name, value),
    pass: (milliseconds) => void clock.advance(milliseconds),
    file: (overrides) =>
      String(sandbox.loop.createReturn({ label: arrivedLabel, units: [{ sku: 'TEE-BLK-M' }], ...overrides }).id),
    receive: (returnId, receipt) =>
      void sandbox.masonhub.warehouse.receive(customerIdentifierOf(returnId), receipt ?? {}),
    rma: (returnId) => sandbox.masonhub.rmas.current(customerIdentifierOf(returnId)),
    groundTruth,
    paidByUs: (returnId) =>
      groundTruth('refund_paid', returnId).filter(({ detail }) => detail.by === 'api' || detail.by === 'remove').length,
    effects: (returnId, kind) => journal.effects.find({ returnIds: [returnId], kinds: [kind] }),
    notes: (returnId) => (sandbox.loop.returns.get(Number(returnId))?.notes ?? []).map(({ content }) => content),
    requests: (vendor, method, ending = '') =>
      sandbox.requests.filter(
        (one) => one.vendor === vendor && (method === undefined || one.method === method) && one.path.endsWith(ending),
      ),
    async close() {
      for (const transport of transports) transport.close()
      for (const one of journals) await one.close()
      for (const { drop } of places.values()) await drop()
      await sandbox.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function connectTo(sandbox: Sandbox, clock: ManualClock, options: HarnessOptions) {
  const { installed } = sandbox.world
  const now = () => clock.now().getTime()
  const shared = {
    rate: { ...unhurried, clock: now },
    clock: now,
    sleep: async (milliseconds: number) => void clock.advance(milliseconds),
    random: () => 0.5,
    // Long enough that a busy machine does not make an outcome unknown.
    attemptTimeout: options.attemptTimeout ?? 60_000,
  }
  const loop = createTransport({
    ...shared,
    vendor: 'loop',
    baseUrl: sandbox.loopBaseUrl,
    headers: () => loopHeaders(options.loopApiKey ?? installed.loopApiKey),
  })
  const masonhub = createTransport({
    ...shared,
    vendor: 'masonhub',
    baseUrl: merchantAt(sandbox, options).masonhub.baseUrl,
    headers: () => masonhubHeaders(options.masonhubToken ?? installed.masonhubToken),
  })
  return { loop, masonhub, transports: [loop, masonhub] }
}

function merchantAt(sandbox: Sandbox, options: HarnessOptions): Merchant {
  const slug = options.slug ?? sandbox.world.installed.slug
  return {
    name: 'acme',
    environment: 'sandbox',
    loop: { baseUrl: sandbox.loopBaseUrl, requestsPerMinute: 255 },
    masonhub: { baseUrl: `${sandbox.url}/${slug}/api/v1`, slug, requestsPerSecond: 1000 },
    policy: policyOf(options),
    intervals: defaultIntervals,
  }
}

function workerAt(context: MerchantContext): Worker {
  return {
    context,
    sync: (request = {}) => syncReturns(context, { source: 'both', dryRun: false, ...request }),
    async show(returnId) {
      const overview = await show(context, returnId)
      await assertAllComplete(
        [overview.next.command, ...overview.findings.map(({ fix }) => fix)],
        context.merchant.name,
      )
      return overview
    },
    async audit(request = {}) {
      const audited = await audit(context, request)
      await assertAllComplete(
        audited.findings.map(({ fix }) => fix),
        context.merchant.name,
      )
      return audited
    },
    async resolve(which, { requested = 'rules', force = false, units, reason, note, wait = 0 } = {}) {
      const ids = which === 'ready' ? await readyReturns(context) : typeof which === 'string' ? [which] : which
      const { proposals, unread } = await proposeAll(context, ids, { requested, force, units: units ?? null })
      const request = { requested, force, units: units ?? null, reason, note: note ?? null, wait }
      const { results, stoppedBy } = await resolveMany(context, proposals, request)
      if (stoppedBy !== null) throw stoppedBy
      return [...results, ...unread]
    },
  }
}

/** The codes of the reasons of one result. */
export function codesOf({ reasons }: { reasons: readonly { code: string }[] } = { reasons: [] }): string[] {
  return reasons.map(({ code }) => code)
}

/** Whether every request that writes RMAs says, in every record, that no label may be bought (F36). */
export function labelFlags(requests: readonly SandboxRequest[]): unknown[] {
  return requests
    .filter(({ method, path }) => ['POST', 'PUT'].includes(method) && path.endsWith('/rmas'))
    .flatMap(({ body }) => body as { generate_return_label?: unknown }[])
    .map((record) => record.generate_return_label)
}

/**
 * Checks that the commands in hints parse and are complete. Commands that differ only in their numbers are parsed once.
 */
async function assertAllComplete(commands: readonly (string | null)[], merchant: string): Promise<void> {
  const kinds = new Set(commands.map((command) => (command ?? '').replace(/\d+/g, '99904598')))
  for (const command of kinds) await assertComplete(command, merchant)
}
