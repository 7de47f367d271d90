/**
 * Checks a simulated world: it uses the vendors' ground truth and the journals, and nothing of what mhloop concluded.
 */

import type { Policy } from '../../src/core/merchants/policy.ts'
import { noteTag } from '../../src/core/refunds/flag-note.ts'
import type { Effect, Journal, JournalEvent, Link } from '../../src/journal/journal.ts'
import { liesAbout, mayWait } from './boxes-oracle.ts'
import type { FaultKind } from './fault-rates.ts'
import { unreported } from './grades.ts'
import type { Held } from './installation.ts'
import { current, type Loop, type LoopReturn } from './loop.ts'
import { latest, type MasonHub, type Rma } from './masonhub.ts'
import { allAvailable, isProcessed } from './oracle.ts'
import type { Stores } from './store.ts'
import type { Watch } from './watch.ts'
import type { World } from './world.ts'

export type Checked = {
  world: World
  loop: Loop
  masonhub: MasonHub
  /** Every journal, including those that no process opens any more. */
  journals: () => readonly Stores[]
  /** The merchant names of the account. */
  merchants: readonly string[]
  watch: Pick<Watch, 'hasLeft' | 'isContended' | 'tooManyClaims'>
}

/** One return at the end of the world, as every side has it. */
type End = {
  record: LoopReturn
  rmas: readonly Rma[]
  link: Link | null
  effects: Effect[]
  policy: Policy
  /** Every policy that any installation has stored: an RMA may follow any of them. */
  policies: readonly Policy[]
  /** Refunds are in quarantine until everything was read. */
  isQuarantined: boolean
  now: number
}

/** What must hold at any time. */
export async function checkAlways(checked: Checked): Promise<void> {
  const { world, loop, masonhub, watch } = checked
  const effects = Map.groupBy(await everyEffect(checked), ({ effect }) => effect.returnId)
  if (masonhub.labelsBought.length > 0) world.violation(`labels were bought: ${masonhub.labelsBought.join(' ')}`)
  for (const record of loop.returns.values()) {
    const { returnId } = record
    const own = effects.get(returnId) ?? []
    const byUs = record.paid.filter(({ by }) => by === 'api').length
    if (byUs > 1 || record.processed.length > 1)
      world.violation(`${returnId} was paid ${byUs} times by ${record.processed.length} requests`)
    const claims = watch.tooManyClaims(record)
    if (claims !== null) world.violation(`${returnId} was claimed ${claims} times by one journal`)
    for (const { effect, stores } of own) {
      const remembersAll = stores.forgotten.to === Number.POSITIVE_INFINITY && !stores.isCopy
      const seen = {
        record,
        hasLeft: watch.hasLeft(returnId, stores, effect.merchant),
        isContended: watch.isContended(returnId, stores, effect.merchant),
        remembersAll,
        readsNotesLate: world.faults.has('notes read late'),
        rmas: masonhub.byIdentifier(returnId),
        showsMoney: loop.habits.detailsShowAll,
        isOneJournals: !['clock jump', 'journal copied', 'journal rolled back'].some((kind) =>
          world.faults.has(kind as FaultKind),
        ),
      }
      const wrong = wrongEffect(effect, seen, world.touched(returnId))
      if (wrong !== null) world.violation(`${returnId}: ${effect.kind} ${wrong}`)
    }
  }
}

async function everyEffect({ journals, merchants }: Checked): Promise<{ effect: Effect; stores: Stores }[]> {
  const found: { effect: Effect; stores: Stores }[] = []
  for (const stores of journals())
    for (const merchant of merchants)
      for (const effect of await stores.committed.effects.find({ merchant })) found.push({ effect, stores })
  return found
}

type Seen = {
  record: LoopReturn
  rmas: readonly Rma[]
  hasLeft: boolean
  isContended: boolean
  remembersAll: boolean
  showsMoney: boolean
  isOneJournals: boolean
  /** A list of notes may show any earlier state. */
  readsNotesLate: boolean
}

