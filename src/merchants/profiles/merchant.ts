import type { Policy } from '../../core/merchants/policy.ts'

export type Environment = 'sandbox' | 'production'

/** A merchant: Loop account, MasonHub account, policies. It never contains secrets. */
export type Merchant = {
  name: string
  environment: Environment
  /** `requestsPerMinute`: mhloop's share of the key's limit at Loop, which others may use, too. */
  loop: { baseUrl: string; requestsPerMinute: number }
  /** The slug is part of the base URL's path. */
  masonhub: { baseUrl: string; slug: string; requestsPerSecond: number }
  policy: Policy
  /** How often unattended jobs run, as durations like `5m`. */
  intervals: Intervals
}

export type Intervals = Record<'pull' | 'poll' | 'settle' | 'rescan', string>

export const defaultIntervals: Intervals = { pull: '5m', poll: '2m', settle: '20s', rescan: '1d' }

/** A secret that can't be printed by accident: only `reveal()` returns its value. */
export type Secret = { reveal(): string }

/** What requests to the vendors need. */
export type Credentials = {
  loopApiKey: Secret
  masonhubToken: Secret
}

/** What an endpoint needs to verify the senders of messages. */
export type EndpointCredentials = {
  /** One per webhook, and those being replaced; the first is the current one. Empty: no webhook is accepted. */
  loopWebhookSecrets: readonly Secret[]
  /** Tokens that mhloop gave to MasonHub; the first is the current one. */
  callbackTokens: readonly Secret[]
  /** Part of the paths of webhooks and callbacks; null when the merchant was never connected. */
  receiverKey: Secret | null
}
