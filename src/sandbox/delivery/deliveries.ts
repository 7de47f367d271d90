import type { Faults } from '../fault-injection.ts'
import { createRandom } from '../random.ts'
import type { Random, SandboxClock } from '../world.ts'
import type { Channel } from './delivery-faults.ts'
import { loopbackTarget, post, retryAfterMilliseconds } from './post.ts'
import { createQueue } from './queue.ts'
import { retriedByLoop, retriedByMasonHub } from './retried.ts'

/** A message for one subscriber, written and signed at the time of its event. */
export type OutgoingMessage = {
  channel: Channel
  /** Id of the webhook or callback. */
  subscription: string
  url: string
  headers: Readonly<Record<string, string>>
  body: string
  /** Its kind, e.g. `return return.created` or `rmaEvent`. */
  what: string
  /** The return id or MasonHub message id that it is about. */
  about: string
  /** Called before every attempt: a message whose subscription is gone or inactive is not sent. */
  isSubscribed(): boolean
  deactivate(): void
}

export type DeliveryTry = { at: string; status: number | null; problem: string | null }

/** One copy of a message, waiting or with its outcome. */
export type Delivery = {
  readonly at: string
  readonly channel: Channel
  readonly subscription: string
  readonly url: string
  readonly what: string
  readonly about: string
  /** 0 for the message itself; higher numbers are duplicates. */
  readonly copy: number
  readonly body: string
  readonly tries: DeliveryTry[]
  /**
   * `lost`: it is never sent, by chance. `refused`: its address is not on this machine. `unwanted`: its subscription
   * was gone or inactive before it was delivered. `failed`: given up.
   */
  outcome: 'waiting' | 'delivered' | 'lost' | 'refused' | 'unwanted' | 'failed'
}

export type Deliveries = {
  /** Oldest first; at most the last 5,000. */
  readonly log: readonly Delivery[]
  send(message: OutgoingMessage): void
  /** Resolves when no attempt is running; messages that wait for the clock (delays, backoff) keep waiting. */
  settled(): Promise<void>
  /** Aborts the attempts that are running. */
  stop(): void
}

type Settings = {
  loss: number
  duplicates: number
  delayMs: number
  attempts: number
  backoffMs: number
  timeoutMs: number
  isRetried: (status: number) => boolean
  deactivateAfter: number
}
type Job = { message: OutgoingMessage; delivery: Delivery; target: URL; settings: Settings; random: Random }

const mostDeliveries = 5_000
const triesAtOnce = 64
/** A longer Retry-After fails the delivery (loop.md §7.3). */
const longestRetryAfter = 30 * 60_000
/** By MasonHub's own file, 200 is the only good answer (masonhub.md §5.3). */
const isAccepted: Record<Channel, (status: number) => boolean> = {
  'loop.webhook': (status) => status >= 200 && status < 300,
  'masonhub.callback': (status) => status === 200,
}

/**
 * Delivers the stand-ins' messages to their subscribers, with the copies, losses, delays and attempts that the faults
 * set. It draws from its own random numbers, once per copy and before anything is sent, so that neither the receiver's
 * speed nor a new subscription changes the rest of a run.
 */
