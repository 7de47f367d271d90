import { untilAborted } from '../../core/concurrency/until-aborted.ts'
import { Fault } from '../../core/errors/fault.ts'
import type { Policy } from '../../core/merchants/policy.ts'
import { isRefundKind, refundKinds } from '../../core/refunds/refund-kinds.ts'
import { atMost } from '../../core/time/at-most.ts'
import { pause as pauseReally } from '../../core/time/pause.ts'
import { steadyTime } from '../../core/time/steady-time.ts'
import { outcomeOf } from '../../effects/resolution.ts'
import type { Effect } from '../../journal/journal.ts'
import type { MerchantContext } from '../merchant-context.ts'
import { endQuarantine } from '../refunds/end-refund-quarantine.ts'
import type { Resolved } from '../resolve/results.ts'
import { isOutage } from '../returns/one-by-one.ts'
import type { Polled } from './due-polls.ts'
import { createFailures } from './failures.ts'
import { type Drained, drainInbox } from './inbox.ts'
import { type Job, poll, pull, rescan, settleSent } from './jobs.ts'
import { oneAfterOther } from './one-after-other.ts'
import { createUnknownReturnsBudget } from './unknown-returns-budget.ts'
import type { WorkerOptions, WorkerState } from './worker-options.ts'

/** Unattended work for one merchant. Several may run in one process, or in several: the journal coordinates them. */
export type MerchantWorker = {
  readonly state: WorkerState
  /** Tells the worker that there is something in the inbox. */
  wake(): void
  /** Runs until the context's signal aborts; finishes the request in flight. */
  run(): Promise<void>
}

/** Milliseconds that the worker waits after an outage before it tries again. */
const outagePause = 15_000
/** Returns whose last outcome is remembered, so that it is logged only once. */
const mostRemembered = 50_000
/** Milliseconds. The lease expires by itself, so the end need not wait long for a locked journal (H30). */
const releaseWithin = 2_000
/** Milliseconds. Postponed events become due by themselves, without waking the worker. */
const inboxEvery = 1_000
/** Milliseconds. One worker runs a merchant's jobs; when it has not renewed its lease for this long, another does. */
const jobsLease = { subject: 'chores', milliseconds: 20_000, renewedEvery: 6_000 }

