import { customerIdentifierOf } from '../../core/identifiers.ts'
import { mapWithLimit } from '../../core/map-with-limit.ts'
import { liveRmas, rmaDifference } from '../../core/rma-difference.ts'
import type { Effect, EffectKind, NewEffect } from '../../journal/journal.ts'
import type { RowAnswer } from '../../masonhub/client.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import {
  checkWrite,
  effectKindOf,
  isWrite,
  notVisible,
  pastOf,
  type Write,
  type WriteKind,
  type Written,
} from './check-write.ts'
import { type Compared, writeDigest } from './compare.ts'
import { isOurs } from './own-rmas.ts'

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
  const { claimed, results } = await claim(context, kind, writes, options)
  const written = await mapWithLimit(batchesOf(claimed), batchesAtOnce, async (batch): Promise<Written[]> => {
    if (!context.signal.aborted) return await sendBatch(context, kind, batch, options)
    // Claimed but never sent: it must not look as if it were in doubt.
    await giveBack(context, batch)
    return batch.map(({ write }) => ({ kind: 'interrupted', item: write }))
  })
  return [...results, ...written.flat()]
}

/** `explicit`: a person asked for these returns, so that writes that failed before are tried at once. */
export type WriteOptions = { explicit: boolean }

type Claimed = { write: Write; effect: Effect }

/**
 * Batches of {@link batchSize}. Writes that failed before go into ever smaller batches, apart from the rest: otherwise
 * one record that makes MasonHub fail a whole request would keep its batch from ever being written (F33).
 */
function batchesOf(claimed: readonly Claimed[]): Claimed[][] {
  const bySize = Map.groupBy(claimed, ({ write, effect }) => sizeFor(write, effect.kind))
  return [...bySize].flatMap(([size, same]) =>
    Array.from({ length: Math.ceil(same.length / size) }, (_, index) => same.slice(index * size, (index + 1) * size)),
  )
}

function sizeFor(write: Write, kind: EffectKind): number {
  const failed = write.effects.filter(
    (effect) =>
      effect.kind === kind &&
      (effect.state === 'in_doubt' || effect.state === 'sent' || effect.evidence === notVisible),
  )
  return Math.max(1, Math.floor(batchSize / 2 ** failed.length))
}

async function claim(
  context: MerchantContext,
  kind: WriteKind,
  writes: readonly Write[],
  { explicit }: WriteOptions,
): Promise<{ claimed: Claimed[]; results: Written[] }> {
  const { journal, merchant, actor } = context
  const at = nowOf(context)
  const checked = writes.map((write) => ({ write, ...checkWrite(context, write, at, explicit) }))
  const results = checked.flatMap(({ stopped }) => stopped ?? [])
  const due = checked.flatMap(({ write, next }) => (next === null ? [] : [{ write, next }]))
  const superseded = due.flatMap(({ write, next }) =>
    pastOf(write)
      .filter(({ generation }) => next.supersede.includes(generation))
      .map(supersede),
  )
  const wanted = due.map(({ write, next }): { write: Write; effect: NewEffect } => ({
    write,
    effect: {
      merchant: merchant.name,
      returnId: write.loopReturn.returnId,
      kind: effectKindOf[kind],
      generation: next.generation,
      digest: writeDigest(write.difference),
      payload: payloadOf(write),
      actor,
    },
  }))
  await journal.effects.settleMany(superseded, { at, actor })
  const planned = await journal.effects.planMany(
    wanted.map(({ effect }) => effect),
    at,
  )
  const claimedEffects = new Map(
    (
      await journal.effects.claimMany(
        planned.map((effect) => effect.effectId),
        actor,
        at,
      )
    ).map((effect) => [effect.returnId, effect]),
  )
  const claimed: Claimed[] = []
  for (const { write } of wanted) {
    const effect = claimedEffects.get(write.loopReturn.returnId)
    if (effect) claimed.push({ write, effect })
    else results.push({ kind: 'taken', item: write })
  }
  return { claimed, results }
}

function supersede(effect: Effect): {
  effectId: string
  from: Effect['state'][]
  to: Effect['state']
  evidence: string
} {
  if (effect.state === 'planned')
    return {
      effectId: effect.effectId,
      from: ['planned'],
      to: 'abandoned',
      evidence: 'The return changed before it was sent.',
    }
  return {
    effectId: effect.effectId,
    from: ['sent', 'in_doubt', 'accepted'],
    to: 'refused',
    evidence: notVisible,
  }
}

/** The payload contains the units that the RMA is built from: after a crash there may be no other record of them. */
function payloadOf({ difference, plan }: Write): unknown {
  if (difference.kind === 'delete') return { customerIdentifier: difference.customerIdentifier }
  return { ...difference.rma, announced: plan.kind === 'wanted' ? plan.announced : null }
}

async function giveBack(context: MerchantContext, batch: readonly Claimed[]): Promise<void> {
  const changes = batch.map(({ effect }) => ({
    effectId: effect.effectId,
    from: ['sent'] as const,
    to: 'planned' as const,
    evidence: 'Interrupted before it was sent.',
  }))
  await context.journal.effects.settleMany(changes, { at: nowOf(context), actor: context.actor })
}

