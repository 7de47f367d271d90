import { createHash } from 'node:crypto'
import type { NewEvent } from '../journal/journal.ts'

/** As much of an unread body as is kept for a person to look at. */
const mostKept = 64 * 1024
/** Bytes that an event takes besides its body, in the journal as in memory; rounded up. */
const withoutBody = 512

/** The text of a body: bad UTF-8 is replaced, and so is NUL, which not every database takes. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll('\0', '\ufffd')
}

/** An authentic message that could not be read: kept with its body, so that a person can (F28). */
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
    body: textOf(body.subarray(0, mostKept)),
  }
}

/** What these events take until they are committed, in bytes. */
export function bytesOf(events: readonly NewEvent[]): number {
  return events.reduce((sum, { body }) => sum + withoutBody + 2 * body.length, 0)
}

export type QuarantineQuota = {
  /** The events as they may be stored, within what is left of the day. */
  reserve(events: readonly NewEvent[]): NewEvent[]
  /** Reserved, and not stored after all: repetitions, and whatever could not be committed. */
  release(events: readonly NewEvent[]): void
}

/**
 * Bounds what one endpoint adds in a day to the messages that wait for a person (H1). A message beyond that is still
 * acknowledged, because a refusal only brings it again: all of them together are one record without a body. None of them
 * names a return, so no return is looked at later because of it. Kept by the process: a restart begins anew.
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
      const kept: NewEvent[] = []
      for (const event of events) {
        if (event.state !== 'quarantined') {
          kept.push(event)
          continue
        }
        const account = accountOf(event)
        const bytes = bytesOf([event])
        if (account.bytes + bytes <= bytesPerDay) {
          account.bytes += bytes
          kept.push(event)
        } else if (!kept.some(isOverQuota)) kept.push(overQuota(event, account.day))
      }
      return kept
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

/** Stands for all messages of a day that could not be read and were not kept. */
export function isOverQuota({ reason }: NewEvent): boolean {
  return reason === 'TOO_MANY_UNREAD'
}

function overQuota({ merchant, source, receivedAt }: NewEvent, day: string): NewEvent {
  const digest = createHash('sha256').update(`TOO_MANY_UNREAD ${day}`).digest('hex')
  return unread({ merchant, source, digest, receivedAt }, 'TOO_MANY_UNREAD', Buffer.alloc(0))
}
