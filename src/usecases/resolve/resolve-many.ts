import { type ExitCode, exitCodes, Fault } from '../../core/fault.ts'
import { isHeldByPolicy } from '../../core/held-by-policy.ts'
import { isAboutOne, mostInARow } from '../each-apart.ts'
import type { Workplace } from '../workplace.ts'
import { type Proposal, proposeMany } from './propose.ts'
import { isStale, outcomeOf, type Resolved, type ResolveRequest, readTogether, resolve } from './resolve.ts'

/**
 * Carries out proposals one after the other. A vendor that is down, missing credentials or a journal that can't be
 * written stop the rest; one return that can't be read does not (F47). What was done before stands in the results.
 */
export async function resolveMany(
  workplace: Workplace,
  proposals: readonly Proposal[],
  request: ResolveRequest,
): Promise<{ results: Resolved[]; stoppedBy: Fault | null }> {
  const results: Resolved[] = []
  let stoppedBy: Fault | null = null
  let failures = 0
  const rereading = rereader(workplace, proposals, request)
  for (const [index, proposal] of proposals.entries()) {
    if (stoppedBy !== null || workplace.signal.aborted) {
      results.push(
        untouched(proposal, stoppedBy === null ? 'INTERRUPTED' : 'NOT_TRIED', 'Not tried: the run stopped before it.'),
      )
      continue
    }
    try {
      const resolved = await resolve(workplace, proposal, request, await rereading(index))
      stoppedBy = breakerOf(resolved)
      results.push(resolved)
      failures = 0
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      failures += 1
      if (!isAboutOne(error) || failures === mostInARow) stoppedBy = error
      results.push(await afterFault(workplace, proposal, error))
    }
    workplace.progress({ label: 'Telling Loop', done: results.length, total: proposals.length })
  }
  return { results, stoppedBy }
}

/**
 * Reads what has become too old to act on again, {@link readTogether} at a time: one by one, each would cost MasonHub a
 * request of its own. What can't be read together is left to whoever resolves it.
 */
function rereader(workplace: Workplace, proposals: readonly Proposal[], { asked, force }: ResolveRequest) {
  const fresh = new Map<string, Proposal>()
  let readUpTo = 0
  return async (index: number): Promise<Proposal | undefined> => {
    const due = proposals[index]
    if (due === undefined || !isStale(workplace, due)) return undefined
    if (index >= readUpTo) {
      const some = proposals.slice(index, index + readTogether)
      readUpTo = index + some.length
      fresh.clear()
      try {
        const ids = some.map(({ look }) => look.returnId)
        for (const one of await proposeMany(workplace, ids, asked, force)) fresh.set(one.look.returnId, one)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
      }
    }
    return fresh.get(due.look.returnId)
  }
}

/** Refusals that the next return would get as well: each would cost a refund that is never sent again (F45). */
const breakers: Record<string, ExitCode> = {
  LOOP_UNAUTHORIZED: exitCodes.credentials,
  LOOP_FORBIDDEN: exitCodes.credentials,
  LOOP_RATE_LIMITED: exitCodes.vendorDown,
}

function breakerOf({ outcome, reasons, returnId }: Resolved): Fault | null {
  const [reason] = reasons
  const exit = breakers[reason?.code ?? '']
  if (outcome !== 'refused' || reason === undefined || exit === undefined) return null
  return new Fault(`${reason.message} Nothing more was sent.`, { code: reason.code, exit, blame: 'loop', returnId })
}

function untouched({ look, decision }: Proposal, code: string, message: string): Resolved {
  return { returnId: look.returnId, action: decision.action, outcome: 'skipped', reasons: [{ code, message }] }
}

/** A fault may come before or after the request: only the journal knows, and if it can't be read, that is doubt. */
async function afterFault(workplace: Workplace, proposal: Proposal, fault: Fault): Promise<Resolved> {
  const { code, message } = fault
  const reasons = [{ code: isAboutOne(fault) ? 'NOT_READ' : code, message }]
  const entry = { returnId: proposal.look.returnId, action: proposal.decision.action, reasons }
  try {
    const effects = await workplace.journal.effects.find({
      merchant: workplace.merchant.name,
      returnIds: [proposal.look.returnId],
      kinds: ['process', 'flag'],
    })
    const doubtful = effects.some(({ state }) => state === 'sent' || state === 'in_doubt')
    const now = effects.filter(({ sentAt }) => Date.parse(sentAt ?? '') >= proposal.readAt).at(-1) ?? null
    return { ...entry, outcome: doubtful ? 'in_doubt' : (outcomeOf(now) ?? 'skipped') }
  } catch {
    return { ...entry, outcome: 'in_doubt' }
  }
}

/** Skips that mean "nothing to do" as opposed to "could not". */
const hindered = new Set([
  'LEASE_LOST',
  'MAYBE_SENT',
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

/** A sweep takes whatever is ready: what policy holds back is no news. Asked for by id, it was not done. */
export type ResolvedHow = { sweep: boolean }

/**
 * The exit code of a whole run (docs/cli.md): doubt first, then what stopped it, then refusals, then what was not done:
 * because it could not be, or because policy holds it.
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
  if (results.some(({ reasons }) => reasons[0]?.code === 'LOOP_UNREACHABLE')) return exitCodes.vendorDown
  return results.some((resolved) => isUndone(resolved, { sweep })) ? exitCodes.findings : exitCodes.done
}

/** Something was to be done about it, and was not; also of a plan, where nothing is ever sent. */
export function isUndone({ outcome, reasons }: Pick<Resolved, 'outcome' | 'reasons'>, { sweep }: ResolvedHow): boolean {
  if (outcome !== 'skipped') return false
  return hindered.has(reasons[0]?.code ?? '') || (!sweep && isHeldByPolicy(reasons))
}
