import { outcomesVerdict } from '../../core/doctor/outcomes.ts'
import {
  autoProcessingVerdict,
  flaggedVerdict,
  foreignVerdict,
  type RecentReturn,
  reasonsVerdict,
  recentDays,
  skusVerdict,
  staleVerdict,
} from '../../core/doctor/returns.ts'
import { accountVerdict, journalVerdict, notConnected } from '../../core/doctor/setup.ts'
import { counted, ok, some, warn } from '../../core/doctor/verdict.ts'
import {
  doubtVerdict,
  inboxVerdict,
  parkedVerdict,
  pullVerdict,
  quarantineVerdict,
  refundsVerdict,
  silenceVerdict,
} from '../../core/doctor/work.ts'
import { accountOf } from '../../core/merchants/loop-account.ts'
import type { Effect } from '../../journal/journal.ts'
import { isOtherJournal, journalName } from '../../merchants/profiles/binding.ts'
import { environmentMerchant } from '../../merchants/profiles/profile.ts'
import type { StoredSecrets } from '../../merchants/secrets/credentials.ts'
import { refundStatus } from '../refunds/refund-status.ts'
import { listCursor } from '../sync/observe-window.ts'
import { type CheckContext, isProcessedByUs } from './check-context.ts'
import type { CheckOf } from './run.ts'

const recently = ['loop.credentials'] as const
const journal = ['merchant.settings', 'journal.open'] as const

export const returnChecks: readonly CheckOf<CheckContext>[] = [
  {
    code: 'merchant.journal',
    needs: journal,
    async run(context) {
      const { merchant, journal: bound } = await context.found()
      const memory = await context.machine.journal()
      const atHand = { id: await memory.installationId(), place: memory.location }
      if (merchant.name === environmentMerchant) return ok('The merchant “env” has no profile to bind to a journal.')
      const known = bound && { name: journalName(bound), same: !isOtherJournal(bound, atHand) }
      return journalVerdict(known, journalName(atHand), context.name)
    },
  },
  {
    code: 'merchant.account',
    needs: journal,
    async run(context) {
      const memory = await context.machine.journal()
      return accountVerdict(
        await memory.refunds.namesBeside(context.name, await accountOfMerchant(context)),
        context.name,
      )
    },
  },
  {
    code: 'returns.readable',
    needs: recently,
    async run(context) {
      const { returns, unreadable } = await context.recent()
      const recent = `${counted(returns.length, 'return')} changed in the last ${recentDays} days`
      if (unreadable.length === 0) return ok(`${recent}.`)
      const ids = some(unreadable.map(({ returnId }) => returnId))
      return warn(
        `Loop's record of ${counted(unreadable.length, 'return')} can't be read: ${ids}.`,
        `mhloop rma show ${unreadable[0]?.returnId ?? ''} -m ${context.name}`,
      )
    },
  },
  {
    code: 'returns.skus',
    needs: [...recently, 'masonhub.credentials'],
    async run(context) {
      const { checked, known } = await context.skus()
      return skusVerdict(checked, known, context.name)
    },
  },
  {
    code: 'returns.reasons',
    needs: recently,
    async run(context) {
      const { merchant } = await context.found()
      return reasonsVerdict((await context.recent()).returns, merchant.policy.reasons, context.name)
    },
  },
  {
    code: 'returns.outcomes',
    needs: recently,
    async run(context) {
      const { merchant } = await context.found()
      return outcomesVerdict(await context.outcomes(), merchant.policy, context.name)
    },
  },
  {
    code: 'returns.auto-processing',
    needs: [...recently, 'masonhub.credentials', 'journal.open'],
    run: async (context) => autoProcessingVerdict(await recentReturns(context, true)),
  },
  {
    code: 'returns.flagged',
    needs: [...recently, 'journal.open'],
    run: async (context) => flaggedVerdict(await recentReturns(context, false)),
  },
  {
    code: 'returns.foreign',
    needs: [...recently, 'journal.open'],
    async run(context) {
      const [noted, memory] = await Promise.all([context.notes(), context.machine.journal()])
      const [effects, installationId, works] = await Promise.all([
        effectsOfAll(
          context,
          noted.map(({ returnId }) => returnId),
        ),
        memory.installationId(),
        context.works(),
      ])
      const claims = await Promise.all(noted.map(({ returnId }) => memory.claims.of(returnId)))
      const known = noted.map(({ returnId, isOpen, notes }, index) => {
        const own = effects.filter((effect) => effect.returnId === returnId)
        const ownClaims = (claims[index] ?? []).map(({ nonce }) => nonce)
        return { returnId, isOpen, notes, ownEffects: own.map(({ effectId }) => effectId), ownClaims }
      })
      return foreignVerdict(known, { installationId, works }, context.name)
    },
  },
  {
    code: 'returns.stale',
    needs: ['masonhub.credentials', 'journal.open'],
    async run(context) {
      const { links, total } = await context.stale()
      const rmas = await context.rmas()
      const stale = links.map(({ returnId, firstSeenAt }) => {
        return { returnId, since: firstSeenAt, rmas: rmas.get(returnId) ?? [] }
      })
      return staleVerdict(stale, total, context.name)
    },
  },
  {
    code: 'work.silence',
    needs: ['merchant.secrets', 'journal.open'],
    async run(context) {
      const secrets = await context.secrets()
      if (secrets.receiverKey === undefined) return notConnected()
      const events = await context.events()
      const of = (source: 'loop' | 'masonhub') =>
        events.filter((event) => event.source === source).map(({ receivedAt }) => receivedAt)
      const returns = await context.recent().then(
        (recent) => recent.returns,
        () => null,
      )
      const connectedAt = await connectionOf(context, secrets.receiverKey.since)
      return silenceVerdict(
        { loop: of('loop'), masonhub: of('masonhub'), returns, connectedAt },
        context.name,
        context.now,
      )
    },
  },
  {
    code: 'work.pull',
    needs: [...journal, 'loop.credentials'],
    async run(context) {
      const cursor = await (await context.machine.journal()).cursors.get(context.name, listCursor)
      return pullVerdict(cursor, (await context.recent()).returns, context.name, context.now)
    },
  },
  {
    code: 'work.inbox',
    needs: journal,
    async run(context) {
      const oldest = await (await context.machine.journal()).events.oldestNew(context.name)
      return inboxVerdict(oldest, context.now)
    },
  },
  {
    code: 'work.quarantine',
    needs: journal,
    async run(context) {
      const { events } = await context.machine.journal()
      const quarantined = await events.find({ merchant: context.name, states: ['quarantined'], limit: 101 })
      return quarantineVerdict(quarantined.length, context.name)
    },
  },
  { code: 'work.parked', needs: journal, run: async (context) => parkedVerdict(await context.open(), context.name) },
  {
    code: 'work.in-doubt',
    needs: journal,
    run: async (context) => doubtVerdict(await context.open(), context.name, context.now),
  },
  {
    code: 'work.refunds',
    needs: journal,
    async run(context) {
      const [memory, found] = await Promise.all([context.machine.journal(), context.found()])
      const pauses = await memory.refunds.pauses()
      const account = await accountOfMerchant(context)
      const status = await refundStatus(memory, await found.stored(), { pauses, now: context.now, account })
      const pause = status.pause ?? pauses.find((one) => one.merchant === null) ?? null
      const words = pause && `${pause.reason} (${pause.actor}, ${pause.at.slice(0, 16).replace('T', ' ')} UTC)`
      const forAll = pause !== null && pause.merchant === null
      return refundsVerdict({ ...status, pause: words, forAll, pausedAs: pause?.merchant ?? null }, context.name)
    },
  },
]

