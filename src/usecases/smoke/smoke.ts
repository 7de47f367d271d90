import type { Check } from '../../core/doctor/check.ts'
import type { ExitCode } from '../../core/errors/fault.ts'
import type { DesiredRma, Rma } from '../../core/rmas/rma.ts'
import { changedSmokeRma, type SmokeKind, type SmokeRun, smokeKinds, smokeRma } from '../../core/rmas/smoke-rma.ts'
import { printable, printableWithUnseen } from '../../core/text/printable.ts'
import { day, type MerchantContext, nowOf, shifted } from '../merchant-context.ts'
import { callbacksArrived } from './callbacks.ts'
import { cleanAll, cleanEarlierRuns, cleanUp, type Leftover } from './leftovers.ts'
import { received, resolved, synced, testReturn } from './loop-return.ts'
import { cleanAgain, smokeAgain } from './repeat-commands.ts'
import type { SmokeRequest } from './smoke-request.ts'
import { failure, pollUntil, type StepResult, type Steps, stepsOf } from './steps.ts'
import { readTestRmas, type TestWrite, writeTestRmas } from './test-rmas.ts'
import { decided, milestone, receive, receivingStarted } from './warehouse.ts'

export type SmokeResult = {
  run: string
  checks: readonly Check[]
  /** Test RMAs that stay at MasonHub. */
  left: Leftover[]
  exit: ExitCode
}

type Run = {
  context: MerchantContext
  steps: Steps
  /** Whether a warehouse can be simulated: never in production. */
  played: boolean
  request: SmokeRequest
  id: SmokeRun
  tests: Map<SmokeKind, DesiredRma>
  left: Leftover[]
}

/** Milliseconds that a write may take to show in reads (C9). */
const timeout = 60_000

/**
 * Takes test RMAs through MasonHub from create to receipt, applies the rules to each receipt, and cleans up, whatever
 * happens in between. Loop is only read, unless one of its returns is given for the test. Each step is a check; the
 * first failure skips the rest.
 */
export async function smoke(context: MerchantContext, request: SmokeRequest): Promise<SmokeResult> {
  const id = { beganAt: nowOf(context), random: request.random }
  const steps = stepsOf(context)
  const played = context.merchant.environment !== 'production'
  const run: Run = { context, steps, played, request, id, tests: new Map(), left: [] }
  let ours: unknown
  try {
    await prepare(run)
    await write(run)
    await playWarehouse(run)
    await tryReturn(run)
  } catch (error) {
    ours = error
  }
  // Ctrl-C must not leave anything behind, either.
  await steps.always('smoke.clean-up', () => tidy(run))
  if (ours !== undefined) throw ours
  return { run: id.random, checks: steps.checks, left: run.left, exit: steps.exit }
}

async function prepare(run: Run): Promise<void> {
  const { context, steps, request, tests, id } = run
  const { masonhub, loop, merchant } = context
  await steps.step('masonhub.account', async () => {
    await masonhub.check()
    return { message: `MasonHub answers for ${printable(merchant.masonhub.slug, 60)} (${merchant.environment}).` }
  })
  await steps.step('loop.account', async () => {
    await loop.check()
    return { message: 'Loop answers.' }
  })
  const { loopReturn } = request
  if (loopReturn !== null) {
    await steps.step('loop.return', () => testReturn(context, loopReturn.returnId, loopReturn.mayUse))
  }
  await steps.step('smoke.leftovers', () => cleanEarlierRuns(context))
  await steps.step('smoke.skus', async () => {
    const skus = await testSkus(context, request)
    const kinds = run.played ? smokeKinds : (['deleted'] as const)
    for (const kind of kinds) tests.set(kind, smokeRma(id, kind, { skus, policy: merchant.policy }))
    return { message: `Test RMAs use ${skus.map((sku) => printable(sku, 60)).join(' and ')}.` }
  })
}

/** Returns of a month are enough to see what the merchant sells. */
const lookBack = 30 * day
const mostSkus = 2

/**
 * The SKUs of --sku; without them, SKUs of recent returns that MasonHub knows; without those, any of MasonHub's
 * catalogue.
 */
