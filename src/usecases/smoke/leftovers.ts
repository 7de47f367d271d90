import { isSmokeIdentifier, smokeBeganAt } from '../../core/rmas/smoke-rma.ts'
import { rmaKinds, unsettledStates } from '../../effects/rma.ts'
import { day, type MerchantContext, nowOf, shifted } from '../merchant-context.ts'
import { cleanAgain } from './repeat-commands.ts'
import { failure, pollUntil, type StepResult } from './steps.ts'
import { readTestRmas, type SeenTestRma, type TestRma, writeTestRmas } from './test-rmas.ts'

/** Milliseconds. A younger run may still be in progress, on this machine or another. */
const finishedAfter = 3_600_000
/** Milliseconds that a delete may take to show (C9). */
const timeout = 60_000

export type Leftovers = {
  /** Test RMAs that MasonHub shows open, so that they can be deleted. */
  open: string[]
  /** Open test RMAs of runs that are so young that they may still be in progress. */
  young: string[]
}

/**
 * Test RMAs that an interrupted run left behind: those that MasonHub lists as open, whoever made them, and those whose
 * writes this journal has not seen done. Settles the latter.
 */
export async function findLeftovers(context: MerchantContext, lookBack: number): Promise<Leftovers> {
  const { masonhub, journal, merchant, signal } = context
  const now = nowOf(context)
  const ids = new Set<string>()
  for await (const page of masonhub.rmas.created({ from: shifted(now, -lookBack), to: now, status: 'open', signal })) {
    for (const { customerIdentifier: id } of page) if (id !== null && isSmokeIdentifier(id)) ids.add(id)
  }
  const unsettled = await journal.effects.find({ merchant: merchant.name, kinds: rmaKinds, states: unsettledStates })
  for (const { returnId } of unsettled) if (isSmokeIdentifier(returnId)) ids.add(returnId)
  const seen = await readTestRmas(
    context,
    [...ids].map((customerIdentifier) => ({ customerIdentifier })),
  )
  const open = seen.filter(isOpen).map(({ customerIdentifier }) => customerIdentifier)
  const isYoung = (id: string) => (smokeBeganAt(id) ?? '') > shifted(now, -finishedAfter)
  return { open: open.filter((id) => !isYoung(id)), young: open.filter(isYoung) }
}

/** The step before a run: deletes what earlier runs left behind, unless it may still be in use. */
export async function cleanEarlierRuns(context: MerchantContext): Promise<StepResult> {
  const { open, young } = await findLeftovers(context, 7 * day)
  const stay = await remove(context, asTests(open))
  const gone = open.filter((id) => !stay.has(id))
  const deleted =
    gone.length === 0 ? 'No earlier run left anything to clean up.' : `Deleted ${counted(gone.length)} of earlier runs.`
  if (young.length === 0) return { message: deleted }
  const message = `${deleted} ${counted(young.length)} of the last hour left alone: that run may still be in progress.`
  return { message, remedy: cleanAgain(context) }
}

/** Deletes the open test RMAs of all runs of the last 60 days, even of a run that may still be in progress. */
export async function cleanAll(context: MerchantContext): Promise<StepResult> {
  const { open, young } = await findLeftovers(context, 60 * day)
  const all = [...open, ...young]
  const stay = await remove(context, asTests(all))
  const gone = all.filter((id) => !stay.has(id))
  return { message: gone.length === 0 ? 'No run left anything to clean up.' : `Deleted ${counted(gone.length)}.` }
}

/** A test RMA that stays at MasonHub; `status`: MasonHub's word, or null when it does not show the RMA. */
export type Leftover = { customerIdentifier: string; status: string | null }