export function createMerchantWorker(context: MerchantContext, options: WorkerOptions): MerchantWorker {
  const { signal, merchant, journal } = context
  const { state } = options
  const startedAt = context.clock.now().toISOString()
  const wakeUp = createWakeUp(signal)
  const polled: Polled = new Map()
  const budget = createUnknownReturnsBudget(() => context.clock.now().getTime())
  let hasWarnedOfOthers = false
  let policy: Policy | null = null
  let runsJobs = false
  /** The last outage of each kind of run: an idle inbox does not mean that a refused poll works again. */
  const outages = new Map<string, string>()
  const failures = createFailures({ merchant: merchant.name, now: () => context.clock.now(), log: options.log })
  const work = { resolve: options.resolve, report }

  async function run(): Promise<void> {
    await Promise.all([inboxLoop(), ...(options.poll ? [leaseLoop(), jobLoop()] : [])])
  }

  /** Several workers would read the same lists, so one of them runs a merchant's jobs while it is alive. */
  async function leaseLoop(): Promise<void> {
    const { leases } = context.journal
    const { subject, milliseconds, renewedEvery } = jobsLease
    while (!signal.aborted) {
      try {
        runsJobs = await leases.acquire(merchant.name, subject, options.worker, milliseconds)
      } catch {
        // A problem with the journal is reported by the runs that need it.
        runsJobs = false
      }
      await pauseReally(jittered(renewedEvery), signal)
    }
    if (runsJobs) await atMost(releaseWithin, leases.release(merchant.name, subject, options.worker))
  }

  async function inboxLoop(): Promise<void> {
    while (!signal.aborted) {
      const fault = await guarded('inbox', async () => {
        const drained = await drainInbox(context, work, options.worker, budget)
        state.eventsWorked += drained.worked
        logQuarantined(drained)
        const fault = drained.stoppedBy ?? drained.troubledBy
        if (fault !== null) throw fault
      })
      await wakeUp.wait(fault === null ? inboxEvery : outagePause)
    }
  }

  /** Each return that can't be read is named: `inbox failed` would not name it, because its others were processed. */
  function logQuarantined({ quarantined, quarantinedBy }: Drained): void {
    const list = `mhloop event list -m ${merchant.name} --state quarantined`
    if (quarantined > 0) options.log({ level: 'warn', event: 'quarantined', detail: `${quarantined} events; ${list}` })
    for (const { code, message } of quarantinedBy)
      options.log({ level: 'warn', event: 'quarantined', detail: `${code}: ${message} Next: ${list}` })
  }

  async function jobLoop(): Promise<void> {
    const now = steadyTime(() => context.clock.now().getTime())
    // The first pull comes at once: a start is when most may have been missed.
    const due: Record<Job, number> = {
      pull: now(),
      poll: now() + jittered(1_000),
      settle: now() + jittered(2_000),
      rescan: now() + jittered(options.every.rescan),
    }
    while (!signal.aborted) {
      if (!runsJobs) {
        await pause(1_000)
        continue
      }
      const job = (Object.keys(due) as Job[]).reduce((first, next) => (due[next] < due[first] ? next : first))
      const wait = due[job] - now()
      if (wait > 0) {
        await pause(Math.min(wait, 1_000))
        continue
      }
      const fault = await guarded(job, () => runJob(job))
      due[job] = now() + jittered(fault !== null && isOutage(fault) ? pauseAfter(job) : options.every[job])
    }
  }

  /** A rescan reads months of returns: if one report fails for hours, the worker must still do its other work. */
  function pauseAfter(job: Job): number {
    const { every } = options
    return Math.min(every[job], job === 'rescan' ? Math.max(every.pull, outagePause) : outagePause)
  }

  async function runJob(job: Job): Promise<void> {
    switch (job) {
      case 'pull':
        return await pull(context)
      case 'poll':
        await forgetPolledIfChanged()
        await pollAndNote()
        return
      case 'settle':
        return await oneAfterOther(context, [endQuarantineAndLog, () => settleSent(context, work)])
      case 'rescan':
        return await rescan(context, work)
    }
  }

  /** A poll that only one return failed has asked for all RMAs. */
  async function pollAndNote(): Promise<void> {
    const good = () => {
      state.lastGoodPollAt = context.clock.now().toISOString()
    }
    try {
      await poll(context, work, polled)
      good()
    } catch (error) {
      if (error instanceof Fault && !isOutage(error)) good()
      throw error
    }
  }

  /** What the earlier settings held back may go now, so every RMA is asked for again (G4). */
  async function forgetPolledIfChanged(): Promise<void> {
    const { merchant: now } = await context.stored()
    if (policy !== null && policy !== now.policy) polled.clear()
    policy = now.policy
  }

  /** Refunds of a journal that came from a backup are held back until everything was read (F11). */
  async function endQuarantineAndLog(): Promise<void> {
    const reconciled = options.resolve ? await endQuarantine(context) : null
    if (reconciled === null) return
    const { lifted, notBefore, read, foundDone, parked, unreadable } = reconciled
    const detail = `${read} returns read, ${foundDone.length} resolved elsewhere, ${parked.length} parked, ${unreadable.length} unreadable${unreadable.length === 0 ? '' : ` (${unreadable.join(', ')})`}; not before ${notBefore}`
    options.log({ level: 'warn', event: lifted ? 'quarantine ended' : 'refunds wait in quarantine', detail })
  }

  /** A fault stops one run, never the worker; it is logged and counted. */
  async function guarded(what: string, work: () => Promise<void>): Promise<Fault | null> {
    try {
      await work()
      outages.delete(what)
      failures.worked(what)
      state.stopped = firstOf(outages)
      return null
    } catch (error) {
      const fault =
        error instanceof Fault ? error : new Fault('Internal error in mhloop.', { code: 'INTERNAL', cause: error })
      if (signal.aborted) return fault
      state.faults.set(fault.code, (state.faults.get(fault.code) ?? 0) + 1)
      // One unreadable return (F47) is no outage, and ends one: the others were processed.
      if (isOutage(fault)) outages.set(what, fault.code)
      else outages.delete(what)
      state.stopped = firstOf(outages)
      failures.failed(what, fault)
      return fault
    }
  }

  /** Another installation pays for the same shop, or tries to, which can't be intended (G1). */
  function warnOfOthers(resolved: readonly Resolved[]): void {
    const claimed = resolved.find(({ reasons }) => reasons[0]?.code === 'CLAIMED_ELSEWHERE')
    if (claimed === undefined || hasWarnedOfOthers) return
    hasWarnedOfOthers = true
    const detail = `${claimed.returnId}: ${claimed.reasons[0]?.message} Stop one of the two; mhloop doctor -m ${merchant.name}`
    options.log({ level: 'error', event: 'another mhloop works for this merchant', detail })
  }

  async function report(resolved: readonly Resolved[]): Promise<void> {
    warnOfOthers(resolved)
    const acted = resolved.filter(({ action }) => action === 'refund' || action === 'flag')
    const news = acted.filter(
      ({ returnId, action, outcome }) => state.reported.get(returnId) !== `${action}:${outcome}`,
    )
    if (news.length === 0) return
    const old = await reportedBefore(news)
    for (const { returnId, action, outcome, reasons } of news) {
      const key = `${action}:${outcome}`
      if (state.reported.size >= mostRemembered) state.reported.clear()
      state.reported.set(returnId, key)
      if (old.has(returnId)) continue
      state.resolutions.set(key, (state.resolutions.get(key) ?? 0) + 1)
      const level = outcome === 'confirmed' || outcome === 'accepted' ? 'info' : 'warn'
      options.log({
        level,
        event: `${action} ${outcome}`,
        detail: `${returnId}: ${reasons.map(({ code }) => code).join(', ')}`,
      })
    }
  }

  /** Returns whose outcome is from before the start, so that the process of that time has logged it (H27). */
  async function reportedBefore(news: readonly Resolved[]): Promise<Set<string>> {
    const unknown = news.filter(({ returnId }) => !state.reported.has(returnId))
    if (unknown.length === 0) return new Set()
    const returnIds = unknown.map(({ returnId }) => returnId)
    const effects = await journal.effects.find({ merchant: merchant.name, returnIds, kinds: [...refundKinds, 'flag'] })
    const stoodSo = ({ returnId, action, outcome }: Resolved) => {
      const isSuch = ({ kind }: Effect) => (action === 'refund') === isRefundKind(kind)
      const latest = effects.filter((effect) => effect.returnId === returnId && isSuch(effect)).at(-1) ?? null
      return latest !== null && outcomeOf(latest) === outcome && (latest.settledAt ?? latest.sentAt ?? '') < startedAt
    }
    return new Set(unknown.filter(stoodSo).map(({ returnId }) => returnId))
  }

  function jittered(milliseconds: number): number {
    return milliseconds * (0.85 + 0.3 * options.random())
  }

  async function pause(milliseconds: number): Promise<void> {
    await untilAborted(signal, context.sleep(milliseconds))
  }

  return { state, wake: wakeUp.wake, run }
}

function firstOf(outages: ReadonlyMap<string, string>): string | null {
  const [first = null] = outages.values()
  return first
}

type WakeUp = {
  wake(): void
  /** Waits until it is woken, the time is up, or the work ends. */
  wait(milliseconds: number): Promise<void>
}

/** A wake-up during the work is not lost: the next wait returns at once. */
function createWakeUp(signal: AbortSignal): WakeUp {
  let isAwake = false
  let answer: (() => void) | null = null
  const wake = () => {
    isAwake = true
    answer?.()
  }
  signal.addEventListener('abort', wake, { once: true })
  return {
    wake,
    async wait(milliseconds) {
      if (!isAwake && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds)
          answer = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      answer = null
      isAwake = false
    },
  }
}
