import { Fault } from '../../core/errors/fault.ts'
import { nextCommand } from '../../core/errors/next-command.ts'
import { pause } from '../../core/time/pause.ts'
import { faultsOfEndpoints } from '../../receiver/endpoints.ts'
import type { Endpoint, ReceiverOptions } from '../../receiver/receiver.ts'
import type { MerchantContext } from '../merchant-context.ts'
import type { MerchantWorker } from './merchant-worker.ts'
import { newWorkerState, type WorkerState } from './worker-options.ts'

/** What works for one merchant until its signal aborts. */
export type Opened = {
  context: MerchantContext
  /** Writes whose answer has not come yet. */
  writing(): string[]
  close(): void
}

/** A stored merchant to serve, as it is stored now. */
export type Candidate = {
  name: string
  /** Changes whenever the work must start again with other clients. */
  version: string
  /** Its endpoint; null: it has none, or its secrets can't be read. */
  endpoint: Endpoint | null
  /** Why it can't be served; null: it can. */
  fault: Fault | null
  open(signal: AbortSignal): Promise<Opened>
}

export type RosterOptions = {
  readCandidates(): Promise<readonly Candidate[]>
  startWorker(context: MerchantContext, state: WorkerState): MerchantWorker
  /** Sets the endpoints that accept messages from now on. */
  setEndpoints(endpoints: readonly Endpoint[]): void
  log: ReceiverOptions['log']
  signal: AbortSignal
}

type Entry = {
  state: WorkerState
  version: string | null
  endpoint: Endpoint | null
  /** Why it is not served; null: it is. */
  fault: Fault | null
  /** Why its messages are not accepted; null: they are. */
  endpointFault: Fault | null
  running: Running | null
  /** It is being started or stopped; the next round looks at it again. */
  changing: boolean
}
type Running = { worker: MerchantWorker; opened: Opened; stop(): void; ended: Promise<void>; isOver: boolean }

export type Roster = {
  /** Reads what is stored now, and starts or stops work for what was added, removed or changed. Never throws. */
  round(): Promise<void>
  /** Repeats rounds until the signal aborts and all work has ended. Rejects when a worker crashes. */
  follow(): Promise<void>
  states(): WorkerState[]
  /** The code of the fault that keeps the stored merchants from being read; null: they can be read. */
  settings(): string | null
  wake(merchant: string | null): void
  /** What the end still waits for, one sentence for each merchant. */
  holding(): string[]
}

/** Milliseconds. What is stored takes effect within 15 seconds; a round costs a few checks of the disk (G5, G6). */
const every = 3_000

/** Faults that stop a worker for good, so that a new one is started. */
const restartsAfter = new Set(['MERCHANT_CHANGED', 'JOURNAL_OTHER'])