async function testSkus(context: MerchantContext, request: SmokeRequest): Promise<string[]> {
  const named = request.skus
  const { masonhub, loop, signal } = context
  const requested = named.length > 0 ? [...new Set(named)] : [...(await returnedSkus())]
  const known = await masonhub.knownSkus(requested)
  const unknown = named.find((sku) => !known.has(sku))
  if (unknown !== undefined) {
    throw failure(
      `MasonHub has no SKU ${printableWithUnseen(unknown, 100)}.`,
      `Name SKUs of this account: ${smokeAgain(context, { ...request, skus: ['SKU'] })}`,
    )
  }
  if (named.length > 0) return requested
  const usual = requested.filter((sku) => known.has(sku)).slice(0, mostSkus)
  const skus = usual.length > 0 ? usual : await masonhub.someSkus(mostSkus)
  if (skus.length > 0) return skus
  throw failure("MasonHub's catalogue is empty, so there is nothing to return.", 'Create a SKU at MasonHub first.')

  async function returnedSkus(): Promise<Set<string>> {
    const to = nowOf(context)
    const query = {
      from: shifted(to, -lookBack),
      to,
      filter: 'created_at',
      states: ['open', 'closed'],
      signal,
    } as const
    const skus = new Set<string>()
    for await (const page of loop.list({ ...query, states: [...query.states], pageSize: 50, onUnreadable: () => {} })) {
      for (const { units } of page) for (const { sku } of units) if (isSendable(sku)) skus.add(sku)
      if (skus.size >= 10 * mostSkus) break
    }
    return skus
  }
}

/** MasonHub accepts 2 to 100 characters (masonhub.md §4.1). */
function isSendable(sku: string | null): sku is string {
  return sku !== null && sku === sku.trim() && sku.length >= 2 && sku.length <= 100
}

async function write(run: Run): Promise<void> {
  const { context, steps, tests } = run
  let written: TestWrite = { inDoubt: [], labels: [], notOpen: [] }
  await steps.step('rma.create', async () => {
    written = await writeTestRmas(context, 'rma.create', [...tests.values()])
    return accepted(run, 'create', tests.size, written)
  })
  await steps.step('rma.read', () => visibleAsWritten(run, written))
  await steps.step('rma.update', async () => {
    for (const [kind, test] of tests) tests.set(kind, changedSmokeRma(test))
    return accepted(run, 'update', tests.size, await writeTestRmas(context, 'rma.update', [...tests.values()]))
  })
  await steps.step('rma.read-update', () => visibleAsWritten(run, written))
  await steps.step('rma.delete', async () => {
    const test = testOf(run, 'deleted')
    const written = await writeTestRmas(context, 'rma.delete', [test])
    if (written.notOpen.length > 0) {
      throw failure("MasonHub says that the RMA is no longer open, so it can't be deleted.", again(run))
    }
    const result = accepted(run, 'delete', 1, written)
    const read = async () => (await readTestRmas(context, [test]))[0]?.rma ?? null
    if ((await pollUntil(context, timeout, read, (rma) => rma === null)) === null) return result
    throw failure(`MasonHub still shows the RMA ${timeout / 1000} s after it was deleted.`, cleanAgain(context))
  })
}

function accepted(run: Run, what: string, count: number, { inDoubt }: TestWrite): StepResult {
  const rmas = count === 1 ? '1 test RMA' : `${count} test RMAs`
  if (inDoubt.length === 0) return { message: `MasonHub accepted the ${what} of ${rmas}.` }
  const message = `MasonHub did not say whether it accepted the ${what} of ${inDoubt.length} of ${rmas}: the next step checks.`
  return { status: 'warn', message, remedy: `Run it again, and if it repeats, tell MasonHub: ${again(run)}` }
}

