import type { Count, Outcome, ReceiverOptions } from '../receiver.ts'

export type Tally = {
  add(merchant: string, source: Count['source'], outcome: Outcome): void
  counts(): Count[]
}

/** Outcomes that are logged, once a minute each, because a sender that is refused tries again and again. */
const logEvents = new Map<Outcome, string>([
  ['quarantined', 'a message could not be read'],
  ['refused', 'a message was refused: wrong signature or token'],
  ['too-large', 'a message was refused: too large'],
  ['no-secret', "a message can't be verified without its secret; its sender was told to try again"],
  ['unavailable', 'a message was not stored; its sender was told to try again'],
])
const logEvery = 60_000

const remedies: Record<Count['source'], (merchant: string) => string> = {
  loop: (merchant) => `mhloop merchant set -m ${merchant} loop-webhook-secret`,
  masonhub: (merchant) => `mhloop merchant rotate callback -m ${merchant}`,
}

/** Counts incoming messages, and logs those that matter. */
export function createTally({ now, log }: Pick<ReceiverOptions, 'now' | 'log'>): Tally {
  const counts = new Map<string, Count>()
  const lastLogged = new Map<string, number>()
  return {
    add(merchant, source, outcome) {
      const key = JSON.stringify([merchant, source, outcome])
      const count = (counts.get(key)?.count ?? 0) + 1
      counts.set(key, { merchant, source, outcome, count })
      const event = logEvents.get(outcome)
      const at = now().getTime()
      const last = lastLogged.get(key)
      // A clock that was set back does not stop the log.
      if (event === undefined || (last !== undefined && at >= last && at - last < logEvery)) return
      lastLogged.set(key, at)
      const remedy = outcome === 'no-secret' ? `; ${remedies[source](merchant)}` : ''
      log({ level: 'warn', event, merchant, detail: `${source}, ${count} since the start${remedy}` })
    },
    counts: () => [...counts.values()],
  }
}
