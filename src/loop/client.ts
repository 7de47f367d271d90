import type { Fault } from '../core/errors/fault.ts'
import type { UnitDisposition, UnitGrade } from '../core/grades/grade.ts'
import type { ReportCategory } from '../core/refunds/evidence.ts'
import type { LoopReturn, ReturnState } from '../core/returns/return.ts'

/**
 * Loop's answer to an action. The HTTP status proves nothing: only the body `true` or `"true"` is acceptance (loop.md
 * §0.1).
 */
export type ActionAnswer =
  | { kind: 'accepted' }
  /**
   * Loop said no, in one of its envelopes. `code` is Loop's (`UNPROCESSABLE_RETURN`) or ours (`LOOP_REFUSED`,
   * `LOOP_UNAUTHORIZED`, `RETURN_NOT_FOUND`).
   */
  | { kind: 'refused'; code: string; text: string; status: number }
  /** The request may have had its effect: unknown shape, 5xx, a broken or missing answer. */
  | { kind: 'in_doubt'; detail: string }
  /** No byte of the request left this machine. `code` is set when this machine failed and not the vendor (H24). */
  | { kind: 'not_sent'; detail: string; code?: string }

export type Note = { noteId: string; content: string; createdAt: string | null }

export type Destination = { destinationId: string; name: string; type: string; enabled: boolean }

export type Webhook = {
  webhookId: string
  topic: string
  trigger: string
  url: string
  status: 'active' | 'inactive' | 'unknown'
}
export type NewWebhook = { topic: string; trigger: string; url: string; inactive?: true }

/** A row that can't be read, except for its return's id. `where` is a path of keys, never a value. */
export type UnreadableRow = { returnId: string; where: string }

/** Called for each return that can't be read; without it, the first unreadable return fails the whole read. */
export type OnUnreadable = (row: UnreadableRow) => void

/** What a list that was read to its last page lacks, such as a row without an id. */
export type OnIncomplete = (fault: Fault) => void

export type ListQuery = {
  /** RFC 3339, inclusive. */
  from: string
  to: string
  filter: 'created_at' | 'updated_at'
  /** Default: all five states. */
  states?: readonly Exclude<ReturnState, 'unknown'>[]
  pageSize?: number
  signal?: AbortSignal
  onUnreadable?: OnUnreadable
  /** Without it, what is missing is thrown after the last page. */
  onIncomplete?: OnIncomplete
}

export type AsnQuery = {
  from: string
  to: string
  /** Returns expected in the window: a large number makes the pieces smaller from the start. */
  expected?: number
  /** Returns whose rows are passed over unread, because the caller has them from elsewhere. */
  except?: ReadonlySet<string>
  signal?: AbortSignal
  onUnreadable?: OnUnreadable
}

/**
 * Reads throw a `Fault` (credentials, unreachable, unreadable). Actions never throw for what Loop or the network does:
 * they return an answer, because the journal must record every one.
 */
export type LoopClient = {
  /**
   * The ASN report as returns: rows grouped by return id, in pieces of as many days as fit an answer. A return comes
   * again only if it changed between two pieces: then the last one is right.
   */
  asn(query: AsnQuery): AsyncIterable<LoopReturn[]>
  /**
   * Pages of returns, over windows of at most 119 days and one pass per state; each page comes as soon as it is read. A
   * return comes again only if it changed meanwhile: the last one is right, and an older one never follows (F41).
   */
  list(query: ListQuery): AsyncIterable<LoopReturn[]>
  /** null when Loop knows no such return (a 200 with an error body: loop.md §4.3). */
  details(returnId: string): Promise<LoopReturn | null>
  /** The one return that Loop shows for an order name (without `#`); several may exist: never resolve by it alone. */
  detailsByOrderName(orderName: string): Promise<LoopReturn | null>
  /**
   * Queues processing. At most once per return, ever: only the owner of the journal's effect may call this. `mayStart`,
   * here and below, is called right before the request leaves; when it returns false, nothing is sent.
   */
  process(returnId: string, details: Record<string, string>, mayStart?: () => boolean): Promise<ActionAnswer>
  /**
   * Queues the removal of these units and a refund of the rest; removing every unit cancels the return (loop.md §5.5).
   * At most once per return, like `process`, all units in one call.
   */
  remove(returnId: string, lineItemIds: readonly string[], mayStart?: () => boolean): Promise<ActionAnswer>
  flag(returnId: string, mayStart?: () => boolean): Promise<ActionAnswer>
  close(returnId: string): Promise<ActionAnswer>
  cancel(returnId: string): Promise<ActionAnswer>
  notes(returnId: string): Promise<Note[]>
  /** Content must be 1–254 characters (loop.md §5.6). */
  addNote(returnId: string, content: string, mayStart?: () => boolean): Promise<ActionAnswer>
  /**
   * Asks for the label of a return that has none, which may buy one: only the owner of the journal's effect may call
   * this. Accepted means queued (loop.md §14.5).
   */
  requestLabel(returnId: string, mayStart?: () => boolean): Promise<ActionAnswer>
  /**
   * Reports confirmed fraud. Loop takes one report for a return, and refuses a second one with 409 (loop.md §5.7); no
   * endpoint shows it.
   */
  reportFraud(
    returnId: string,
    report: { category: ReportCategory; comment: string },
    mayStart?: () => boolean,
  ): Promise<ActionAnswer>
  /**
   * Says in which condition units of ONE return are, or what becomes of them, thirty per request. Accepted only if every
   * answer names every unit; Loop refuses a whole request for one wrong unit, so returns are not mixed.
   */
  grade(units: readonly UnitGrade[], mayStart?: () => boolean): Promise<ActionAnswer>
  assess(units: readonly UnitDisposition[], mayStart?: () => boolean): Promise<ActionAnswer>
  destinations(): Promise<Destination[]>
  webhooks: {
    list(): Promise<Webhook[]>
    create(webhook: NewWebhook): Promise<Webhook>
    update(webhookId: string, webhook: NewWebhook): Promise<void>
    remove(webhookId: string): Promise<void>
  }
  /** Proves the key and its Returns scope by the cheapest read. Throws the Fault that says what is wrong. */
  check(): Promise<void>
}
