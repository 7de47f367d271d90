import { mapWithLimit } from '../../core/concurrency/map-with-limit.ts'
import { customerIdentifierOf } from '../../core/rmas/identifiers.ts'
import { liveRmas, rmaDifference } from '../../core/rmas/rma-difference.ts'
import { isOurs } from '../../effects/own-rmas.ts'
import { ended, type RmaWrite, rmaProtocol } from '../../effects/rma.ts'
import { type Claimed, claim, giveBack, type Proposed, plan, send } from '../../effects/run.ts'
import type { RowAnswer } from '../../masonhub/client.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { differenceInputOf } from '../returns/observe-returns.ts'
import {
  checkWrite,
  failed,
  isWrite,
  notVisible,
  pastOf,
  type Write,
  type WriteKind,
  type Written,
} from './check-write.ts'
import { type Compared, writeDigest } from './compare.ts'

/** MasonHub accepts 30 records per request (masonhub.md §3.3). */
export const batchSize = 30

/** Two, so that one batch is in flight while another waits for its permit. */
const batchesAtOnce = 2

/**
 * Sends the writes of one kind, recorded in the journal before and after, at most {@link batchSize} per request. An RMA
 * that turns out to exist already (301) is read again, and adopted, updated or left to a person (F34).
 */
export async function writeRmas(
  context: MerchantContext,
  kind: WriteKind,
  items: readonly Compared[],
  options: WriteOptions,
): Promise<Written[]> {
  const writes = items.filter((item): item is Write => isWrite(item) && item.difference.kind === kind)
  const { claimed, results } = await claimDue(context, kind, writes, options)
  const written = await mapWithLimit(batchesOf(claimed), batchesAtOnce, async (batch): Promise<Written[]> => {
    if (!context.signal.aborted) return await sendBatch(context, kind, batch, options)
    // Claimed but never sent: it must not look as if it were in doubt.
    await giveBack(context, batch, 'Interrupted before it was sent.')
    return batch.map(({ item }) => ({ kind: 'interrupted', item: item.write }))
  })
  return [...results, ...written.flat()]
}

/** `explicit`: a person asked for these returns, so that writes that failed before are tried at once. */
export type WriteOptions = { explicit: boolean }

/** A write that is due, with its record. */
type Due = RmaWrite & { write: Write }

/**
 * Batches of {@link batchSize}. Writes that failed before go into ever smaller batches, apart from the rest: otherwise
 * one record that makes MasonHub fail a whole request would keep its batch from ever being written (F33).
 */
function batchesOf(claimed: readonly Claimed<Due>[]): Claimed<Due>[][] {
  const bySize = Map.groupBy(claimed, ({ item }) => sizeFor(item.write))
  return [...bySize].flatMap(([size, same]) =>
    Array.from({ length: Math.ceil(same.length / size) }, (_, index) => same.slice(index * size, (index + 1) * size)),
  )
}

function sizeFor(write: Write): number {
  const failed = pastOf(write).filter(
    ({ state, evidence }) => state === 'in_doubt' || state === 'sent' || evidence === notVisible,
  )
  return Math.max(1, Math.floor(batchSize / 2 ** failed.length))
}

/** Plans and claims the writes that may be sent now; for each of the others, `results` gets the reason. */
async function claimDue(
  context: MerchantContext,
  kind: WriteKind,
  writes: readonly Write[],
  { explicit }: WriteOptions,
): Promise<{ claimed: Claimed<Due>[]; results: Written[] }> {
  const { journal, merchant, actor } = context
  const at = nowOf(context)
  const checked = writes.map((write) => ({ write, ...checkWrite(context, write, at, explicit) }))
  const stopped = checked.flatMap((one) => one.stopped ?? [])
  const due = checked.flatMap(({ write, next }) => (next === null ? [] : [{ write, next }]))
  const superseded = due.flatMap(({ write, next }) =>
    pastOf(write)
      .filter(({ generation }) => next.supersede.includes(generation))
      .map((effect) =>
        ended(effect, effect.state === 'planned' ? 'The return changed before it was sent.' : notVisible),
      ),
  )
  const proposed = due.map(({ write, next }): Proposed<Due> => {
    const { difference } = write
    const { returnId } = write.loopReturn
    const rma = difference.kind === 'delete' ? null : difference.rma
    const identity = { merchant: merchant.name, returnId, kind: `rma.${kind}`, generation: next.generation } as const
    return {
      item: { write, customerIdentifier: customerIdentifierOf(returnId), rma },
      effect: { ...identity, digest: writeDigest(difference), payload: payloadOf(write), actor },
    }
  })
  await journal.effects.settleMany(superseded, { at, actor })
  const claimed = await claim(context, await plan(context, proposed, at), at)
  const won = new Set(claimed.map(({ item }) => item))
  const others = proposed.filter(({ item }) => !won.has(item))
  return { claimed, results: [...stopped, ...others.map(({ item }): Written => ({ kind: 'taken', item: item.write }))] }
}

