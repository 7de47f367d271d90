import { mapWithLimit } from '../../core/concurrency/map-with-limit.ts'
import { isAboutOne, mostInARow } from '../../core/errors/about-one.ts'
import { type ExitCode, exitCodes, Fault } from '../../core/errors/fault.ts'
import { isHeldByPolicy } from '../../core/refunds/held-by-policy.ts'
import { refundKinds } from '../../core/refunds/refund-kinds.ts'
import { outcomeOf } from '../../effects/resolution.ts'
import { isTurnedAway } from '../../effects/turned-away.ts'
import type { MerchantContext } from '../merchant-context.ts'
import type { Proposal } from './proposal.ts'
import { proposeMany } from './propose.ts'
import { type Begun, begin, isStale, type ResolveRequest, readTogether, type Sending } from './resolve.ts'
import { headOf, type Resolved, untouched } from './results.ts'

/** How many claims are made at once: one after the other, they would take longer than their reading is valid. */
const claimsAtOnce = 8

/**
 * Carries out proposals, {@link readTogether} at a time: their refunds are claimed together, and then sent one after
 * the other, so that what stops one of them stops the rest. A vendor that is down, missing credentials or a journal
 * that can't be written stop the rest; one unreadable return does not (F47). The results contain what was done before.
 */
export async function resolveMany(
  context: MerchantContext,
  proposals: readonly Proposal[],
  request: ResolveRequest,
): Promise<{ results: Resolved[]; stoppedBy: Fault | null; notRead: Fault | null }> {
  const run: Run = { stoppedBy: null, notRead: null, failures: 0, unsent: new Set() }
  try {
    const results = await resolveInOrder(context, proposals, request, run)
    return { results, stoppedBy: run.stoppedBy, notRead: run.notRead }
  } finally {
    await leaveUnsent(run)
  }
}

async function resolveInOrder(
  context: MerchantContext,
  proposals: readonly Proposal[],
  request: ResolveRequest,
  run: Run,
): Promise<Resolved[]> {
  const results: Resolved[] = []
  const rereading = rereader(context, proposals, request)
  let done = 0
  for (let start = 0; start < proposals.length; start += readTogether) {
    const some = proposals.slice(start, start + readTogether)
    const begun = isOver(context, run)
      ? []
      : await beginTogether(context, some, request, (index) => rereading(start + index), run)
    const sent = new Map<Proposal, Sending>()
    for (const { proposal, beginning } of claimedFirst(some, begun)) {
      sent.set(proposal, await sendNext(context, proposal, beginning, run))
      done += 1
      context.progress({ label: 'Telling Loop', done, total: proposals.length })
    }
    for (const proposal of some) results.push(await settledOf(context, proposal, sent.get(proposal), run))
  }
  return results
}

type Run = {
  stoppedBy: Fault | null
  /** Why a return could not be read, so that nothing was sent for it. */
  notRead: Fault | null
  /** Faults in a row that concern one return each. */
  failures: number
  /** Resolutions that were begun, and neither sent nor given up yet. */
  unsent: Set<Begun>
}

/**
 * Only an internal error ends a run before every resolution is sent or given up: the other returns must not keep their
 * claims (F47). A claim that can't be given up is read and settled later, as after a crash.
 */
async function leaveUnsent({ unsent }: Run): Promise<void> {
  for (const begun of unsent) await begun.leave().catch(() => undefined)
}

type Beginning = { begun: Begun } | { fault: Fault }

/** What is claimed goes out before anything that may take long, such as a flag that is waited for. */
function claimedFirst(some: readonly Proposal[], begun: readonly Beginning[]) {
  const all = some.map((proposal, index) => ({ proposal, beginning: begun[index] }))
  const isClaimed = ({ beginning }: (typeof all)[number]) =>
    beginning !== undefined && 'begun' in beginning && beginning.begun.isClaimed
  return [...all.filter(isClaimed), ...all.filter((one) => !isClaimed(one))]
}

/** Waits for the outcome of what was sent, if the request says so. By now nothing is left to send. */
async function settledOf(
  context: MerchantContext,
  proposal: Proposal,
  sending: Sending | undefined,
  run: Run,
): Promise<Resolved> {
  if (sending === undefined) return untouched(headOf(proposal), run.stoppedBy)
  try {
    return await sending.settled()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (!isAboutOne(error)) run.stoppedBy ??= error
    return await afterFault(context, proposal, error, run)
  }
}

function isOver({ signal }: MerchantContext, { stoppedBy }: Run): boolean {
  return stoppedBy !== null || signal.aborted
}

/** Each on its own: a fault is reported in its turn, and does not stop others from being sent. */
async function beginTogether(
  context: MerchantContext,
  some: readonly Proposal[],
  request: ResolveRequest,
  rereading: (index: number) => Promise<Proposal | undefined>,
  run: Run,
): Promise<Beginning[]> {
  const rereads: (Proposal | undefined)[] = []
  for (const [index] of some.entries()) rereads.push(await rereading(index))
  return await mapWithLimit([...some.entries()], claimsAtOnce, async ([index, proposal]): Promise<Beginning> => {
    try {
      const begun = await begin(context, proposal, request, rereads[index])
      run.unsent.add(begun)
      return { begun }
    } catch (error) {
      if (error instanceof Fault) return { fault: error }
      throw error
    }
  })
}