async function sendBatch(
  context: MerchantContext,
  kind: WriteKind,
  batch: readonly Claimed[],
  options: WriteOptions,
): Promise<Written[]> {
  const answers = await send(
    context,
    kind,
    batch.map(({ write }) => write),
  )
  const settled = batch.map(({ write, effect }) => ({
    write,
    effect,
    answer: answers.get(customerIdentifierOf(write.loopReturn.returnId)) ?? missing,
  }))
  const changes = settled.map(({ effect, answer }) => ({
    effectId: effect.effectId,
    from: ['sent'] as const,
    ...recordOf(answer),
  }))
  await context.journal.effects.settleMany(changes, { at: nowOf(context), actor: context.actor })
  const taken = settled.filter(({ answer }) => kind === 'create' && answer.kind === 'refused' && answer.code === '301')
  const adopted = taken.length === 0 ? [] : await adopt(context, taken, options)
  const takenItems = new Set(taken.map(({ write }) => write))
  return [
    ...settled.filter(({ write }) => !takenItems.has(write)).map(({ write, answer }) => resultOf(write, answer)),
    ...adopted,
  ]
}

const missing: RowAnswer = { kind: 'in_doubt', detail: "MasonHub's answer does not mention this record" }

async function send(
  context: MerchantContext,
  kind: WriteKind,
  writes: readonly Write[],
): Promise<Map<string, RowAnswer>> {
  const { rmas } = context.masonhub
  const bodies = writes.flatMap(({ difference }) => (difference.kind === 'delete' ? [] : [difference.rma]))
  switch (kind) {
    case 'create':
      return await rmas.create(bodies)
    case 'update':
      return await rmas.update(bodies)
    case 'delete':
      return await rmas.remove(writes.map(({ loopReturn }) => customerIdentifierOf(loopReturn.returnId)))
  }
}

function recordOf(answer: RowAnswer): { to: Effect['state']; evidence: string } {
  switch (answer.kind) {
    case 'accepted':
      return {
        to: 'accepted',
        evidence: answer.labelUrl === null ? 'MasonHub accepted it.' : 'MasonHub accepted it, and bought a label.',
      }
    case 'refused':
      return { to: 'refused', evidence: `MasonHub refused: ${answer.messages.join(' ')}` }
    case 'in_doubt':
      return { to: 'in_doubt', evidence: answer.detail }
    case 'not_sent':
      return { to: 'planned', evidence: `Not sent: ${answer.detail}` }
  }
}

function resultOf(item: Write, answer: RowAnswer): Written {
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'written', item, labelBought: answer.labelUrl !== null }
    case 'refused':
      return {
        kind: 'failed',
        item,
        code: refusalCode(answer),
        message: answer.messages.join(' ') || 'MasonHub refused it without saying why.',
      }
    case 'in_doubt':
      return {
        kind: 'failed',
        item,
        code: 'IN_DOUBT',
        message: `${answer.detail}. The next sync reads before it writes again.`,
      }
    case 'not_sent':
      return {
        kind: 'failed',
        item,
        code: answer.code ?? 'MASONHUB_UNREACHABLE',
        message: `${answer.detail.replace(/\.$/, '')}. Nothing was sent.`,
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
  taken: readonly { write: Write; effect: Effect }[],
  options: WriteOptions,
): Promise<Written[]> {
  const ids = taken.map(({ write }) => customerIdentifierOf(write.loopReturn.returnId))
  const there = await context.masonhub.rmas.byCustomerIdentifiers(ids)
  const results: Written[] = []
  const updates: Compared[] = []
  for (const { write } of taken) {
    const rmas = there.get(customerIdentifierOf(write.loopReturn.returnId)) ?? []
    const difference = rmaDifference({
      plan: write.plan,
      there: rmas,
      trackingNumbers: write.loopReturn.trackingNumbers,
      ours: isOurs(rmas, write.effects),
    })
    const item: Compared = { ...write, rmas, difference }
    if (liveRmas(rmas).length === 0) results.push(notThere(item))
    else if (difference.kind === 'update') updates.push(item)
    else if (difference.kind === 'foreign' || difference.kind === 'too-late')
      results.push({ kind: 'failed', item, code: difference.reason.code, message: difference.reason.message })
    else results.push({ kind: 'written', item })
  }
  return [...results, ...(await writeRmas(context, 'update', updates, options))]
}

function notThere(item: Compared): Written {
  if (item.rmas.length > 0) {
    const message =
      'MasonHub still holds the number of a deleted RMA and accepts no new one: ask MasonHub to release it.'
    return { kind: 'failed', item, code: 'RMA_DELETED', message }
  }
  const message = 'MasonHub says that the RMA exists, but does not show it yet. The next sync checks again.'
  return { kind: 'failed', item, code: 'IN_DOUBT', message }
}
