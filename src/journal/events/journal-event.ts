/**
 * One message from a vendor, stored before it is acknowledged. It is only a reason to read a return now: its content is
 * never trusted. So its body is kept only while it is unreadable (quarantined), and emptied after 30 days (F64).
 */
export type JournalEvent = {
  eventId: string
  merchant: string
  source: 'loop' | 'masonhub'
  /** Digest of the raw bytes (and of the record's place in them), to recognise a repetition. */
  digest: string
  /** `return.created`, `received`, …; null when it could not be read. */
  topic: string | null
  /** The return to read; null when the message names none of ours. */
  returnId: string | null
  /** Empty, unless the message could not be read and was quarantined. */
  body: string
  /** `new`: to be processed; `done`; `quarantined`: a person must look at it. */
  state: 'new' | 'done' | 'quarantined'
  /** Why it is quarantined, or why the last try failed. */
  reason: string | null
  tries: number
  /** Not tried again before this time; null: due at once. */
  nextTryAt: string | null
  receivedAt: string
  settledAt: string | null
}
export type NewEvent = Pick<
  JournalEvent,
  'merchant' | 'source' | 'digest' | 'topic' | 'returnId' | 'body' | 'state' | 'reason' | 'receivedAt'
>

/** Events of returns that the journal knows, or all others of one source, which any authentic sender can make up. */
export type EventClass = 'known' | { unknownOf: JournalEvent['source'] }

export type EventFilter = {
  merchant?: string
  states?: readonly JournalEvent['state'][]
  returnId?: string
  source?: JournalEvent['source']
  topics?: readonly string[]
  /** By `receivedAt`, inclusive. */
  since?: string
  until?: string
  /** Newest first when set; otherwise oldest first. */
  newestFirst?: boolean
  limit?: number
}
