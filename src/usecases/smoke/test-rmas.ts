import type { DesiredRma, Rma } from '../../core/rmas/rma.ts'
import { liveRmas, type RmaDifference, rmaDifference } from '../../core/rmas/rma-difference.ts'
import { digestOf } from '../../core/text/digest.ts'
import { type RmaKind, type RmaWrite, recordedByRow, rmaKinds, rmaProtocol } from '../../effects/rma.ts'
import { type Proposed, type Protocol, run } from '../../effects/run.ts'
import { settleRmaWrites } from '../../effects/settle.ts'
import type { RowAnswer } from '../../masonhub/client.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { answerFault } from './answer-fault.ts'

/** A test RMA: complete, or only its identifier when another run made it. */
export type TestRma = DesiredRma | Pick<DesiredRma, 'customerIdentifier'>

/** What MasonHub shows of one test RMA. */
export type SeenTestRma = {
  customerIdentifier: string
  /** The live RMA; null: it does not show (yet), or was deleted. */
  rma: Rma | null
  /** How it differs from what was written, by the rule that a sync uses. */
  difference: RmaDifference
}

/** Reads test RMAs now, and settles earlier writes by what it sees. In the order given. */
export async function readTestRmas(context: MerchantContext, tests: readonly TestRma[]): Promise<SeenTestRma[]> {
  if (tests.length === 0) return []
  const { masonhub, journal, merchant } = context
  const ids = tests.map(({ customerIdentifier }) => customerIdentifier)
  const there = await masonhub.rmas.byCustomerIdentifiers(ids)
  const effects = await journal.effects.find({ merchant: merchant.name, returnIds: ids, kinds: rmaKinds })
  const byId = Map.groupBy(effects, ({ returnId }) => returnId)
  const seen = tests.map((test) => {
    const { customerIdentifier } = test
    const rmas = there.get(customerIdentifier) ?? []
    const rma = liveRmas(rmas)[0] ?? null
    return { customerIdentifier, rmas, rma, difference: differenceOf(test, rmas) }
  })
  const seenEffects = seen.map((one) => ({ ...one, effects: byId.get(one.customerIdentifier) ?? [] }))
  await settleRmaWrites(context, seenEffects)
  return seen
}

function differenceOf(test: TestRma, there: readonly Rma[]): RmaDifference {
  if (!('lines' in test)) return { kind: 'nothing' }
  const plan = { kind: 'wanted' as const, rma: test, announced: [], excluded: [], unmapped: [], losses: [] }
  const parcel = {
    id: test.packageId,
    kind: 'label',
    movement: 'unknown',
    changedAt: null,
    lineItemIds: [],
  } as const
  return rmaDifference({ plan, there, parcels: [parcel], ours: true })
}

export type TestWrite = {
  /** Not known to be written: no answer came, or an unreadable one. A read will show. */
  inDoubt: string[]
  /** RMAs for which MasonHub bought a label although it must not (F36). */
  labels: string[]
  /** Not deleted, because the dock has begun to receive them. */
  notOpen: string[]
}

/**
 * Writes test RMAs through the journal, like every write to a vendor: planned and claimed before it is sent, with its
 * answer recorded. The RMA's identifier is used as the return id. Throws the Fault of the first one that was refused,
 * but for a delete of one that is no longer open.
 */
export async function writeTestRmas(
  context: MerchantContext,
  kind: RmaKind,
  tests: readonly TestRma[],
): Promise<TestWrite> {
  if (tests.length === 0) return { inDoubt: [], labels: [], notOpen: [] }
  const at = nowOf(context)
  const proposed = await Promise.all(tests.map((test) => proposedOf(context, kind, test)))
  const answered = await run(context, testProtocol(kind), proposed, at)
  const isNotOpen = (answer: RowAnswer) => kind === 'rma.delete' && isRefused(answer, '409')
  // An earlier delete has taken effect but does not show yet.
  const isGone = (answer: RowAnswer) => kind === 'rma.delete' && isRefused(answer, '303')
  for (const { effect, answer } of answered) {
    const failed = answer.kind === 'refused' || answer.kind === 'not_sent'
    if (failed && !isNotOpen(answer) && !isGone(answer)) throw answerFault(effect.returnId, answer)
  }
  const idsOf = (some: (answer: RowAnswer) => boolean) =>
    answered.filter(({ answer }) => some(answer)).map(({ effect }) => effect.returnId)
  return {
    inDoubt: idsOf(({ kind: answered }) => answered === 'in_doubt'),
    labels: idsOf((answer) => answer.kind === 'accepted' && answer.labelUrl !== null),
    notOpen: idsOf(isNotOpen),
  }
}

async function proposedOf(
  { journal, merchant, actor }: MerchantContext,
  kind: RmaKind,
  test: TestRma,
): Promise<Proposed<RmaWrite>> {
  const { customerIdentifier: returnId } = test
  const generation = (await journal.effects.lastGeneration(merchant.name, returnId, kind)) + 1
  const payload = kind === 'rma.delete' ? { customerIdentifier: returnId } : test
  return {
    item: { customerIdentifier: returnId, rma: 'lines' in test ? test : null },
    effect: { merchant: merchant.name, returnId, kind, generation, digest: digestOf(payload), payload, actor },
  }
}

function testProtocol(kind: RmaKind): Protocol<RmaWrite, RowAnswer> {
  return {
    ...rmaProtocol<RmaWrite>(kind),
    read({ answer }) {
      if (answer.kind === 'accepted') return { to: 'accepted', evidence: 'MasonHub accepted it.' }
      // It is not sent later: a test that failed is not repeated.
      return { ...recordedByRow(answer), ...(answer.kind === 'not_sent' ? { to: 'refused' } : {}) }
    },
  }
}

function isRefused(answer: RowAnswer, code: string): boolean {
  return answer.kind === 'refused' && answer.code === code
}
