import { Fault } from '../../core/errors/fault.ts'
import { heldStep } from '../../core/returns/next-step.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import { customerIdentifierOf } from '../../core/rmas/identifiers.ts'
import { liveRmas } from '../../core/rmas/rma-difference.ts'
import { printable } from '../../core/text/printable.ts'
import type { MerchantContext } from '../merchant-context.ts'
import { withHeldBack } from '../resolve/held-back.ts'
import type { Proposal } from '../resolve/proposal.ts'
import { proposeAll } from '../resolve/propose.ts'
import { resolveMany } from '../resolve/resolve-many.ts'
import type { SyncResult } from '../sync/result.ts'
import { syncReturns } from '../sync/sync.ts'
import { failure, pollUntil, type StepResult } from './steps.ts'
import { play } from './warehouse.ts'

const timeout = 60_000
/** Milliseconds to wait for Loop's queue (A-03 allows more; a test need not wait that long). */
const waitForLoop = 120_000

export type ReceiveEvent = 'receiveFull' | 'receivePartial' | 'receiveUnexpected'

/** The return must be open: a test must not decide again what was decided before. */
async function openReturn({ loop }: MerchantContext, returnId: string): Promise<LoopReturn> {
  const loopReturn = await loop.details(returnId)
  if (loopReturn === null) {
    throw failure(`Loop has no return ${returnId}.`, 'File a return in the Loop portal, and give its id.')
  }
  if (loopReturn.state === 'open') return loopReturn
  const state = printable(loopReturn.rawState, 40)
  throw failure(
    `Return ${returnId} is not open but “${state}”, so it can't be used as a test any more.`,
    'File a new return.',
  )
}

/** Whether the return may be used at all. Throws the Fault with exit 9 when nobody has said that it is a test (G14). */
export type MayUse = (loopReturn: LoopReturn) => Promise<void>

/** Asked before anything is written: even a simulated receipt of a shopper's return would do harm. */
export async function testReturn(context: MerchantContext, returnId: string, mayUse: MayUse): Promise<StepResult> {
  const loopReturn = await openReturn(context, returnId)
  await mayUse(loopReturn)
  return { message: `Return ${returnId} (${printable(loopReturn.orderName ?? 'no order name', 40)}) is open.` }
}

/** Creates or updates the return's RMA at MasonHub, by a sync of this one return. */
export async function synced(context: MerchantContext, returnId: string): Promise<StepResult> {
  const result = await syncReturns(context, { returnIds: [returnId], source: 'list', dryRun: false })
  const [failed] = result.failed
  if (failed) throw failure(`The sync failed: ${failed.message}`, `mhloop rma show ${returnId}`)
  const [postponed] = [...result.held, ...result.skipped]
  if (postponed) throw failure(`The sync creates no RMA for it: ${postponed.message}`, `mhloop rma show ${returnId}`)
  return { message: `The RMA ${didWhat(result)}.` }
}

function didWhat({ created, updated }: SyncResult): string {
  if (created.length > 0) return 'was created'
  return updated.length > 0 ? 'was updated' : 'exists, as it should'
}

/** Lets the data factory receive the return's RMA, unless the dock already has. */
export async function received(
  context: MerchantContext,
  returnId: string,
  { event, again }: { event: ReceiveEvent; again: string },
): Promise<StepResult> {
  const customerIdentifier = customerIdentifierOf(returnId)
  const read = async () => {
    const there = await context.masonhub.rmas.byCustomerIdentifiers([customerIdentifier])
    return liveRmas(there.get(customerIdentifier) ?? [])[0] ?? null
  }
  const before = await pollUntil(context, timeout, read, (rma) => rma !== null)
  if (before === null) throw failure(`MasonHub shows no RMA of return ${returnId}.`, `mhloop rma show ${returnId}`)
  if (before.status === 'received') return { message: 'The warehouse has received it.' }
  if (context.merchant.environment === 'production') {
    throw failure(
      'The warehouse has not received it, and production has no simulated warehouse.',
      `Run it again once the parcel has been received: ${again}`,
    )
  }
  await play(context, returnId, customerIdentifier, event)
  const rma = await pollUntil(context, timeout, read, (one) => one?.status === 'received')
  if (rma?.status === 'received') return { message: `The data factory simulated ${event}.` }
  throw failure(
    `${timeout / 1000} s after ${event} MasonHub does not show it as received.`,
    `mhloop rma show ${returnId}`,
  )
}

/** Whether the resolution may be sent, given what the rules decided. Throws the Fault with exit 9 when it may not. */
export type MayResolve = (proposal: Proposal) => Promise<void>

/** Decides by the rules and, once that is confirmed, resolves the return: at most once, as always. */
export async function resolved(
  context: MerchantContext,
  returnId: string,
  mayResolve: MayResolve,
): Promise<StepResult> {
  const { proposals } = await proposeAll(context, [returnId], { requested: 'rules', force: false })
  const [proposal] = await withHeldBack(context, proposals, 'rules')
  if (proposal === undefined) throw failure(`Return ${returnId} can't be read.`, `mhloop rma show ${returnId}`)
  const { action, reasons } = proposal.decision
  const why = reasons.map(({ message }) => message).join(' ')
  if (proposal.heldBy !== null) {
    const { command } = heldStep(returnId, proposal.heldBy)
    return { status: 'skipped', message: proposal.heldBy.message, remedy: command ?? '' }
  }
  if (action !== 'refund' && action !== 'flag') {
    throw failure(`The rules say ${action}: ${why}`, `mhloop rma show ${returnId}`)
  }
  await mayResolve(proposal)
  const request = { requested: 'rules', force: false, note: null, wait: waitForLoop } as const
  const { results, stoppedBy } = await resolveMany(context, proposals, request)
  if (stoppedBy !== null) throw stoppedBy
  const [result] = results
  const said = (result?.reasons ?? []).map(({ message }) => message).join(' ')
  const done = action === 'refund' ? 'Loop processed the refund' : 'Loop shows the flag'
  switch (result?.outcome) {
    case 'confirmed':
      return { message: `${done}. ${why}` }
    case 'accepted':
      return {
        status: 'warn',
        message: `Loop accepted the ${action} but does not show it yet.`,
        remedy: showIt(returnId),
      }
    case 'in_doubt':
    case 'parked': {
      const details = { code: 'SMOKE_IN_DOUBT', hint: showIt(returnId) } as const
      throw new Fault(`The outcome of the ${action} is unknown. ${said}`, details)
    }
    default:
      throw failure(`The ${action} was not carried out. ${said}`, showIt(returnId))
  }
}

function showIt(returnId: string): string {
  return `mhloop rma show ${returnId}`
}