async function sendNext(
  context: MerchantContext,
  proposal: Proposal,
  beginning: Beginning | undefined,
  run: Run,
): Promise<Sending> {
  const only = (resolved: Resolved): Sending => ({ resolved, settled: async () => resolved })
  if (beginning !== undefined && 'begun' in beginning) run.unsent.delete(beginning.begun)
  try {
    if (isOver(context, run) || beginning === undefined) {
      if (beginning !== undefined && 'begun' in beginning) await beginning.begun.leave()
      return only(untouched(headOf(proposal), run.stoppedBy))
    }
    if ('fault' in beginning) throw beginning.fault
    const sending = await beginning.begun.send()
    run.stoppedBy = breakerOf(sending.resolved)
    run.failures = 0
    return sending
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    run.failures += 1
    if (!isAboutOne(error) || run.failures === mostInARow) run.stoppedBy ??= error
    return only(await afterFault(context, proposal, error, run))
  }
}

/**
 * Reads again what is too old to act on, {@link readTogether} at a time: one by one, each would cost MasonHub a
 * request. What can't be read together is left to the resolution of each return.
 */
function rereader(context: MerchantContext, proposals: readonly Proposal[], request: ResolveRequest) {
  const fresh = new Map<string, Proposal>()
  let readUpTo = 0
  return async (index: number): Promise<Proposal | undefined> => {
    const due = proposals[index]
    if (due === undefined || !isStale(context, due)) return undefined
    if (index >= readUpTo) {
      const some = proposals.slice(index, index + readTogether)
      readUpTo = index + some.length
      fresh.clear()
      try {
        const ids = some.map(({ observation }) => observation.returnId)
        for (const one of await proposeMany(context, ids, request)) fresh.set(one.observation.returnId, one)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
      }
    }
    return fresh.get(due.observation.returnId)
  }
}

/** A refusal that the next return would get as well: each would cost a refund that is never sent again (F45). */
function breakerOf({ outcome, reasons, returnId }: Resolved): Fault | null {
  const [reason] = reasons
  // Skipped: Loop has already refused the claim, so no refund was lost.
  if ((outcome !== 'refused' && outcome !== 'skipped') || reason === undefined) return null
  const { code, message } = reason
  return isTurnedAway(code) ? new Fault(`${message} Nothing more was sent.`, { code, returnId }) : null
}

/** A fault may come before or after the request: only the journal knows; if unreadable, the outcome is in doubt. */
async function afterFault(context: MerchantContext, proposal: Proposal, fault: Fault, run: Run): Promise<Resolved> {
  const { code, message } = fault
  const reasons = [{ code: isAboutOne(fault) ? 'NOT_READ' : code, message }]
  const entry = { ...headOf(proposal), reasons }
  try {
    const effects = await context.journal.effects.find({
      merchant: context.merchant.name,
      returnIds: [proposal.observation.returnId],
      kinds: [...refundKinds, 'flag'],
    })
    const doubtful = effects.some(({ state }) => state === 'sent' || state === 'in_doubt')
    const now = effects.filter(({ sentAt }) => Date.parse(sentAt ?? '') >= proposal.readAt).at(-1) ?? null
    const outcome = doubtful ? 'in_doubt' : (outcomeOf(now) ?? 'skipped')
    if (outcome === 'skipped' && isAboutOne(fault)) run.notRead ??= fault
    return { ...entry, outcome }
  } catch {
    return { ...entry, outcome: 'in_doubt' }
  }
}

/** Skips that mean "could not", as opposed to "nothing to do". */
const blocked = new Set([
  'LEASE_LOST',
  'MAYBE_SENT',
  'CLAIM_UNSEEN',
  'CLAIM_WAITS',
  'CLAIM_REFUSED',
  'NOT_PLANNED',
  'ANOTHER_WRITER',
  'CHANGED_SINCE_SHOWN',
  'POLICY_CHANGED',
  'READ_TOO_OLD',
  'NOT_TRIED',
  'NOT_READ',
  'RETURN_UNKNOWN',
  'RETURN_NOT_FOUND',
  'RETURN_AMBIGUOUS',
])

/** A sweep takes whatever is ready, so what policy holds back is normal; asked for by id, a return was not done. */
export type ResolvedHow = { sweep: boolean }

/**
 * The exit code of a whole run (docs/cli.md): doubt first, then what stopped it, then refusals, then what was not done,
 * because it could not be or because policy holds it back.
 */
export function exitOfResults(
  results: readonly Resolved[],
  stoppedBy: Fault | null,
  { sweep }: ResolvedHow = { sweep: false },
): ExitCode {
  if (results.some(({ outcome }) => outcome === 'in_doubt' || outcome === 'parked')) return exitCodes.inDoubt
  if (stoppedBy !== null) return stoppedBy.exit
  if (results.some(({ reasons }) => reasons[0]?.code === 'INTERRUPTED')) return exitCodes.interrupted
  const refused = results.filter(({ outcome }) => outcome === 'refused').length
  if (refused > 0) return refused === results.length ? exitCodes.refused : exitCodes.findings
  // A problem with the journal's disk or lock, not with the network (H24).
  if (results.some(({ reasons }) => reasons[0]?.code.startsWith('JOURNAL_'))) return exitCodes.ours
  if (results.some(({ reasons }) => reasons[0]?.code === 'LOOP_UNREACHABLE')) return exitCodes.vendorDown
  return results.some((resolved) => isUndone(resolved, { sweep })) ? exitCodes.findings : exitCodes.done
}

/** Whether something was to be done and was not. Used for plans, too, where nothing is ever sent. */
export function isUndone({ outcome, reasons }: Pick<Resolved, 'outcome' | 'reasons'>, { sweep }: ResolvedHow): boolean {
  if (outcome !== 'skipped') return false
  return blocked.has(reasons[0]?.code ?? '') || (!sweep && isHeldByPolicy(reasons))
}
