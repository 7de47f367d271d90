import type { TurnRate, TurnWish } from './journal.ts'

/** What is known of the turns of one credential; moments are milliseconds of the journal's clock. */
export type TurnState = {
  /** At which moment how many were given, oldest first; with a steady rate, when the next one would be regular. */
  given: readonly (readonly [at: number, count: number])[]
  pausedUntil: number
}
export const noTurns: TurnState = { given: [], pausedUntil: Number.NEGATIVE_INFINITY }

/**
 * Milliseconds within which a turn that was given must be used: a process that takes several at once may use them
 * later, and one that was frozen must not use them at all. A window counts them as if all were used at the end.
 */
export const turnLife = 2_000
const minute = 60_000
/** Turns are booked by the second, at its end. */
const grain = 1_000
/** The share of a limit that only refunds may use. */
const reserve = 0.05
/** No turn is dated further ahead by an honest clock (C5). */
const absurd = 10_000

export type Given = {
  state: TurnState
  turns: number
  /** Milliseconds until the first turn when none was given. */
  wait: number
}

/** Gives what may be given now: pure, so that its arithmetic can be held against every window (F44). */
export function give(state: TurnState, rate: TurnRate, wish: TurnWish, now: number): Given {
  if (state.pausedUntil > now) return { state, turns: 0, wait: state.pausedUntil - now }
  const { turns, wait, given } =
    'perMinute' in rate ? byMinute(state, rate, wish, now) : steadily(state, rate, wish, now)
  if (turns === 0) return { state: given === state.given ? state : { ...state, given }, turns, wait }
  return { state: { given, pausedUntil: Number.NEGATIVE_INFINITY }, turns, wait: 0 }
}

/** A vendor has told to wait; the longest such word holds. */
export function pauseBegun(state: TurnState, until: number): TurnState {
  return until > state.pausedUntil ? { ...state, pausedUntil: until } : state
}

type Part = Pick<TurnState, 'given'> & { turns: number; wait: number }

function byMinute({ given: all }: TurnState, rate: { perMinute: number }, wish: TurnWish, now: number): Part {
  const window = minute + turnLife
  const last = Math.ceil(now / grain) * grain
  // A clock that was set back: what it dated ahead counts as given just now.
  const isHonest = all.every(([at]) => at <= now + absurd)
  const honest = isHonest ? all : all.map(([at, count]) => [Math.min(at, last), count] as const)
  const given = honest.filter(([at]) => at > now - window)
  const used = given.reduce((sum, [, count]) => sum + count, 0)
  const limit = Math.max(1, Math.floor(rate.perMinute))
  const mine = wish.urgent ? limit : Math.max(1, limit - Math.ceil(limit * reserve))
  const ahead = used + wish.wanted + wish.ahead <= limit / 2 ? wish.ahead : 0
  const turns = Math.max(0, Math.min(wish.wanted + ahead, mine - used))
  if (turns > 0) return { turns, wait: 0, given: booked(given, last, turns) }
  return { turns, wait: waitFor(given, used - mine + 1, now - window), given: honest }
}

function booked(given: TurnState['given'], at: number, turns: number): TurnState['given'] {
  const [latest, count] = given.at(-1) ?? [Number.NEGATIVE_INFINITY, 0]
  return latest === at ? [...given.slice(0, -1), [at, count + turns]] : [...given, [at, turns]]
}

/** Until so many of those that were given are too old to count. */
function waitFor(given: TurnState['given'], tooMany: number, since: number): number {
  let gone = 0
  for (const [at, count] of given) {
    gone += count
    if (gone >= tooMany) return Math.max(1, at - since)
  }
  return minute
}

/** GCRA: at most `burst + rate × window` in any window. */
function steadily(
  { given }: TurnState,
  { perSecond, burst }: { perSecond: number; burst: number },
  wish: TurnWish,
  now: number,
): Part {
  const interval = 1000 / perSecond
  const tolerance = (burst - 1) * interval
  const [regular] = given[0] ?? [Number.NEGATIVE_INFINITY]
  const honest = regular > now + tolerance + absurd + interval ? now + tolerance : regular
  const next = Math.max(honest, now)
  const free = Math.floor((now + tolerance - next) / interval + 1e-6) + 1
  const turns = Math.max(0, Math.min(wish.wanted, free))
  if (turns === 0) {
    const wait = Math.max(1, Math.ceil(next - tolerance - now))
    return { turns, wait, given: honest === regular ? given : [[honest, 0]] }
  }
  return { turns, wait: 0, given: [[next + turns * interval, turns]] }
}
