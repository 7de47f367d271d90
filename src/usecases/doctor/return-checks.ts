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
import { accountOf } from '../../core/loop-account.ts'
import type { Effect } from '../../journal/journal.ts'
import { isOtherJournal, journalName } from '../../merchants/binding.ts'
import type { KeptSecrets } from '../../merchants/credentials.ts'
import { environmentMerchant } from '../../merchants/profile.ts'
import { refundStatus } from '../money-switch.ts'
import { listCursor } from '../sync/observe-window.ts'
import type { Examined } from './run.ts'
import { isProcessedByUs, type Subject } from './subject.ts'

const recently = ['loop.credentials'] as const
const journal = ['merchant.settings', 'journal.open'] as const

export const returnChecks: readonly Examined<Subject>[] = [
  {
    code: 'merchant.journal',
    needs: journal,
    async run(subject) {
      const { merchant, journal: bound } = await subject.found()
      const memory = await subject.machine.journal()
      const atHand = { id: await memory.installationId(), place: memory.location }
      if (merchant.name === environmentMerchant) return ok('The merchant “env” has no profile to bind to a journal.')
      const known = bound && { name: journalName(bound), same: !isOtherJournal(bound, atHand) }
      return journalVerdict(known, journalName(atHand), subject.name)
    },
  },
  {
    code: 'merchant.account',
    needs: journal,
    async run(subject) {
      const memory = await subject.machine.journal()
      return accountVerdict(
        await memory.refunds.namesBeside(subject.name, await accountOfSubject(subject)),
        subject.name,
      )
    },
  },
  {
    code: 'returns.readable',
    needs: recently,
    async run(subject) {
      const { returns, unreadable } = await subject.recent()
      const recent = `${counted(returns.length, 'return')} changed in the last ${recentDays} days`
      if (unreadable.length === 0) return ok(`${recent}.`)
      const ids = some(unreadable.map(({ returnId }) => returnId))
      return warn(
        `Loop's record of ${counted(unreadable.length, 'return')} can't be read: ${ids}.`,
        `mhloop rma show ${unreadable[0]?.returnId ?? ''} -m ${subject.name}`,
      )
    },
  },
  {
    code: 'returns.skus',
    needs: [...recently, 'masonhub.credentials'],
    async run(subject) {
      const { asked, known } = await subject.skus()
      return skusVerdict(asked, known, subject.name)
    },
  },
  {
    code: 'returns.reasons',
    needs: recently,
    async run(subject) {
      const { merchant } = await subject.found()
      return reasonsVerdict((await subject.recent()).returns, merchant.policy.reasons, subject.name)
    },
  },
  {
    code: 'returns.auto-processing',
    needs: [...recently, 'masonhub.credentials', 'journal.open'],
    run: async (subject) => autoProcessingVerdict(await recentReturns(subject, true)),
  },
  {
    code: 'returns.flagged',
    needs: [...recently, 'journal.open'],
    run: async (subject) => flaggedVerdict(await recentReturns(subject, false)),
  },
  {
    code: 'returns.foreign',
    needs: [...recently, 'journal.open'],
    async run(subject) {
      const [noted, memory] = await Promise.all([subject.notes(), subject.machine.journal()])
      const [effects, installationId, works] = await Promise.all([
        effectsOfAll(
          subject,
          noted.map(({ returnId }) => returnId),
        ),
        memory.installationId(),
        subject.works(),
      ])
      const claims = await Promise.all(noted.map(({ returnId }) => memory.claims.of(returnId)))
      const known = noted.map(({ returnId, isOpen, notes }, index) => {
        const own = effects.filter((effect) => effect.returnId === returnId)
        const ownClaims = (claims[index] ?? []).map(({ nonce }) => nonce)
        return { returnId, isOpen, notes, ownEffects: own.map(({ effectId }) => effectId), ownClaims }
      })
      return foreignVerdict(known, { installationId, works }, subject.name)
    },
  },
  {
    code: 'returns.stale',
    needs: ['masonhub.credentials', 'journal.open'],
    async run(subject) {
      const { links, total } = await subject.stale()
      const rmas = await subject.rmas()
      const stale = links.map(({ returnId, firstSeenAt }) => {
        return { returnId, since: firstSeenAt, rmas: rmas.get(returnId) ?? [] }
      })
      return staleVerdict(stale, total, subject.name)
    },
  },
  {
    code: 'work.silence',
    needs: ['merchant.secrets', 'journal.open'],
    async run(subject) {
      const secrets = await subject.secrets()
      if (secrets.receiverKey === undefined) return notConnected()
      const events = await subject.events()
      const of = (source: 'loop' | 'masonhub') =>
        events.filter((event) => event.source === source).map(({ receivedAt }) => receivedAt)
      const returns = await subject.recent().then(
        (recent) => recent.returns,
        () => null,
      )
      const connectedAt = await connectionOf(subject, secrets.receiverKey.since)
      return silenceVerdict(
        { loop: of('loop'), masonhub: of('masonhub'), returns, connectedAt },
        subject.name,
        subject.now,
      )
    },
  },
  {
    code: 'work.pull',
    needs: [...journal, 'loop.credentials'],
    async run(subject) {
      const cursor = await (await subject.machine.journal()).cursors.get(subject.name, listCursor)
      return pullVerdict(cursor, (await subject.recent()).returns, subject.name, subject.now)
    },
  },
  {
    code: 'work.inbox',
    needs: journal,
    async run(subject) {
      const oldest = await (await subject.machine.journal()).events.oldestNew(subject.name)
      return inboxVerdict(oldest, subject.now)
    },
  },
  {
    code: 'work.quarantine',
    needs: journal,
    async run(subject) {
      const { events } = await subject.machine.journal()
      const quarantined = await events.find({ merchant: subject.name, states: ['quarantined'], limit: 101 })
      return quarantineVerdict(quarantined.length, subject.name)
    },
  },
  { code: 'work.parked', needs: journal, run: async (subject) => parkedVerdict(await subject.open(), subject.name) },
  {
    code: 'work.in-doubt',
    needs: journal,
    run: async (subject) => doubtVerdict(await subject.open(), subject.name, subject.now),
  },
  {
    code: 'work.refunds',
    needs: journal,
    async run(subject) {
      const [memory, found] = await Promise.all([subject.machine.journal(), subject.found()])
      const pauses = await memory.refunds.pauses()
      const account = await accountOfSubject(subject)
      const status = await refundStatus(memory, await found.stored(), { pauses, now: subject.now, account })
      const pause = status.pause ?? pauses.find((one) => one.merchant === null) ?? null
      const words = pause && `${pause.reason} (${pause.actor}, ${pause.at.slice(0, 16).replace('T', ' ')} UTC)`
      const forAll = pause !== null && pause.merchant === null
      return refundsVerdict({ ...status, pause: words, forAll, pausedAs: pause?.merchant ?? null }, subject.name)
    },
  },
]