function wrongEffect(effect: Effect, seen: Seen, touched: boolean): string | null {
  const { record } = seen
  const disagreement = disagrees(effect, seen)
  if (disagreement !== null) return `is confirmed, but ${disagreement}`
  if (effect.kind === 'process') {
    const wrong = wrongAboutOthers(effect, seen)
    if (wrong !== null) return wrong
  }
  if (effect.state === 'parked' && !touched && !seen.isContended)
    return `is parked, and nothing went wrong: ${effect.evidence}`
  // A refusal is final, so it must be true: otherwise no run would check whether it was paid. A journal from a backup
  // finds the claim of a refund that it has forgotten, and takes it for another installation's (F11).
  const isForgotten = effect.parkedBecause === 'CLAIMED_ELSEWHERE' && !seen.remembersAll
  const wasTaken = seen.hasLeft && !isForgotten && record.processed.some(({ accepted }) => accepted)
  if (effect.kind === 'process' && effect.state === 'refused' && wasTaken) return 'is refused, and Loop took it'
  return effect.kind === 'flag' ? wrongNotes(effect, seen) : null
}

/**
 * An installation that lost a refund to another one says so, and no other does; and none takes the other's payment for
 * its own (G1).
 */
function wrongAboutOthers(
  { state, parkedBecause }: Effect,
  { record, hasLeft, isContended, remembersAll }: Seen,
): string | null {
  const isLost = parkedBecause === 'CLAIMED_ELSEWHERE'
  if (isLost && remembersAll && !isContended) return 'is lost to another installation, and there was none'
  if (state !== 'confirmed') return null
  if (isLost) return 'is lost, and then confirmed'
  const byOthers = !hasLeft && isContended && record.paid.some(({ by }) => by === 'api')
  return byOthers && remembersAll ? 'is confirmed, and another installation has sent it' : null
}

/**
 * One note per flag, and only once Loop shows the flag (F21). A run with a wrong clock may write it again too early,
 * and each of two copies of a journal may write its own. A second note is written only by a run that Loop told there is
 * none, and there is never a third.
 */
function wrongNotes({ effectId }: Effect, seen: Seen): string | null {
  const { notes, versions } = seen.record
  const tag = noteTag(effectId)
  const [first, second, third] = notes.filter(({ content, isCopy }) => content.includes(tag) && !isCopy)
  if (first === undefined) return null
  if (second !== undefined && seen.isOneJournals) {
    // A run whose answer was lost asks 15 minutes after its request, which arrives within ten; a journal from a backup
    // that has forgotten the note may ask at once.
    const requestedAfter = first.at + (seen.remembersAll ? 5 * 60_000 : 0)
    const wasMissed = first.missedAt.some((at) => requestedAfter <= at && at <= second.at)
    if (!seen.readsNotesLate || !wasMissed) return 'has more than one note'
    if (third !== undefined && seen.remembersAll) return 'has more than two notes'
  }
  const visible = versions.some(({ at, state, flagged }) => at <= first.at && (state === 'review' || flagged))
  return visible ? null : 'has a note, and was never shown'
}

/** The last history entry of each effect names its state. */
export async function checkHistories(checked: Checked): Promise<void> {
  for (const { committed } of checked.journals())
    for (const merchant of checked.merchants) await checkHistory(checked, committed, merchant)
}

async function checkHistory({ world, loop }: Checked, journal: Journal, merchant: string): Promise<void> {
  const effects = Map.groupBy(await journal.effects.find({ merchant }), ({ returnId }) => returnId)
  for (const returnId of loop.returns.keys()) {
    const entries = effects.has(returnId) ? await journal.history.of(merchant, returnId) : []
    const last = new Map(entries.map(({ effectId, what }) => [effectId, what]))
    for (const { effectId, kind, state } of effects.get(returnId) ?? [])
      if (last.get(effectId) !== state)
        world.violation(`${returnId}: ${kind} is ${state}, and its history ends with ${last.get(effectId)}`)
  }
}

