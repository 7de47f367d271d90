import type { NewEvent } from '../journal/journal.ts'

/** One merchant's endpoint: a path that can't be guessed, and the secrets that prove its senders. */
export type Endpoint = {
  merchant: string
  /** 256 random bits, base64url: the part of the path that can't be guessed. */
  key: string
  /**
   * Loop's signing secrets: one per webhook, and several while one is being replaced. Empty: senders are told to try
   * later.
   */
  loopSecrets: readonly string[]
  /** Callback tokens that we gave to MasonHub; several while one is being replaced. */
  callbackTokens: readonly string[]
}

/** The body of `/readyz`: whether work makes progress. */
export type Readiness = {
  ready: boolean
  /** Fault code of why the journal can't be used; null when it can. */
  journal: string | null
  /** Fault code of why the stored merchants can't be read; null when they can. */
  settings: string | null
  /** Seconds that the oldest event has waited for its processing; null when none waits. */
  oldestEventSeconds: number | null
  merchants: { merchant: string; lastGoodPollAt: string | null; stopped: string | null }[]
}

export type ReceiverOptions = {
  endpoints: readonly Endpoint[]
  host: string
  /** 0: any free port. */
  port: number
  /** PEM texts; null for plain http. */
  tls: { certificate: string; key: string } | null
  /**
   * Commits all events or none, with a full sync, and returns for each whether it was new. Throws when it can't: then
   * no sender is answered 200.
   */
  store(events: readonly NewEvent[]): Promise<readonly boolean[]>
  /** Reads a merchant's secrets again; null when nothing changed. Called before a sender is refused. */
  renew?(merchant: string): Promise<Pick<Endpoint, 'loopSecrets' | 'callbackTokens'> | null>
  /** Called after new events of this merchant were stored. */
  wake(merchant: string): void
  now(): Date
  /** Writes one line to the log: never a header, a body or a customer's data. */
  log(entry: { level: 'info' | 'warn' | 'error'; event: string; merchant?: string; detail?: string }): void
  /** Other limits than `defaultLimits`, for tests. */
  limits?: Partial<ReceiverLimits>
}

export type WatchOptions = Pick<ReceiverOptions, 'host' | 'port' | 'log'> & {
  readiness(): Promise<Readiness>
  /** Prometheus text. */
  metrics(): string
}

export type Watch = { url: string; close(): Promise<void> }

/** Limits on the resources of senders; times in milliseconds. */
export type ReceiverLimits = {
  headersTimeout: number
  /** For a whole request, and for the requests in flight when the receiver closes. */
  requestTimeout: number
  /** How often the two timeouts above are checked; Node's own 30 seconds would make them 30 seconds longer (F53). */
  connectionsCheckingInterval: number
  headerBytes: number
  bodyBytes: number
  /** Most open connections. Beyond that, the address with the most gives up an inactive one. */
  connections: number
  /** Most bytes of all bodies held at once, in any state of their requests; further senders are told to try again. */
  bodiesBytes: number
  /** Most requests that wait for a commit, and the bytes of their events; further senders are told to try again. */
  waiting: number
  waitingBytes: number
  /** Most bytes that one endpoint may add in a day to the messages that wait for a person. */
  quarantinedBytesPerDay: number
}

export const defaultLimits: ReceiverLimits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  headerBytes: 8 * 1024,
  bodyBytes: 1024 * 1024,
  connections: 512,
  bodiesBytes: 64 * 1024 * 1024,
  waiting: 256,
  waitingBytes: 16 * 1024 * 1024,
  quarantinedBytesPerDay: 16 * 1024 * 1024,
}

/**
 * What became of incoming messages. Per event: `stored`, `repeated` (already known), `quarantined`. Per request:
 * `ignored` (authentic, but about something that we don't follow), `refused` (wrong signature or token), `too-large`,
 * `unavailable` (not stored; the sender was told to try again), `no-secret` (the same, because there is no secret yet
 * to verify it with).
 */
export type Outcome =
  | 'stored'
  | 'repeated'
  | 'quarantined'
  | 'ignored'
  | 'refused'
  | 'too-large'
  | 'unavailable'
  | 'no-secret'

export type Count = { merchant: string; source: NewEvent['source']; outcome: Outcome; count: number }

export type Receiver = {
  /** The URL where it listens, e.g. `http://127.0.0.1:4020`. */
  url: string
  /** Replaces the endpoints whose messages are accepted. Throws RECEIVER_KEY, and then changes nothing. */
  setEndpoints(endpoints: readonly Endpoint[]): void
  /** Counts since the start, by merchant, source and outcome. */
  counts(): Count[]
  /**
   * Stops accepting requests and finishes those in flight; cuts those that take longer than `requestTimeout`, at most 3
   * s.
   */
  close(): Promise<void>
}
