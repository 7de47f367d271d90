import type { Effect, Journal } from '../../../src/journal/journal.ts'
import { isDone, type Returns, type Tracked } from './returns.ts'
import { ourShare, type Shop, type VendorLimits } from './shop.ts'

const window = 60_000
/** Milliseconds within which a process may use a permit that it has taken (core/rate-limit/grant-permits.ts). */
const permitLifetime = 2_000

/** The largest number of requests in any minute. */
export function mostInAMinute(arrivals: readonly number[]): number {
  let first = 0
  let most = 0
  for (const [index, at] of arrivals.entries()) {
    while ((arrivals[first] ?? at) <= at - window) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

export type Verdict = {
  violations: string[]
  leftToOperator: number
  loopPeak: number
  masonhubPeak: number
  bytesPerReturn: number
}

/** Compares what really happened at the vendors with what the journal says of it. */
export async function judge(shop: Shop, returns: Returns, journal: Journal, limits: VendorLimits): Promise<Verdict> {
  const effects = Map.groupBy(await journal.effects.find({}), ({ returnId }) => returnId)
  const violations: string[] = []
  let leftToOperator = 0
  for (const one of returns.all.values()) {
    violations.push(...moneyViolations(one))
    const problem = isDone(one) ? disagreement(one, effects.get(one.returnId) ?? []) : null
    if (problem !== null) violations.push(problem)
    if (isDone(one)) continue
    if (isLeftToOperator(effects.get(one.returnId) ?? [])) leftToOperator += 1
    else
      violations.push(`${one.returnId} is lost: ${JSON.stringify(one)} ${summaryOf(effects.get(one.returnId) ?? [])}`)
  }
  const labels = shop.sandbox.world.groundTruth.entries.filter(({ what }) => what === 'label_bought').length
  if (labels > 0) violations.push(`${labels} labels were bought`)
  const waiting = await journal.events.find({ states: ['new', 'quarantined'] })
  for (const { eventId, state, reason } of waiting) violations.push(`event ${eventId} is ${state}: ${reason}`)
  const health = await journal.health({ deep: true })
  violations.push(...health.problems)
  const loopPeak = mostInAMinute(shop.sandbox.requestArrivals.loop)
  const masonhubPeak = mostInAMinute(shop.sandbox.requestArrivals.masonhub)
  const { masonhubPerSecond } = limits
  const masonhubMost = masonhubPerSecond * ((window + permitLifetime) / 1000 + 1)
  if (loopPeak > limits.loopPerMinute) violations.push(`Loop was asked ${loopPeak} times in a minute`)
  if (loopPeak > ourShare(limits)) violations.push(`our own share of Loop's limit was exceeded: ${loopPeak}`)
  if (masonhubPeak > masonhubMost) violations.push(`MasonHub was asked ${masonhubPeak} times in a minute`)
  return { violations, leftToOperator, loopPeak, masonhubPeak, bytesPerReturn: health.sizeBytes / returns.all.size }
}

function moneyViolations({ returnId, good, accepted, paid }: Tracked): string[] {
  return [
    ...(accepted > 1 || paid > 1 ? [`${returnId} was paid ${paid} times, ${accepted} accepted`] : []),
    ...(!good && accepted + paid > 0 ? [`${returnId} was paid although it is damaged`] : []),
  ]
}

/** What the journal must say of a return that has ended. */
function disagreement({ returnId, good }: Tracked, effects: readonly Effect[]): string | null {
  const kind = good ? 'process' : 'flag'
  const sent = effects.filter((effect) => effect.kind === kind && effect.sentAt !== null)
  const confirmed = sent.some(({ state }) => state === 'confirmed')
  if (confirmed && (!good || sent.every(({ attempts }) => attempts >= 1))) return null
  return `${returnId} is done at Loop, and the journal says ${summaryOf(effects)}`
}

/**
 * A worker was killed between the claim and the request: it is never sent again, and after 15 minutes a person is asked
 * (F2).
 */
export function isLeftToOperator(effects: readonly Effect[]): boolean {
  return effects.some(
    ({ kind, state }) =>
      (kind === 'process' || kind === 'flag' || kind === 'note') &&
      (state === 'sent' || state === 'in_doubt' || state === 'parked' || (kind === 'note' && state === 'refused')),
  )
}

function summaryOf(effects: readonly Effect[]): string {
  return effects.map(({ kind, state, attempts }) => `${kind} ${state} (${attempts})`).join(', ') || 'nothing'
}