function unpaid(record: LoopReturn, showsMoney: boolean): string | null {
  if (current(record).state !== 'closed') return 'Loop does not show it closed'
  // Where Loop does not report the money, a return that a person closed looks like one that mhloop closed.
  if (record.closedByPerson && !(showsMoney && record.outcome === 'refund')) return null
  return record.paid.length > 0 ? null : 'Loop has not paid it'
}

/** Why the vendor contradicts a confirmed effect; null: it does not, or the effect is not confirmed. */
function disagrees({ kind, state, effectId }: Effect, { record, rmas, showsMoney }: Seen): string | null {
  if (state !== 'confirmed') return null
  switch (kind) {
    case 'process':
    case 'remove':
      return unpaid(record, showsMoney)
    case 'flag':
      return record.flags.some(({ accepted }) => accepted) ||
        record.versions.some((version) => version.state === 'review')
        ? null
        : 'it was never in review'
    case 'note':
      return record.notes.some(({ content }) => content.includes('[mhloop ')) ? null : `it has no note (${effectId})`
    case 'rma.create':
    case 'rma.update':
      return rmas.length > 0 ? null : 'MasonHub never had an RMA'
    case 'rma.delete':
      return rmas.some((rma) => latest(rma).status === 'deleted') ? null : 'MasonHub has deleted none'
    case 'grade':
    case 'assess':
      return unreported(record, kind)
    case 'label':
    case 'report':
      return 'nothing sends it'
  }
}

/** An event is done only after its return was read (F27). */
export async function checkEvents({ world, loop, journals, merchants }: Checked): Promise<void> {
  // The times are those of a wrong clock.
  if (world.faults.has('clock jump')) return
  const events: JournalEvent[] = []
  for (const { committed } of journals())
    for (const merchant of merchants) events.push(...(await committed.events.find({ merchant })))
  for (const { state, returnId, topic, receivedAt, settledAt } of events) {
    const reads = loop.returns.get(returnId ?? '')?.reads
    if (state !== 'done' || reads === undefined || settledAt === null) continue
    const [from, to] = [Date.parse(receivedAt), Date.parse(settledAt)]
    if (!reads.some((at) => from <= at && at <= to))
      world.violation(`${returnId}: event ${topic} is done, and nobody has looked`)
  }
}

/**
 * How the returns ended, and what is still unfinished. Nothing goes wrong any more, so unfinished work only needs time.
 */
export async function endingsOf(
  { world, loop, masonhub, merchants }: Checked,
  { profile, stores }: Held,
  policies: readonly Policy[],
): Promise<{ lost: string[]; endings: Map<string, number> }> {
  const { committed: journal } = stores
  const merchant = profile.name
  const lost = await lostMessages(merchant, stores)
  const endings = new Map<string, number>()
  const policy = profile.merchant?.policy
  if (policy === undefined) return { lost: [`merchant ${merchant} is not there`], endings }
  const isQuarantined = (await journal.refunds.quarantineOf(merchant)) !== null
  const effects = Map.groupBy(await effectsAt(journal, merchant, merchants), ({ returnId }) => returnId)
  const links = new Map((await journal.links.find(merchant)).map((link) => [link.returnId, link]))
  for (const record of loop.returns.values()) {
    const { returnId } = record
    const end = {
      record,
      rmas: masonhub.byIdentifier(returnId),
      link: links.get(returnId) ?? null,
      effects: effects.get(returnId) ?? [],
      policy,
      policies,
      isQuarantined,
      now: world.now(),
    }
    const open = end.effects.filter(
      ({ kind, state }) =>
        ['sent', 'accepted', 'in_doubt'].includes(state) ||
        (state === 'planned' && !['process', 'flag', 'grade', 'assess'].includes(kind)),
    )
    for (const { kind, state, evidence } of open) lost.push(`${returnId}: ${kind} stays ${state} (${evidence})`)
    const ending = endingOf(end)
    if ('lost' in ending) lost.push(`${returnId} ${ending.lost}: ${summary(end)}`)
    else endings.set(ending.ended, (endings.get(ending.ended) ?? 0) + 1)
  }
  return { lost, endings }
}