/** The payload contains the units that the RMA is built from: after a crash there may be no other record of them. */
function payloadOf({ difference, plan }: Write): unknown {
  if (difference.kind === 'delete') return { customerIdentifier: difference.customerIdentifier }
  return { ...difference.rma, announced: plan.kind === 'wanted' ? plan.announced : null }
}

async function sendBatch(
  context: MerchantContext,
  kind: WriteKind,
  batch: readonly Claimed<Due>[],
  options: WriteOptions,
): Promise<Written[]> {
  const answered = await send(context, rmaProtocol<Due>(`rma.${kind}`), batch)
  const { taken = [], others = [] } = Object.groupBy(answered, ({ answer }) =>
    kind === 'create' && answer.kind === 'refused' && answer.code === '301' ? 'taken' : 'others',
  )
  const adopted = taken.length === 0 ? [] : await adopt(context, taken, options)
  return [...others.map(({ item, answer }) => resultOf(item.write, answer)), ...adopted]
}

function resultOf(item: Write, answer: RowAnswer): Written {
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'written', item, labelBought: answer.labelUrl !== null }
    case 'refused':
      return failed(item, refusalCode(answer), answer.messages.join(' ') || 'MasonHub refused it without saying why.')
    case 'in_doubt':
      return failed(item, 'IN_DOUBT', `${answer.detail}. The next sync reads before it writes again.`)
    case 'not_sent': {
      const message = `${answer.detail.replace(/\.$/, '')}. Nothing was sent.`
      return failed(item, answer.code ?? 'MASONHUB_UNREACHABLE', message)
    }
  }
}

/** MasonHub's own code, or that of a refusal of the whole request, such as for a revoked token. */
function refusalCode({ code, messages }: Extract<RowAnswer, { kind: 'refused' }>): string {
  if (code !== null) return `MASONHUB_${code}`
  return /^(MASONHUB_[A-Z_]+): /.exec(messages[0] ?? '')?.[1] ?? 'MASONHUB_REFUSED'
}

/** "Already taken": by an earlier try of ours, another installation, or somebody else's RMA. Only reading tells. */
async function adopt(
  context: MerchantContext,
  taken: readonly Claimed<Due>[],
  options: WriteOptions,
): Promise<Written[]> {
  const ids = taken.map(({ item }) => item.customerIdentifier)
  const there = await context.masonhub.rmas.byCustomerIdentifiers(ids)
  const { policy } = (await context.stored()).merchant
  const results: Written[] = []
  const updates: Compared[] = []
  for (const { item: due } of taken) {
    const { write, customerIdentifier } = due
    const rmas = there.get(customerIdentifier) ?? []
    const difference = rmaDifference({
      plan: write.plan,
      there: rmas,
      ours: isOurs(rmas, write.effects),
      ...differenceInputOf(write.loopReturn, policy),
    })
    const item: Compared = { ...write, rmas, difference }
    if (liveRmas(rmas).length === 0) results.push(notThere(item))
    else if (difference.kind === 'update') updates.push(item)
    else if (difference.kind === 'foreign' || difference.kind === 'too-late')
      results.push(failed(item, difference.reason.code, difference.reason.message))
    else results.push({ kind: 'written', item })
  }
  return [...results, ...(await writeRmas(context, 'update', updates, options))]
}

function notThere(item: Compared): Written {
  if (item.rmas.length > 0) {
    const message =
      'MasonHub still holds the number of a deleted RMA and accepts no new one: ask MasonHub to release it.'
    return failed(item, 'RMA_DELETED', message)
  }
  const message = 'MasonHub says that the RMA exists, but does not show it yet. The next sync checks again.'
  return failed(item, 'IN_DOUBT', message)
}
