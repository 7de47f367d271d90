import type { NewEvent } from '../journal/journal.ts'

/** One merchant's way in: a path that can't be guessed, and what proves who is knocking. */
export type Door = {
  merchant: string
  /** 256 random bits, base64url: the part of the path that can't be guessed. */
  key: string
  /** Loop's signing secrets; several while one is being replaced. None: every webhook is refused. */
  loopSecrets: readonly string[]
  /** Tokens that we gave to MasonHub; several while one is being replaced. */
  callbackTokens: readonly string[]
}

/** Paths below the public URL: `/in/<key>/loop` and `/in/<key>/masonhub`. */
export function doorPaths(key: string): { loop: string; masonhub: string } {
  return { loop: `/in/${key}/loop`, masonhub: `/in/${key}/masonhub` }
}

/** What `/readyz` says: whether work goes forward. */
export type Readiness = {
  ready: boolean
  /** Seconds that the oldest event waits to be worked on, or null. */
  oldestEventSeconds: number | null
  merchants: { merchant: string; lastGoodPollAt: string | null; stopped: string | null }[]
}

export type ReceiverOptions = {
  doors: readonly Door[]
  host: string
  /** 0: any free port. */
  port: number
  /** Both or none: PEM texts. */
  tls: { certificate: string; key: string } | null
  /** Commits them with a full sync, all or none; throws when it can't, and then nobody is told 200. */
  store(events: readonly NewEvent[]): Promise<unknown>
  /** Called after events of this merchant were stored. */
  wake(merchant: string): void
  readiness(): Promise<Readiness>
  /** Prometheus text. */
  metrics(): string
  now(): Date
  /** One line of what happened, for the log: never a header, a body or a customer's data. */
  log(entry: { level: 'info' | 'warn' | 'error'; event: string; merchant?: string; detail?: string }): void
}

export type Receiver = {
  /** Where it listens, e.g. `http://127.0.0.1:4020`. */
  url: string
  /** What came in since the start, by merchant, source and outcome. */
  counts(): {
    merchant: string
    source: 'loop' | 'masonhub'
    outcome: 'stored' | 'repeated' | 'quarantined' | 'refused' | 'too-large' | 'unavailable'
    count: number
  }[]
  /** Stops taking, finishes what is in flight. */
  close(): Promise<void>
}
