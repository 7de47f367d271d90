import { setImmediate as nextLoop } from 'node:timers/promises'
import type { NewEvent } from '../../journal/journal.ts'
import { bytesOf } from './unreadable-messages.ts'

export type Committed =
  /** `isNew`: for each event, whether it was new. */
  { stored: true; isNew: readonly boolean[] } | { stored: false; because: 'overloaded' | 'failed' }

export type GroupCommit = {
  /** Resolves once these events are committed, or surely won't be. Never throws. */
  add(events: readonly NewEvent[]): Promise<Committed>
}

type Waiting = { events: readonly NewEvent[]; bytes: number; settle(committed: Committed): void }

/**
 * Stores the events of requests that arrive at about the same time with one call of `store`: each call syncs the disk,
 * which takes milliseconds, and one sync serves all of them. A request that arrives during a commit waits for the next.
 */
export function createGroupCommit(options: {
  store(events: readonly NewEvent[]): Promise<readonly boolean[]>
  mostWaiting: number
  /** Most bytes of all events that wait or are being committed: a few requests may hold a thousand events each (H1). */
  mostWaitingBytes: number
  failed(error: unknown): void
}): GroupCommit {
  let waiting: Waiting[] = []
  let inFlight = 0
  let bytesHeld = 0
  let running = false

  async function run(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      await gathered()
      const group = waiting
      waiting = []
      inFlight = group.length
      await commit(group)
      inFlight = 0
      for (const { bytes } of group) bytesHeld -= bytes
    }
    running = false
  }

  /**
   * Waits as long as each turn of the event loop brings more requests: the loop accepts one connection per turn, so
   * senders that arrive together are seen one after the other. Ends early enough that no request is refused only
   * because of this wait.
   */
  async function gathered(): Promise<void> {
    // The first turn only ends the current one and brings nothing.
    await nextLoop()
    for (let before = -1; before < waiting.length && waiting.length < options.mostWaiting / 4; ) {
      before = waiting.length
      await nextLoop()
    }
  }

  async function commit(group: readonly Waiting[]): Promise<void> {
    try {
      const isNew = await options.store(group.flatMap(({ events }) => events))
      let start = 0
      for (const { events, settle } of group) {
        settle({ stored: true, isNew: isNew.slice(start, start + events.length) })
        start += events.length
      }
    } catch (error) {
      options.failed(error)
      for (const { settle } of group) settle({ stored: false, because: 'failed' })
    }
  }

  return {
    add(events) {
      const bytes = bytesOf(events)
      const isFull = waiting.length + inFlight >= options.mostWaiting
      // A request is accepted when nothing else is held, however large it is: otherwise it never would be.
      if (isFull || (bytesHeld > 0 && bytesHeld + bytes > options.mostWaitingBytes)) {
        return Promise.resolve({ stored: false, because: 'overloaded' })
      }
      bytesHeld += bytes
      return new Promise((settle) => {
        waiting.push({ events, bytes, settle })
        if (!running) void run()
      })
    },
  }
}
