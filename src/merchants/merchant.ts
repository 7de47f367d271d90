import type { Policy } from '../core/policy.ts'

export type Environment = 'sandbox' | 'production'

/** A profile: Loop account, MasonHub account, policies. Secrets are never in it. */
export type Merchant = {
  name: string
  environment: Environment
  /** `requestsPerMinute`: what we may use of Loop's limit, whose key others may use too. */
  loop: { baseUrl: string; requestsPerMinute: number }
  /** The slug is part of the base URL's path. */
  masonhub: { baseUrl: string; slug: string; requestsPerSecond: number }
  policy: Policy
  /** How often unattended work does its jobs, as durations like `5m`. */
  intervals: Intervals
}

export type Intervals = Record<'pull' | 'poll' | 'settle' | 'rescan', string>

export const defaultIntervals: Intervals = { pull: '5m', poll: '2m', settle: '20s', rescan: '1d' }

/** A secret that can't be printed by accident: only `reveal()` gives it, and only the transports call that. */
export type Secret = { reveal(): string }

/** What requests to the vendors need. */
export type Credentials = {
  loopApiKey: Secret
  masonhubToken: Secret
}

/** What the endpoint needs to tell a vendor's message from a stranger's. */
export type EndpointCredentials = {
  /** One per webhook, and those that are being replaced; the first is the current one. None: no webhook is believed. */
  loopWebhookSecrets: readonly Secret[]
  /** Tokens that we gave to MasonHub; the first is the current one. */
  callbackTokens: readonly Secret[]
  /** Part of the paths that webhooks and callbacks come to; null when the merchant was never connected. */
  receiverKey: Secret | null
}