/** The effects of the merchant, and refunds under another name of the same account. */
async function effectsAt(journal: Journal, merchant: string, merchants: readonly string[]): Promise<Effect[]> {
  const own = await journal.effects.find({ merchant })
  const sent = new Set(own.flatMap(({ kind, sentAt, returnId }) => (kind === 'process' && sentAt ? [returnId] : [])))
  const others: Effect[] = []
  for (const other of merchants)
    if (other !== merchant) others.push(...(await journal.effects.find({ merchant: other, kinds: ['process'] })))
  const done = new Map(others.filter(({ sentAt }) => sentAt !== null).map((effect) => [effect.returnId, effect]))
  return [
    ...[...done].flatMap(([returnId, effect]) => (sent.has(returnId) ? [] : [effect])),
    ...own.filter(({ kind, returnId }) => kind !== 'process' || sent.has(returnId) || !done.has(returnId)),
  ]
}

async function lostMessages(merchant: string, { committed, acknowledged, forgotten }: Stores): Promise<string[]> {
  const known = await committed.events.find({ merchant })
  const digests = new Set(known.map(({ source, digest }) => `${source} ${digest}`))
  const missing = acknowledged.filter(
    ({ source, digest, at, merchant: its }) =>
      its === merchant && !(forgotten.from <= at && at <= forgotten.to) && !digests.has(`${source} ${digest}`),
  )
  return [
    ...missing.map(({ source }) => `an acknowledged ${source} message is nowhere`),
    ...known.flatMap(({ state, returnId, topic }) =>
      state === 'new' ? [`${returnId}: event ${topic} is still new`] : [],
    ),
  ]
}

function summary({ record, rmas, link, effects }: End): string {
  const units = current(record).units.map(({ sku, outcome }) => `${sku}${outcome === 'keep' ? ' kept' : ''}`)
  const rma = rmas.map(
    (one) =>
      `${latest(one).status} ${latest(one)
        .lines.map(({ sku, quantity }) => `${quantity} ${sku}`)
        .join('+')}`,
  )
  const states = effects.map(({ kind, state, generation }) => `${kind}${generation} ${state}`)
  return `Loop ${current(record).state} [${units.join(', ')}], MasonHub [${rma.join(', ')}], journal ${link?.status ?? 'knows nothing'} ${link?.reason ?? ''} [${states.join(', ')}]`
}

/** How a return ended. `lost`: it is neither resolved, nor with a person, nor explained. */
type Ending = { lost: string } | { ended: string }
const lost = (how: string): Ending => ({ lost: how })
const ended = (how: string): Ending => ({ ended: how })

function endingOf(end: End): Ending {
  const { record, rmas, link, policy, policies } = end
  if (link === null) return lost('is unknown')
  const live = rmas.find((rma) => latest(rma).status !== 'deleted')
  if (isNotOurs(record, policy)) {
    const announced = rmas.some((rma) => !isSomebodyElses(rma))
    return announced && policies.every((one) => isNotOurs(record, one))
      ? lost('was announced, though it is none of ours')
      : ended('none of ours')
  }
  // A person checks it (F34).
  if (live !== undefined && isSomebodyElses(live)) return ended("somebody else's RMA under its number")
  return overAlready(record, live) ?? underWay(end, link, live)
}

function overAlready(record: LoopReturn, live: Rma | undefined): Ending | null {
  switch (current(record).state) {
    case 'cancelled':
      return live !== undefined && latest(live).status === 'open'
        ? lost('is cancelled, and still expected')
        : ended('cancelled')
    case 'closed':
      return ended(record.paid.some(({ by }) => by === 'api') ? 'refunded by us' : 'closed otherwise')
    case 'expired':
      return ended('expired')
    case 'open':
    case 'review':
      return null
  }
}

function underWay(end: End, link: Link, live: Rma | undefined): Ending {
  const { record } = end
  if (live === undefined || latest(live).status === 'open') return travelling(end, link, live)
  if (current(record).state === 'review')
    return ended(record.flags.some(({ accepted }) => accepted) ? 'flagged by us' : 'in review otherwise')
  return latest(live).status === 'in-receiving' ? lost('is being received for ever') : received(end, live)
}

