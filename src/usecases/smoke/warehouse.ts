import type { DesiredRma, Rma } from '../../core/rmas/rma.ts'
import { isExpected, type SmokeReceipt, smokeDecision, smokeReceipt } from '../../core/rmas/smoke-rma.ts'
import { printable } from '../../core/text/printable.ts'
import type { DataFactoryEvent } from '../../masonhub/client.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { answerFault } from './answer-fault.ts'
import { failure, pollUntil, type StepResult } from './steps.ts'
import { readTestRmas } from './test-rmas.ts'

/** Milliseconds until the data factory's work must show. */
const timeout = 60_000

/** Lets MasonHub's data factory act as the warehouse for one RMA; recorded in the history before. Throws Fault. */
export async function play(
  context: MerchantContext,
  returnId: string,
  customerIdentifier: string,
  event: DataFactoryEvent,
) {
  const { journal, merchant, masonhub, actor } = context
  const entry = { at: nowOf(context), merchant: merchant.name, returnId, actor, kind: null, effectId: null }
  const message = `Asked MasonHub's data factory for ${event}`
  await journal.history.append([{ ...entry, what: 'data-factory', message }])
  const [answer] = await masonhub.dataFactory.rmaEvent([{ customerIdentifier, event }])
  if (answer?.kind === 'accepted') return
  throw answerFault(event, answer ?? { kind: 'in_doubt', detail: 'its answer does not mention it' })
}

/** A carrier's scan must leave the RMA open: a parcel on its way can still be changed (masonhub.md §4.8). */
export async function milestone(
  context: MerchantContext,
  test: DesiredRma,
  event: 'tendered' | 'inTransit' | 'delivered',
): Promise<StepResult> {
  await play(context, test.customerIdentifier, test.customerIdentifier, event)
  const [seen] = await readTestRmas(context, [test])
  if (seen?.rma?.status === 'open') return { message: `Still open after ${event}.` }
  throw failure(`After ${event} the RMA should still be open, but MasonHub says “${statusOf(seen?.rma)}”.`, report)
}

/** Receiving has begun: from now on no sync may change the RMA. */
export async function receivingStarted(context: MerchantContext, test: DesiredRma): Promise<StepResult> {
  await play(context, test.customerIdentifier, test.customerIdentifier, 'receivingStarted')
  const rma = await visibleWith(context, test, 'in-receiving')
  if (rma?.status === 'in-receiving') return { message: 'The RMA is in receiving.' }
  throw failure(`After receivingStarted MasonHub says “${statusOf(rma)}”, not “in-receiving”.`, report)
}

/** What the dock would count, and what MasonHub then shows. */
export async function receive(
  context: MerchantContext,
  test: DesiredRma,
  event: 'receiveFull' | 'receivePartial' | 'receiveUnexpected',
  { expected, again }: { expected: SmokeReceipt; again: string },
): Promise<{ rma: Rma; result: StepResult }> {
  await play(context, test.customerIdentifier, test.customerIdentifier, event)
  const rma = await visibleWith(context, test, 'received')
  if (rma?.status !== 'received') {
    throw failure(`${timeout / 1000} s after ${event} MasonHub still says “${statusOf(rma)}”.`, again)
  }
  const receipt = smokeReceipt(test, rma)
  if (receipt === expected) return { rma, result: { message: words[receipt] } }
  if (event === 'receivePartial' && receipt === 'complete') {
    return {
      rma,
      result: { message: 'Everything arrived by chance: MasonHub picks the units of a partial receipt at random.' },
    }
  }
  throw failure(`After ${event} the receipt is not what it should be: ${words[receipt]}`, report)
}

/** Applies the rules to the receipt as to any other, and compares their decision with what was counted. */
export function decided(context: MerchantContext, test: DesiredRma, rma: Rma): StepResult {
  const { policy } = context.merchant
  const decision = smokeDecision(test, rma, policy, nowOf(context))
  const reasons = decision.reasons.map(({ message }) => message).join(' ')
  const receipt = smokeReceipt(test, rma)
  if (isExpected(receipt, decision, policy)) return { message: `The rules would say ${decision.action}: ${reasons}` }
  throw failure(`The rules would say ${decision.action}, although ${meanings[receipt]} ${reasons}`, report)
}

const report = 'Report this line to the maintainers of mhloop: MasonHub does not behave as mhloop expects.'

const words: Record<SmokeReceipt, string> = {
  complete: 'Every unit is available.',
  short: 'Something is missing or damaged.',
  unclear: 'More arrived than announced, or something is not available.',
}
const meanings: Record<SmokeReceipt, string> = {
  complete: 'every unit is available.',
  short: 'something is missing or damaged.',
  unclear: 'the receipt is not as announced.',
}

async function visibleWith(context: MerchantContext, test: DesiredRma, status: Rma['status']): Promise<Rma | null> {
  const read = async () => (await readTestRmas(context, [test]))[0]?.rma ?? null
  return await pollUntil(context, timeout, read, (rma) => rma?.status === status)
}

function statusOf(rma: Rma | null | undefined): string {
  return rma ? printable(rma.rawStatus, 40) : 'no such RMA'
}