/** A key that can't be read is told by another check; the journal knows the account that it was. */
async function accountOfSubject(subject: Subject): Promise<string | undefined> {
  const { loopApiKey } = await subject.secrets().catch((): KeptSecrets => ({}))
  return loopApiKey === undefined ? undefined : accountOf(loopApiKey.value.reveal())
}

/** Also of other merchants here: two profiles of one account share this journal, and so are not foreign. */
async function effectsOfAll({ name, machine }: Subject, returnIds: readonly string[]): Promise<Effect[]> {
  const [{ effects }, names] = await Promise.all([machine.journal(), machine.names()])
  const found = await Promise.all(
    [...new Set([name, ...names])].map((merchant) => effects.find({ merchant, returnIds })),
  )
  return found.flat()
}

async function recentReturns(subject: Subject, withRmas: boolean): Promise<RecentReturn[]> {
  const [{ returns }, effects, rmas] = await Promise.all([
    subject.recent(),
    subject.effects(),
    withRmas ? subject.rmas() : null,
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

/** When our endpoint was last registered: what was filed before it was nobody's to tell. Null when nobody knows. */
async function connectionOf(subject: Subject, keySince: string | null): Promise<string | null> {
  const entries = await (await subject.machine.journal()).history.of(subject.name, '')
  const connected = entries.filter(({ what }) => what === 'connected').map(({ at }) => at)
  return [...connected, ...(keySince === null ? [] : [keySince])].sort().at(-1) ?? null
}
