import { verifyLoopSignature } from '../loop/signature.ts'
import { bearsToken } from './endpoints.ts'
import type { GroupCommit } from './group-commit.ts'
import { isOverQuota, type QuarantineQuota } from './quarantine.ts'
import { readLoopEvent } from './read-loop-event.ts'
import { readMasonHubEvents } from './read-masonhub-event.ts'
import type { Endpoint, ReceiverOptions } from './receiver.ts'
import type { Tally } from './tally.ts'

export type Source = 'loop' | 'masonhub'
export type Headers = Readonly<Record<string, string | string[] | undefined>>
export type Taken = 'stored' | 'ignored' | 'refused' | 'unavailable'

/** Whether there is anything to prove its senders by. Until then a refusal could be one of the true ones (H6). */
export function hasProofs(source: Source, { loopSecrets, callbackTokens }: Endpoint): boolean {
  return (source === 'loop' ? loopSecrets : callbackTokens).some((secret) => secret !== '')
}

/** Whether the headers alone already show that the sender is not who it must be. */
export function isRefusedUnread(source: Source, endpoint: Endpoint, headers: Headers): boolean {
  return source === 'loop'
    ? headerOf(headers, 'x-loop-signature') === undefined
    : !bearsToken(headerOf(headers, 'authorization'), endpoint.callbackTokens)
}

/**
 * One message at an endpoint: who sends it, what it says, and `stored` only once it is committed (F26). Whatever is authentic
 * is stored, readable or not: a refusal may mean that it never comes again (F28).
 */
export async function takeMessage(
  { source, endpoint, headers, raw }: { source: Source; endpoint: Endpoint; headers: Headers; raw: Buffer },
  {
    renewed,
    commit,
    quota,
    tally,
    wake,
    now,
  }: {
    renewed(endpoint: Endpoint): Promise<Endpoint>
    commit: GroupCommit
    quota: QuarantineQuota
    tally: Tally
  } & Pick<ReceiverOptions, 'wake' | 'now'>,
): Promise<Taken> {
  const { merchant } = endpoint
  const isSigned = ({ loopSecrets }: Endpoint) =>
    verifyLoopSignature(raw, headerOf(headers, 'x-loop-signature'), loopSecrets)
  if (source === 'loop' && !isSigned(endpoint) && !isSigned(await renewed(endpoint))) {
    tally.add(merchant, source, 'refused')
    return 'refused'
  }
  const read = source === 'loop' ? readLoopEvent : readMasonHubEvents
  const events = quota.reserve(read(merchant, raw, now().toISOString()))
  if (events.length === 0) {
    tally.add(merchant, source, 'ignored')
    return 'ignored'
  }
  const committed = await commit.add(events)
  if (!committed.stored) {
    quota.release(events)
    tally.add(merchant, source, 'unavailable')
    return 'unavailable'
  }
  quota.release(events.filter((_, index) => !committed.isNew[index]))
  for (const [index, event] of events.entries()) {
    const outcome = event.state === 'quarantined' ? 'quarantined' : 'stored'
    tally.add(merchant, source, committed.isNew[index] || isOverQuota(event) ? outcome : 'repeated')
  }
  // A repetition rings no bell: what it says was looked at, or waits already (F50).
  if (events.some(({ state }, index) => state === 'new' && committed.isNew[index])) wake(merchant)
  return 'stored'
}

function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
