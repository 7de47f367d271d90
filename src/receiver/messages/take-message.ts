import { verifyLoopSignature } from '../../loop/signature.ts'
import { bearsToken } from '../endpoints.ts'
import type { Endpoint, ReceiverOptions } from '../receiver.ts'
import type { GroupCommit } from './group-commit.ts'
import { readLoopEvent } from './read-loop-event.ts'
import { readMasonHubEvents } from './read-masonhub-event.ts'
import type { Tally } from './tally.ts'
import { isOverQuota, type QuarantineQuota } from './unreadable-messages.ts'

export type Source = 'loop' | 'masonhub'
export type Headers = Readonly<Record<string, string | string[] | undefined>>
export type Taken = 'stored' | 'ignored' | 'refused' | 'unavailable'

/** Whether the endpoint has a secret to verify senders with. Without one, a refused message could be authentic (H6). */
export function hasProofs(source: Source, { loopSecrets, callbackTokens }: Endpoint): boolean {
  return (source === 'loop' ? loopSecrets : callbackTokens).some((secret) => secret !== '')
}

/** Whether the headers alone show that the sender is not the vendor. */
export function isRefusedUnread(source: Source, endpoint: Endpoint, headers: Headers): boolean {
  return source === 'loop'
    ? headerOf(headers, 'x-loop-signature') === undefined
    : !bearsToken(headerOf(headers, 'authorization'), endpoint.callbackTokens)
}

/**
 * Takes one message at an endpoint: verifies the sender, reads it, and returns `stored` only once it is committed
 * (F26). Every authentic message is stored, readable or not: after a refusal it may never come again (F28).
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
  // A repetition wakes no worker: its return was observed already, or still waits (F50).
  if (events.some(({ state }, index) => state === 'new' && committed.isNew[index])) wake(merchant)
  return 'stored'
}

function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
