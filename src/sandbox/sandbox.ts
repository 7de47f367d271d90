import type { Deliveries } from './delivery/deliveries.ts'
import type { LoopSandbox } from './loop/register.ts'
import type { MasonHubSandbox } from './masonhub/types.ts'
import type { RequestLog, SandboxRequest } from './requests.ts'
import type { SeededReturn } from './seed/story.ts'
import type { OwnedClock } from './time/clock.ts'
import type { World } from './world.ts'

export type SandboxOptions = {
  /** Default: 0, any free port. */
  port?: number
  /** Seed of the random numbers: the same seed and the same calls give the same run. */
  seed?: number
  /** Initial values by fault name; an unknown name is a usage Fault. */
  faults?: Readonly<Record<string, number>>
  clock?: OwnedClock
  loopApiKey?: string
  /** The secret that signs every webhook without its own. */
  loopWebhookSecret?: string
  masonhubToken?: string
  /** MasonHub's account slug, the first part of its paths. */
  slug?: string
}

/** Both vendors and a warehouse on one loopback port. */
export type Sandbox = {
  url: string
  loopBaseUrl: string
  /** Includes the slug. */
  masonhubBaseUrl: string
  world: World
  loop: LoopSandbox
  masonhub: MasonHubSandbox
  /** Webhooks and callbacks that were sent, or should have been. */
  deliveries: Deliveries
  /** Requests to the stand-ins: the last 10,000, oldest first. */
  requests: readonly SandboxRequest[]
  /** All requests since the start. */
  requestCounts: { readonly loop: number; readonly masonhub: number }
  /** When the requests arrived: see RequestLog. */
  requestArrivals: RequestLog['arrivals']
  /** Returns that were seeded, with how each should end, by return id. */
  seeded: Map<string, SeededReturn>
  seed: number
  /** Closes the port and every connection, and drops all due work. */
  stop(): Promise<void>
}