/** Everything must be there as it was written, and no label may have been bought for it (F36). */
async function visibleAsWritten(run: Run, { labels }: Pick<TestWrite, 'labels'>): Promise<StepResult> {
  const { context, tests } = run
  const requested = [...tests.values()]
  const read = () => readTestRmas(context, requested)
  const seen = await pollUntil(context, timeout, read, (all) =>
    all.every(({ difference }) => difference.kind === 'unchanged'),
  )
  const bought = seen.find(
    ({ rma, customerIdentifier }) => rma?.labelUrl != null || labels.includes(customerIdentifier),
  )
  if (bought)
    throw failure(`MasonHub bought a label for ${bought.customerIdentifier}.`, 'Tell MasonHub: none was requested.')
  const wrong = seen.find(({ difference }) => difference.kind !== 'unchanged')
  if (wrong === undefined) return { message: 'Present as written, and no label was bought.' }
  const why =
    wrong.difference.kind === 'update' ? `other ${wrong.difference.changes.map(({ field }) => field)}` : 'nothing'
  throw failure(`After ${timeout / 1000} s MasonHub shows ${why} for ${wrong.customerIdentifier}.`, again(run))
}

function again({ context, request }: Run): string {
  return smokeAgain(context, request)
}

function testOf({ tests }: Run, kind: SmokeKind): DesiredRma {
  const test = tests.get(kind)
  if (test === undefined) throw new Error(`no test RMA for ${kind}`)
  return test
}

const receipts = [
  ['full', 'receiveFull', 'complete'],
  ['partial', 'receivePartial', 'short'],
  ['unexpected', 'receiveUnexpected', 'unclear'],
] as const

async function playWarehouse(run: Run): Promise<void> {
  const { context, steps } = run
  const warehouse = (code: string, work: () => Promise<StepResult>) =>
    steps.step(code, async () => (run.played ? await work() : notPlayed))
  for (const [code, event] of [
    ['warehouse.tendered', 'tendered'],
    ['warehouse.in-transit', 'inTransit'],
    ['warehouse.delivered', 'delivered'],
  ] as const) {
    await warehouse(code, () => milestone(context, testOf(run, 'full'), event))
  }
  await warehouse('warehouse.receiving-started', () => receivingStarted(context, testOf(run, 'full')))
  const rmas = new Map<SmokeKind, Rma>()
  for (const [kind, event, expected] of receipts) {
    await warehouse(`receipt.${kind}`, async () => {
      const { rma, result } = await receive(context, testOf(run, kind), event, { expected, again: again(run) })
      rmas.set(kind, rma)
      return result
    })
  }
  for (const [kind] of receipts) {
    await warehouse(`decision.${kind}`, async () => decided(context, testOf(run, kind), rmas.get(kind) as Rma))
  }
  await warehouse('callbacks.received', async () => {
    const ids = receipts.map(([kind]) => testOf(run, kind).customerIdentifier)
    const receiverKey = await run.request.receiverKey()
    return await callbacksArrived(context, { receiverKey, ids, since: run.id.beganAt })
  })
}

const notPlayed: StepResult = {
  status: 'skipped',
  message:
    "MasonHub's data factory simulates the warehouse in sandbox accounts only, and is never called in production.",
}

/** Takes one return of Loop all the way, only if one was given for the test. */
async function tryReturn(run: Run): Promise<void> {
  const {
    context,
    steps,
    request: { loopReturn },
  } = run
  if (loopReturn === null) return
  const { returnId, event, mayResolve } = loopReturn
  await steps.step('loop.sync', () => synced(context, returnId))
  await steps.step('loop.receipt', () => received(context, returnId, { event, again: again(run) }))
  await steps.step('loop.resolution', () => resolved(context, returnId, mayResolve))
}

async function tidy(run: Run): Promise<StepResult> {
  const tests = [...run.tests.values()]
  // If the clean-up fails, every test RMA that is not known to be gone is reported as left.
  run.left = tests.map(({ customerIdentifier }) => ({ customerIdentifier, status: null }))
  const unhurried = { ...run.context, signal: new AbortController().signal }
  const { result, left: remaining } = await cleanUp(unhurried, tests, run.request)
  run.left = remaining
  return result
}

/** Only cleans up after earlier runs, of any age and from any machine. */
export async function cleanSmoke(context: MerchantContext): Promise<Omit<SmokeResult, 'run'>> {
  const steps = stepsOf(context)
  await steps.step('smoke.leftovers', () => cleanAll(context))
  return { checks: steps.checks, left: [], exit: steps.exit }
}
