/**
 * MasonHub's "success" means validated and queued: a write shows up a little later (masonhub.md §3.3, C9). Until then,
 * reading the old state is no reason to write again.
 */
export const visibleWithin = 120_000

export type PastWrite = {
  generation: number
  state: 'planned' | 'sent' | 'accepted' | 'confirmed' | 'refused' | 'in_doubt' | 'parked' | 'abandoned'
  digest: string
  sentAt: string | null
}

export type NextWrite =
  /** Write it, as this generation. `supersede`: generations whose effect is now known not to have happened. */
  | { kind: 'write'; generation: number; reuse: boolean; supersede: number[] }
  /** The same write was sent a moment ago and may still become visible. */
  | { kind: 'wait' }
  /** It failed so often that it waits until `notBefore`. `latest`: the generation of the last try. */
  | { kind: 'later'; latest: number; tries: number; notBefore: string }
  /** A person must decide first. */
  | { kind: 'parked' }

/** How many tries of the same write go out without a pause; then each pause is twice as long as the one before. */
const promptTries = 3
const firstPause = 10 * 60_000
const longestPause = 12 * 3_600_000

/**
 * Whether to send a write that a fresh read says is still needed. `past`: earlier writes of its kind (create, update or
 * delete of one RMA). `undoneAt`: when an opposite write was sent (a delete after this create): an earlier success is
 * then no reason to wait. `explicit`: a person asks for it now, so earlier failures are no reason either.
 */
export function nextWrite(
  past: readonly PastWrite[],
  digest: string,
  now: string,
  undoneAt: string | null = null,
  explicit = false,
): NextWrite {
  const latest = past.reduce<PastWrite | null>(
    (best, write) => (best === null || write.generation > best.generation ? write : best),
    null,
  )
  if (latest === null) return { kind: 'write', generation: 0, reuse: false, supersede: [] }
  const next = latest.generation + 1
  const mayAppear = latest.digest === digest && isYoung(latest.sentAt, now) && !wasUndone(latest.sentAt, undoneAt)
  const later = explicit || mayAppear ? null : pauseAfter(past, digest, now)
  if (later !== null && latest.state !== 'parked' && latest.state !== 'planned') return later
  switch (latest.state) {
    case 'parked':
      return { kind: 'parked' }
    case 'planned':
      if (latest.digest === digest) return { kind: 'write', generation: latest.generation, reuse: true, supersede: [] }
      return { kind: 'write', generation: next, reuse: false, supersede: [latest.generation] }
    case 'sent':
    case 'in_doubt':
    case 'accepted':
      return mayAppear
        ? { kind: 'wait' }
        : { kind: 'write', generation: next, reuse: false, supersede: [latest.generation] }
    case 'confirmed':
      // A read may still show the state from before a write that another read has confirmed.
      return mayAppear ? { kind: 'wait' } : { kind: 'write', generation: next, reuse: false, supersede: [] }
    case 'refused':
    case 'abandoned':
      return { kind: 'write', generation: next, reuse: false, supersede: [] }
  }
}

/** Whether a write may yet show. A time far ahead, by a clock that was set back since (C5), does not count as young. */
export function isYoung(sentAt: string | null, now: string): boolean {
  return sentAt !== null && Math.abs(Date.parse(now) - Date.parse(sentAt)) < visibleWithin
}

/** Without pauses, a write that the vendor refuses, or accepts and never shows, would go out at every run, for ever. */
function pauseAfter(past: readonly PastWrite[], digest: string, now: string): NextWrite | null {
  const sent = past.filter(({ sentAt }) => sentAt !== null).sort((one, other) => other.generation - one.generation)
  const change = sent.findIndex((write) => write.digest !== digest)
  const tries = change === -1 ? sent.length : change
  const [latest] = sent
  if (tries < promptTries || latest?.sentAt == null) return null
  const pause = Math.min(firstPause * 2 ** (tries - promptTries), longestPause)
  const since = Date.parse(now) - Date.parse(latest.sentAt)
  if (since < 0 || since >= pause) return null
  const notBefore = new Date(Date.parse(latest.sentAt) + pause).toISOString()
  return { kind: 'later', latest: latest.generation, tries, notBefore }
}

function wasUndone(sentAt: string | null, undoneAt: string | null): boolean {
  return sentAt !== null && undoneAt !== null && Date.parse(undoneAt) >= Date.parse(sentAt)
}
