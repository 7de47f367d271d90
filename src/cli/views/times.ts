/** `2026-11-20 10:12` in UTC, like the logs of both vendors. */
export function timestamp(time: string | null): string {
  return time === null ? '–' : time.slice(0, 16).replace('T', ' ')
}

/** `from 2026-11-13 10:12 to 2026-11-20 10:12 (UTC)` */
export function span({ from, to }: { from: string; to: string }): string {
  return `from ${timestamp(from)} to ${timestamp(to)} (UTC)`
}