/** The merchants that are served: added, removed and changed while the process runs. A broken one affects no other. */
export function createRoster({ readCandidates, startWorker, setEndpoints, log, signal }: RosterOptions): Roster {
  const entries = new Map<string, Entry>()
  const crashed = Promise.withResolvers<never>()
  crashed.promise.catch(() => undefined)
  let settings: Fault | null = null
  let endpoints = ''
  let isReading = false

  async function round(): Promise<void> {
    try {
      const candidates = await read()
      if (signal.aborted) return
      if (settings !== null) log({ level: 'info', event: 'the stored merchants can be read again' })
      settings = null
      for (const [name, entry] of entries)
        if (!candidates.some((candidate) => candidate.name === name)) void leave(name, entry)
      await Promise.all(candidates.map(settle))
    } catch (error) {
      // A reading that was cut off by the end says nothing about what is stored.
      if (signal.aborted) return
      const fault = asFault(error)
      // Running workers find out for themselves, and stop (G4).
      if (settings?.code !== fault.code)
        log({ level: 'error', event: 'the stored merchants cannot be read', detail: describe(fault, null) })
      settings = fault
    }
    openEndpoints()
  }

  async function read(): Promise<readonly Candidate[]> {
    isReading = true
    try {
      return await readCandidates()
    } finally {
      isReading = false
    }
  }

  async function settle(candidate: Candidate): Promise<void> {
    const entry = entries.get(candidate.name) ?? add(candidate.name)
    if (entry.changing) return
    // A merchant that can't be read just now still gets its messages: a message is only a reason to read later.
    if (candidate.fault === null || candidate.endpoint !== null) entry.endpoint = candidate.endpoint
    setFault(entry, candidate.fault)
    // What stopped a worker may be so only for a moment, such as a host that was stored before its credential.
    const isSame = entry.version === candidate.version && !restartsAfter.has(entry.state.stopped ?? '')
    if (entry.running !== null && isSame && candidate.fault === null) return
    entry.changing = true
    const change = changeTo(entry, candidate)
      .catch((error: unknown) => setFault(entry, asFault(error)))
      .finally(() => {
        entry.changing = false
      })
    // A running worker may finish a request first; the other merchants don't wait for it.
    if (entry.running === null) await change
  }

  async function changeTo(entry: Entry, candidate: Candidate): Promise<void> {
    const wasRunning = entry.running !== null
    await stop(entry)
    entry.version = candidate.version
    if (candidate.fault !== null || signal.aborted) return
    await start(entry, candidate)
    if (signal.aborted) return
    const { merchant } = entry.state
    log({ level: 'info', event: wasRunning ? 'merchant served again: it was changed' : 'merchant served', merchant })
  }

  async function start(entry: Entry, candidate: Candidate): Promise<void> {
    const own = new AbortController()
    const opened = await candidate.open(AbortSignal.any([signal, own.signal]))
    entry.state.stopped = null
    const worker = startWorker(opened.context, entry.state)
    const ended = worker
      .run()
      .catch((error: unknown) => crashed.reject(error))
      .finally(() => {
        opened.close()
        running.isOver = true
      })
    const running: Running = { worker, opened, stop: () => own.abort(), ended, isOver: false }
    entry.running = running
  }

  async function stop(entry: Entry): Promise<void> {
    const { running } = entry
    if (running === null) return
    running.stop()
    await running.ended
    entry.running = null
  }

  /** The merchant was removed or renamed. */
  async function leave(name: string, entry: Entry): Promise<void> {
    if (entry.changing) return
    entry.changing = true
    entry.endpoint = null
    await stop(entry)
    entries.delete(name)
    log({ level: 'warn', event: 'merchant no longer served: it is no longer stored', merchant: name })
  }

  function add(name: string): Entry {
    const state = newWorkerState(name)
    const entry: Entry = {
      state,
      version: null,
      endpoint: null,
      fault: null,
      endpointFault: null,
      running: null,
      changing: false,
    }
    entries.set(name, entry)
    return entry
  }

  function setFault(entry: Entry, fault: Fault | null): void {
    logNew(entry, 'merchant cannot be served', fault, entry.fault)
    entry.fault = fault
  }

  /** Logs a fault once, and again when it changes. */
  function logNew({ state }: Entry, event: string, fault: Fault | null, before: Fault | null): void {
    if (fault === null || fault.code === before?.code) return
    state.faults.set(fault.code, (state.faults.get(fault.code) ?? 0) + 1)
    log({ level: 'error', event, merchant: state.merchant, detail: describe(fault, state.merchant) })
  }

  /** Messages of two merchants with the same key would mix (F22), so the merchant that came later gets none. */
  function openEndpoints(): void {
    if (signal.aborted) return
    const desired = [...entries.values()].flatMap(({ endpoint }) => (endpoint === null ? [] : [endpoint]))
    const wrong = new Map(faultsOfEndpoints(desired).map((fault) => [fault.merchant, fault]))
    for (const entry of entries.values()) {
      const fault = wrong.get(entry.state.merchant) ?? null
      logNew(entry, 'messages for the merchant are not accepted', fault, entry.endpointFault)
      entry.endpointFault = fault
    }
    const right = desired.filter(({ merchant }) => !wrong.has(merchant))
    const text = JSON.stringify(right)
    if (text === endpoints) return
    setEndpoints(right)
    endpoints = text
  }

  async function repeat(): Promise<void> {
    while (!signal.aborted) {
      await round()
      await pause(every, signal)
    }
    await Promise.all([...entries.values()].map(({ running }) => running?.ended))
  }

  const runningWorkers = () => [...entries.values()].flatMap(({ running }) => (running === null ? [] : [running]))
  return {
    round,
    follow: () => Promise.race([repeat(), crashed.promise]),
    states: () =>
      [...entries.values()].map(({ state, fault, endpointFault }) => ({
        ...state,
        stopped: fault?.code ?? endpointFault?.code ?? state.stopped,
      })),
    settings: () => settings?.code ?? null,
    wake(merchant) {
      for (const { worker } of runningWorkers())
        if (merchant === null || worker.state.merchant === merchant) worker.wake()
    },
    holding: () => [
      ...(isReading ? ['The stored merchants are still being read'] : []),
      ...[...entries.values()].flatMap(({ state, running, changing }) => {
        if (running === null && changing) return [`${state.merchant} is still being opened`]
        if (running === null || running.isOver) return []
        const writes = running.opened.writing()
        const what = writes.length > 0 ? `the answer to ${writes.join(', ')}` : 'the journal'
        return [`${state.merchant} waits for ${what}`]
      }),
    ],
  }
}

function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  return new Fault('Internal error in mhloop.', { code: 'INTERNAL', cause: error })
}

function describe(fault: Fault, merchant: string | null): string {
  const next = nextCommand(fault, merchant)
  return `${fault.code}: ${fault.message}${next === null ? '' : ` Next: ${next}`}`
}
