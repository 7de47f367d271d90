import type { NewEvent } from '../journal/journal.ts'

/** One merchant's endpoint: a path that can't be guessed, and what proves the senders. */
export type Endpoint = {
  merchant: string
  /** 256 random bits, base64url: the part of the path that can't be guessed. */
  key: string
  /** Loop's signing secrets: one per webhook, and several while one is being replaced. None yet: senders come again later. */
  loopSecrets: readonly string[]
  /** Tokens that we gave to MasonHub; several while one is being replaced. */
  callbackTokens: readonly string[]
}

/** Paths below the public URL: `/in/<key>/loop` and `/in/<key>/masonhub`. */
export function endpointPaths(key: string): { loop: string; masonhub: string } {
  return { loop: `/in/${key}/loop`, masonhub: `/in/${key}/masonhub` }
}

/** What `/readyz` says: whether work goes forward. */
export type Readiness = {
  ready: boolean
  /** Why the journal can't be worked with, as the code of a fault, or null. */
  journal: string | null
  /** Why the stored merchants can't be read, likewise. */
  settings: string | null
  /** Seconds that the oldest event waits to be worked on, or null. */
  oldestEventSeconds: number | null
  merchants: { merchant: string; lastGoodPollAt: string | null; stopped: string | null }[]
}

export type ReceiverOptions = {
  endpoints: readonly Endpoint[]
  host: string
  /** 0: any free port. */
  port: number
  /** Both or none: PEM texts. */
  tls: { certificate: string; key: string } | null
  /**
   * Commits them with a full sync, all or none, and says of each whether it was new; throws when it can't, and then
   * nobody is told 200.
   */
  store(events: readonly NewEvent[]): Promise<readonly boolean[]>
  /** What proves a merchant's senders, read anew; null when there is nothing new to know. Asked before one is turned away. */
  renew?(merchant: string): Promise<Pick<Endpoint, 'loopSecrets' | 'callbackTokens'> | null>
  /** Called after new events of this merchant were stored. */
  wake(merchant: string): void
  now(): Date
  /** One line of what happened, for the log: never a header, a body or a customer's data. */
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

/** What one sender may take of us; times in milliseconds. */
export type ReceiverLimits = {
  headersTimeout: number
  /** Of a whole request, and of what is in flight when the receiver closes. */
  requestTimeout: number
  /** How often the two above are looked at; Node's own 30 seconds would make them 30 seconds longer (F53). */
  connectionsCheckingInterval: number
  headerBytes: number
  bodyBytes: number
  /** Open at once. Beyond, whoever holds the most gives one up that does nothing. */
  connections: number
  /** Bytes of all bodies that are held at once, whatever state their requests are in; more are told to come again. */
  bodiesBytes: number
  /** Requests that wait for a commit, and what their events take; more are told to come again. */
  waiting: number
  waitingBytes: number
  /** What one endpoint may add in a day to the messages that wait for a person. */
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
 * What became of what came in. By event: `stored`, `repeated` (known already), `quarantined`. By request: `ignored` (true,
 * but about something that we don't follow), `refused` (wrong signature or token), `too-large`, `unavailable` (not stored;
 * the sender was told to come again), `no-secret` (the same, because there is no secret yet to check it by).
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
  /** Where it listens, e.g. `http://127.0.0.1:4020`. */
  url: string
  /** The merchants whose messages are taken from now on, and what proves their senders. Throws RECEIVER_KEY, and changes nothing. */
  setEndpoints(endpoints: readonly Endpoint[]): void
  /** What came in since the start, by merchant, source and outcome. */
  counts(): Count[]
  /** Stops taking, finishes what is in flight; cuts what is not finished within `requestTimeout`. */
  close(): Promise<void>
}
