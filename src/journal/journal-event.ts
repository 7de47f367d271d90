/**
 * One message from a vendor, stored before it is acknowledged. It is only a reason to look at a return now: what it says
 * is never trusted, so its body is kept only while nobody could read it (quarantine), and forgotten after a while (F64).
 */
export type JournalEvent = {
  eventId: string
  merchant: string
  source: 'loop' | 'masonhub'
  /** Of the raw bytes (and the record's place in them), to tell a repetition. */
  digest: string
  /** `return.created`, `received`, …; null when it could not be read. */
  topic: string | null
  /** The return to look at; null when the message names none of ours. */
  returnId: string | null
  /** Empty, unless quarantined unread. */
  body: string
  /** `new`: to be worked on; `done`; `quarantined`: a person must look. */
  state: 'new' | 'done' | 'quarantined'
  /** Why it is quarantined, or what blocked the last try. */
  reason: string | null
  tries: number
  /** Not to be tried before; null: at once. */
  nextTryAt: string | null
  receivedAt: string
  settledAt: string | null
}
export type NewEvent = Pick<
  JournalEvent,
  'merchant' | 'source' | 'digest' | 'topic' | 'returnId' | 'body' | 'state' | 'reason' | 'receivedAt'
>

/** Events of returns that the journal has a record of; or the others, which anybody who can prove a sender may make up. */
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
