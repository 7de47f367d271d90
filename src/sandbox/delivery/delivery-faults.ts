import { type FaultEntry, initially, off } from '../fault-entry.ts'

/**
 * The two kinds of outgoing messages: Loop's webhooks and MasonHub's callbacks. The names of their faults begin with
 * the channel.
 */
export type Channel = 'loop.webhook' | 'masonhub.callback'

type Knob = 'loss' | 'duplicates' | 'delay-ms' | 'attempts' | 'backoff-ms' | 'timeout-ms' | 'deactivate-after'

/** The faults of one channel for the fault table. By default every message is delivered once, at once (C3). */
export function deliveryFaults<Name extends Channel>(
  channel: Name,
  usual: { attempts: number; timeoutMs: number; stops: string },
): Record<`${Name}-${Knob}`, FaultEntry> {
  const [, noun] = channel.split('.')
  const entries: Record<Knob, FaultEntry> = {
    loss: off(`chance that a ${noun} is never sent (F25, F29); 1: none is sent`),
    duplicates: off(`how many extra copies of each ${noun} are sent`),
    'delay-ms': off(`longest random delay before a ${noun} is sent, which changes their order`),
    attempts: initially(usual.attempts, `how many times one ${noun} is tried before it is given up`),
    'backoff-ms': initially(5000, `delay after the first failed try, doubled each time, with jitter`),
    'timeout-ms': initially(usual.timeoutMs, `how long a ${noun} waits for its answer, in real time (assumed)`),
    'deactivate-after': off(`failed tries in a row after which ${usual.stops} (F25); 0: never`),
  }
  return Object.fromEntries(Object.entries(entries).map(([knob, entry]) => [`${channel}-${knob}`, entry])) as Record<
    `${Name}-${Knob}`,
    FaultEntry
  >
}
