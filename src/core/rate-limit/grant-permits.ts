/** At most this many permits in any minute, or a steady rate after a burst. */
export type Rate = { perMinute: number } | { perSecond: number; burst: number }

/** `ahead`: how many more to grant while the limit is far. `urgent`: for refunds, which may use the whole limit. */
export type PermitRequest = { needed: number; ahead: number; urgent: boolean }

/** Permits of one credential; times are milliseconds by the journal's clock. */
export type PermitState = {
  /** Permits granted as [time, count], oldest first. Steady rate: one entry, the theoretical arrival time (GCRA). */
  granted: readonly (readonly [at: number, count: number])[]
  pausedUntil: number
}
export const noPermits: PermitState = { granted: [], pausedUntil: Number.NEGATIVE_INFINITY }

/**
 * Milliseconds within which a permit that processes share must be used. A process that takes several at once may use
 * them a little later; one that was frozen must not use them at all.
 */
export const permitLifetime = 2_000

export type Counting = {
  /** A minute's window counts permits as if they were used at the end of this time (milliseconds). */
  lifetime: number
  /** Milliseconds. Permits are recorded at the end of such a piece of time, so that few pieces are stored. */
  grain: number
}
/** By many processes, which take several permits at once. */
export const shared: Counting = { lifetime: permitLifetime, grain: 1_000 }
/** By one process, which uses each permit at the moment it takes it. */
export const exact: Counting = { lifetime: 0, grain: 1 }

const minute = 60_000
/** The share of a limit that is kept for urgent requests (refunds). */
const reserve = 0.05
/** Milliseconds. A permit that is dated further ahead comes from a clock that was wrong (C5). */
const absurd = 10_000

export type Grant = {
  state: PermitState
  permits: number
  /** Milliseconds until the first permit when none was given. */
  wait: number
}

/** Grants as many permits as the rate allows now. Pure, so that tests can check it against every window (F44). */
export function grant(
  state: PermitState,
  rate: Rate,
  request: PermitRequest,
  now: number,
  counting: Counting = shared,
): Grant {
  if (state.pausedUntil > now) return { state, permits: 0, wait: state.pausedUntil - now }
  const { permits, wait, granted } =
    'perMinute' in rate ? byMinute(state, rate, request, now, counting) : steadily(state, rate, request, now)
  if (permits === 0) return { state: granted === state.granted ? state : { ...state, granted }, permits, wait }
  return { state: { granted, pausedUntil: Number.NEGATIVE_INFINITY }, permits, wait: 0 }
}

/** Starts a pause that a vendor asked for; of several the longest holds. */
export function pauseBegun(state: PermitState, until: number): PermitState {
  return until > state.pausedUntil ? { ...state, pausedUntil: until } : state
}

type Part = Pick<PermitState, 'granted'> & { permits: number; wait: number }

function byMinute(
  { granted: all }: PermitState,
  rate: { perMinute: number },
  request: PermitRequest,
  now: number,
  { lifetime, grain }: Counting,
): Part {
  const window = minute + lifetime
  const last = Math.ceil(now / grain) * grain
  // After the clock was set back, a permit dated in the future counts as granted just now.
  const isHonest = all.every(([at]) => at <= now + absurd)
  const honest = isHonest ? all : all.map(([at, count]) => [Math.min(at, last), count] as const)
  const granted = honest.filter(([at]) => at > now - window)
  const used = granted.reduce((sum, [, count]) => sum + count, 0)
  const limit = Math.max(1, Math.floor(rate.perMinute))
  const mine = request.urgent ? limit : Math.max(1, limit - Math.ceil(limit * reserve))
  const ahead = used + request.needed + request.ahead <= limit / 2 ? request.ahead : 0
  const permits = Math.max(0, Math.min(request.needed + ahead, mine - used))
  if (permits > 0) return { permits, wait: 0, granted: recorded(granted, last, permits) }
  return { permits, wait: waitFor(granted, used - mine + 1, now - window), granted: honest }
}

function recorded(granted: PermitState['granted'], at: number, permits: number): PermitState['granted'] {
  const [latest, count] = granted.at(-1) ?? [Number.NEGATIVE_INFINITY, 0]
  return latest === at ? [...granted.slice(0, -1), [at, count + permits]] : [...granted, [at, permits]]
}

/** Milliseconds until `tooMany` of the granted permits have left the window. */
function waitFor(granted: PermitState['granted'], tooMany: number, since: number): number {
  let gone = 0
  for (const [at, count] of granted) {
    gone += count
    if (gone >= tooMany) return Math.max(1, at - since)
  }
  return minute
}

/** GCRA: at most `burst + rate × window` permits in any window. */
function steadily(
  { granted }: PermitState,
  { perSecond, burst }: { perSecond: number; burst: number },
  request: PermitRequest,
  now: number,
): Part {
  const interval = 1000 / perSecond
  const tolerance = (burst - 1) * interval
  const [regular] = granted[0] ?? [Number.NEGATIVE_INFINITY]
  const honest = regular > now + tolerance + absurd + interval ? now + tolerance : regular
  const next = Math.max(honest, now)
  const free = Math.floor((now + tolerance - next) / interval + 1e-6) + 1
  const permits = Math.max(0, Math.min(request.needed, free))
  if (permits === 0) {
    const wait = Math.max(1, Math.ceil(next - tolerance - now))
    return { permits, wait, granted: honest === regular ? granted : [[honest, 0]] }
  }
  return { permits, wait: 0, granted: [[next + permits * interval, permits]] }
}
