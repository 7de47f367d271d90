import { createHash } from 'node:crypto'
import type { NewEvent } from '../../journal/journal.ts'

/** Most bytes that are kept of a body that could not be read. */
const mostRetained = 64 * 1024
/** Bytes that an event takes besides its body, in the journal and in memory; rounded up. */
const withoutBody = 512

/** The text of a body: invalid UTF-8 is replaced, and so is NUL, which not every database accepts. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll('\0', '\ufffd')
}

/** The event of an authentic message that could not be read: kept with its body, so that a person can read it (F28). */
export function unread(
  message: Pick<NewEvent, 'merchant' | 'source' | 'digest' | 'receivedAt'>,
  reason: string,
  body: Uint8Array,
): NewEvent {
  return {
    ...message,
    topic: null,
    returnId: null,
    state: 'quarantined',
    reason,
    body: textOf(body.subarray(0, mostRetained)),
  }
}

/** Bytes that these events take until they are committed. */
export function bytesOf(events: readonly NewEvent[]): number {
  return events.reduce((sum, { body }) => sum + withoutBody + 2 * body.length, 0)
}

export type QuarantineQuota = {
  /** Returns the events that may be stored within the rest of the day's quota, which it reduces. */
  reserve(events: readonly NewEvent[]): NewEvent[]
  /**
   * Gives back the quota of events that were reserved but not stored: repetitions, and events that could not be
   * committed.
   */
  release(events: readonly NewEvent[]): void
}

/**
 * Limits how much one endpoint adds in a day to the messages that wait for a person (H1). A message beyond the limit is
 * still acknowledged, because the sender would only repeat a refused one: all of them together are one record without a
 * body. None of them names a return, so no return is observed later because of it. The quota is kept in memory: a
 * restart resets it.
 */
export function createQuarantineQuota(bytesPerDay: number): QuarantineQuota {
  const used = new Map<string, { day: string; bytes: number }>()

  function accountOf({ merchant, source, receivedAt }: NewEvent) {
    const key = `${source} ${merchant}`
    const day = receivedAt.slice(0, 10)
    const known = used.get(key)
    const account = known?.day === day ? known : { day, bytes: 0 }
    used.set(key, account)
    return account
  }

  return {
    reserve(events) {
      const retained: NewEvent[] = []
      for (const event of events) {
        if (event.state !== 'quarantined') {
          retained.push(event)
          continue
        }
        const account = accountOf(event)
        const bytes = bytesOf([event])
        if (account.bytes + bytes <= bytesPerDay) {
          account.bytes += bytes
          retained.push(event)
        } else if (!retained.some(isOverQuota)) retained.push(overQuota(event, account.day))
      }
      return retained
    },
    release(events) {
      for (const event of events) {
        if (event.state !== 'quarantined' || isOverQuota(event)) continue
        const account = accountOf(event)
        account.bytes = Math.max(0, account.bytes - bytesOf([event]))
      }
    },
  }
}

/** Whether this event represents all messages of a day that could not be read and were not kept. */
export function isOverQuota({ reason }: NewEvent): boolean {
  return reason === 'TOO_MANY_UNREAD'
}

function overQuota({ merchant, source, receivedAt }: NewEvent, day: string): NewEvent {
  const digest = createHash('sha256').update(`TOO_MANY_UNREAD ${day}`).digest('hex')
  return unread({ merchant, source, digest, receivedAt }, 'TOO_MANY_UNREAD', Buffer.alloc(0))
}
