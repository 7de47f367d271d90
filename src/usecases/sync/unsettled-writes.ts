import { customerIdentifierOf } from '../../core/rmas/identifiers.ts'
import { liveRmas } from '../../core/rmas/rma-difference.ts'
import { isSmokeIdentifier } from '../../core/rmas/smoke-rma.ts'
import { isYoung } from '../../core/rmas/write-check.ts'
import { showsSent } from '../../effects/own-rmas.ts'
import { confirmed, ended, isRmaKind, rmaKinds, unsettledStates } from '../../effects/rma.ts'
import type { EffectOutline } from '../../journal/journal.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'

/**
 * The returns with writes that are planned, or that were accepted and are not seen done even now. MasonHub alone
 * settles creates and deletes, thirty per request; only what it does not show costs a request to Loop as well.
 */
export async function unsettledWrites(
  context: MerchantContext,
  except: ReadonlySet<string>,
  options: { settle: boolean },
): Promise<Set<string>> {
  const { journal, merchant, masonhub, signal } = context
  const at = nowOf(context)
  const filter = { merchant: merchant.name, kinds: rmaKinds, states: unsettledStates }
  // What was sent a moment ago belongs to another process, or may still show. Test RMAs are settled by smoke.
  const isDue = ({ returnId, state, sentAt }: EffectOutline) =>
    !except.has(returnId) && !isSmokeIdentifier(returnId) && (state === 'planned' || !isYoung(sentAt, at))
  // By id: an effect that moves on meanwhile comes again in its next state.
  const due = new Map<string, EffectOutline>()
  for await (const page of journal.effects.outline(filter))
    for (const effect of page.filter(isDue)) due.set(effect.effectId, effect)
  const effects = [...due.values()]
  const ids = [...new Set(effects.map(({ returnId }) => returnId))]
  if (ids.length === 0) return new Set()
  // What can't be read stays unsettled: it is not absent. It is reported when its return is compared (F47).
  const unreadable = new Set<string>()
  const onUnreadable = (identifier: string) => void unreadable.add(identifier)
  const there = await masonhub.rmas.byCustomerIdentifiers(ids.map(customerIdentifierOf), { signal, onUnreadable })
  const rmasOf = (returnId: string) => there.get(customerIdentifierOf(returnId)) ?? []
  // What a create sent is read only where an RMA is there to be compared with it.
  const found = effects.filter(({ kind, returnId }) => kind === 'rma.create' && liveRmas(rmasOf(returnId)).length > 0)
  const returnIds = [...new Set(found.map(({ returnId }) => returnId))]
  const creates = await journal.effects.find({ merchant: merchant.name, returnIds, kinds: ['rma.create'] })
  const done = creates.filter((create) => showsSent(rmasOf(create.returnId), create))
  const doneIds = new Set(done.map(({ effectId }) => effectId))
  const isSeen = ({ effectId, returnId, kind, state }: EffectOutline) => {
    if (state === 'planned' || !isRmaKind(kind) || unreadable.has(customerIdentifierOf(returnId))) return false
    switch (kind) {
      case 'rma.create':
        return doneIds.has(effectId)
      case 'rma.update':
        return false
      case 'rma.delete':
        return liveRmas(rmasOf(returnId)).length === 0
    }
  }
  if (options.settle) {
    const seen = effects.filter(isSeen).map(({ effectId }) => confirmed(effectId))
    await journal.effects.settleMany(seen, { at: nowOf(context), actor: context.actor })
  }
  return new Set(effects.filter((effect) => !isSeen(effect)).map(({ returnId }) => returnId))
}

/** Ends every unsettled write of returns that Loop no longer knows: there is nothing left to compare MasonHub with. */
export async function giveUp(context: MerchantContext, returnIds: readonly string[]): Promise<void> {
  if (returnIds.length === 0) return
  const { journal, merchant, actor } = context
  const filter = { merchant: merchant.name, returnIds, kinds: rmaKinds, states: unsettledStates }
  const evidence = 'Loop no longer has this return.'
  const changes = (await journal.effects.find(filter)).map((effect) => ended(effect, evidence))
  await journal.effects.settleMany(changes, { at: nowOf(context), actor })
}