export function createDeliveries(ports: { clock: SandboxClock; faults: Faults; seed: number }): Deliveries {
  const { clock, faults } = ports
  const random = createRandom(ports.seed + 1)
  const queue = createQueue(triesAtOnce)
  const log: Delivery[] = []
  const failuresInARow = new Map<string, number>()
  const underWay = new Set<AbortController>()
  let stopped = false

  function sendCopy(message: OutgoingMessage, settings: Settings, copy: number): void {
    const delivery = open(message, copy, clock.now())
    if (log.length >= mostDeliveries) log.splice(0, mostDeliveries / 5)
    log.push(delivery)
    const own = createRandom(random.below(2 ** 32))
    const target = loopbackTarget(message.url)
    if (!target) delivery.outcome = 'refused'
    else if (own.chance(settings.loss)) delivery.outcome = 'lost'
    else
      later(settings.delayMs > 0 ? own.below(settings.delayMs + 1) : 0, {
        message,
        delivery,
        target,
        settings,
        random: own,
      })
  }

  function later(milliseconds: number, job: Job): void {
    const begin = () => queue.add(() => attempt(job))
    if (milliseconds > 0) clock.after(milliseconds, begin)
    else begin()
  }

  async function attempt(job: Job): Promise<void> {
    const { message, delivery, target, settings } = job
    if (stopped) return
    if (!message.isSubscribed()) {
      delivery.outcome = 'unwanted'
      return
    }
    const at = clock.now().toISOString()
    const cut = new AbortController()
    underWay.add(cut)
    // In real time even when a test controls the clock: the network is real, and a jump of hours is no slow answer.
    const timer = setTimeout(() => cut.abort('timeout'), settings.timeoutMs)
    const answer = await post(target, message, cut.signal)
    clearTimeout(timer)
    underWay.delete(cut)
    if (stopped) return
    const { status } = answer
    delivery.tries.push({ at, status, problem: status === null ? answer.problem : null })
    if (status !== null && isAccepted[message.channel](status)) {
      failuresInARow.delete(nameOf(message))
      delivery.outcome = 'delivered'
      return
    }
    countFailure(message, settings)
    const wait = waitAfter(job, status, status === null ? undefined : answer.retryAfter, clock.now())
    if (wait === null) delivery.outcome = 'failed'
    else later(wait, job)
  }

  function countFailure(message: OutgoingMessage, settings: Settings): void {
    const name = nameOf(message)
    const count = (failuresInARow.get(name) ?? 0) + 1
    const isTooMany = settings.deactivateAfter > 0 && count >= settings.deactivateAfter
    failuresInARow.set(name, isTooMany ? 0 : count)
    if (isTooMany) message.deactivate()
  }

  return {
    log,
    send(message) {
      const settings = settingsOf(faults, message.channel)
      for (let copy = 0; copy <= settings.duplicates; copy += 1) sendCopy(message, settings, copy)
    },
    settled: () => queue.settled(),
    stop() {
      stopped = true
      queue.clear()
      for (const cut of underWay) cut.abort('stopped')
    },
  }
}

const nameOf = (message: OutgoingMessage): string => `${message.channel} ${message.subscription}`

function open(message: OutgoingMessage, copy: number, now: Date): Delivery {
  const { channel, subscription, url, what, about, body } = message
  const at = now.toISOString()
  return { at, channel, subscription, url, what, about, copy, body, tries: [], outcome: 'waiting' }
}

/** Milliseconds until the next attempt; null when there is none. */
function waitAfter(job: Job, status: number | null, retryAfter: string | undefined, now: Date): number | null {
  const { settings, delivery, random } = job
  if (delivery.tries.length >= settings.attempts) return null
  if (status !== null && !settings.isRetried(status)) return null
  const requested = retryAfterMilliseconds(retryAfter, now)
  if (requested !== null) return requested > longestRetryAfter ? null : requested
  const whole = settings.backoffMs * 2 ** (delivery.tries.length - 1)
  return Math.round(whole * (0.5 + random.next() / 2))
}

function settingsOf(faults: Faults, channel: Channel): Settings {
  return {
    loss: faults.get(`${channel}-loss`),
    duplicates: faults.get(`${channel}-duplicates`),
    delayMs: faults.get(`${channel}-delay-ms`),
    attempts: faults.get(`${channel}-attempts`),
    backoffMs: faults.get(`${channel}-backoff-ms`),
    timeoutMs: faults.get(`${channel}-timeout-ms`),
    isRetried: channel === 'loop.webhook' ? retriedByLoop(faults) : retriedByMasonHub(faults),
    deactivateAfter: faults.get(`${channel}-deactivate-after`),
  }
}
