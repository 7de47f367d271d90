/**
 * MasonHub's "success" means validated and queued: a write shows up a little later (masonhub.md §3.3, A9). Until then,
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
  /** Write it, as this generation. `supersede` are generations whose effect is now known not to have happened. */
  | { kind: 'write'; generation: number; reuse: boolean; supersede: number[] }
  /** The same write was sent a moment ago and may become visible yet. */
  | { kind: 'wait' }
  /** A person must decide first. */
  | { kind: 'parked' }

/**
 * Whether to send a write that a fresh read says is still needed, given those of its kind (create, update or delete of
 * one RMA) that were sent before. `undoneAt`: when an opposite write was sent (a delete after this create), so that an
 * earlier success is no reason to wait.
 */
export function nextWrite(
  past: readonly PastWrite[],
  digest: string,
  now: string,
  undoneAt: string | null = null,
): NextWrite {
  const latest = past.reduce<PastWrite | null>(
    (best, write) => (best === null || write.generation > best.generation ? write : best),
    null,
  )
  if (latest === null) return { kind: 'write', generation: 0, reuse: false, supersede: [] }
  const next = latest.generation + 1
  const mayAppear = latest.digest === digest && isFresh(latest.sentAt, now) && !wasUndone(latest.sentAt, undoneAt)
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

function isFresh(sentAt: string | null, now: string): boolean {
  return sentAt !== null && Date.parse(now) - Date.parse(sentAt) < visibleWithin
}

function wasUndone(sentAt: string | null, undoneAt: string | null): boolean {
  return sentAt !== null && undoneAt !== null && Date.parse(undoneAt) >= Date.parse(sentAt)
}