/** The step after a run: deletes what can be deleted (nothing with `keep`), and reports what stays. */
export async function cleanUp(
  context: MerchantContext,
  tests: readonly TestRma[],
  { keep }: { keep: boolean },
): Promise<{ result: StepResult; left: Leftover[] }> {
  const made = await possiblyThere(context, tests)
  if (made.length === 0) return { result: { status: 'skipped', message: 'Nothing to clean up.' }, left: [] }
  // An RMA that was created a moment ago may not show yet, and must not be overlooked.
  const seen = await pollUntil(
    context,
    timeout,
    () => readTestRmas(context, made),
    (all) => all.every(({ rma }) => rma !== null),
  )
  if (keep) {
    const message = `Kept as requested: ${counted(seen.length)}. A run in an hour or later deletes those that are open.`
    return { result: { status: 'skipped', message, remedy: cleanAgain(context) }, left: seen.map(leftoverOf) }
  }
  const open = seen.filter(isOpen)
  const stay = await remove(context, open)
  const isRemaining = (one: SeenTestRma) => !isOpen(one) || stay.has(one.customerIdentifier)
  const remaining = seen.filter(isRemaining)
  return { result: cleanUpResult(context, open.length - stay.size, remaining), left: remaining.map(leftoverOf) }
}

function cleanUpResult(context: MerchantContext, deleted: number, remaining: readonly SeenTestRma[]): StepResult {
  const [unseen, retained] = [remaining.filter(({ rma }) => rma === null), remaining.filter(({ rma }) => rma !== null)]
  const message = [
    deleted === 0 ? 'Nothing was left to delete.' : `Deleted ${counted(deleted)}.`,
    ...(retained.length === 0
      ? []
      : [`${counted(retained.length)} reached the warehouse: MasonHub deletes only open RMAs, so they stay.`]),
    ...(unseen.length === 0
      ? []
      : [`${counted(unseen.length)} may have been created, but MasonHub does not show them.`]),
  ].join(' ')
  return unseen.length === 0 ? { message } : { message, status: 'warn', remedy: cleanAgain(context) }
}

function leftoverOf({ customerIdentifier, rma }: SeenTestRma): Leftover {
  return { customerIdentifier, status: rma?.rawStatus ?? null }
}

/** Those whose create was sent and not refused, and whose deletion was not seen, according to the journal. */
async function possiblyThere({ journal, merchant }: MerchantContext, tests: readonly TestRma[]): Promise<TestRma[]> {
  const returnIds = tests.map(({ customerIdentifier }) => customerIdentifier)
  const effects = await journal.effects.find({ merchant: merchant.name, returnIds, kinds: rmaKinds })
  const byId = Map.groupBy(effects, ({ returnId }) => returnId)
  return tests.filter(({ customerIdentifier }) => {
    const own = byId.get(customerIdentifier) ?? []
    const created = own.some(({ kind, state }) => kind === 'rma.create' && state !== 'planned' && state !== 'refused')
    return created && !own.some(({ kind, state }) => kind === 'rma.delete' && state === 'confirmed')
  })
}

/** Deletes these RMAs and waits until that shows. Returns identifiers of those that the dock has begun to receive. */
async function remove(context: MerchantContext, tests: readonly TestRma[]): Promise<Set<string>> {
  const { notOpen } = await writeTestRmas(context, 'rma.delete', tests)
  const stay = new Set(notOpen)
  const going = tests.filter(({ customerIdentifier }) => !stay.has(customerIdentifier))
  const seen = await pollUntil(
    context,
    timeout,
    () => readTestRmas(context, going),
    (all) => all.every(({ rma }) => rma === null),
  )
  const remaining = seen.filter(({ rma }) => rma !== null)
  if (remaining.length === 0) return stay
  throw failure(
    `MasonHub accepted the deletion of ${counted(remaining.length)} but still shows them.`,
    cleanAgain(context),
  )
}

function isOpen({ rma }: SeenTestRma): boolean {
  return rma?.status === 'open'
}

function asTests(ids: readonly string[]): TestRma[] {
  return ids.map((customerIdentifier) => ({ customerIdentifier }))
}

function counted(count: number): string {
  return count === 1 ? '1 test RMA' : `${count} test RMAs`
}