function isNotOurs(record: LoopReturn, policy: Policy): boolean {
  const elsewhere = policy.destinations.length > 0 && !policy.destinations.includes(String(record.destinationId))
  return elsewhere || (policy.cutoff !== null && record.createdAt < Date.parse(policy.cutoff))
}

const isSomebodyElses = (rma: Rma) => rma.isForeign

/** The parcel was not received under an RMA of ours. */
function travelling({ record }: End, link: Link, live: Rma | undefined): Ending {
  const { units, labels, state } = current(record)
  // Flagged explicitly before anything arrived: it stays so until a person reopens it (H16).
  if (state === 'review' && link.status === 'resolved' && live === undefined) return ended('flagged by us')
  const sendable = units.filter(({ sku, outcome }) => sku !== '' && outcome !== 'keep')
  if (sendable.length === 0)
    return link.status === 'skipped' || live !== undefined
      ? ended('nothing to announce')
      : lost('has nothing to announce, and no word')
  if (labels.length === 0)
    return ['held', 'failed'].includes(link.status) ? ended('no label') : lost('has no label, and no word')
  if (sendable.some(({ sku }) => sku === 'GHOST'))
    return ['failed', 'held'].includes(link.status) ? ended('unknown SKU') : lost('has an unknown SKU, and no word')
  if (live === undefined) return lost('has no RMA')
  if (liesAbout(current(record), latest(live))) return lost('is announced under a box that lies about')
  return announces(live, sendable) ? ended('announced, and not arrived') : lost('has another RMA than it should')
}

function announces(rma: Rma, units: readonly { sku: string }[]): boolean {
  const announced = latest(rma).lines.flatMap(({ sku, quantity }) => Array<string>(quantity).fill(sku))
  return (
    announced.sort().join() ===
    units
      .map(({ sku }) => sku)
      .sort()
      .join()
  )
}

/** Received, and open in Loop: a refund or a flag is due, unless something says why not. */
function received({ record, effects, policy, isQuarantined, now }: End, rma: Rma): Ending {
  const process = effects.find(({ kind }) => kind === 'process')
  if (process !== undefined && ['parked', 'refused'].includes(process.state)) return ended(`refund ${process.state}`)
  const flags = effects.filter(({ kind }) => kind === 'flag')
  // A person has reopened it after our flag, or Loop never shows flags: it is left to people (loop.md §12.3.6).
  if (record.reopened.length > 0 && flags.some(({ state }) => state === 'confirmed'))
    return ended('flagged by us, and cleared')
  if (flags.some(({ state }) => state === 'parked')) return ended('flag parked')
  // Loop never shows the flag and refuses a second one: every observation reports that.
  if (current(record).flagged && flags.some(({ state }) => state === 'refused')) return ended('flag refused')
  return undecided({ record, policy, isQuarantined, now }, rma)
}

function undecided(
  { record, policy, isQuarantined, now }: Pick<End, 'record' | 'isQuarantined' | 'now'> & { policy: Policy },
  rma: Rma,
): Ending {
  const good = allAvailable(current(record), latest(rma)) && isProcessed(record.outcome, policy)
  // Another unit of the same SKU is another unit, so the case is unclear, too (F18).
  const unclear = !good || record.edited.length > 0
  if (unclear && policy.onUnclear === 'wait') return ended('unclear, and left waiting')
  const waits = { loop: current(record), rma: latest(rma), days: policy.waits.otherBox, now }
  if (!good && mayWait(waits)) return ended('another box is awaited')
  if (!good) return lost('waits for a flag')
  if (record.paid.length > 0) return ended('paid before inspection')
  if (isQuarantined) return ended('in quarantine')
  if (!policy.refunds) return ended('refunds off')
  const { largestRefund, firstByHand, refundsPerHour, refundsPerDay } = policy.limits
  if (largestRefund !== null && Number(record.amount) > Number(largestRefund)) return ended('refund too large')
  if (firstByHand > 0 || refundsPerHour < 60 || refundsPerDay < 500) return ended('held by a limit')
  return lost('waits for a refund')
}