/** Another check reports a key that can't be read; the journal then uses the account that it knows. */
async function accountOfMerchant(context: CheckContext): Promise<string | undefined> {
  const { loopApiKey } = await context.secrets().catch((): StoredSecrets => ({}))
  return loopApiKey === undefined ? undefined : accountOf(loopApiKey.value.reveal())
}

/** Includes effects of other merchants here: two profiles of one account share this journal, and are not foreign. */
async function effectsOfAll({ name, machine }: CheckContext, returnIds: readonly string[]): Promise<Effect[]> {
  const [{ effects }, names] = await Promise.all([machine.journal(), machine.names()])
  const found = await Promise.all(
    [...new Set([name, ...names])].map((merchant) => effects.find({ merchant, returnIds })),
  )
  return found.flat()
}

async function recentReturns(context: CheckContext, withRmas: boolean): Promise<RecentReturn[]> {
  const [{ returns }, effects, rmas] = await Promise.all([
    context.recent(),
    context.effects(),
    withRmas ? context.rmas() : null,
  ])
  return returns.map((loopReturn) => {
    const known = effects.get(loopReturn.returnId) ?? []
    const flags = known.filter(({ kind, state }) => kind === 'flag' && (state === 'accepted' || state === 'confirmed'))
    return {
      loopReturn,
      rmas: rmas?.get(loopReturn.returnId) ?? null,
      processedByUs: isProcessedByUs(known),
      flaggedAt: flags.at(-1)?.sentAt ?? null,
    }
  })
}

/** When our endpoint was last registered: earlier returns could not send a webhook to it. null: unknown. */
async function connectionOf(context: CheckContext, keySince: string | null): Promise<string | null> {
  const entries = await (await context.machine.journal()).history.of(context.name, '')
  const connected = entries.filter(({ what }) => what === 'connected').map(({ at }) => at)
  return [...connected, ...(keySince === null ? [] : [keySince])].sort().at(-1) ?? null
}
